/** Decides what a send stream makes of a filesystem; until its end what it makes is writable and has no received uuid. */
import { Errno } from '../errno.ts';
import type { Pool } from './pool.ts';
import { type Command, CommandReader, StreamFault } from './stream-format.ts';
import type { Subvolume } from './subvolume.ts';
import { bytesOf, type Parts, type Tree } from './tree.ts';

export interface Receiving {
  readonly pool: Pool;
  readonly container: Subvolume;
  /** The directory there. */
  readonly parts: Parts;
  readonly now: () => number;
  /** Whether the mount it goes through leads to it, which it must to a base. */
  readonly reaches: (subvolume: Subvolume) => boolean;
  /** `At subvol NAME`. */
  readonly say?: (line: string) => void;
}

export class Receiver {
  readonly #about: Receiving;
  readonly #reader = new CommandReader();
  readonly #links: (readonly [from: Parts, to: Parts])[] = [];
  #made: Subvolume | null = null;
  #origin = { uuid: '', transid: 0 };
  #isEnded = false;

  constructor(about: Receiving) {
    this.#about = about;
  }

  /** Faults: StreamFault, with what btrfs says. */
  push(bytes: Uint8Array): void {
    this.#reader.push(bytes);
    for (let one = this.#reader.next(); one !== null && !this.#isEnded; one = this.#reader.next())
      this.#run(one);
  }

  /** The stream ended. What it made; faults: StreamFault, when it was cut. */
  finish(): Subvolume {
    if (this.#made === null || !this.#isEnded) throw this.#reader.cut();
    return this.#made;
  }

  #run(command: Command): void {
    if (command.name === 'end') this.#end();
    else if (command.name === 'subvol' || command.name === 'snapshot') this.#begin(command);
    else this.#change(command);
  }

  #change(command: Command): void {
    const made = this.#made;
    if (made === null) throw new StreamFault('play: a stream without a subvolume is not simulated');
    const at = this.#about.now();
    const bytes = command.data?.bytes.length ?? 0;
    const before = made.root;
    try {
      // All of a receive is one transaction.
      if (bytes > 0) this.#about.pool.ledger.take(bytes);
      this.#apply(made, command, at);
    } catch (error) {
      made.root = before;
      if (!(error instanceof Errno)) throw error;
      throw new StreamFault(
        `${WORDS[command.name] ?? command.name} ${command.text('path')} failed: ${error.message}`,
      );
    }
  }

  #begin(command: Command): void {
    const { pool, container, parts, now, say } = this.#about;
    const name = command.text('path');
    const at = now();
    this.#origin = { uuid: command.uuid('uuid'), transid: command.number('ctransid') };
    say?.(`At ${command.name} ${name}`);
    const base = command.name === 'snapshot' ? this.#base(command) : null;
    const to = [...parts, name];
    try {
      this.#made =
        base === null
          ? pool.createAt(container, to, at)
          : pool.snapshotAt(base, { container, parts: to, readOnly: false, at });
      this.#made.changed = this.#made.generation;
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
      const what = base === null ? `subvolume ${name}` : `snapshot ${base.path} -> ${name}`;
      throw new StreamFault(`creating ${what} failed: ${error.message}`);
    }
  }

  #base(command: Command): Subvolume {
    const base = this.#about.pool.byOrigin(command.uuid('cloneUuid'));
    if (base === undefined) throw new StreamFault('cannot find parent subvolume');
    if (!this.#about.reaches(base))
      throw new StreamFault('parent subvol is not reachable from inside the root subvol');
    return base;
  }

  #apply(tree: Tree, command: Command, at: number): void {
    if (command.name === 'link') this.#links.push([partsOf(command.text('link')), pathOf(command)]);
    if (command.name === 'clone') this.#clone(tree, command, at);
    else CHANGES[command.name]?.(tree, command, at);
  }

  #clone(tree: Tree, command: Command, at: number): void {
    const uuid = command.uuid('cloneUuid');
    const source = uuid === this.#origin.uuid ? tree : this.#about.pool.byOrigin(uuid);
    if (source === undefined) throw new StreamFault('clone: did not find source subvol');
    const from = command.number('cloneOffset');
    const file = source.file(partsOf(command.text('clonePath')));
    const bytes = bytesOf(file, from, from + command.number('cloneLength'));
    tree.write(pathOf(command), command.number('offset'), bytes, at);
  }

  #end(): void {
    const made = this.#made;
    if (made === null) throw new StreamFault('empty stream is not considered valid');
    const { pool, now } = this.#about;
    const at = now();
    this.#isEnded = true;
    // What was written after a link was made is what all names of the file show.
    for (const [from, to] of this.#links) {
      const node = made.at(from);
      if (node === undefined || made.at(to) === undefined) continue;
      made.drop(to, at);
      made.link(from, to, at);
    }
    pool.setReceived(made, this.#origin.uuid, this.#origin.transid, at);
    made.readOnly = true;
    pool.soil(made, at);
    pool.ledger.recount();
  }
}

const partsOf = (path: string): string[] => path.split('/').filter((name) => name !== '');
const pathOf = (command: Command): string[] => partsOf(command.text('path'));

/** Extended attributes are not kept, and lengths without data change nothing. */
const CHANGES: Partial<Record<Command['name'], (tree: Tree, command: Command, at: number) => void>> = {
  mkfile: (tree, one, at) => tree.create(pathOf(one), at),
  mkdir: (tree, one, at) => tree.mkdir(pathOf(one), at),
  symlink: (tree, one, at) => tree.symlink(one.text('link'), pathOf(one), at),
  rename: (tree, one, at) => tree.rename(pathOf(one), partsOf(one.text('pathTo')), at),
  link: (tree, one, at) => tree.link(partsOf(one.text('link')), pathOf(one), at),
  unlink: (tree, one, at) => tree.unlink(pathOf(one), at),
  rmdir: (tree, one, at) => tree.rmdir(pathOf(one), at),
  truncate: (tree, one, at) => tree.truncate(pathOf(one), one.number('size'), at),
  chmod: (tree, one, at) => tree.describe(pathOf(one), { mode: one.number('mode') & 0o7777 }, at),
  chown: (tree, one, at) =>
    tree.describe(pathOf(one), { uid: one.number('uid'), gid: one.number('gid') }, at),
  utimes: (tree, one, at) => tree.describe(pathOf(one), { mtime: one.number('mtime') }, at),
  write: (tree, one, at) => {
    const { data } = one;
    if (data) tree.write(pathOf(one), one.number('offset'), data.bytes, at, data.crc);
  },
};

/** How btrfs calls what failed, where that is not the command's own name. */
const WORDS: Partial<Record<Command['name'], string>> = { write: 'write to' };
