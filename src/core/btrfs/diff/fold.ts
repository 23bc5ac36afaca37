/** Folds a send stream, with its data or without, into what it makes of each file: linear, and within a bound of memory. */
import { ATTRIBUTE, COMMAND } from '../read/send-stream.ts';
import { type CommandReader, createCommandReader, type StreamCommand } from './command-reader.ts';
import { type FileType, type Inode, TOUCH, TooMuch, Tree, Untrue } from './tree.ts';

export interface StreamFold {
  /** Takes the next bytes, cut anywhere. */
  push(chunk: Uint8Array): void;
  /** Nothing more is read: it is no stream, or tells of more than is kept. */
  isOver(): boolean;
  result(): Folded;
}

/** `cut`: it did not come to its end. `broken`: it is none that btrfs writes. `large`: it tells of more than is kept. */
export type Folded =
  | { readonly kind: 'whole'; readonly tree: Tree; readonly uuid: string }
  | { readonly kind: 'cut' }
  | { readonly kind: 'large' }
  | { readonly kind: 'broken'; readonly why: string };

/** `most`: bytes of memory, about. */
export const createFoldReader = (most: number): StreamFold => new Fold(most);

class Fold implements StreamFold {
  readonly #most: number;
  readonly #reader: CommandReader;
  #tree: Tree | null = null;
  #uuid = '';
  #isLarge = false;

