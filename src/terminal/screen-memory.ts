/** Decides what of a remembered state of the screen can be used: whatever is not as it should be is left out. */
import type { Remembered } from '../store/app.ts';
import { PAGES } from '../store/state.ts';

type Lists = Remembered['lists'];

/** Null: not even the page can be told. */
export function toRemembered(read: unknown): Remembered | null {
  if (!isRecord(read)) return null;
  const page = PAGES.find((id) => id === read['page']);
  if (page === undefined) return null;
  const { subvolume, lookedAt } = read;
  return {
    page,
    tabs: tabsOf(read['tabs']),
    lists: listsOf(read['lists']),
    subvolume: typeof subvolume === 'string' ? subvolume : null,
    lookedAt: typeof lookedAt === 'number' && lookedAt >= 0 ? lookedAt : null,
  };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const tabsOf = (read: unknown): Remembered['tabs'] =>
  Object.fromEntries(
    PAGES.flatMap((page) => {
      const tab = isRecord(read) ? read[page] : undefined;
      return typeof tab === 'number' && Number.isInteger(tab) && tab >= 0 && tab < 10 ? [[page, tab]] : [];
    }),
  );

const listsOf = (read: unknown): Lists =>
  Object.fromEntries(
    Object.entries(isRecord(read) ? read : {}).flatMap(([id, list]) => {
      if (!isRecord(list) || typeof list['filter'] !== 'string') return [];
      const { sort, filter } = list;
      return [
        [id, { sort: typeof sort === 'string' ? sort : null, reverse: list['reverse'] === true, filter }],
      ];
    }),
  );
