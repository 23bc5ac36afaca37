/** Decides which files are no longer, or not yet, names of one file as they were in the snapshot: they look the same alone. */
import { isWithin, type TreeEntry } from '../../model/extract/tree.ts';
import type { ExtractQuestion } from './question.ts';
import { looksSame } from './tree-index.ts';

/** Paths in the snapshot. */
export function changedLinks(
  { source, target, wanted, overwrite }: Pick<ExtractQuestion, 'source' | 'target' | 'wanted' | 'overwrite'>,
  comes: ReadonlySet<string>,
): ReadonlySet<string> {
  const changed = new Set<string>();
  if (overwrite !== 'if-changed') return changed;
  const rows = [...comes].flatMap((from) => {
    const s = source.entries.get(from);
    if (!s || s.kind === 'd') return [];
    return [{ from, s, t: target.entries.get(targetOf(wanted, from)) }];
  });
  const several = (one: TreeEntry | undefined): boolean => one !== undefined && one.names > 1;
  const add = (some: readonly { readonly from: string }[]): void => {
    for (const { from } of some) changed.add(from);
  };
  for (const group of Map.groupBy(rows, ({ s }) => s.inode).values()) {
    if (!several(group[0]?.s) || group.length < 2) continue;
    const inodes = new Set(group.map(({ t }) => t?.inode));
    if (inodes.size > 1 || !group.every(({ s, t }) => t !== undefined && looksSame(s, t))) add(group);
  }
  const there = rows.filter(({ t }) => several(t));
  for (const group of Map.groupBy(there, ({ t }) => t?.inode).values())
    if (new Set(group.map(({ s }) => s.inode)).size > 1) add(group);
  return changed;
}

/** Where it goes. */
export function targetOf(wanted: ExtractQuestion['wanted'], from: string): string {
  const asked = wanted.find((one) => isWithin(from, one.from));
  if (!asked) return from;
  const below = asked.from === '' ? from : from.slice(asked.from.length + 1);
  if (below === '') return asked.to;
  return asked.to === '' ? below : `${asked.to}/${below}`;
}
