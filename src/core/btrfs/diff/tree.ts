/**
 * Decides what a send stream has made of the files it speaks of, as far as it has been read. What was there before is
 * learned from the paths it names; of everything else nothing is kept. Names are bytes, one character for each.
 */

/** What is in a directory. */
export type FileType = 'directory' | 'file' | 'symlink' | 'fifo' | 'socket' | 'character' | 'block';

/** What of a file the stream set; `content`: its data or its size. */
export const TOUCH = { content: 1, mode: 2, owner: 4, times: 8, xattrs: 16, flags: 32, verity: 64 } as const;

export interface Inode {
  /** The stream made it; else it was there before. */
  readonly isNew: boolean;
  /** Null: it was there before, and nothing has told it yet. */
  type: FileType | null;
  /** Where it is now; empty: nowhere any more. A directory has one. */
  readonly links: Entry[];
  /** Where it was before, as far as that was named. */
  readonly before: Place[];
  /** Bits of `TOUCH`. */
  touched: number;
  /** Bytes that the stream writes, or without data would. */
  bytes: number;
  /** Bytes; of a new file only. */
  size: number;
  mode: number;
  uid: number;
  gid: number;
  device: number;
  /** Of a symlink, where it leads. */
  leadsTo: string | null;
  seconds: number;
  nanoseconds: number;
  flags: number;
  /** Values by name; null: it was removed. */
  xattrs: Map<string, string | null> | null;
  /** Of a directory, what is known of it; null for a name: it is not there any more. */
  entries: Map<string, Entry | null> | null;
}

export interface Place {
  readonly parent: Inode;
  readonly name: string;
}

export interface Entry {
  parent: Inode;
  name: string;
  readonly inode: Inode;
  /** Its place in the links of the inode. */
  index: number;
}

/** Why a stream cannot be followed. */
export class Untrue extends Error {}

/** It tells of more than is kept. */
export class TooMuch extends Error {}

/** Linux names nothing by a longer path, and btrfs sends nothing that has one (PATH_MAX): so deep is nothing either. */
const LONGEST = 4096;
const DEEPEST = LONGEST / 2;
/** About what one entry, or a value, takes in memory, in bytes. */
const COST = 400;

export const newInode = (isNew: boolean, type: FileType | null): Inode => ({
  ...{ isNew, type, links: [], before: [], touched: 0, bytes: 0, size: 0, mode: 0, uid: 0, gid: 0 },
  ...{ device: 0, leadsTo: null, seconds: 0, nanoseconds: 0, flags: 0, xattrs: null, entries: null },
});

export class Tree {
  readonly root: Inode;
  /** All that the stream has named, in the order it did. */
  readonly inodes: Inode[] = [];
  readonly #most: number;
  #cost = 0;

  /** `isNew`: in full, so that nothing was there before. `most`: bytes of memory, about. */
  constructor(isNew: boolean, most: number) {
    this.#most = most;
    this.root = newInode(isNew, 'directory');
    this.inodes.push(this.root);
  }

