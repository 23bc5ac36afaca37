/**
 * A tiny model of btrfs' rules, as they were measured: what each operation does to the ids, the transactions and the
 * content of subvolumes. Content is the values of three files. It knows nothing of btrfleet.
 */
export interface Volume {
  readonly id: number;
  readonly path: string;
  readonly uuid: string;
  readonly parentUuid: string | null;
  readonly createdGeneration: number;
  receivedUuid: string | null;
  generation: number;
  /** ctransid. */
  changed: number;
  received: { readonly transid: number; readonly atSeconds: number } | null;
  /** The newest ctime of its inodes. */
  newestSeconds: number;
  readOnly: boolean;
  /** What was received and has not reached the disk. */
  isDirty: boolean;
  readonly files: number[];
}

export interface Stream {
  readonly originId: string;
  readonly baseId: string | null;
  readonly name: string;
  readonly changes: ReadonlyMap<number, number>;
}

const bornId = ({ receivedUuid, uuid }: Volume): string => receivedUuid ?? uuid;

/** Shared by all filesystems of a model, so that no two things have one uuid and no two writes write the same. */
export class World {
  seconds = 1000;
  #last = 0;
  next(): number {
    this.seconds += 3;
    this.#last += 1;
    return this.#last;
  }
}

export class Btrfs {
  readonly world: World;
  readonly name: string;
  /** What lies elsewhere no mount reaches. */
  readonly root = 'pool';
  volumes: Volume[] = [];
  #transid = 6;

  constructor(name: string, world: World) {
    this.name = name;
    this.world = world;
  }

  at(path: string): Volume | undefined {
    return this.volumes.find((one) => one.path === path);
  }

  #add(path: string, about: Partial<Volume>): Volume {
    const number = this.world.next();
    const transid = this.#commit();
    const made: Volume = {
      id: number,
      path,
      uuid: `${this.name}-${number}`,
      parentUuid: null,
      receivedUuid: null,
      generation: transid,
      createdGeneration: transid,
      changed: transid,
      received: null,
      newestSeconds: this.world.seconds,
      readOnly: false,
      isDirty: false,
      files: [0, 0, 0],
      ...about,
    };
    this.volumes.push(made);
    return made;
  }

  #commit(): number {
    this.#transid += 1;
    return this.#transid;
  }

  create(path: string): Volume {
    return this.#add(path, {});
  }

  snapshot(source: Volume, path: string, readOnly: boolean): Volume {
    this.flush(source);
    const { changed, newestSeconds, files, receivedUuid, received, uuid } = source;
    const copied = readOnly ? { receivedUuid, received } : {};
    const about = { parentUuid: uuid, changed, newestSeconds, files: [...files], readOnly, ...copied };
    const made = this.#add(path, about);
    source.generation = made.createdGeneration;
    return made;
  }

  write(volume: Volume, file: number): void {
    volume.files[file] = this.world.next();
    volume.newestSeconds = this.world.seconds;
    volume.generation = volume.changed = this.#commit();
  }

  setFlag(volume: Volume, readOnly: boolean): void {
    this.#commit();
    volume.readOnly = readOnly;
  }

  /** `btrfs property set -f … ro false` of today. */
  clear(volume: Volume): void {
    volume.receivedUuid = null;
    this.setFlag(volume, false);
  }

  delete(volume: Volume): void {
    this.#commit();
    this.volumes = this.volumes.filter((one) => one !== volume);
  }

  balance(): void {
    const transid = this.#commit();
    for (const volume of this.volumes) volume.generation = transid;
  }

  flush(volume: Volume): void {
    if (!volume.isDirty) return;
    volume.isDirty = false;
    volume.generation = volume.changed = this.#commit();
  }

  /** False: the base was not found, or not where the mount reaches it. */
  receive(directory: string, { originId, baseId, name, changes }: Stream): boolean {
    const base =
      this.volumes.find((one) => one.receivedUuid === baseId) ??
      this.volumes.find((one) => one.uuid === baseId);
    if (baseId !== null && !base?.path.startsWith(`${this.root}/`)) return false;
    const made =
      base && baseId !== null
        ? this.snapshot(base, `${directory}/${name}`, false)
        : this.create(`${directory}/${name}`);
    for (const [file, value] of changes) made.files[file] = value;
    made.changed = made.generation;
    made.newestSeconds = this.world.seconds;
    made.receivedUuid = originId;
    made.received = { transid: this.#commit(), atSeconds: this.world.seconds };
    made.readOnly = true;
    made.isDirty = true;
    return true;
  }
}

export function send(snapshot: Volume, base: Volume | null): Stream {
  const name = snapshot.path.slice(snapshot.path.lastIndexOf('/') + 1);
  const differ = snapshot.files.flatMap((value, file) =>
    base === null || base.files[file] !== value ? [[file, value] as const] : [],
  );
  return { originId: bornId(snapshot), baseId: base && bornId(base), name, changes: new Map(differ) };
}
