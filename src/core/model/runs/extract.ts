/** What bringing files of a snapshot back is asked for and reported as. Paths are text, as people know them. */
import type { Fault } from '../fault.ts';
import type { PlacedSubvolume, RestoreSource } from './restore.ts';
import { none, type RunOutcome, type RunSpec } from './spec.ts';

/**
 * What becomes of a file that is there: `always` it is replaced; `if-changed` where kind, size, time, rights, owner or
 * names differ; `if-newer` where the one of the snapshot was written later; `never` it stays.
 */
export type Overwrite = (typeof OVERWRITES)[number];
export const OVERWRITES = ['always', 'if-changed', 'if-newer', 'never'] as const;

/** What it is done with, as it was asked for. */
export interface ExtractChoices {
  readonly overwrite: Overwrite;
  /** In directories that were asked for, what the snapshot does not have goes. */
  readonly removes: boolean;
  /** Patterns; none: everything. */
  readonly include: readonly string[];
  readonly exclude: readonly string[];
}

/** What somebody wants back; `planExtract` makes a request of it. */
export interface ExtractWish extends ExtractChoices {
  readonly subvolume: string;
  /** Name of the snapshot, or its path where several bear one name. */
  readonly snapshot: string;
  /** The server it is read on; null: the primary. */
  readonly from: string | null;
  /** Below the subvolume, or absolute in it. */
  readonly paths: readonly string[];
  /** Absolute path of a directory; null: to where they were. */
  readonly to: string | null;
  /** To this machine. */
  readonly isHere: boolean;
  /** As shown before: the name of what is kept is the same when it is carried out. Left out: now. */
  readonly at?: string;
  /** As shown before. */
  readonly shown?: ExtractShown;
}

export interface ExtractShown {
  /** How much was to go and to be replaced. */
  readonly removed: number;
  readonly replaced: number;
  /** When what is there was listed for it, as `Tree.listedAt`; what was changed later is left. */
  readonly at?: string;
}

/** As it was planned and shown: another snapshot, or another subvolume, when it is carried out is not meant. */
export interface ExtractRequest extends ExtractChoices {
  /** Absolute path, as people know it on its primary. */
  readonly subvolume: string;
  /** The server whose snapshot it is; with `undo`, of what was kept before. */
  readonly source: string;
  readonly from: RestoreSource;
  /** Absolute path of it there: several may bear one name. */
  readonly fromPath: string;
  /** Below the subvolume, or absolute in it; `.` for all of it. */
  readonly paths: readonly string[];
  /** Absolute path of a directory they go to; null: to where they were. */
  readonly to: string | null;
  /** Where they go; null: this machine. */
  readonly server: string | null;
  /** What is written to: its filesystem, its place below the top level, its uuid. Null: nothing that btrfs lists. */
  readonly live: {
    readonly filesystem: string;
    readonly inside: string;
    readonly uuid: string | null;
  } | null;
  /** Names what is kept before; ISO 8601 UTC with milliseconds. */
  readonly at: string;
  /** What was shown: more is not meant. */
  readonly shown?: ExtractShown;
  /** The run that it takes back. */
  readonly undo?: number;
  /** The run that was cut off, of which what was staged is taken away, and nothing else is done. */
  readonly settles?: number;
  /** With `undo`: also what somebody changed since. */
  readonly force?: boolean;
}

/**
 * `restored`: all of it. `partly`: what is named was not done. `unknown`: the server did not say how far it came; what was
 * there before is kept in any case.
 */
export type ExtractOutcome = (typeof EXTRACT_OUTCOMES)[number];
export const EXTRACT_OUTCOMES = ['restored', 'partly', 'unknown'] as const;

export type ExtractDoing = (typeof EXTRACT_DOINGS)[number];
/** `attributes`: a directory that is there is given those of the snapshot's. `skipped`: it cannot be, and `why` says so. */
export const EXTRACT_DOINGS = ['created', 'replaced', 'removed', 'attributes', 'left', 'skipped'] as const;
export type ExtractCounts = Readonly<Record<ExtractDoing, number>>;

/** Where it goes. */
export interface NamedPath {
  /** What is no UTF-8 in it is U+FFFD. */
  readonly path: string;
  /** Of a name that is not UTF-8, in hexadecimal; null: `path` is all of it. */
  readonly pathBytes: string | null;
}

export interface ExtractMissed extends NamedPath {
  readonly why: string;
}

export interface ExtractRow extends NamedPath {
  readonly what: ExtractDoing;
  readonly why: string | null;
}

/** What it came to. Failed before anything was changed, it is a fault alone. */
export interface ExtractReport {
  readonly subvolume: string;
  /** Where they went; null: this machine. */
  readonly server: string | null;
  readonly to: string | null;
  readonly source: string;
  readonly from: RestoreSource;
  readonly outcome: ExtractOutcome;
  /** As planned; what was not done is in `missed`. */
  readonly counts: ExtractCounts;
  /** What the files hold that came. */
  readonly bytes: number;
  /** That were sent for it; 0: nothing was copied. */
  readonly wireBytes: number;
  /** What was there before, for as long as nobody deletes it; null: nothing that was there was changed. */
  readonly before: PlacedSubvolume | null;
  /** What could not be done, or is not there; the first of them. */
  readonly missed: readonly ExtractMissed[];
  /** How many there are of those. */
  readonly missedCount: number;
  /** It took away what that run had staged; nothing was brought. */
  readonly settles?: number;
  readonly fault: Fault | null;
}

/** All that it would do, as it is shown before it is done. */
export interface ShownExtract {
  readonly subvolume: string;
  readonly server: string | null;
  readonly to: string | null;
  readonly source: string;
  readonly from: RestoreSource & { readonly path: string; readonly createdAt: string | null };
  /** By reflink nothing is sent or copied. */
  readonly how: 'reflink' | 'stream';
  readonly counts: ExtractCounts;
  readonly bytes: number;
  readonly wireBytes: number;
  /** Where what is there now is kept; null: nothing there is changed. */
  readonly beforePath: string | null;
  /** The first of each doing. */
  readonly rows: readonly ExtractRow[];
  readonly notes: readonly string[];
  readonly undo: number | null;
}

const OUTCOMES: Readonly<Record<ExtractOutcome, RunOutcome>> = {
  restored: 'ok',
  partly: 'failed',
  unknown: 'failed',
};

export const EXTRACT: RunSpec<ExtractRequest, ExtractReport> = {
  about: ({ subvolume }) => ({ task: null, subvolumes: [subvolume] }),
  server: ({ server, source }) => server ?? source,
  targets: none,
  snapshots: ({ from }) => [from.name],
  told: ({ source }) => ({ subvolumes: [], servers: [source] }),
  sent: () => null,
  faults: ({ fault }) => (fault ? [fault] : []),
  outcome: ({ outcome }) => OUTCOMES[outcome],
};
