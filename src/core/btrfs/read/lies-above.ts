/**
 * Decides what lies above a path among many others, without comparing each with each: in the order of their keys, whatever
 * lies below a path follows it at once.
 */

/** No name on Linux has a NUL in it, and it comes before all else: so `/a/b` stands before `/a.b`. */
export const pathKey = (path: string): string => (path === '/' ? '' : path.replace(/\//g, '\0'));

/** Both are keys. */
export const isAtOrBelow = (key: string, above: string): boolean =>
  key.startsWith(above) && (key.length === above.length || key[above.length] === '\0');

export const byKey = (a: { readonly key: string }, b: { readonly key: string }): number =>
  a.key < b.key ? -1 : Number(a.key > b.key);

/** Of those that were entered and are at or above where it is: they are asked for, and entered, in the order of keys. */
export interface Ancestors<T> {
  enter(key: string, value: T): void;
  /** The nearest one. */
  nearest(key: string): T | null;
}

export function createAncestors<T>(): Ancestors<T> {
  const open: { readonly key: string; readonly value: T }[] = [];
  const goTo = (key: string): void => {
    for (let last = open.at(-1); last !== undefined && !isAtOrBelow(key, last.key); last = open.at(-1))
      open.pop();
  };
  return {
    enter(key, value) {
      goTo(key);
      open.push({ key, value });
    },
    nearest(key) {
      goTo(key);
      return open.at(-1)?.value ?? null;
    },
  };
}

/** Calls back for each of `below`, in the order of keys, with the nearest of `above` that is it or lies above it. */
export function forEachBelow<A extends { readonly key: string }, B extends { readonly key: string }>(
  above: readonly A[],
  below: readonly B[],
  onEach: (one: B, nearest: A | null) => void,
): void {
  const sorted = above.toSorted(byKey);
  const ancestors = createAncestors<A>();
  let next = 0;
  for (const one of below.toSorted(byKey)) {
    for (let first = sorted[next]; first !== undefined && first.key <= one.key; first = sorted[next]) {
      ancestors.enter(first.key, first);
      next += 1;
    }
    onEach(one, ancestors.nearest(one.key));
  }
}
