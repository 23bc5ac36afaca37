/** What a snapshot is, how it is named and where it lies. Which ones are kept is decided in plan/. */
import type { Doubt } from './inventory.ts';

export const parentDirectory = (path: string): string => path.slice(0, path.lastIndexOf('/')) || '/';

export const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** What a snapshot is good for. */
export type SnapshotState =
  /** Read-only and whole. */
  | 'complete'
  /** A receive that btrfleet began and did not finish. */
  | 'partial'
  /** Under a btrfleet name, but writable: it may differ from what was sent and is never a base. */
  | 'modified'
  /** Not made by btrfleet: shown, never touched. */
  | 'foreign'
  /** What a restore put aside: writable, beside the subvolume, deleted only by hand. */
  | 'replaced';

/** A snapshot or replica, where it lies. */
export interface Snapshot {
  readonly name: string;
  /** Absolute path on its server. */
  readonly path: string;
  readonly uuid: string;
  readonly receivedUuid: string | null;
  /**
   * Two snapshots with the same origin id hold the same content: `receivedUuid` if set, else `uuid`. One that is in
   * doubt has an id of its own that nothing else has (model/inventory).
   */
  readonly originId: string;
  /** ISO 8601 UTC; for btrfleet's own from the name, for foreign ones btrfs' otime; null where neither tells. */
  readonly createdAt: string | null;
  readonly readOnly: boolean;
  readonly state: SnapshotState;
  /** Foreign where it lies: an old primary made it after what the subvolume goes on from. Maybe the only copy. */
  readonly diverged?: true;
  /** Where those of one subvolume lie on several mounts: mount → absolute path through it. */
  readonly ways?: Readonly<Record<string, string>>;
  /** Where it is mounted itself: whoever uses it there would lose it. */
  readonly mountedAt?: readonly string[];
  /** Why it is never taken for another one; absent: its identity is proven. */
  readonly doubt?: Doubt;
}

/** A snapshot somebody was shown: whatever takes its name later is not meant. */
export interface ChosenSnapshot {
  readonly name: string;
  readonly uuid: string;
}

/** The id it bears, proven or not: for what a person chose, and for whose a directory is. */
export const bornIdOfSnapshot = ({ originId, receivedUuid, uuid, doubt }: Snapshot): string =>
  doubt === undefined ? originId : (receivedUuid ?? uuid);

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

/**
 * Holds `.snapshots` where a subvolume is itself the mount. Its own `.snapshots` is where snapper, `timeshift-btrfs`
 * where Timeshift and `btrbk_snapshots` where btrbk puts things; none of them looks here.
 */
export const APART = '.btrfleet';

/** Where btrfleet notes, below `.snapshots`, what it is receiving and whose a replica directory is. */
export const MARKS = `${SNAPSHOTS}/.btrfleet`;

const NAME = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/;

/** A snapshot's name is its creation time in UTC with milliseconds. */
export const snapshotName = (milliseconds: number): string => new Date(milliseconds).toISOString();

/** Exactly the names `snapshotName` gives: a 31 February or a local time is somebody else's. */
export function isSnapshotName(name: string): boolean {
  if (!NAME.test(name)) return false;
  // This is asked of every subvolume of a fleet, several times: reading a date costs ten times as much.
  return Number(name.slice(8, 10)) <= daysIn(Number(name.slice(0, 4)), Number(name.slice(5, 7)));
}

/** `month`: 1 to 12. Of the Gregorian calendar, for all years, as ISO 8601 and `Date` have it. */
function daysIn(year: number, month: number): number {
  if (month !== 2) return [4, 6, 9, 11].includes(month) ? 30 : 31;
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
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

/** `<home>/.snapshots/<subvolume path below the mount>`; the home is the mount, or `.btrfleet` in it (plan/homes). */
export const snapshotDirectory = (home: string, below: string): string =>
  joinPath(joinPath(home, SNAPSHOTS), below);

/** Where a directory of that path holds snapshots of what lies `below` it: of today, and of before. */
export const snapshotDirectories = (directory: string, below: string): string[] =>
  [directory, joinPath(directory, APART)].map((home) => snapshotDirectory(home, below));

/** What lies below `.snapshots` on the way to `path`, through that mount, and the home; null: it does not lie there. */
export function inHome(
  mount: string,
  path: string,
): { readonly home: string; readonly below: string } | null {
  for (const home of [joinPath(mount, APART), mount]) {
    const below = pathBelow(joinPath(home, SNAPSHOTS), path);
    if (below !== null) return { home, below };
  }
  return null;
}
