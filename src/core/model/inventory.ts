/**
 * What is known of one server's btrfs after one look at it. A part that could not be read is a fault in its
 * place: an empty list always means "there are none".
 */
import type { Fault } from './fault.ts';
import type { Result } from './result.ts';

/** All of one server, as one look saw it (`findmnt`, `btrfs subvolume list`). */
export interface Inventory {
  readonly server: string;
  /** When it was taken, ISO 8601 UTC. */
  readonly takenAt: string;
  readonly filesystems: readonly Filesystem[];
  /** Things seen that could not be understood, for example a mount that vanished meanwhile. */
  readonly problems: readonly Fault[];
  /** Where something is mounted when somebody walks in. */
  readonly automounts?: readonly Automount[];
}

export interface Automount {
  readonly path: string;
  /** `nothing`: what belongs there could not be mounted; `silent`: it did not answer, so nobody knows. */
  readonly holds: 'btrfs' | 'other' | 'nothing' | 'silent';
}

/** One btrfs of a server, by its uuid, through however many mounts. */
export interface Filesystem {
  readonly uuid: string;
  /** The mount btrfleet names it by: the one that shows most of it, writable before read-only. */
  readonly mount: string;
  readonly mounts: readonly Mount[];
  readonly space: Space;
  /** Every subvolume and snapshot of it, or why they could not be listed. */
  readonly listing: Result<readonly Subvolume[]>;
  /** Absolute paths of replicas that a btrfleet marked as being received there. */
  readonly receiving: readonly string[];
  /** Whose replicas a directory holds: absolute directory → the marks of the sources that were sent there. */
  readonly owners: Readonly<Record<string, readonly string[]>>;
  /** What could not be read in full, for example a subvolume with a newline in its name. */
  readonly problems: readonly Fault[];
}

/** In bytes, as statvfs tells them for the mount; null where it did not. */
export interface Space {
  readonly sizeBytes: number | null;
  readonly usedBytes: number | null;
  readonly freeBytes: number | null;
}

/** From 0 to 1, of what can be used at all, as `df` tells it; null: not told. */
export const usedShare = ({ usedBytes, freeBytes }: Pick<Space, 'usedBytes' | 'freeBytes'>): number | null =>
  usedBytes === null || freeBytes === null || usedBytes + freeBytes === 0
    ? null
    : usedBytes / (usedBytes + freeBytes);

/** One place where a filesystem is mounted (`findmnt`). */
export interface Mount {
  readonly path: string;
  /** The path below the top level that the mount shows, `/` for all of it. */
  readonly root: string;
  readonly readOnly: boolean;
  /** A bind mount of a directory, not of a subvolume. */
  readonly bind: boolean;
}

/** One line of `btrfs subvolume list`, placed on the server's tree of mounts. A snapshot is one too. */
export interface Subvolume {
  /** btrfs' own number; 5 is the top level. */
  readonly id: number;
  /** Path below the top level, without a leading slash; '' for the top level. */
  readonly path: string;
  /** Where people reach it; null when no mount does. */
  readonly absolutePath: string | null;
  /** The mount `absolutePath` goes through; null when no mount does. */
  readonly mount: string | null;
  /** Null only for a top level whose uuid btrfs does not list. */
  readonly uuid: string | null;
  readonly parentUuid: string | null;
  readonly receivedUuid: string | null;
  readonly generation: number;
  /** Null where btrfs does not list it (the top level). */
  readonly createdGeneration: number | null;
  readonly readOnly: boolean;
  /** btrfs' otime, ISO 8601 UTC; null where btrfs does not list it (a replica received in full). */
  readonly createdAt: string | null;
  /** Further paths that lead to it, through other mounts. */
  readonly alsoAt?: readonly string[];
  /** Uuids of those whose place it took by a rollback or a restore, the newest first: their snapshots are its own. */
  readonly before?: readonly string[];
  /** Why the id it bears does not prove its content; absent: it does (plan/proof). */
  readonly doubt?: Doubt;
}

/** Why the id that a subvolume bears says nothing of its content. */
export type Doubt =
  /** It is writable and bears a received uuid, so all snapshots of it would have one id. */
  | 'live'
  /** A snapshot of such a one: others with other content bear the same id. */
  | 'inherited'
  /** It was made writable and was written to since it was made or received. */
  | 'changed'
  /** It was compared with its source and is not the same, or it was received on top of such a one. */
  | 'different'
  /** Whether it was written to could not be found out. */
  | 'unchecked';

type Identified = Pick<Subvolume, 'uuid' | 'receivedUuid' | 'doubt'>;

/** The id it bears: its lineage, and no proof of its content; null when btrfs names none. */
export const bornIdOf = ({ uuid, receivedUuid }: Pick<Identified, 'uuid' | 'receivedUuid'>): string | null =>
  receivedUuid ?? uuid;

/**
 * Identity of content, on whatever server, after however many hops; null when btrfs names none. What is in doubt has an
 * id that nothing else has, so it is never taken for another, whoever compares.
 */
export const originIdOf = (subvolume: Identified): string | null =>
  subvolume.doubt === undefined ? bornIdOf(subvolume) : `unproven ${subvolume.uuid}`;
