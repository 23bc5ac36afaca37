/**
 * Does many like things on servers: one at a time on each, some beside each other. Where one takes long another server has
 * its turn, so that none that hangs holds up the others.
 */

export interface Turns {
  /** Servers at once, apart from those that have been at it for longer than `patience`. */
  readonly count: number;
  /** Milliseconds. */
  readonly patience: number;
  /** Servers at once in all. */
  readonly most: number;
}

/** Results in the order of `items`. `work` must not reject. */
export async function eachServerInTurn<Item extends { readonly server: string }, Done>(
  items: readonly Item[],
  work: (item: Item) => Promise<Done>,
  { count, patience, most }: Turns,
): Promise<Done[]> {
  const results = new Map<Item, Done>();
  const queues = [...Map.groupBy(items, ({ server }) => server).values()];
  let [atWork, waitedFor] = [0, 0];
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const serve = async (queue: readonly Item[]): Promise<void> => {
    for (const item of queue) results.set(item, await work(item));
  };
  const next = (): void => {
    while (queues.length > 0 && waitedFor < count && atWork < most) begin(queues.shift() ?? []);
    if (atWork === 0) resolve();
  };
  const begin = (queue: readonly Item[]): void => {
    atWork += 1;
    waitedFor += 1;
    let isWaitedFor = true;
    const goOn = (): void => {
      if (!isWaitedFor) return;
      isWaitedFor = false;
      waitedFor -= 1;
      next();
    };
    const timer = setTimeout(goOn, patience);
    const end = (): void => {
      clearTimeout(timer);
      atWork -= 1;
      if (isWaitedFor) waitedFor -= 1;
      isWaitedFor = false;
      next();
    };
    serve(queue).then(end, reject);
  };
  next();
  await promise;
  return items.map((item) => results.get(item) as Done);
}
