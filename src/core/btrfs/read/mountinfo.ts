/** Decides what is mounted where and what a path really leads to; takes the text of /proc/self/mountinfo alone. */
import { byKey, isAtOrBelow, pathKey } from './lies-above.ts';

/** One line of mountinfo; https://www.kernel.org/doc/Documentation/filesystems/proc.txt, section 3.5. */
export interface MountRow {
  readonly id: string;
  readonly parentId: string;
  /** `major:minor`; of a btrfs, one for all its subvolumes. */
  readonly device: string;
  /** What of the filesystem it shows, from its top: `/`, `/@home`. */
  readonly root: string;
  readonly path: string;
  readonly readOnly: boolean;
  readonly type: string;
  /** btrfs: number of the subvolume the mount's root lies in; null where the kernel does not tell. */
  readonly subvolumeId: number | null;
  /** btrfs: path of that subvolume, from the top level; differs from `root` on a bind mount of a directory. */
  readonly subvolumePath: string | null;
}

/** Null for a line that is not one of mountinfo. */
export function parseMountinfoLine(line: string): MountRow | null {
  const fields = line.split(' ');
  const dash = fields.indexOf('-', 6);
  const [id, parentId, device, root, path, options] = fields;
  const type = fields[dash + 1];
  const superOptions = fields[dash + 3] ?? '';
  if (dash < 0 || type === undefined || options === undefined) return null;
  if (id === undefined || parentId === undefined || device === undefined) return null;
  if (root === undefined || path === undefined || !/^\d+:\d+$/.test(device)) return null;
  // subvol= is the last one and runs to the end: the path may hold commas.
  const subvolume = /(?:^|,)subvolid=(\d+),subvol=(.*)$/s.exec(superOptions);
  return {
    id,
    parentId,
    device,
    root: decoded(root),
    path: decoded(path),
    readOnly: hasOption(options, 'ro') || hasOption(superOptions, 'ro'),
    type,
    subvolumeId: subvolume?.[1] === undefined ? null : Number(subvolume[1]),
    subvolumePath: subvolume?.[2] === undefined ? null : decoded(subvolume[2]),
  };
}

/** The mount a path leads into, as the kernel walks it; null when nothing is mounted there or above. */
export type MountAt = (path: string) => MountRow | null;

export interface MountTree {
  readonly mountAt: MountAt;
  /** Of a mount that its own path leads into: whether something is mounted in it on the way to a path below. */
  readonly hides: (row: MountRow, path: string) => boolean;
}

/**
 * Follows mounts from the root as the kernel does, so that what is mounted over hides what lies below, whatever
 * filesystem it is of. Paths are absolute, without symbolic links.
 */
export function mountTree(rows: readonly MountRow[]): MountTree {
  const children = childrenOf(rows);
  const crossing = (at: MountRow | null, key: string): Child | null =>
    firstOnTheWay(children.get(at?.id ?? '') ?? [], key);
  /** Of a mount → the last one of those mounted one over the other on its place. */
  const uppermost = new Map<MountRow, MountRow>();
  const climb = (row: MountRow, key: string): MountRow => {
    const passed: MountRow[] = [];
    let at = row;
    for (let last = uppermost.get(at); last === undefined; last = uppermost.get(at)) {
      passed.push(at);
      const over = crossing(at, key);
      if (over?.key === key) at = over.row;
      else uppermost.set(at, at);
    }
    const last = uppermost.get(at) ?? at;
    for (const one of passed) uppermost.set(one, last);
    return last;
  };
  const mountAt: MountAt = (path) => {
    const key = pathKey(path);
    let at: MountRow | null = null;
    for (let next = crossing(at, key); next !== null; next = crossing(at, key))
      at = climb(next.row, next.key);
    return at;
  };
  return {
    mountAt,
    hides: (row, path) => children.has(row.id) && crossing(row, pathKey(path)) !== null,
  };
}

interface Child {
  readonly key: string;
  readonly row: MountRow;
}

/** By parent ('' for those of the root) those mounts that a path from there meets first: none lies below another. */
function childrenOf(rows: readonly MountRow[]): ReadonlyMap<string, readonly Child[]> {
  const keys = new Map(rows.toReversed().map((row) => [row.id, pathKey(row.path)]));
  const children = new Map<string, Child[]>();
  const seen = new Set<string>();
  for (const row of rows) {
    // The kernel gives no number twice; a tree has no circle.
    if (seen.has(row.id)) continue;
    seen.add(row.id);
    const key = pathKey(row.path);
    // A root's parent is outside of what this process sees, or it is its own.
    const above = row.parentId === row.id ? undefined : keys.get(row.parentId);
    // What is mounted in a mount has a place in it.
    if (above !== undefined && !isAtOrBelow(key, above)) continue;
    const parent = above === undefined ? '' : row.parentId;
    const siblings = children.get(parent);
    if (siblings === undefined) children.set(parent, [{ key, row }]);
    else siblings.push({ key, row });
  }
  return new Map([...children].map(([parent, siblings]) => [parent, outermost(siblings)]));
}

/** The shortest paths, in the order of their keys; of several on one place the last. */
function outermost(siblings: readonly Child[]): readonly Child[] {
  const kept: Child[] = [];
  for (const one of siblings.toSorted(byKey)) {
    const before = kept.at(-1);
    if (before === undefined || !isAtOrBelow(one.key, before.key)) kept.push(one);
    else if (one.key === before.key) kept[kept.length - 1] = one;
  }
  return kept;
}

/** As none lies below another, it can only be the last one that does not come after `key`. */
function firstOnTheWay(children: readonly Child[], key: string): Child | null {
  let [from, to] = [0, children.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((children[middle]?.key ?? '') <= key) from = middle + 1;
    else to = middle;
  }
  const found = children[from - 1];
  return found !== undefined && isAtOrBelow(key, found.key) ? found : null;
}

const hasOption = (options: string, name: string): boolean => options.split(',').includes(name);

/** The kernel writes blank, tab, newline, backslash and # as three octal digits. */
function decoded(text: string): string {
  if (!text.includes('\\')) return text;
  const [first = '', ...escapes] = text.split('\\');
  return first + escapes.map(unescaped).join('');
}

const unescaped = (text: string): string =>
  /^[0-7]{3}/.test(text)
    ? String.fromCharCode(Number.parseInt(text.slice(0, 3), 8)) + text.slice(3)
    : `\\${text}`;
