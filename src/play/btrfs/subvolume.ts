/** What btrfs keeps of one subvolume beside its files. */
import type { BlockStore } from './block-store.ts';
import { type Parts, Tree } from './tree.ts';

export interface Received {
  /** The transaction of what was sent. */
  readonly stransid: number;
  readonly rtransid: number;
  /** Milliseconds since 1970. */
  readonly rtime: number;
}

export interface Birth {
  readonly store: BlockStore;
  readonly id: number;
  readonly uuid: string;
  readonly transid: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** What it is a snapshot of. */
  readonly source?: Subvolume;
}

export class Subvolume extends Tree {
  readonly id: number;
  readonly uuid: string;
  readonly parentUuid: string | null;
  readonly createdGeneration: number;
  /** Milliseconds since 1970. */
  readonly otime: number;
  generation: number;
  /** `ctransid`: when its content was last changed. */
  changed: number;
  receivedUuid: string | null = null;
  received: Received | null = null;
  readOnly = false;
  /** What was received and has not reached the disk. */
  isDirty = false;
  /** How many sends read it at the moment. */
  sends = 0;
  /** The subvolume it lies in, and where in there; the top level lies in none. */
  container: Subvolume | null = null;
  where: Parts = [];

  constructor({ store, id, uuid, transid, at, source }: Birth) {
    super(store, at, source);
    this.id = id;
    this.uuid = uuid;
    this.otime = at;
    this.parentUuid = source?.uuid ?? null;
    this.createdGeneration = id === TOP_LEVEL ? 0 : transid;
    this.generation = transid;
    this.changed = source?.changed ?? transid;
  }

  /** From the top level. */
  get path(): string {
    return this.parts.join('/');
  }

  get parts(): Parts {
    return this.container === null ? [] : [...this.container.parts, ...this.where];
  }

  /** What its streams and those of its replicas name. */
  get originUuid(): string {
    return this.receivedUuid ?? this.uuid;
  }
}

export const TOP_LEVEL = 5;
