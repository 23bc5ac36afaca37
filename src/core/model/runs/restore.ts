/** What bringing a whole subvolume back is asked for and reported as, and how what it makes and keeps is named. */
import type { Fault } from '../fault.ts';
import { isSnapshotName } from '../snapshot.ts';
import type { SentBack } from './replication.ts';
import { type RunOutcome, type RunSpec, TOLD_NOTHING } from './spec.ts';

/** As it was planned and shown: whatever is another one when it is carried out is not meant. */
export interface RestoreRequest {
  /** Absolute path, as people know it. */
  readonly subvolume: string;
  /** Where: the primary when it was planned. */
  readonly server: string;
  /** Uuid of the filesystem, and the path below its top level: a mount may show another one after it. */
  readonly filesystem: string;
  readonly inside: string;
  /** What takes its place: a snapshot, of which a writable one is made; with `undo`, what a restore put aside. */
  readonly from: RestoreSource;
  /** Uuid of what is there now; null: it is gone. */
  readonly live: string | null;
  /** Names what is put aside; ISO 8601 UTC with milliseconds. */
  readonly at: string;
  /** Subvolumes inside of it move along; else they stay in what is put aside. */
  readonly moveNested: boolean;
  /** The run that it takes back. */
  readonly undo?: number;
  /** The run that was cut off, and is brought to one of its ends. */
  readonly settles?: number;
  /** With `settles`: somebody said that it is not to be asked for any more, as its filesystem will not come back. */
  readonly forgets?: true;
  /** `from` is a replica, which is sent back first; then a part of this run restores what came. */
  readonly back?: RestoreFromReplica;
}

export interface RestoreFromReplica extends SentBack {
  /** What it is wherever it lies: what comes must have it. */
  readonly originId: string;
  /** Absolute path that it gets on the primary. */
  readonly to: string;
  /** Name of the base that it is sent on; null: in full. */
  readonly base: string | null;
}

export interface RestoreSource {
  readonly name: string;
  readonly uuid: string;
}

/**
 * `restored`: it is in its place. `rolled-back`: all is as it was. `rollback-failed`: neither, and `places` says where
 * everything is. `unknown`: the server did not say what came of it; the next start finds out.
 */
export type RestoreOutcome = (typeof RESTORE_OUTCOMES)[number];
export const RESTORE_OUTCOMES = ['restored', 'rolled-back', 'rollback-failed', 'unknown'] as const;

export interface RestoreReport {
  readonly subvolume: string;
  readonly server: string;
  readonly from: RestoreSource;
  readonly outcome: RestoreOutcome;
  /** What is in its place now; null: not known. */
  readonly uuid: string | null;
  /** Where what was there before is kept, and its uuid; null: nothing was put aside. */
  readonly replaced: PlacedSubvolume | null;
  /** Of subvolumes inside: what moved along, and what stayed in what was put aside, and why. */
  readonly moved: readonly string[];
  readonly left: readonly LeftSubvolume[];
  /** What somebody has to do by hand yet, in this order. */
  readonly steps: readonly RestoreStep[];
  /** Paths and uuids as they are, where it is neither the one nor the other. */
  readonly places: readonly PlacedSubvolume[];
  /** Null: it is restored. */
  readonly fault: Fault | null;
}

export interface PlacedSubvolume {
  /** Absolute path; where no mount shows it, below the top level. */
  readonly path: string;
  /** Null: it is not there, or is no subvolume. */
  readonly uuid: string | null;
}

export interface LeftSubvolume {
  /** Below the subvolume. */
  readonly path: string;
  readonly why: string;
}

export interface RestoreStep {
  readonly what: string;
  /** The command, as one types it; null: there is none to be given. */
  readonly command: string | null;
}

/** All that a restore would do, as it is shown before it is done. */
export interface ShownRestore {
  readonly subvolume: string;
  readonly server: string;
  /** `path` null: what a restore put aside takes its place again. */
  readonly from: RestoreSource & { readonly path: string | null; readonly createdAt: string | null };
  /** Uuid of what is there now; null: it is gone. */
  readonly replaces: string | null;
  /** Where that will be kept. */
  readonly replacedPath: string | null;
  /** Bytes sent over the wire for it; null: that could not be found out. */
  readonly wireBytes: number | null;
  /** The replica that is sent back for it; null: the snapshot is on the server itself. */
  readonly back: ShownSentBack | null;
  readonly nested: readonly { readonly path: string; readonly moves: boolean; readonly why: string | null }[];
  readonly steps: readonly RestoreStep[];
  /** The run that it takes back. */
  readonly undo: number | null;
  /** Processes that have it open, or stand in it; null: it could not be looked at. */
  readonly openBy: readonly { readonly pid: number; readonly name: string }[] | null;
  /** False: only processes of the login were seen. */
  readonly openByAll: boolean;
  readonly mountedInside: readonly string[];
  readonly swapFiles: readonly string[];
}

export interface ShownSentBack extends SentBack {
  readonly mode: 'full' | 'incremental';
  readonly base: string | null;
  /** False: nothing that is left of the subvolume proves that the replica is one of it. */
  readonly isProven: boolean;
}

/** Beside it, in the same directory. */
export const replacedName = (name: string, at: string): string => `${name}.replaced-${at}`;
export const restoringName = (name: string, at: string): string => `${name}.restoring-${at}`;

/** A restore that was cut off, until something says what came of it. */
export interface OpenRestore {
  /** Its run. */
  readonly run: number;
  /** What was to come back: all of the subvolume, or files of it. */
  readonly brings: 'subvolume' | 'files';
  readonly subvolume: string;
  /** `HERE`: this machine, where files were brought to. */
  readonly server: string;
  /** How often it was tried to bring it to its end. */
  readonly tries: number;
  /** What the last try came to; null: there was none, or none has ended. */
  readonly fault: Fault | null;
  /** It is not tried by itself any more until its filesystem is seen again. */
  readonly isLeft: boolean;
}

/** No server can have that name. */
export const HERE = 'this machine';

/** What a restore made of a subvolume's name; null: no restore did. */
export function replacedOf(name: string): { readonly name: string; readonly at: string } | null {
  const at = name.lastIndexOf('.replaced-');
  const time = name.slice(at + '.replaced-'.length);
  return at > 0 && isSnapshotName(time) ? { name: name.slice(0, at), at: time } : null;
}

const OUTCOMES: Readonly<Record<RestoreOutcome, RunOutcome>> = {
  restored: 'ok',
  'rolled-back': 'failed',
  'rollback-failed': 'failed',
  unknown: 'failed',
};

export const RESTORE: RunSpec<RestoreRequest, RestoreReport> = {
  about: ({ subvolume }) => ({ task: null, subvolumes: [subvolume] }),
  server: ({ server }) => server,
  targets: ({ back, server }) => (back ? [{ server, mount: null }] : []),
  snapshots: ({ from }) => [from.name],
  told: () => TOLD_NOTHING,
  sent: () => null,
  faults: ({ fault }) => (fault ? [fault] : []),
  outcome: ({ outcome }) => OUTCOMES[outcome],
};
