/** Decides what a send stream of a read-only snapshot says, by comparing its tree with that of the base. */
import { BLOCK, type Block } from './block-store.ts';
import { crc32c } from './crc32c.ts';
import type { Extent } from './extents.ts';
import { type Attributes, type CommandName, command, streamHeader, uuidBytes } from './stream-format.ts';
import type { Subvolume } from './subvolume.ts';
import type { DirectoryNode, FileNode, Node, SymlinkNode } from './tree.ts';

export interface Sending {
  readonly snapshot: Subvolume;
  readonly base: Subvolume | null;
  /** As with `--no-data`: only how much there would be. */
  readonly withoutData: boolean;
}

/** What goes out at once, at least. */
const CHUNK = 65_536;

/** The longest extent that btrfs has. */
const EXTENT = 128 * 1024 * 1024;

/** The stream in pieces. The order is that of the names, so that it is the same each time. */
export function* sendStream(sending: Sending): Generator<Uint8Array> {
  let pieces: Uint8Array[] = [streamHeader()];
  let size = 0;
  for (const one of commandsOf(sending)) {
    pieces.push(one);
    size += one.length;
    if (size < CHUNK) continue;
    yield Buffer.concat(pieces);
    pieces = [];
    size = 0;
  }
  if (pieces.length > 0) yield Buffer.concat(pieces);
}

function* commandsOf({ snapshot, base, withoutData }: Sending): Generator<Uint8Array> {
  const path = snapshot.where.at(-1) ?? '';
  const about = { path, uuid: uuidBytes(snapshot.originUuid), ctransid: snapshot.changed };
  if (base === null) yield command('subvol', about);
  else {
    const from = { cloneUuid: uuidBytes(base.originUuid), cloneCtransid: base.changed };
    yield command('snapshot', { ...about, ...from });
  }
  yield* directory('', base?.root, snapshot.root, withoutData);
  yield command('end', {});
}

/** Zeros behind a block must be written where the base has something else. */
function covering(extent: Extent | null, before: Extent | null, left: number): Block {
  const block = extent?.block ?? EMPTY;
  const wanted = before === null ? 0 : Math.min(before.block.bytes.length, left);
  if (block.bytes.length >= wanted) return block;
  const bytes = new Uint8Array(wanted);
  bytes.set(block.bytes);
  return { bytes, crc: crc32c(bytes) };
}

const EMPTY: Block = { bytes: new Uint8Array(), crc: 0 };

function* directory(
  path: string,
  old: DirectoryNode | undefined,
  now: DirectoryNode,
  withoutData: boolean,
): Generator<Uint8Array> {
  if (old === now) return;
  for (const name of sorted(old)) {
    const [gone, here] = [old?.entries.get(name), now.entries.get(name)];
    if (gone && !isSame(gone, here)) yield* removal(below(path, name), gone);
  }
  for (const name of sorted(now)) {
    const [before, node] = [old?.entries.get(name), now.entries.get(name)];
    if (node === undefined || node === before) continue;
    yield* change(below(path, name), isSame(before, node) ? before : undefined, node, withoutData);
  }
  yield* description(path, old, now);
}

const below = (path: string, name: string): string => (path === '' ? name : `${path}/${name}`);

const sorted = (node: DirectoryNode | undefined): string[] => [...(node?.entries.keys() ?? [])].sort();

const isSame = (a: Node | undefined, b: Node | undefined): boolean =>
  a?.kind === b?.kind && a?.ino === b?.ino;

/** A nested subvolume is no part of what it lies in. */
function* removal(path: string, node: Node): Generator<Uint8Array> {
  if (node.kind === 'subvolume') return;
  if (node.kind !== 'directory') return yield command('unlink', { path });
  for (const [name, one] of node.entries) yield* removal(below(path, name), one);
  yield command('rmdir', { path });
}

function* change(
  path: string,
  old: Node | undefined,
  now: Node,
  withoutData: boolean,
): Generator<Uint8Array> {
  switch (now.kind) {
    case 'subvolume':
      return;
    case 'directory':
      if (old === undefined) yield command('mkdir', { path, ino: now.ino });
      return yield* directory(path, old?.kind === 'directory' ? old : undefined, now, withoutData);
    case 'symlink':
      if (old === undefined) yield command('symlink', { path, ino: now.ino, link: now.target });
      return yield* description(path, old, now);
    case 'file':
      if (old === undefined) yield command('mkfile', { path, ino: now.ino });
      yield* content(path, old?.kind === 'file' ? old : undefined, now, withoutData);
      yield* description(path, old, now);
  }
}

function* content(
  path: string,
  old: FileNode | undefined,
  now: FileNode,
  withoutData: boolean,
): Generator<Uint8Array> {
  let end = old?.size ?? 0;
  if (old && old.size > now.size) {
    yield command('truncate', { path, size: now.size });
    end = now.size;
  }
  /** What is told without its data, as one for all that lies together. */
  let told = { offset: 0, size: 0 };
  for (let index = 0; index * BLOCK < now.size; index++) {
    const [before, extent] = [old?.extents.at(index) ?? null, now.extents.at(index)];
    if (before === extent) continue;
    const offset = index * BLOCK;
    const block = covering(extent, before, now.size - offset);
    const { length } = block.bytes;
    end = Math.max(end, offset + length);
    if (!withoutData) yield command('write', { path, offset }, block);
    else if (told.offset + told.size === offset && told.size + length <= EXTENT) told.size += length;
    else {
      if (told.size > 0) yield command('updateExtent', { path, ...told });
      told = { offset, size: length };
    }
  }
  if (told.size > 0) yield command('updateExtent', { path, ...told });
  if (end !== now.size) yield command('truncate', { path, size: now.size });
}

function* description(
  path: string,
  old: Node | undefined,
  now: DirectoryNode | FileNode | SymlinkNode,
): Generator<Uint8Array> {
  const say = (name: CommandName, attributes: Attributes) => command(name, { path, ...attributes });
  if (old?.uid !== now.uid || old.gid !== now.gid) yield say('chown', { uid: now.uid, gid: now.gid });
  if (now.kind !== 'symlink' && old?.mode !== now.mode) yield say('chmod', { mode: now.mode });
  yield say('utimes', { atime: now.mtime, mtime: now.mtime, ctime: now.ctime });
}
