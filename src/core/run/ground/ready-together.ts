/** Decides how long those who are done wait for others that do the same: for a while, and then no more. */

/**
 * Resolves when all have ended, or so many milliseconds after the first that `counts` has, with what has ended by then.
 * What is thrown waits until all others have come to their end.
 */
export async function readyTogether<Key, Done>(
  work: ReadonlyMap<Key, Promise<Done>>,
  patience: number,
  counts: (done: Done) => boolean = () => true,
): Promise<Map<Key, Done>> {
  const done = new Map<Key, Done>();
  const { promise: late, resolve: giveUp } = Promise.withResolvers<void>();
  let timer: NodeJS.Timeout | undefined;
  const all = Promise.all(
    [...work].map(async ([key, one]) => {
      const end = await one;
      done.set(key, end);
      if (counts(end)) timer ??= setTimeout(giveUp, patience);
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