  constructor(most: number) {
    this.#most = most;
    this.#reader = createCommandReader((command, reader) => {
      try {
        this.#take(command);
      } catch (error) {
        if (error instanceof TooMuch) this.#isLarge = true;
        else if (!(error instanceof Untrue)) throw error;
        reader.stop(`${error.message} (command ${command.index})`);
      }
    });
  }

  push(chunk: Uint8Array): void {
    this.#reader.push(chunk);
  }

  isOver(): boolean {
    return this.#reader.broken() !== null;
  }

  result(): Folded {
    if (this.#isLarge) return { kind: 'large' };
    const why = this.#reader.broken();
    if (why !== null) return { kind: 'broken', why };
    if (!this.#reader.ended()) return { kind: 'cut' };
    if (this.#tree === null) return { kind: 'broken', why: 'it is of no subvolume' };
    return { kind: 'whole', tree: this.#tree, uuid: this.#uuid };
  }

  #take(command: StreamCommand): void {
    const isFull = command.code === COMMAND.subvolume;
    if (isFull || command.code === COMMAND.snapshot) {
      if (this.#tree) throw new Untrue('it is of two subvolumes');
      this.#uuid = uuidOf(command.text(ATTRIBUTE.uuid) ?? '');
      this.#tree = new Tree(isFull, this.#most);
      return;
    }
    if (!this.#tree) throw new Untrue('it begins with no subvolume');
    const take = TAKE.get(command.code);
    // A command of a later version may change what nobody here knows of.
    if (!take) throw new Untrue(`it has a command ${command.code}, which is not known`);
    take(this.#tree, command);
  }
}

/** Of 16 bytes; another text where it is none. */
const uuidOf = (bytes: string): string =>
  Buffer.from(bytes, 'latin1')
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');

type Take = (tree: Tree, command: StreamCommand) => void;

function text(command: StreamCommand, attribute: number): string {
  const told = command.text(attribute);
  if (told === null) throw new Untrue('a command lacks an attribute');
  return told;
}

function number(command: StreamCommand, attribute: number): number {
  const told = command.number(attribute);
  if (told === null) throw new Untrue('a command lacks a number');
  return told;
}

const inodeAt = (tree: Tree, command: StreamCommand): Inode => tree.at(text(command, ATTRIBUTE.path));

const make =
  (type: FileType, more: (inode: Inode, command: StreamCommand, tree: Tree) => void = () => {}): Take =>
  (tree, command) =>
    more(tree.make(text(command, ATTRIBUTE.path), type), command, tree);

/** What is there already gets something else. */
const set =
  (touch: number, take: (inode: Inode, command: StreamCommand) => void): Take =>
  (tree, command) => {
    const inode = inodeAt(tree, command);
    take(inode, command);
    inode.touched |= touch;
  };

/** Bytes are written to a file, or stand in it after this command; a longer file than before is that long now. */
const write = (lengthOf: (command: StreamCommand) => number): Take =>
  set(TOUCH.content, (inode, command) => {
    const length = lengthOf(command);
    inode.bytes += length;
    inode.size = Math.max(inode.size, number(command, ATTRIBUTE.offset) + length);
  });

/** Of `fallocate`: the size stays, whatever is reserved (linux/falloc.h). */
const KEEP_SIZE = 1;
/** Of a mode, what kind of file it is of (inode(7)). */
const FORMAT = 0o170000;
const CHARACTER = 0o020000;

const TAKE: ReadonlyMap<number, Take> = new Map<number, Take>([
  [COMMAND.mkfile, make('file')],
  [COMMAND.mkdir, make('directory')],
  [COMMAND.mkfifo, make('fifo')],
  [COMMAND.mksock, make('socket')],
  [
    COMMAND.mknod,
    make('block', (inode, command) => {
      inode.device = number(command, ATTRIBUTE.device);
      if ((number(command, ATTRIBUTE.mode) & FORMAT) === CHARACTER) inode.type = 'character';
    }),
  ],
  [
    COMMAND.symlink,
    make('symlink', (inode, command, tree) => {
      inode.leadsTo = text(command, ATTRIBUTE.pathLink);
      tree.pay(inode.leadsTo.length);
    }),
  ],
  [
    COMMAND.rename,
    (tree, command) => tree.rename(text(command, ATTRIBUTE.path), text(command, ATTRIBUTE.pathTo)),
  ],
  [
    COMMAND.link,
    (tree, command) => tree.link(text(command, ATTRIBUTE.path), text(command, ATTRIBUTE.pathLink)),
  ],
  [COMMAND.unlink, (tree, command) => tree.remove(text(command, ATTRIBUTE.path), false)],
  [COMMAND.rmdir, (tree, command) => tree.remove(text(command, ATTRIBUTE.path), true)],
  [COMMAND.setXattr, (tree, command) => setXattr(tree, command, text(command, ATTRIBUTE.xattrData))],
  [COMMAND.removeXattr, (tree, command) => setXattr(tree, command, null)],
  [COMMAND.write, write((command) => lengthOf(command))],
  [COMMAND.encodedWrite, write((command) => number(command, ATTRIBUTE.unencodedLength))],
  [COMMAND.updateExtent, write((command) => number(command, ATTRIBUTE.size))],
  [COMMAND.clone, write((command) => number(command, ATTRIBUTE.cloneLength))],
  [
    COMMAND.truncate,
    set(TOUCH.content, (inode, command) => {
      inode.size = number(command, ATTRIBUTE.size);
    }),
  ],
  [
    COMMAND.chmod,
    set(TOUCH.mode, (inode, command) => {
      inode.mode = number(command, ATTRIBUTE.mode);
    }),
  ],
  [
    COMMAND.chown,
    set(TOUCH.owner, (inode, command) => {
      inode.uid = number(command, ATTRIBUTE.uid);
      inode.gid = number(command, ATTRIBUTE.gid);
    }),
  ],
  [
    COMMAND.utimes,
    set(TOUCH.times, (inode, command) => {
      const mtime = command.time(ATTRIBUTE.mtime);
      if (mtime === null) throw new Untrue('a command lacks a time');
      Object.assign(inode, mtime);
    }),
  ],
  [
    COMMAND.fallocate,
    set(TOUCH.content, (inode, command) => {
      const keeps = (number4(command, ATTRIBUTE.fallocateMode) & KEEP_SIZE) !== 0;
      const end = number(command, ATTRIBUTE.offset) + number(command, ATTRIBUTE.size);
      if (!keeps) inode.size = Math.max(inode.size, end);
    }),
  ],
  [
    COMMAND.fileAttributes,
    set(TOUCH.flags, (inode, command) => {
      inode.flags = number(command, ATTRIBUTE.fileAttributes);
    }),
  ],
  [COMMAND.enableVerity, set(TOUCH.verity, () => {})],
]);

function lengthOf(command: StreamCommand): number {
  const length = command.length(ATTRIBUTE.data);
  if (length === null) throw new Untrue('a command lacks its data');
  return length;
}

/** Of four bytes, or of eight. */
function number4(command: StreamCommand, attribute: number): number {
  const told = command.text(attribute);
  if (told === null || told.length < 4) throw new Untrue('a command lacks a number');
  return Buffer.from(told, 'latin1').readUInt32LE(0);
}

function setXattr(tree: Tree, command: StreamCommand, value: string | null): void {
  const inode = inodeAt(tree, command);
  const name = text(command, ATTRIBUTE.xattrName);
  tree.pay(name.length + (value?.length ?? 0));
  inode.xattrs ??= new Map();
  inode.xattrs.set(name, value);
  inode.touched |= TOUCH.xattrs;
}
