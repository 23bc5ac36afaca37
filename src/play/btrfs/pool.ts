/**
 * A btrfs filesystem of one device: decides what each operation does to ids, transactions, files and room. The rules are
 * those that were measured. Paths are from the top level, without a slash at the beginning; times are milliseconds.
 */
import { Errno } from '../errno.ts';
import type { Block, BlockStore } from './block-store.ts';
import type { DeviceErrors, Scrub } from './health.ts';
import { Ledger } from './ledger.ts';
import type { Usage } from './space.ts';
import { Subvolume, TOP_LEVEL } from './subvolume.ts';
import { emptyDirectory, type Node, type Parts } from './tree.ts';
import { randomUuid } from './uuid.ts';

export interface PoolSettings {
  /** Bytes. */
  readonly size: number;
  /** Such as `/dev/vdb`. */
  readonly device: string;
  /** The same for all filesystems of a fleet. */
  readonly store: BlockStore;
  /** From 0 to below 1. */
  readonly random: () => number;
  /** When it was made. */
  readonly at: number;
  readonly uuid?: string;
}

/** A place in a subvolume; its own root has no parts. */
export interface Spot {
  readonly subvolume: Subvolume;
  readonly parts: Parts;
}

/** Where a path leads. */
export interface Place extends Spot {
  /** Undefined: nothing is there. */
  readonly node: Exclude<Node, { kind: 'subvolume' }> | undefined;
}

/** What is received reaches the disk at the latest after so long. */
const WRITEBACK_MS = 30_000;
const FIRST_ID = 256;

export class Pool {
  readonly uuid: string;
  readonly size: number;
  readonly device: string;
  readonly store: BlockStore;
  readonly top: Subvolume;
  readonly deviceErrors: DeviceErrors = { write: 0, read: 0, flush: 0, corruption: 0, generation: 0 };
  scrub: Scrub | null = null;
  /** As btrfs makes itself when it meets errors. */
  readOnly = false;
  readonly ledger: Ledger;
  readonly #random: () => number;
  readonly #subvolumes = new Map<number, Subvolume>();
  readonly #dirty = new Map<Subvolume, number>();
  #transid = 6;
  #lastId = FIRST_ID - 1;

