/** Decides what is in a tree of files and what changes it. Nodes are never changed, so that snapshots share them. */
import { Errno } from '../errno.ts';
import { BLOCK, type Block, type BlockStore } from './block-store.ts';
import { Extents } from './extents.ts';

interface About {
  readonly ino: number;
  /** Permission bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Milliseconds since 1970. */
  readonly mtime: number;
  readonly ctime: number;
}

export interface FileNode extends About {
  readonly kind: 'file';
  readonly size: number;
  /** One for each `BLOCK` bytes; null, and what a block is shorter: zeros. */
  readonly extents: Extents;
}

export interface DirectoryNode extends About {
  readonly kind: 'directory';
  readonly entries: ReadonlyMap<string, Node>;
}

export interface SymlinkNode extends About {
  readonly kind: 'symlink';
  readonly target: string;
}

/** Where a subvolume lies, if it still lies there; else an empty directory. */
export interface SubvolumeNode extends About {
  readonly kind: 'subvolume';
  readonly id: number;
}

export type Node = FileNode | DirectoryNode | SymlinkNode | SubvolumeNode;
export type Parts = readonly string[];

const LONGEST_NAME = 255;
const FIRST_INO = 256;

export class Tree {
  root: DirectoryNode;
  #lastIno: number;
  readonly store: BlockStore;

  constructor(store: BlockStore, at: number, source?: Tree) {
    this.store = store;
    this.root = source?.root ?? { ...fresh(FIRST_INO, at, 0o755), kind: 'directory', entries: new Map() };
    this.#lastIno = source?.lastIno ?? FIRST_INO;
  }

  get lastIno(): number {
    return this.#lastIno;
  }

  at(parts: Parts): Node | undefined {
    let node: Node | undefined = this.root;
    for (const name of parts) node = node?.kind === 'directory' ? node.entries.get(name) : undefined;
    return node;
  }

  /** What must be there. Faults: ENOENT. */
  node(parts: Parts): Node {
    const node = this.at(parts);
    if (node === undefined) throw new Errno('ENOENT');
    return node;
  }

  file(parts: Parts): FileNode {
    const node = this.node(parts);
    if (node.kind === 'file') return node;
    throw new Errno(node.kind === 'symlink' ? 'EINVAL' : 'EISDIR');
  }

  mkdir(parts: Parts, at: number): void {
    this.#add(parts, { ...this.#fresh(at, 0o755), kind: 'directory', entries: new Map() }, at);
  }

  create(parts: Parts, at: number): void {
    this.#add(parts, { ...this.#fresh(at, 0o644), kind: 'file', size: 0, extents: Extents.none }, at);
  }

  /** This content and no other; the file is made if it is not there. */
  fill(parts: Parts, blocks: readonly Block[], at: number): void {
    if (this.at(parts) === undefined) this.create(parts, at);
    const size = blocks.reduce((sum, { bytes }) => sum + bytes.length, 0);
    const extents = Extents.of(blocks);
    this.#put(parts, { ...this.file(parts), size, extents, mtime: at, ctime: at }, at, false);
  }

  symlink(target: string, parts: Parts, at: number): void {
    this.#add(parts, { ...this.#fresh(at, 0o777), kind: 'symlink', target }, at);
  }

  /** The mark of a subvolume, which is no more than a place. */
  addSubvolume(parts: Parts, id: number, at: number): void {
    this.#add(parts, { ...fresh(2, at, 0o755), kind: 'subvolume', id }, at);
  }

  /** Takes away whatever is there. */
  drop(parts: Parts, at: number): void {
    this.node(parts);
    this.#put(parts, null, at);
  }

  unlink(parts: Parts, at: number): void {
    const { kind } = this.node(parts);
    if (kind === 'directory' || kind === 'subvolume') throw new Errno('EISDIR');
    this.#put(parts, null, at);
  }

  /** A place where no subvolume lies any more goes as an empty directory. */
  rmdir(parts: Parts, at: number): void {
    const node = this.node(parts);
    if (node.kind !== 'directory' && node.kind !== 'subvolume') throw new Errno('ENOTDIR');
    if (node.kind === 'directory' && node.entries.size > 0) throw new Errno('ENOTEMPTY');
    this.#put(parts, null, at);
  }

  rename(from: Parts, to: Parts, at: number): void {
    const node = this.node(from);
    if (from.every((name, index) => to[index] === name)) {
      if (from.length === to.length) return;
      throw new Errno('EINVAL');
    }
    const there = this.at(to);
    if (there !== undefined) mustYield(there, node);
    this.#put(from, null, at);
    this.#put(to, { ...node, ctime: at }, at);
  }

  /** The same content under one more name; of a directory nobody makes one. */
  link(from: Parts, to: Parts, at: number): void {
    this.#add(to, this.node(from), at);
  }