  /** Throws `TooMuch`. */
  pay(bytes: number): void {
    this.#cost += COST + 2 * bytes;
    if (this.#cost > this.#most) throw new TooMuch();
  }

  /** What is at a path; '' is the root. Throws `Untrue`: nothing is. */
  at(path: string): Inode {
    return path === '' ? this.root : this.entryAt(path).inode;
  }

  entryAt(path: string): Entry {
    const { parent, name } = this.placeAt(path);
    return this.#entryIn(parent, name);
  }

  /** Where a path leads to, whether there is something or not. */
  placeAt(path: string): Place {
    const names = path.split('/');
    const name = names.pop() ?? '';
    if (names.length > DEEPEST) throw new Untrue('a path is too deep');
    let parent = this.root;
    for (const step of names) parent = this.#entryIn(parent, step).inode;
    if (name === '' || name === '.' || name === '..' || name.includes('\0'))
      throw new Untrue('a path has a step that is no name');
    asDirectory(parent);
    return { parent, name };
  }

  /** A new one at a path. */
  make(path: string, type: FileType): Inode {
    const inode = newInode(true, type);
    this.inodes.push(inode);
    this.#put(inode, this.placeAt(path));
    return inode;
  }

  link(path: string, to: string): void {
    const { inode } = this.entryAt(to);
    if (inode.type === 'directory') throw new Untrue('a directory is linked');
    this.#put(inode, this.placeAt(path));
  }

  rename(from: string, to: string): void {
    const entry = this.entryAt(from);
    const place = this.placeAt(to);
    if (place.parent.entries?.get(place.name)) throw new Untrue('something is renamed to what is there');
    // Below itself it would be nowhere.
    for (let above = place.parent, steps = 0; above !== this.root; steps++) {
      if (above === entry.inode || steps > DEEPEST) throw new Untrue('a directory is moved into itself');
      above = parentOf(above);
    }
    this.pay(place.name.length);
    entry.parent.entries?.set(entry.name, null);
    entry.parent = place.parent;
    entry.name = place.name;
    asDirectory(place.parent).set(place.name, entry);
  }

  remove(path: string, isDirectory: boolean): void {
    const entry = this.entryAt(path);
    const { inode, parent, name } = entry;
    if (inode.type !== null && (inode.type === 'directory') !== isDirectory)
      throw new Untrue('what is removed is of another kind');
    if (isDirectory) inode.type = 'directory';
    parent.entries?.set(name, null);
    const last = inode.links.pop();
    if (last === undefined || last === entry) return;
    inode.links[entry.index] = last;
    last.index = entry.index;
  }

  #put(inode: Inode, { parent, name }: Place): void {
    if (parent.entries?.get(name)) throw new Untrue('something is made where something is');
    this.pay(name.length);
    const entry = { parent, name, inode, index: inode.links.length };
    inode.links.push(entry);
    asDirectory(parent).set(name, entry);
  }

  #entryIn(parent: Inode, name: string): Entry {
    const known = asDirectory(parent).get(name);
    if (known) return known;
    if (known === null || parent.isNew) throw new Untrue('it names what is not there');
    if (name === '' || name === '.' || name === '..') throw new Untrue('a path has a step that is no name');
    this.pay(name.length);
    const inode = newInode(false, null);
    const entry = { parent, name, inode, index: 0 };
    inode.links.push(entry);
    inode.before.push({ parent, name });
    this.inodes.push(inode);
    parent.entries?.set(name, entry);
    return entry;
  }
}

/** What is gone through is one. */
function asDirectory(inode: Inode): Map<string, Entry | null> {
  if (inode.type === null) inode.type = 'directory';
  if (inode.type !== 'directory') throw new Untrue('a path leads through what is no directory');
  inode.entries ??= new Map();
  return inode.entries;
}

const parentOf = ({ links }: Inode): Inode => (links[0] ?? gone()).parent;

/** Below the root, now. Throws `Untrue`: it is deeper than can be, or in what was removed. */
export const pathNow = (place: Place, root: Inode): string =>
  pathUp(place, root, ({ links }) => links[0]) ?? gone();

/** Below the root, before; null: it was not there. */
export const pathBefore = (place: Place, root: Inode): string | null =>
  pathUp(place, root, ({ before }) => before[0]);

function pathUp(place: Place, root: Inode, placeOf: (inode: Inode) => Place | undefined): string | null {
  const names = [place.name];
  let length = place.name.length;
  for (let above = place.parent; above !== root; ) {
    const at = placeOf(above);
    if (!at) return null;
    length += at.name.length + 1;
    if (length > LONGEST) throw new Untrue('a path is longer than any can be');
    names.push(at.name);
    above = at.parent;
  }
  return names.reverse().join('/');
}

function gone(): never {
  throw new Untrue('it speaks of what was removed');
}
