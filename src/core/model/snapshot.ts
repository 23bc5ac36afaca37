/** What a snapshot is, how it is named and where it lies. Which ones are kept is decided in plan/. */

export type SnapshotState =
  /** Read-only and whole. */
  | 'complete'
  /** A receive that btrfleet began and did not finish. */
  | 'partial'
  /** Under a btrfleet name, but writable: it may differ from what was sent and is never a base. */
  | 'modified'
  /** Not made by btrfleet: shown, never touched. */
  | 'foreign';

export interface Snapshot {
  readonly name: string;
  /** Absolute path on its server. */
  readonly path: string;
  readonly uuid: string;
  readonly receivedUuid: string | null;
  /** `receivedUuid` if set, else `uuid`. Two snapshots with the same origin id hold the same content. */
  readonly originId: string;
  /** ISO 8601 UTC; for btrfleet's own from the name, for foreign ones btrfs' otime; null where neither tells. */
  readonly createdAt: string | null;
  readonly readOnly: boolean;
  readonly state: SnapshotState;
  /** Foreign where it lies: an old primary made it after what the subvolume goes on from. Maybe the only copy. */
  readonly diverged?: true;
}

/** A snapshot kept until it is released, by origin id: the replicas of it are held with it. */
export interface Hold {
  readonly originId: string;
  readonly subvolume: string;
  readonly name: string;
  readonly note: string | null;
  /** ISO 8601 UTC. */
  readonly heldAt: string;
}

/** A replica that was seen whole on a target, and was not there at a later look. */
export interface GoneReplica {
  /** Uuid. */
  readonly filesystem: string;
  /** Absolute path on its server. */
  readonly path: string;
  readonly name: string;
  /** When it was first missed, ISO 8601 UTC. */
  readonly goneAt: string;
}

/** The directory below a mount that holds snapshots and replicas. */
export const SNAPSHOTS = '.snapshots';

/** Where btrfleet notes, below `.snapshots`, what it is receiving and whose a replica directory is. */
export const MARKS = `${SNAPSHOTS}/.btrfleet`;

const NAME = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/;

/** A snapshot's name is its creation time in UTC with milliseconds. */
export const snapshotName = (milliseconds: number): string => new Date(milliseconds).toISOString();

/** Exactly the names `snapshotName` gives: a 31 February or a local time is somebody else's. */
export function isSnapshotName(name: string): boolean {
  if (!NAME.test(name)) return false;
  // Every month has those days, and this is asked of every subvolume of a fleet: reading a date costs ten times as much.
  if (Number(name.slice(8, 10)) <= 28) return true;
  const time = Date.parse(name);
  return !Number.isNaN(time) && new Date(time).toISOString() === name;
}

/** `path` below `mount`: '' for the mount itself, null when it does not lie there. `/data2` is not below `/data`. */
export function pathBelow(mount: string, path: string): string | null {
  if (path === mount) return '';
  const prefix = mount === '/' ? '/' : `${mount}/`;
  return path.startsWith(prefix) ? path.slice(prefix.length) : null;
}

export const joinPath = (directory: string, below: string): string => {
  if (below === '') return directory;
  return directory === '/' ? `/${below}` : `${directory}/${below}`;
};

/** `<mount>/.snapshots/<subvolume path below the mount>`, for a subvolume that lies below that mount. */
export const snapshotDirectory = (mount: string, below: string): string =>
  joinPath(joinPath(mount, SNAPSHOTS), below);
