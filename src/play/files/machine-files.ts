/** The files of one machine: a root in memory, and btrfs filesystems mounted in it. Decides where a path leads. */
import type { BlockStore } from '../btrfs/block-store.ts';
import type { Pool } from '../btrfs/pool.ts';
import { Subvolume } from '../btrfs/subvolume.ts';
import { bytesOf, type Parts, Tree } from '../btrfs/tree.ts';
import { Errno } from '../errno.ts';
import type { Files, Stat } from './files.ts';
import { generatedNode, isGenerated } from './generated.ts';
import { isWithin, type Mount, mountAt, ROOT_MOUNT_ID } from './mounts.ts';
import { DEVICES, type OpenFile } from './open-file.ts';
import { EMPTY_FILE, nodeOf, type Spot, statOf } from './spot.ts';
import { TreeFile } from './tree-file.ts';

export interface MachineFilesSettings {
  readonly store: BlockStore;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

const DIRECTORIES = [
  'dev',
  'etc',
  'home',
  'mnt',
  'proc',
  'root',
  'run',
  'srv',
  'sys',
  'tmp',
  'var',
  'var/tmp',
];
const MOST_LINKS = 40;
const FIRST_DEVICE = 40;

export class MachineFiles implements Files {
  readonly now: () => number;
  readonly #root: Tree;
  readonly #booted: number;
  #mounts: readonly Mount[] = [];
  #lastMount = ROOT_MOUNT_ID;
  readonly #pools: Pool[] = [];

  constructor({ store, now }: MachineFilesSettings) {
    this.now = now;
    this.#booted = now();
    this.#root = new Tree(store, now());
    for (const name of DIRECTORIES) this.#root.mkdir(name.split('/'), now());
    for (const path of DEVICES.keys()) this.#root.create(namesOf(path), now());
  }

  get mounts(): readonly Mount[] {
    return this.#mounts;
  }

