/**
 * Does many like things at once, a few at a time, so that neither memory nor the screen suffers. One that hangs gives its
 * slot back after a while and goes on beside the others: it delays nobody for long.
 */

export interface Slots {
  /** Most at once, apart from those that have been at it for longer than `patience`. */
  readonly count: number;
  /** Milliseconds. */
  readonly patience: number;
}

/** Looks at servers: enough to hide the time of a round trip, few enough to keep their answers out of memory. */
export const LOOK_SLOTS: Slots = { count: 12, patience: 2000 };

/** Results in the order of `items`. `work` must not reject: what may fail is a value. */
export async function eachInSlots<Item, Done>(
  items: readonly Item[],
  work: (item: Item) => Promise<Done>,
  { count, patience }: Slots,
): Promise<Done[]> {
  const results: Promise<Done>[] = [];
  const waiting: (() => void)[] = [];
  let free = count;
  const giveBack = (): void => {
    const next = waiting.shift();
    if (next) next();
    else free += 1;
  };
  const take = (): Promise<void> => {
    if (free > 0) {
      free -= 1;
      return Promise.resolve();
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    waiting.push(resolve);
    return promise;
  };
  for (const item of items) {
    await take();
    results.push(inSlot(() => work(item), patience, giveBack));
  }
  return Promise.all(results);
}

async function inSlot<Done>(
  work: () => Promise<Done>,
  patience: number,
  giveBack: () => void,
): Promise<Done> {
  let isBack = false;
  const once = (): void => {
    if (!isBack) giveBack();
    isBack = true;
  };
  const timer = setTimeout(once, patience);
  try {
    return await work();
  } finally {
    clearTimeout(timer);
    once();
  }
}
