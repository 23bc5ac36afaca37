/** What plans for files are put together from. */
import type { ExtractOrders, ExtractPlace } from '../../model/extract/orders.ts';
import { inDirectory, type Tree, type TreeEntry } from '../../model/extract/tree.ts';
import type { ExtractDoing } from '../../model/runs/extract.ts';
import type { ExtractPlan, PlanRow } from './question.ts';
import { RUNS_AS } from './staged.ts';

/** While it is planned. */
export interface Place {
  readonly directory: string;
  readonly source: string;
  readonly removes: string[];
  readonly creates: string[];
  readonly replaces: string[];
  keeps: boolean;
}

export const hasWork = ({ removes, creates, replaces, keeps }: ExtractPlace): boolean =>
  keeps || removes.length + creates.length + replaces.length > 0;

/** Paths of what goes or is replaced. */
export const goingIn = (places: readonly ExtractPlace[]): string[] =>
  places.flatMap(({ directory, removes, replaces }) =>
    [...removes, ...replaces].map((name) => inDirectory(directory, name)),
  );

const CHANGED_AFTER = 'it was changed after this was shown, and is left as it is';

/** Rows that are shown of each doing. */
const SHOWN = 100;

export class PlanRows {
  readonly rows: PlanRow[] = [];
  /** Of those that are left, as they were changed after it was shown. */
  readonly late = { removed: 0, replaced: 0 };
  readonly counts = { created: 0, replaced: 0, removed: 0, left: 0, attributes: 0, skipped: 0 };

  /** Something that was changed after it was shown: it stays. */
  tellLate(what: 'removed' | 'replaced', path: string, count = 1): void {
    this.late[what] += count;
    this.tell('skipped', path, CHANGED_AFTER);
  }

  tell(what: ExtractDoing, path: string, why: string | null = null): void {
    this.counts[what] += 1;
    if (this.counts[what] <= SHOWN) this.rows.push({ path, what, why });
  }
}

/** `files`: those of `source` that are copied. */
export function planOf(
  { rows, counts, late }: PlanRows,
  {
    files,
    source,
    orders,
  }: { readonly files: readonly string[]; readonly source: Tree; readonly orders: ExtractOrders },
): Omit<ExtractPlan, 'chosen'> {
  const sizes = new Map<string, number>();
  for (const path of files) {
    const entry = source.entries.get(path);
    if (entry?.kind === 'f') sizes.set(entry.inode, entry.sizeBytes);
  }
  const { replaced, removed, attributes } = counts;
  const comes = [...files, ...orders.newDirectories];
  return {
    ...{
      parted: partedIn(source, files),
      powerful: files.filter((path) => isPowerful(source.entries.get(path))),
    },
    staged: { comes: entriesOf(source, comes), kept: entriesOf(source, orders.kept) },
    ...{ orders, counts, late, rows, bytes: [...sizes.values()].reduce((sum, size) => sum + size, 0) },
    changesWhatIsThere: replaced + removed + attributes > 0,
  };
}

const isPowerful = (entry: TreeEntry | undefined): boolean =>
  entry !== undefined &&
  (['b', 'c'].includes(entry.kind) ||
    (entry.kind === 'f' && (Number.parseInt(entry.mode, 8) & RUNS_AS) !== 0));

/** Those that have further names that do not come. */
function partedIn({ entries }: Tree, files: readonly string[]): string[] {
  const several = files.flatMap((path) => {
    const entry = entries.get(path);
    return entry && entry.names > 1 ? [{ path, entry }] : [];
  });
  const groups = [...Map.groupBy(several, ({ entry }) => entry.inode).values()];
  return groups
    .filter((group) => group.some(({ entry }) => entry.names > group.length))
    .flat()
    .map(({ path }) => path);
}

const entriesOf = ({ entries }: Tree, paths: readonly string[]): ReadonlyMap<string, TreeEntry> =>
  new Map(
    paths.flatMap((path): [string, TreeEntry][] => {
      const entry = entries.get(path);
      return entry ? [[path, entry]] : [];
    }),
  );
