/** How long tests wait for a state before they say that it does not come: on a slow machine as many times longer. */
import { setTimeout as pause } from 'node:timers/promises';

const SLOWNESS = Number(process.env['BTRFLEET_TEST_SLOWNESS'] ?? 1);

/** In milliseconds; `seconds` is what is more than enough on a quiet machine. */
export const patience = (seconds: number): number => seconds * 1000 * Math.max(2, SLOWNESS * 1.5);

/** For `--rate`: of a transfer that is to be at work while other programs start, which takes as many times longer. */
export const slowRate = (mebibytes: number): string => `${Math.max(1, Math.round(mebibytes / SLOWNESS))}M`;

/**
 * In seconds, for intervals of automation that runs beside other tests. So long that most of one is rest: where the
 * machine cannot keep up, each round takes longer than the last, and all tests beside it wait.
 */
export const paced = (seconds: number): number => seconds * Math.min(5, 1 + Math.ceil(SLOWNESS));

/** Rests between two looks at a state that is waited for: ever longer, to `most` milliseconds, as looking costs, too. */
export function restBetween(most: number): () => Promise<void> {
  let milliseconds = 20;
  return () => {
    milliseconds = Math.min(most, milliseconds * 1.3);
    return pause(milliseconds);
  };
}
