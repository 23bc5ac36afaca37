/** Decides what is told of the place that a path of a machine leads to. */
import { Extents } from '../btrfs/extents.ts';
import { Subvolume } from '../btrfs/subvolume.ts';
import type { Node, Parts, Tree } from '../btrfs/tree.ts';
import { Errno } from '../errno.ts';
import type { Stat } from './files.ts';
import type { Mount } from './mounts.ts';

/** Where a path leads, without symlinks. */
export interface Spot {
  /** Absolute. */
  readonly path: string;
  /** Null: the root, or what is made up. */
  readonly mount: Mount | null;
  /** Null: it is made up. */
  readonly tree: Tree | null;
  readonly parts: Parts;
  readonly node: Node | undefined;
}

/** What opening a directory gives: a thing to lock, with nothing to read. */
export const EMPTY_FILE = {
  ino: 0,
  mode: 0,
  uid: 0,
  gid: 0,
  mtime: 0,
  ctime: 0,
  kind: 'file',
  size: 0,
  extents: Extents.none,
} as const;

export function nodeOf({ node }: Spot): Exclude<Node, { kind: 'subvolume' }> {
  if (node === undefined || node.kind === 'subvolume') throw new Errno('ENOENT');
  return node;
}

export function statOf(spot: Spot): Stat {
  const node = nodeOf(spot);
  const { kind, mode, uid, gid, mtime, ctime, ino } = node;
  const size = sizeOf(node);
  const { tree } = spot;
  const other = tree === null ? 'made up' : 'root';
  const device = tree instanceof Subvolume ? `${spot.mount?.pool.uuid}:${tree.id}` : other;
  return { kind, size, mode, uid, gid, mtime, ctime, ino, device };
}

function sizeOf(node: Exclude<Node, { kind: 'subvolume' }>): number {
  if (node.kind === 'file') return node.size;
  return node.kind === 'symlink' ? node.target.length : node.entries.size;
}
