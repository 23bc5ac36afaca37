/**
 * Decides what becomes of keys that this version does not know (a newer version's, or a person's): they are found,
 * and carried along through a change. A key is unknown when reading the raw value left it out.
 */

type Path = readonly (string | number)[];

type Fields = Readonly<Record<string, unknown>>;

/** Where `raw` holds keys that are not in `known`, what was read of it. */
export function unknownKeys(raw: unknown, known: unknown, at: Path = []): Path[] {
  if (Array.isArray(raw) && Array.isArray(known)) {
    return raw.flatMap((item, index) => unknownKeys(item, known[index], [...at, index]));
  }
  if (!isFields(raw) || !isFields(known)) return [];
  return Object.entries(raw).flatMap(([key, value]) =>
    Object.hasOwn(known, key) ? unknownKeys(value, known[key], [...at, key]) : [[...at, key]],
  );
}

/**
 * `next` with the unknown keys of `raw` put back. `known` is what was read of `raw`, before it was changed to
 * `next`. What was in a list is found again by what names it; an item that was taken out takes its keys with it.
 */
export function withUnknownKeys(raw: unknown, known: unknown, next: unknown): unknown {
  if (Array.isArray(raw) && Array.isArray(known) && Array.isArray(next)) {
    return next.map((item: unknown) => {
      const was = known.findIndex((before) => isSameItem(before, item));
      return was < 0 ? item : withUnknownKeys(raw[was], known[was], item);
    });
  }
  if (!isFields(raw) || !isFields(known) || !isFields(next)) return next;
  const kept = Object.entries(raw).filter(([key]) => !Object.hasOwn(known, key) && !Object.hasOwn(next, key));
  const changed = Object.entries(next).map(([key, value]) => [
    key,
    Object.hasOwn(raw, key) && Object.hasOwn(known, key)
      ? withUnknownKeys(raw[key], known[key], value)
      : value,
  ]);
  return Object.fromEntries([...changed, ...kept]) as Fields;
}

/** The keys that name an item of a list among its like: a server's, a hold's, a policy's, a task's target. */
const NAMING = ['name', 'originId', 'subvolume', 'server', 'mount'] as const;

const isSameItem = (one: unknown, other: unknown): boolean =>
  isFields(one) && isFields(other) && NAMING.every((key) => one[key] === other[key]);

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
