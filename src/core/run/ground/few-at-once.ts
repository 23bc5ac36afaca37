/** Does many things, a few at a time. What one of them throws waits until all others have come to their end. */

/** Results in the order of `items`. `count`: most at once, at least 1. */
export async function fewAtOnce<Item, Done>(
  items: readonly Item[],
  count: number,
  work: (item: Item) => Promise<Done>,
): Promise<Done[]> {
  const left = items.entries();
  const done: Done[] = [];
  const broken: unknown[] = [];
  const worker = async (): Promise<void> => {
    for (const [index, item] of left) {
      try {
        done[index] = await work(item);
      } catch (error) {
        broken.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(count, items.length) }, worker));
  if (broken.length > 0) throw broken[0];
  return done;
}
