/** What a plan says is to be done with files, and how what it makes on a server is named. Paths are texts of bytes (`file-name.ts`). */
import { isSnapshotName } from '../snapshot.ts';

/** Nothing is done but this, in this order. */
export interface ExtractOrders {
  /**
   * Files that are copied, in groups of those that one command copies: of a file with many names the first one is in
   * each of its groups. */
  readonly copies: readonly (readonly string[])[];
  /** Directories that are not there yet, each before what is in it. */
  readonly newDirectories: readonly string[];
  /** Directories that are there and are given the attributes of those of the snapshot. */
  readonly kept: readonly string[];
  readonly places: readonly ExtractPlace[];
  /** What each name that goes or is replaced was when it was planned, by its path: what is another one then is left. */
  readonly seen: ReadonlyMap<string, string>;
}

/** What is done in one directory: by plain names, after the way to it was looked at. */
export interface ExtractPlace {
  /** Below the root of what is written to. */
  readonly directory: string;
  /** Where what comes into it comes from, below the root of the snapshot. */
  readonly source: string;
  readonly removes: readonly string[];
  /** Where nothing is now: what somebody makes there meanwhile stays. */
  readonly creates: readonly string[];
  readonly replaces: readonly string[];
  /** It is given the attributes, last of all. */
  readonly keeps: boolean;
}

/** Holds what comes until it is in its place; in the root of what is written to, closed to all but the login. */
export const stageName = (at: string): string => `${STAGE}${at}`;
export const STAGE = '.btrfleet-extract-';

/** What the stage becomes where something in it is nowhere else: what was written meanwhile, or a subvolume that was made. */
export const keptName = (at: string): string => `${KEPT}${at}`;
export const KEPT = '.btrfleet-kept-';

/**
 * What was there before files were changed: read-only, among the snapshots of the subvolume, and under a name that no
 * snapshot has. So no clean-up deletes it, nothing is sent from it, and nobody takes it for a snapshot of a moment.
 */
export const beforeName = (at: string): string => `${BEFORE}${at}`;
const BEFORE = 'before-files-';

/** Null: it is none. */
export function beforeOf(name: string): string | null {
  const at = name.slice(BEFORE.length);
  return name.startsWith(BEFORE) && isSnapshotName(at) ? at : null;
}
