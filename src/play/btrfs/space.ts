/** Decides how much room the files of a filesystem take, where snapshots share extents, and how a device is divided. */

import type { Extent } from './extents.ts';
import type { Subvolume } from './subvolume.ts';
import type { Node } from './tree.ts';

const SECTOR = 4096;
const MIB = 1024 * 1024;
const NODE_BYTES = 512;
const SUBVOLUME_BYTES = 16_384;

const roomOf = ({ block }: Extent): number => Math.ceil(block.bytes.length / SECTOR) * SECTOR;

export interface Room {
  readonly data: number;
  readonly metadata: number;
}

/** All that some subvolumes hold, what is shared counted once. */
export function roomOfAll(subvolumes: Iterable<Subvolume>): Room {
  const seen = new Set<Node | Extent>();
  let data = 0;
  let metadata = 0;
  for (const { root } of subvolumes) {
    metadata += SUBVOLUME_BYTES;
    for (const one of newIn(root, seen)) {
      if ('block' in one) data += roomOf(one);
      else metadata += NODE_BYTES;
    }
  }
  return { data, metadata };
}

/** What `btrfs filesystem du` counts below a node: all, and what nothing in the other trees shares. */
export function sharedRoom(node: Node, others: Iterable<Node>): { total: number; exclusive: number } {
  const elsewhere = new Set<Node | Extent>();
  for (const other of others) for (const _ of newIn(other, elsewhere));
  let total = 0;
  let exclusive = 0;
  for (const one of newIn(node, new Set())) {
    if (!('block' in one)) continue;
    total += roomOf(one);
    if (!elsewhere.has(one)) exclusive += roomOf(one);
  }
  return { total, exclusive };
}

function* newIn(node: Node, seen: Set<Node | Extent>): Generator<Node | Extent> {
  if (seen.has(node)) return;
  seen.add(node);
  yield node;
  if (node.kind === 'directory') for (const below of node.entries.values()) yield* newIn(below, seen);
  if (node.kind !== 'file') return;
  for (const extent of node.extents) {
    if (seen.has(extent)) continue;
    seen.add(extent);
    yield extent;
  }
}

/** Bytes, as `btrfs filesystem usage -b` tells them. */
export interface Usage {
  readonly size: number;
  readonly data: { readonly size: number; readonly used: number };
  /** Once of two copies. */
  readonly metadata: { readonly size: number; readonly used: number };
  readonly system: { readonly size: number; readonly used: number };
  readonly reserve: number;
  readonly unallocated: number;
}

/** One device with data once and metadata twice, as mkfs makes it. */
export function divide(size: number, room: Room): Usage {
  const chunk = Math.max(8 * MIB, Math.min(1024 * MIB, Math.floor(size / 10 / MIB) * MIB));
  const step = Math.max(8 * MIB, Math.min(256 * MIB, Math.floor(size / 20 / MIB) * MIB));
  const metadata = { size: Math.ceil((room.metadata * 1.2) / step) * step, used: room.metadata };
  const system = { size: 8 * MIB, used: 16_384 };
  const left = size - 2 * (metadata.size + system.size);
  const wanted = Math.max(1, Math.ceil(room.data / chunk)) * chunk;
  const data = { size: Math.min(left, wanted), used: room.data };
  const reserve = Math.max(3.5 * MIB, Math.min(512 * MIB, Math.floor(metadata.size / 6 / SECTOR) * SECTOR));
  return { size, data, metadata, system, reserve, unallocated: left - data.size };
}

/** Of it, what new data can take. */
export const freeOf = ({ data, unallocated }: Usage): number =>
  Math.max(0, unallocated + data.size - data.used);
