/** How long tests wait for a state before they say that it does not come: on a slow machine as many times longer. */

/** How many times slower this machine is than a quiet one; 1 at least. */
export const SLOWNESS = Number(process.env['BTRFLEET_TEST_SLOWNESS'] ?? 1);

/** In milliseconds; `seconds` is what is more than enough on a quiet machine. */
export const patience = (seconds: number): number => seconds * 1000 * Math.max(2, SLOWNESS * 1.5);
