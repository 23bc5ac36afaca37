/** Decides how long those who are done wait for others that do the same: for a while, and then no more. */
import type { Clock } from '../../model/clock.ts';

/**
 * As long as the first took itself, from now on, within these bounds in milliseconds: who needs far more than others hangs,
 * or is so much slower that they are better off without it.
 */
export function asLongAsTheFirst(
  clock: Clock,
  { least, most }: { readonly least: number; readonly most: number },
): () => number {
  const begun = clock.now();
  return () => Math.min(most, Math.max(least, clock.now() - begun));
}

/**
 * Resolves when all have ended, or when after the first that `counts` has so many milliseconds have passed, with what has
 * ended by then. What is thrown waits until all others have come to their end.
 */
export async function readyTogether<Key, Done>(
  work: ReadonlyMap<Key, Promise<Done>>,
  patience: () => number,
  counts: (done: Done) => boolean = () => true,
): Promise<Map<Key, Done>> {
  const done = new Map<Key, Done>();
  const { promise: late, resolve: giveUp } = Promise.withResolvers<void>();
  let timer: NodeJS.Timeout | undefined;
  const all = Promise.all(
    [...work].map(async ([key, one]) => {
      const end = await one;
      done.set(key, end);
      if (counts(end)) timer ??= setTimeout(giveUp, patience());
    }),
  );
  try {
    await Promise.race([all, late]);
  } catch (error) {
    await Promise.allSettled(work.values());
    throw error;
  } finally {
    clearTimeout(timer);
  }
  // What comes too late is theirs who hold it; here nobody waits for it.
  all.catch(() => {});
  return new Map(done);
}
