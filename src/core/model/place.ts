/** By which path people know a subvolume, and what is remembered of that from look to look. */

/** A path that was chosen for a subvolume of one filesystem, when it was first seen. */
export interface RememberedPlace {
  /** Absolute, on its server. */
  readonly path: string;
  /** Below the top level, where the subvolume lay that was last seen there. */
  readonly inside: string;
  /** Of that subvolume; '' for a top level whose uuid btrfs does not list. */
  readonly uuid: string;
  /** Uuids of those that were there before it: it replaced them by a rollback or a restore. The newest first. */
  readonly before: readonly string[];
}

/** What decides which of several paths to a subvolume is the one people use. */
export interface KnownPlaces {
  /** Of one filesystem, in the order in which they were chosen. */
  readonly remembered: readonly RememberedPlace[];
  /** Paths that policies and tasks name. */
  readonly named: ReadonlySet<string>;
}

export const NOTHING_KNOWN: KnownPlaces = { remembered: [], named: new Set() };
