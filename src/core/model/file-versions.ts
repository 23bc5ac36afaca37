/** What is known of one path, or of a name, over all snapshots of a fleet. Paths are texts of bytes (model/file-name). */
import type { Fault } from './fault.ts';
import type { FileStat } from './files.ts';

/** Where a path was looked at: a snapshot, a replica, what a restore put aside, or the subvolume itself. */
export interface SeenTree {
  readonly server: string;
  /** Uuid. */
  readonly filesystem: string;
  /** Name; `live`: the subvolume itself. */
  readonly snapshot: string;
  /** Absolute path of its root. */
  readonly root: string;
  /** When it was made; of the live one, when it was looked at. Null: nothing tells. */
  readonly at: string | null;
  readonly isLive: boolean;
  /** It lies on the primary, beside the subvolume. */
  readonly isHome: boolean;
  /** What has the same one is the same; null: that is not proven. */
  readonly originId: string | null;
  readonly readOnly: boolean;
}

/** One version, with all places that have it. */
export interface FileVersion {
  readonly stat: FileStat;
  /** In hex; null: it was not asked for, is no plain file, or could not be read. */
  readonly sha256: string | null;
  /** The oldest and the newest time it was seen at, ISO 8601 UTC; null: no place of it has a time. */
  readonly firstSeen: string | null;
  readonly lastSeen: string | null;
  /** It is what is there now. */
  readonly isLive: boolean;
  /** Never empty; the best one to take it from first: the newest on the primary, else the newest anywhere. */
  readonly places: readonly SeenTree[];
}

/** The subvolume that a path belongs to. */
export interface Holder {
  /** Canonical. */
  readonly subvolume: string;
  /** Below it; '' for the subvolume itself. */
  readonly inside: string;
  /** Subvolumes in use inside of what the path names: their files are not in snapshots of this one. */
  readonly nested: readonly string[];
}

/** Whose versions, and how they are told apart. */
export interface VersionsWish {
  /** Absolute, as people see it on the primary; a text of bytes (model/file-name). */
  readonly path: string;
  /** Versions are told apart by what is in them; each is read once, on its server. */
  readonly hash?: boolean;
}

/** All versions of one path, and where nobody knows. */
export interface FoundVersions extends Holder {
  /** The newest first. Empty: nothing was there in any tree that could be looked at. */
  readonly versions: readonly FileVersion[];
  /** What is there now, in the subvolume itself; `unknown`: it could not be looked at. */
  readonly now: 'there' | 'not-there' | 'unknown';
  /** Per server that could be looked at. */
  readonly looked: readonly {
    readonly server: string;
    /** Snapshots and replicas it was looked for in. */
    readonly trees: number;
    readonly found: number;
  }[];
  /** Servers, and disks of servers, that could not be looked at: they may have more. */
  readonly notLooked: readonly { readonly server: string; readonly fault: Fault }[];
  /** Snapshots in which it is not known. */
  readonly unknown: readonly { readonly tree: SeenTree; readonly fault: Fault }[];
  /** Files that could not be read for their digest. */
  readonly notHashed: readonly Fault[];
}

/** Which name is looked for, and where. */
export interface FindWish {
  /**
   * As find(1) has it, of the base name: `*.txt`; with a slash in it of the path below the subvolume, where `*` stands for
   * slashes, too: `docs/*.txt`. Absolute: below the subvolume that is named. A text of bytes (model/file-name).
   */
  readonly pattern: string;
  /** Null: all subvolumes of the primary. */
  readonly subvolume: string | null;
  /** Null: the primary. */
  readonly server: string | null;
  /** More than 0. */
  readonly budgetSeconds: number;
}

/** One path, and where it lives. */
export interface FoundName {
  readonly subvolume: string;
  /** Below it. */
  readonly path: string;
  /** Names of the trees it lies in, the newest first; `live`: the subvolume as it is now. */
  readonly snapshots: readonly string[];
}

/** What was found, and how far it was looked. */
export interface FoundNames {
  readonly server: string;
  /** In the order they were found in: those of the newest tree first. */
  readonly matches: readonly FoundName[];
  readonly total: number;
  /** Trees that were looked through whole; in these nothing more is. */
  readonly looked: number;
  /** The oldest one that was; null: none. */
  readonly lookedTo: SeenTree | null;
  /** Trees of which it is not known whether more is in them, and why. */
  readonly notLooked: readonly {
    readonly subvolume: string;
    readonly tree: SeenTree;
    readonly fault: Fault;
  }[];
  /** Filesystems that could not be listed, and disks that are away: what is on them is not in `total`. */
  readonly notListed: readonly Fault[];
  /** Why it ended before it was through; null: it went through all. */
  readonly ended: 'budget' | 'too-many' | null;
}
