/** What single pages know: answers that were asked for, Monitoring, the files that are looked at. */
import type { Change, DirectoryTotals, FileDiff } from '../core/model/change.ts';
import type { Fault } from '../core/model/fault.ts';
import type { FilePage, FilePreview } from '../core/model/files.ts';
import type { Health } from '../core/model/status/health.ts';
import type { FilesystemState } from '../core/run/storage/storage.ts';
import type { SubvolumeStorage } from '../core/run/storage/subvolume.ts';

export type { FilesystemState };

/** What Monitoring knows; read for as long as somebody looks at it. */
export interface MonitoringState {
  /** By subvolume, each with its newest snapshot; null: not read yet. */
  readonly health: readonly Health[] | null;
  /** Why it could not be read; null: it could. */
  readonly healthFault: Fault | null;
  /** As last seen by anybody; null: not read yet. */
  readonly filesystems: readonly FilesystemState[] | null;
  /** Servers whose storage is being looked at. */
  readonly looking: ReadonlySet<string>;
  /** Why the storage of a server could not be looked at. */
  readonly lookFaults: Readonly<Record<string, Fault>>;
  /** What was measured, by `measureKey`. */
  readonly measured: Readonly<Record<string, Measuring>>;
  /** The subvolume of the Subvolume tab; null: the first one. */
  readonly subvolume: string | null;
  /** The secondary beside the primary there; null: the first one. */
  readonly beside: string | null;
}

export type Measuring =
  | { readonly state: 'measuring'; readonly done: number; readonly total: number | null }
  | { readonly state: 'known'; readonly value: SubvolumeStorage; readonly at: number }
  | { readonly state: 'failed'; readonly fault: Fault };

export const NOTHING_MONITORED: MonitoringState = {
  health: null,
  healthFault: null,
  filesystems: null,
  looking: new Set(),
  lookFaults: {},
  measured: {},
  subvolume: null,
  beside: null,
};

/** An answer that was asked for: for what, and what it is so far. */
export type Asked<T> =
  | { readonly key: string; readonly state: 'asking' }
  | { readonly key: string; readonly state: 'known'; readonly value: T }
  | { readonly key: string; readonly state: 'failed'; readonly fault: Fault };

/** The files of a snapshot that are looked at, in the place of the list of snapshots. */
export interface Browsing {
  readonly subvolume: string;
  /** `path`: where it lies on the primary. */
  readonly snapshot: { readonly name: string; readonly path: string };
  /** Of the directory, below the subvolume. */
  readonly path: string;
  /** All entries that were read so far; `next`: there are more. */
  readonly page: Asked<FilePage>;
  readonly isReadingMore: boolean;
  /** Of what the cursor stands on; null: of that nothing is read. */
  readonly preview: Asked<Previewed> | null;
  /** What is different now is shown, instead of what is in it. */
  readonly comparesNow: boolean;
}

export type Previewed =
  | { readonly kind: 'content'; readonly content: FilePreview }
  /** The first entries of a directory. */
  | { readonly kind: 'entries'; readonly page: FilePage }
  /** Of a directory, however deep; null: nothing in it is different. */
  | { readonly kind: 'tree'; readonly changes: readonly Change[]; readonly sum: DirectoryTotals | null }
  /** `lines`: as `diff -u` says it, harmless for any terminal; null: one of them is no text. */
  | { readonly kind: 'changes'; readonly diff: FileDiff; readonly lines: readonly string[] | null };