  /** @param offset where the first byte goes; what lies between the end and it becomes zeros. */
  write(parts: Parts, offset: number, bytes: Uint8Array, at: number, crc?: number): void {
    const file = this.file(parts);
    let { extents } = file;
    for (let done = 0; done < bytes.length; ) {
      const start = (offset + done) % BLOCK;
      const index = (offset + done - start) / BLOCK;
      const piece = bytes.subarray(done, done + BLOCK - start);
      const isAll = piece.length === bytes.length;
      const block = this.#merged(extents.at(index)?.block, start, piece, isAll ? crc : undefined);
      extents = extents.with(index, { block });
      done += piece.length;
    }
    const size = Math.max(file.size, offset + bytes.length);
    this.#put(parts, { ...file, size, extents, mtime: at, ctime: at }, at, false);
  }

  truncate(parts: Parts, size: number, at: number): void {
    const file = this.file(parts);
    const end = Math.floor(size / BLOCK);
    const whole = file.extents.first(Math.ceil(size / BLOCK));
    const last = whole.at(end)?.block.bytes;
    const extents =
      last !== undefined && last.length > size % BLOCK
        ? whole.with(end, { block: this.store.intern(last.subarray(0, size % BLOCK)) })
        : whole;
    this.#put(parts, { ...file, size, extents, mtime: at, ctime: at }, at, false);
  }

  /** Rights, owners, times. */
  describe(parts: Parts, about: Partial<Omit<About, 'ino'>>, at: number): void {
    this.#put(parts, { ...this.node(parts), ctime: at, ...about }, at, false);
  }

  #fresh(at: number, mode: number): About {
    this.#lastIno += 1;
    return fresh(this.#lastIno, at, mode);
  }

  #merged(old: Block | undefined, start: number, piece: Uint8Array, crc: number | undefined): Block {
    const before = old?.bytes ?? new Uint8Array();
    if (start === 0 && piece.length >= before.length) return this.store.intern(piece, crc);
    const merged = new Uint8Array(Math.max(before.length, start + piece.length));
    merged.set(before);
    merged.set(piece, start);
    return this.store.intern(merged);
  }

  #add(parts: Parts, node: Node, at: number): void {
    if (this.at(parts) !== undefined) throw new Errno('EEXIST');
    this.#put(parts, node, at);
  }

  #put(parts: Parts, node: Node | null, at: number, touches = true): void {
    const root = replaced(this.root, parts, node, touches ? at : null);
    if (root?.kind !== 'directory') throw new Errno('EBUSY');
    this.root = root;
  }
}

const fresh = (ino: number, at: number, mode: number): About => ({
  ino,
  mode,
  uid: 0,
  gid: 0,
  mtime: at,
  ctime: at,
});

/** What a rename may take the place of. */
function mustYield(there: Node, node: Node): void {
  const isDirectory = node.kind === 'directory' || node.kind === 'subvolume';
  if (there.kind === 'subvolume') throw new Errno('ENOTEMPTY');
  if (there.kind !== 'directory') {
    if (isDirectory) throw new Errno('ENOTDIR');
    return;
  }
  if (!isDirectory) throw new Errno('EISDIR');
  if (there.entries.size > 0) throw new Errno('ENOTEMPTY');
}

/** @param touched the time that the directory it lies in was changed at; null: it was not. */
function replaced(
  above: Node | undefined,
  parts: Parts,
  node: Node | null,
  touched: number | null,
): Node | null {
  const [name, ...rest] = parts;
  if (name === undefined) return node;
  if (above === undefined) throw new Errno('ENOENT');
  if (above.kind !== 'directory') throw new Errno('ENOTDIR');
  if (name.length > LONGEST_NAME) throw new Errno('ENAMETOOLONG');
  const below = rest.length === 0 ? node : replaced(above.entries.get(name), rest, node, touched);
  const entries = new Map(above.entries);
  if (below === null) entries.delete(name);
  else entries.set(name, below);
  const isTouched = touched !== null && rest.length === 0;
  return isTouched ? { ...above, entries, mtime: touched, ctime: touched } : { ...above, entries };
}

/** What is seen where no subvolume lies any more. */
export const emptyDirectory = ({ kind: _, id: __, ...about }: SubvolumeNode): DirectoryNode => ({
  ...about,
  kind: 'directory',
  entries: new Map(),
});

/** The bytes of a file from `from` up to `to`, or to its end. */
export function bytesOf(file: FileNode, from = 0, to = file.size): Uint8Array {
  const end = Math.min(to, file.size);
  const bytes = new Uint8Array(Math.max(0, end - from));
  for (let index = Math.floor(from / BLOCK); index * BLOCK < end; index++) {
    const start = index * BLOCK;
    const piece = file.extents.at(index)?.block.bytes.subarray(Math.max(0, from - start), end - start);
    if (piece) bytes.set(piece, Math.max(0, start - from));
  }
  return bytes;
}
