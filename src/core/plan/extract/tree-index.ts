/** Decides what lies in which directory of a listed tree, and how two entries of two trees compare. */

import { directoryOf, inDirectory, nameIn, type Tree, type TreeEntry } from '../../model/extract/tree.ts';
import { EMPTY_SUBVOLUME } from '../../model/files.ts';

/** Names in each directory, in their order. */
export function childrenOf({ entries }: Tree): ReadonlyMap<string, readonly string[]> {
  const children = new Map<string, string[]>();
  for (const path of entries.keys()) {
    if (path === '') continue;
    const directory = directoryOf(path);
    const there = children.get(directory);
    if (there) there.push(nameIn(path));
    else children.set(directory, [nameIn(path)]);
  }
  for (const names of children.values()) names.sort(byName);
  return children;
}

/** It and all in it, each directory before what is in it. */
export function below(children: ReadonlyMap<string, readonly string[]>, path: string): string[] {
  const all: string[] = [];
  const open = [path];
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    all.push(one);
    for (const name of children.get(one) ?? []) open.push(inDirectory(one, name));
  }
  return all;
}

export const byName = (a: string, b: string): number => {
  if (a === b) return 0;
  return a < b ? -1 : 1;
};

/** The same file as far as is told without reading it: kind, size, times, rights, owner, and where a link points. */
export const looksSame = (a: TreeEntry, b: TreeEntry): boolean =>
  a.kind === b.kind &&
  (a.kind === 'd' || a.sizeBytes === b.sizeBytes) &&
  a.link === b.link &&
  a.modified === b.modified &&
  hasSameRights(a, b);

export const hasSameRights = (a: TreeEntry, b: TreeEntry): boolean =>
  a.uid === b.uid && a.gid === b.gid && (a.kind === 'l' || a.mode === b.mode);

/** Nothing of it was changed since the one was a snapshot of the other. */
export const isUntouched = (a: TreeEntry, b: TreeEntry): boolean =>
  a.inode === b.inode && a.changed === b.changed && looksSame(a, b);

/** Seconds that the time of a change may be behind that of the clock (a tick of the kernel). */
const TICK = 0.02;

/** It, or something in it, was changed, put there or renamed later than that. */
export function isChangedAfter(
  { entries }: Pick<Tree, 'entries'>,
  children: ReadonlyMap<string, readonly string[]>,
  path: string,
  moment: string | null,
): boolean {
  if (moment === null) return false;
  const last = Number(moment) - TICK;
  return below(children, path).some((one) => Number(entries.get(one)?.changed ?? 0) > last);
}

/** By the time of their content. */
export const isNewer = (a: TreeEntry, b: TreeEntry): boolean => isLater(a.modified, b.modified);

function isLater(a: string, b: string): boolean {
  const [secondsA, partA] = parts(a);
  const [secondsB, partB] = parts(b);
  return secondsA === secondsB ? partA > partB : secondsA > secondsB;
}

/** Before 1970 the seconds are negative, and what is behind the point counts on from there all the same (find). */
function parts(time: string): [number, string] {
  const [seconds = '0', part = ''] = time.split('.');
  return [Number(seconds), part];
}

/**
 * What each of these is, as `place-script` tells it again: number, kind, size and times; of a directory how much is in it,
 * and when any of that was last changed. Where a name is one of several, that says nothing: what is done to another one
 * changes that time.
 */
export function seenAs(
  { entries }: Tree,
  children: ReadonlyMap<string, readonly string[]>,
  paths: readonly string[],
): ReadonlyMap<string, string> {
  const seen = new Map<string, string>();
  for (const path of paths) {
    const entry = entries.get(path);
    if (!entry) continue;
    const { kind, inode, sizeBytes, modified, names, changed } = entry;
    const is =
      kind === 'd'
        ? holds({ entries }, below(children, path))
        : `${sizeBytes}:${modified}:${names > 1 ? '-' : changed}`;
    seen.set(path, `${inode}:${kind}:${is}`);
  }
  return seen;
}

function holds({ entries }: Pick<Tree, 'entries'>, paths: readonly string[]): string {
  let newest: TreeEntry | undefined;
  let isShared = false;
  for (const path of paths) {
    const entry = entries.get(path);
    if (!entry) continue;
    if (entry.kind !== 'd' && entry.names > 1) isShared = true;
    if (!newest || isLater(entry.changed, newest.changed)) newest = entry;
  }
  return `${paths.length}:${isShared || !newest ? '-' : newest.changed}`;
}

/** It is, or was, another subvolume, or something is mounted on it. */
export const isApart = ({ entries }: Tree, entry: TreeEntry): boolean =>
  entry.device !== entries.get('')?.device || (entry.kind === 'd' && entry.inode === String(EMPTY_SUBVOLUME));
