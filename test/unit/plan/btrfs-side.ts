/** One of two servers of a history: the simulated btrfs, what btrfleet sees of it, and what it cannot see. */
import type { Subvolume as Entry, Filesystem } from '../../../src/core/model/inventory.ts';
import type { Evidence } from '../../../src/core/model/proof.ts';
import { ok } from '../../../src/core/model/result.ts';
import { BlockStore } from '../../../src/play/btrfs/block-store.ts';
import { Pool } from '../../../src/play/btrfs/pool.ts';
import { Receiver } from '../../../src/play/btrfs/receive.ts';
import { sendStream } from '../../../src/play/btrfs/send.ts';
import type { Subvolume } from '../../../src/play/btrfs/subvolume.ts';
import { bytesOf, type Node } from '../../../src/play/btrfs/tree.ts';
import { seeded } from '../../../src/play/story/random.ts';

/** Shared by both, so that no two writes write the same. */
export class World {
  readonly store = new BlockStore();
  /** In seconds. */
  #time = 1_000_000;
  #last = 0;

  /** Milliseconds; later each time. */
  tick(): number {
    this.#time += 3;
    return this.#time * 1000;
  }

  text(): Uint8Array {
    this.#last += 1;
    return Buffer.from(`written as number ${this.#last}`);
  }
}

const SIZE = 4 * 2 ** 30;

/** What is mounted; what lies elsewhere no mount reaches. */
const MOUNTED = 'pool';

export class Side {
  readonly name: string;
  readonly pool: Pool;
  readonly #world: World;

  constructor(name: string, world: World) {
    this.name = name;
    this.#world = world;
    const about = { size: SIZE, device: '/dev/vdb', store: world.store, at: world.tick() };
    this.pool = new Pool({ ...about, random: seeded(name.charCodeAt(0)) });
    this.pool.mkdir(`${MOUNTED}/.snapshots/data`, world.tick());
  }

  get volumes(): readonly Subvolume[] {
    return this.pool.subvolumes;
  }

  at(path: string): Subvolume | undefined {
    return this.volumes.find((one) => one.path === path);
  }

  snapshot(source: Subvolume, path: string, readOnly: boolean): Subvolume {
    return this.pool.snapshot(source.path, path, { readOnly, at: this.#world.tick() });
  }

  write(volume: Subvolume, file: number): void {
    this.pool.write(`${volume.path}/${file}`, this.#world.text(), this.#world.tick());
  }

  setReadOnly(volume: Subvolume, readOnly: boolean): void {
    this.pool.setReadOnly(volume, readOnly, this.#world.tick());
  }

  /** `btrfs property set -f … ro false` of today. */
  clear(volume: Subvolume): void {
    this.pool.setReceived(volume, null, 0, this.#world.tick());
    this.setReadOnly(volume, false);
  }

  delete(volume: Subvolume): void {
    this.pool.delete(volume.path, this.#world.tick());
  }

  move(volume: Subvolume, path: string): void {
    this.pool.rename(this.pool.place(volume.path), this.pool.place(path), this.#world.tick());
  }

  balance(): void {
    this.pool.balance(this.#world.tick());
  }

  flush(volume: Subvolume): void {
    this.pool.flush(volume, this.#world.tick());
  }

  /** Into a directory, which is made. Throws where btrfs would refuse the stream. */
  receive(directory: string, snapshot: Subvolume, base: Subvolume | null): void {
    const at = this.#world.tick();
    this.pool.mkdir(directory, at);
    const receiver = new Receiver({
      pool: this.pool,
      container: this.pool.top,
      parts: directory.split('/'),
      now: () => at,
      reaches: (one) => isSeen(one),
    });
    for (const bytes of sendStream({ snapshot, base, withoutData: false })) receiver.push(bytes);
    receiver.finish();
  }

  listing(): Entry[] {
    return this.volumes.map((one) => {
      const { id, path, uuid, parentUuid, receivedUuid, generation, createdGeneration, readOnly } = one;
      const where = isSeen(one)
        ? { absolutePath: `/${path}`, mount: `/${MOUNTED}` }
        : { absolutePath: null, mount: null };
      const about = { id, path, uuid, parentUuid, receivedUuid, generation, createdGeneration, readOnly };
      return { ...about, ...where, createdAt: null };
    });
  }

  filesystem(listing: readonly Entry[]): Filesystem {
    const path = `/${MOUNTED}`;
    return {
      uuid: this.name,
      mount: path,
      mounts: [{ path, root: path, readOnly: false, bind: false }],
      space: { sizeBytes: null, usedBytes: null, freeBytes: null },
      listing: ok(listing),
      receiving: [],
      owners: this.name === 'b' ? { [`${path}/.snapshots/data`]: ['mark'] } : {},
      problems: [],
    };
  }
}

const isSeen = ({ path }: Subvolume): boolean => path.startsWith(`${MOUNTED}/`);

const timesIn = (node: Node): number[] =>
  node.kind === 'directory' ? [node.ctime, ...[...node.entries.values()].flatMap(timesIn)] : [node.ctime];

/** What a look closer than a list says. */
export function evidenceOf({ changed, received, root }: Subvolume, withTimes: boolean): Evidence {
  return {
    changed,
    received: received && { transid: received.rtransid, atSeconds: received.rtime / 1000 },
    newestSeconds: withTimes ? Math.max(...timesIn(root)) / 1000 : null,
  };
}

/** Names and content. */
export const contentOf = ({ root }: Subvolume): Record<string, string> =>
  Object.fromEntries(
    [...root.entries].map(([name, node]) => [
      name,
      node.kind === 'file' ? Buffer.from(bytesOf(node)).toString() : node.kind,
    ]),
  );
