/**
 * Has what takes milliseconds, such as reading a server's thousand snapshots, done one piece at a time, and everything
 * else between two of them: the answers of hundreds of servers come at once, and a screen answers its keys meanwhile.
 */
import type { Clock } from '../../model/clock.ts';

let last: Promise<void> = Promise.resolve();

const immediate = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Resolves when those who asked before have had their turn, and what came in meanwhile was served. */
export function nextTurn(): Promise<void> {
  last = last.then(immediate);
  return last;
}

/** Milliseconds that small pieces may take together, and how many of them: a clock may be set back, or stand still. */
const SLICE = 8;
const MOST_PIECES = 16;

/** For many small pieces: resolves at once until these have been at it for a while, and then as `nextTurn`. */
export function inSlices(clock: Clock): () => Promise<void> {
  let began = clock.now();
  let pieces = 0;
  return async () => {
    pieces += 1;
    if (pieces < MOST_PIECES && clock.now() - began < SLICE) return;
    await nextTurn();
    began = clock.now();
    pieces = 0;
  };
}