  constructor({ size, device, store, random, at, uuid }: PoolSettings) {
    this.#random = random;
    this.size = size;
    this.device = device;
    this.store = store;
    this.uuid = uuid ?? randomUuid(random);
    const about = { store, id: TOP_LEVEL, uuid: randomUuid(random), transid: this.#transid, at };
    this.top = new Subvolume(about);
    this.#subvolumes.set(TOP_LEVEL, this.top);
    this.ledger = new Ledger(size, () => this.#subvolumes.values());
  }

  /** By id, without the top level. */
  get subvolumes(): Subvolume[] {
    return [...this.#subvolumes.values()].slice(1);
  }

  /** As btrfs finds the base of an increment: first of all by what was received. */
  byOrigin(uuid: string): Subvolume | undefined {
    const all = this.subvolumes;
    return all.find((one) => one.receivedUuid === uuid) ?? all.find((one) => one.uuid === uuid);
  }

  place(path: string): Place {
    return this.walk(
      { subvolume: this.top, parts: [] },
      path.split('/').filter((name) => name !== ''),
    );
  }

  /** Goes down into nested subvolumes. Faults: ENOENT and ENOTDIR of what lies above. */
  walk(from: Spot, names: Parts): Place {
    let { subvolume, parts } = from;
    let node = this.#seen(subvolume, parts);
    for (const name of names) {
      if (node === undefined) throw new Errno('ENOENT');
      if (node.kind !== 'directory') throw new Errno('ENOTDIR');
      parts = [...parts, name];
      const entry = node.entries.get(name);
      const nested = entry?.kind === 'subvolume' ? this.#nestedAt(subvolume, parts, entry.id) : undefined;
      if (nested !== undefined) [subvolume, parts] = [nested, []];
      node = entry && this.#seen(subvolume, parts);
    }
    return { subvolume, parts, node };
  }

  #nestedAt(container: Subvolume, parts: Parts, id: number): Subvolume | undefined {
    const one = this.#subvolumes.get(id);
    const isHere = one?.container === container && one.where.join('/') === parts.join('/');
    return isHere ? one : undefined;
  }

  #seen(subvolume: Subvolume, parts: Parts): Place['node'] {
    const node = subvolume.at(parts);
    return node?.kind === 'subvolume' ? emptyDirectory(node) : node;
  }

  /**
   * Changes files in one transaction, all or nothing. Faults: those of `act`; EROFS, ENOSPC.
   * @param bytes of new data, at most
   */
  change(subvolume: Subvolume, at: number, act: (subvolume: Subvolume) => void, bytes = 0): void {
    const before = subvolume.root;
    this.ledger.take(bytes);
    try {
      act(subvolume);
      if (this.readOnly || subvolume.readOnly) throw new Errno('EROFS');
    } catch (error) {
      subvolume.root = before;
      this.ledger.recount();
      throw error;
    }
    subvolume.generation = subvolume.changed = this.#commit(at);
  }

  create(path: string, at: number): Subvolume {
    const { subvolume, parts } = this.place(path);
    return this.createAt(subvolume, parts, at);
  }

  createAt(container: Subvolume, parts: Parts, at: number): Subvolume {
    return this.#add(container, parts, at, null);
  }

  /** Faults: EEXIST, ENOENT, EROFS, ENOSPC. */
  snapshot(source: string, path: string, { readOnly, at }: { readOnly: boolean; at: number }): Subvolume {
    const { subvolume, parts } = this.place(path);
    return this.snapshotAt(this.place(source).subvolume, { container: subvolume, parts, readOnly, at });
  }

  snapshotAt(
    source: Subvolume,
    to: {
      readonly container: Subvolume;
      readonly parts: Parts;
      readonly readOnly: boolean;
      readonly at: number;
    },
  ): Subvolume {
    this.flush(source, to.at);
    const made = this.#add(to.container, to.parts, to.at, source);
    made.readOnly = to.readOnly;
    if (to.readOnly) ({ receivedUuid: made.receivedUuid, received: made.received } = source);
    source.generation = made.createdGeneration;
    return made;
  }

  #add(container: Subvolume, parts: Parts, at: number, source: Subvolume | null): Subvolume {
    const id = this.#lastId + 1;
    // What is made within its own source does not show in itself.
    const root = source?.root;
    this.change(container, at, (tree) => tree.addSubvolume(parts, id, at));
    this.#lastId = id;
    const about = { store: this.store, id, uuid: randomUuid(this.#random), transid: this.#transid, at };
    const made = new Subvolume(source === null ? about : { ...about, source });
    if (root !== undefined) made.root = root;
    made.container = container;
    made.where = parts;
    this.#subvolumes.set(id, made);
    return made;
  }

  /** Faults: ENOTEMPTY (there is one inside), EPERM (it is being sent), EROFS, EBUSY. */
  delete(path: string, at: number): void {
    const { subvolume, parts } = this.place(path);
    if (parts.length > 0) throw new Errno('EINVAL');
    this.deleteSubvolume(subvolume, at);
  }

  deleteSubvolume(subvolume: Subvolume, at: number): void {
    const { container, where } = subvolume;
    if (container === null) throw new Errno('EBUSY');
    if (subvolume.sends > 0) throw new Errno('EPERM');
    if (this.subvolumes.some((one) => one.container === subvolume)) throw new Errno('ENOTEMPTY');
    this.change(container, at, (tree) => tree.drop(where, at));
    this.#subvolumes.delete(subvolume.id);
    this.#dirty.delete(subvolume);
    this.ledger.recount();
  }

  /** Moves what lies in one subvolume, and subvolumes from one into another. Faults: EXDEV for anything else. */
  rename(from: Spot, to: Spot, at: number): void {
    const isSubvolume = from.parts.length === 0;
    const [source, parts] = isSubvolume
      ? [from.subvolume.container, from.subvolume.where]
      : [from.subvolume, from.parts];
    if (source === null) throw new Errno('EBUSY');
    const isAcross = source !== to.subvolume;
    if (isAcross && !isSubvolume) throw new Errno('EXDEV');
    const isElsewhere = isAcross || parts.slice(0, -1).join('/') !== to.parts.slice(0, -1).join('/');
    if (isSubvolume && isElsewhere && from.subvolume.readOnly) throw new Errno('EROFS');
    if (isAcross) {
      this.change(to.subvolume, at, (tree) => tree.addSubvolume(to.parts, from.subvolume.id, at));
      this.change(source, at, (tree) => tree.drop(parts, at));
    } else this.change(source, at, (tree) => tree.rename(parts, to.parts, at));
    for (const one of this.subvolumes) {
      if (one.container !== source || !parts.every((name, index) => one.where[index] === name)) continue;
      one.container = to.subvolume;
      one.where = [...to.parts, ...one.where.slice(parts.length)];
    }
  }

  /** The flag alone, as the ioctl sets it: a received uuid stays. Faults: EPERM while it is being sent, EROFS. */
  setReadOnly(subvolume: Subvolume, readOnly: boolean, at: number): void {
    if (this.readOnly) throw new Errno('EROFS');
    if (subvolume.sends > 0 && !readOnly) throw new Errno('EPERM');
    this.#commit(at);
    subvolume.readOnly = readOnly;
  }

  /** As `btrfs property set -f` of today does first, and a receive at its end. */
  setReceived(subvolume: Subvolume, uuid: string | null, stransid: number, at: number): void {
    subvolume.receivedUuid = uuid;
    subvolume.received = { stransid, rtransid: this.#commit(at), rtime: at };
  }

  /** Marks what a receive wrote as not on the disk yet. */
  soil(subvolume: Subvolume, at: number): void {
    subvolume.isDirty = true;
    this.#dirty.set(subvolume, at);
  }

  flush(subvolume: Subvolume, at: number): void {
    if (!subvolume.isDirty) return;
    subvolume.isDirty = false;
    this.#dirty.delete(subvolume);
    subvolume.generation = subvolume.changed = this.#commit(at);
  }

  balance(at: number): void {
    const transid = this.#commit(at);
    for (const one of this.#subvolumes.values()) one.generation = transid;
  }

  #commit(at: number): number {
    for (const [subvolume, since] of this.#dirty) if (at - since >= WRITEBACK_MS) this.flush(subvolume, at);
    this.#transid += 1;
    return this.#transid;
  }

  /** Makes directories where there are none, all the way down. */
  mkdir(path: string, at: number): void {
    const names = path.split('/').filter((name) => name !== '');
    for (let count = 1; count <= names.length; count++) {
      const { subvolume, parts, node } = this.place(names.slice(0, count).join('/'));
      if (node === undefined) this.change(subvolume, at, (tree) => tree.mkdir(parts, at));
    }
  }

  /** A file with this content, and no other. */
  write(path: string, content: Uint8Array | readonly Block[], at: number): void {
    const { subvolume, parts, node } = this.place(path);
    const blocks = content instanceof Uint8Array ? this.store.blocks(content) : content;
    const bytes = blocks.reduce((sum, block) => sum + block.bytes.length, 0);
    this.change(subvolume, at, (tree) => tree.fill(parts, blocks, at), bytes);
    if (node !== undefined) this.ledger.recount();
  }

  remove(path: string, at: number): void {
    const { subvolume, parts } = this.place(path);
    this.change(subvolume, at, (tree) => tree.drop(parts, at));
    this.ledger.recount();
  }

  /** Room as btrfs tells it. */
  usage(): Usage {
    return this.ledger.usage();
  }
}