  /** @param shown what of it, from the top level; '' is all. The directory `path` is made if it is not there. */
  mount(pool: Pool, shown: string, path: string, readOnly = false): void {
    const { subvolume, parts, node } = pool.place(shown);
    if (node?.kind !== 'directory') throw new Errno('ENOTDIR');
    const point = namesOf(path);
    for (let count = 1; count <= point.length; count++) {
      const above = `/${point.slice(0, count).join('/')}`;
      if (this.locate(above).node === undefined) this.mkdir(above);
    }
    if (!this.#pools.includes(pool)) this.#pools.push(pool);
    const device = `0:${FIRST_DEVICE + this.#pools.indexOf(pool)}`;
    const parentId = mountAt(this.#mounts, point)?.id ?? ROOT_MOUNT_ID;
    this.#lastMount += 1;
    const about = { id: this.#lastMount, parentId, device, pool, subvolume, parts, point, readOnly };
    this.#mounts = [...this.#mounts, about];
  }

  /** The one that was mounted there last. Faults: EINVAL, there is none. */
  unmount(path: string): void {
    const point = namesOf(path).join('/');
    const mount = this.#mounts.findLast((one) => one.point.join('/') === point);
    if (mount === undefined) throw new Errno('EINVAL');
    this.#mounts = this.#mounts.filter((one) => one !== mount);
  }

  /** The last name may lead nowhere. Faults: ENOENT, ENOTDIR, ELOOP. */
  locate(path: string, isFollowed = true): Spot {
    if (path === '') throw new Errno('ENOENT');
    const ahead = path.split('/').toReversed();
    let real: Parts = [];
    for (let links = 0; ahead.length > 0; ) {
      const name = ahead.pop() ?? '';
      const isLast = ahead.every((one) => one === '');
      if (name === '..') real = real.slice(0, -1);
      if (name === '' || name === '.' || name === '..') continue;
      const { node } = this.#spot([...real, name]);
      if (node?.kind === 'symlink' && (isFollowed || !isLast)) {
        links += 1;
        if (links > MOST_LINKS) throw new Errno('ELOOP');
        if (node.target.startsWith('/')) real = [];
        ahead.push(...node.target.split('/').toReversed());
        continue;
      }
      if (!isLast && node?.kind !== 'directory') throw new Errno(node === undefined ? 'ENOENT' : 'ENOTDIR');
      real = [...real, name];
    }
    return this.#spot(real);
  }

  #spot(real: Parts): Spot {
    const path = `/${real.join('/')}`;
    const mount = mountAt(this.#mounts, real);
    if (mount !== null) {
      const place = mount.pool.walk(mount, real.slice(mount.point.length));
      return { path, mount, tree: place.subvolume, parts: place.parts, node: place.node };
    }
    if (!isGenerated(real)) return { path, mount, tree: this.#root, parts: real, node: this.#root.at(real) };
    const about = { mounts: this.#mounts, uptime: this.now() - this.#booted };
    return { path, mount, tree: null, parts: real, node: generatedNode(real, about) };
  }

  #change({ mount, tree }: Spot, act: (tree: Tree) => void, bytes = 0): void {
    if (tree === null) throw new Errno('EPERM');
    if (mount !== null && tree instanceof Subvolume) {
      const checked = (changed: Tree): void => {
        act(changed);
        if (mount.readOnly) throw new Errno('EROFS');
      };
      mount.pool.change(tree, this.now(), checked, bytes);
      return;
    }
    const before = tree.root;
    try {
      act(tree);
    } catch (error) {
      tree.root = before;
      throw error;
    }
  }

  stat(path: string): Stat {
    return statOf(this.locate(path));
  }

  lstat(path: string): Stat {
    return statOf(this.locate(path, false));
  }

  list(path: string): string[] {
    const node = nodeOf(this.locate(path));
    if (node.kind !== 'directory') throw new Errno('ENOTDIR');
    return [...node.entries.keys()];
  }

  readlink(path: string): string {
    const node = nodeOf(this.locate(path, false));
    if (node.kind !== 'symlink') throw new Errno('EINVAL');
    return node.target;
  }

  realpath(path: string): string {
    const spot = this.locate(path);
    nodeOf(spot);
    return spot.path;
  }

  readFile(path: string): Uint8Array {
    const node = nodeOf(this.locate(path));
    if (node.kind !== 'file') throw new Errno('EISDIR');
    return bytesOf(node);
  }

  open(path: string, how: 'read' | 'write' | 'append'): OpenFile {
    const found = this.locate(path);
    const openDevice = DEVICES.get(found.path);
    if (openDevice) return openDevice();
    const { parts } = found;
    if (how !== 'read' && found.node === undefined)
      this.#change(found, (tree) => tree.create(parts, this.now()));
    else if (how === 'write' && found.node?.kind === 'file')
      this.#change(found, (tree) => tree.truncate(parts, 0, this.now()));
    const spot = this.locate(path);
    const node = nodeOf(spot);
    if (node.kind !== 'file') {
      if (how !== 'read') throw new Errno('EISDIR');
      return new TreeFile({ ...spot, node: EMPTY_FILE, tree: null, how, change: () => {}, now: this.now });
    }
    if (how === 'append') this.#change(spot, () => {});
    if (how === 'write') spot.mount?.pool.ledger.recount();
    const change = (act: (tree: Tree) => void, bytes: number): void => this.#change(spot, act, bytes);
    return new TreeFile({ ...spot, node, how, change, now: this.now });
  }

  mkdir(path: string): void {
    const spot = this.locate(path, false);
    if (spot.node !== undefined) throw new Errno('EEXIST');
    this.#change(spot, (tree) => tree.mkdir(spot.parts, this.now()));
  }

  /** An empty subvolume goes as a directory does. */
  rmdir(path: string): void {
    const spot = this.locate(path, false);
    const { mount, tree, parts, node } = spot;
    if (nodeOf(spot).kind !== 'directory') throw new Errno('ENOTDIR');
    if (this.#isBusy(spot)) throw new Errno('EBUSY');
    if (mount === null || !(tree instanceof Subvolume) || parts.length > 0) {
      this.#change(spot, (changed) => changed.rmdir(parts, this.now()));
      return;
    }
    if (node?.kind === 'directory' && node.entries.size > 0) throw new Errno('ENOTEMPTY');
    if (mount.readOnly) throw new Errno('EROFS');
    mount.pool.deleteSubvolume(tree, this.now());
  }

  unlink(path: string): void {
    const spot = this.locate(path, false);
    if (nodeOf(spot).kind === 'directory') throw new Errno('EISDIR');
    this.#change(spot, (tree) => tree.unlink(spot.parts, this.now()));
    spot.mount?.pool.ledger.recount();
  }

  rename(from: string, to: string): void {
    const [source, target] = [this.locate(from, false), this.locate(to, false)];
    nodeOf(source);
    if (target.path.startsWith(`${source.path}/`)) throw new Errno('EINVAL');
    if (source.mount !== target.mount || !source.tree || !target.tree) throw new Errno('EXDEV');
    if (this.#isBusy(source) || this.#isBusy(target)) throw new Errno('EBUSY');
    const { mount, tree } = source;
    if (mount === null || !(tree instanceof Subvolume) || !(target.tree instanceof Subvolume)) {
      this.#change(source, (changed) => changed.rename(source.parts, target.parts, this.now()));
      return;
    }
    if (mount.readOnly) throw new Errno('EROFS');
    const place = { subvolume: target.tree, parts: target.parts };
    mount.pool.rename({ subvolume: tree, parts: source.parts }, place, this.now());
  }

  symlink(target: string, path: string): void {
    const spot = this.locate(path, false);
    if (spot.node !== undefined) throw new Errno('EEXIST');
    this.#change(spot, (tree) => tree.symlink(target, spot.parts, this.now()));
  }

  chmod(path: string, mode: number): void {
    this.#describe(path, { mode });
  }

  chown(path: string, uid: number, gid: number): void {
    this.#describe(path, { uid, gid });
  }

  touch(path: string, mtime: number): void {
    this.#describe(path, { mtime });
  }

  #describe(path: string, about: { mode?: number; uid?: number; gid?: number; mtime?: number }): void {
    const spot = this.locate(path);
    nodeOf(spot);
    this.#change(spot, (tree) => tree.describe(spot.parts, about, this.now()));
  }

  /** Something is mounted there or below. */
  #isBusy({ path }: Spot): boolean {
    return this.#mounts.some(({ point }) => isWithin(point, namesOf(path)));
  }
}

const namesOf = (path: string): Parts => path.split('/').filter((name) => name !== '');
