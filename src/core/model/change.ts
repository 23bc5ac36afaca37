/** What is different in a subvolume between two moments, file by file. How it is found out is decided elsewhere. */

import { isSnapshotName } from './snapshot.ts';

const PASSING = 'diff-';

/**
 * Names the snapshot that is made to compare with now. It is no name of a snapshot's, so that nothing takes it for one.
 * `at`: ISO 8601 UTC with milliseconds.
 */
export const passingName = (at: string): string => `${PASSING}${at}`;

/** When it was made, ISO 8601 UTC; null: it is none. */
export function passingSince(name: string): string | null {
  const at = name.slice(PASSING.length);
  return name.startsWith(PASSING) && isSnapshotName(at) ? at : null;
}

/** Longer than one is needed: the stream that reads it is given up before. Milliseconds. */
const OLD = 24 * 3600 * 1000;

/** It was made for a comparison that must have come to its end long since. `now`: milliseconds since 1970 UTC. */
export function isLeftBehind(name: string, now: number): boolean {
  const at = passingSince(name);
  return at !== null && Date.parse(at) < now - OLD;
}

/**
 * `content`: data was written to it, or its size was set; the same bytes may have been written again. `attributes`: mode,
 * owner, times, extended attributes. A file that is renamed and written to is told twice.
 */
export type ChangeKind = (typeof CHANGE_KINDS)[number];
export const CHANGE_KINDS = ['added', 'removed', 'renamed', 'content', 'attributes'] as const;

/** What of a file beside its content. */
export type ChangedAttribute = 'mode' | 'owner' | 'times' | 'xattrs' | 'flags' | 'verity';

/** One change of one file. The keys are the command line's contract. */
export interface Change {
  /** Below the subvolume; of what was removed, where it was. Bytes that are no UTF-8 are told as U+FFFD. */
  readonly path: string;
  readonly kind: ChangeKind;
  /** Bytes written to it; a hole counts as zeros. */
  readonly bytes: number;
  /** Where it was before, where that is another path. */
  readonly from: string | null;
  /** `directory`, `file`, …; null: what was there before did not tell. */
  readonly type: string | null;
  /** Of `attributes` which ones; else none. */
  readonly attributes: readonly ChangedAttribute[];
  /** The path in hexadecimal, where it is no UTF-8. */
  readonly pathBytes?: string;
  readonly fromBytes?: string;
}

/** Of all that is in a directory, however deep. */
export interface DirectoryTotals extends Readonly<Record<ChangeKind, number>> {
  /** Below the subvolume; '' for all of it. */
  readonly path: string;
  readonly bytes: number;
}

/** What is to be compared. */
export interface DiffWish {
  /** Absolute path on the primary. */
  readonly subvolume: string;
  /** Name or path of a snapshot. */
  readonly old: string;
  /** The same; `live`: the subvolume as it is now. */
  readonly new: string;
  /** Only what is below it: below the subvolume, or absolute in it; null: all. */
  readonly path: string | null;
  /** Where the snapshots are compared; null: the primary. */
  readonly server: string | null;
}

/** All that is different. */
export interface Changes {
  /** In the order of a walk: a directory before what is in it. */
  readonly changes: readonly Change[];
  /** Of every directory with a change in it, in the same order; the first is all of the subvolume. */
  readonly directories: readonly DirectoryTotals[];
}

/** What was compared, and what is different. */
export interface Diff extends Changes {
  readonly subvolume: string;
  readonly server: string;
  readonly old: string;
  /** Name of a snapshot, or `live`. */
  readonly new: string;
  /** Below the subvolume; '' for all of it. */
  readonly path: string;
  /** Of a snapshot that was made for it and could not be deleted again; null: there is none. */
  readonly leftBehind: string | null;
}

/** One side of a file that is compared. */
export interface ComparedFile {
  /** As `stat` calls it: `regular file`, `directory`, … */
  readonly type: string;
  readonly sizeBytes: number;
  /** Of its bytes, in hexadecimal; null: it is no file that can be read as a whole. */
  readonly sha256: string | null;
}

/** One file of two snapshots. */
export interface FileDiff {
  readonly subvolume: string;
  readonly server: string;
  readonly old: string;
  readonly new: string;
  readonly path: string;
  /** Null: it is not there. */
  readonly oldFile: ComparedFile | null;
  readonly newFile: ComparedFile | null;
  /** Same bytes; null: one is not there, or is no file that could be read. */
  readonly same: boolean | null;
  /** As `diff -u` says it; null: one of them is no text, or is larger than 64 MiB. */
  readonly text: string | null;
  /** Only the first MiB of it is told. */
  readonly truncated: boolean;
}
