/** Decides whether a plan of a clean-up is too old to be carried out: what other managers do is in no journal of this machine. */

/** Milliseconds. */
const GOOD_FOR = 60_000;

/** Milliseconds since 1970 UTC, by a clock that goes on while this process is stopped; one that was set back tells no age. */
export const isTooOld = (lookedAt: number, now: number): boolean => Math.abs(now - lookedAt) > GOOD_FOR;
