/** What a replication task is, what is remembered of it, and what state it is in. */
import type { Fault } from '../fault.ts';
import type { RetentionRules } from '../retention.ts';
import type { TransferOptions } from '../runs/replication.ts';
import type { Schedule } from '../schedule.ts';
import type { Target } from '../target.ts';

/** `sync`: a snapshot of its subvolumes that somebody makes is done only when every target has it. */
export type TaskMode = 'async' | 'sync';

export interface Task {
  /** As a server's name: letters, digits, dot, dash, underscore. */
  readonly name: string;
  /** Absolute paths on the primary. Several are a consistency group: snapshotted together, under one name. */
  readonly subvolumes: readonly [string, ...string[]];
  readonly targets: readonly [Target, ...Target[]];
  readonly schedule: Schedule;
  readonly mode: TaskMode;
  /** Most seconds of work that may be lost; null: no alarm. */
  readonly rpoSeconds: number | null;
  readonly options: TransferOptions;
  /** What is kept on the targets; null: everything. */
  readonly retention: RetentionRules | null;
  /** Directory below `.snapshots` of the target for the replicas of a single subvolume; null: the usual one. */
  readonly into: string | null;
  /** How often a failed round is tried again before the next one is due. */
  readonly retries: number;
  /** Failed rounds in a row after which a target is left alone; 0: never. */
  readonly suspendAfter: number;
  /** By hand: nothing is sent; snapshots go on, and the bases are kept. */
  readonly suspended: boolean;
  readonly enabled: boolean;
}

export const isGroup = ({ subvolumes }: Pick<Task, 'subvolumes'>): boolean => subvolumes.length > 1;

/** What the rounds of a task came to on one of its targets. */
export interface TaskTargetMemory {
  readonly task: string;
  /** As `formatTarget` writes it. */
  readonly target: string;
  /** Failed rounds in a row. */
  readonly failures: number;
  /** The last failure, or why it is away; null: the last round was well. */
  readonly fault: Fault | null;
  /** Left alone since then, ISO 8601 UTC; null: it is not. */
  readonly suspendedAt: string | null;
  /** The disk is away since then; null: it was there at the last try. */
  readonly absentSince: string | null;
  /** ISO 8601 UTC. */
  readonly triedAt: string;
}

/** The first that holds, from the last: a disabled task is nothing else. */
export type TaskState =
  | 'idle'
  | 'running'
  /** Running, and a target has no replica yet. */
  | 'initializing'
  /** A target is beyond its RPO, or it cannot be known. */
  | 'lagging'
  | 'suspended'
  /** A target failed so often in a row that it is left alone. */
  | 'auto-suspended'
  | 'disabled';

export const TASK_STATES: readonly TaskState[] = [
  'idle',
  'running',
  'initializing',
  'lagging',
  'suspended',
  'auto-suspended',
  'disabled',
];

/** How far one target of a task is. */
export interface TargetLag {
  readonly target: string;
  readonly server: string;
  readonly mount: string | null;
  /** Creation of the newest snapshot that is complete there, of all members; null: none is known. */
  readonly restorePoint: string | null;
  /** Uuid of the filesystem it is on, if that is not mounted now: disks may take turns. Null: it is, or is not known. */
  readonly awayOn: string | null;
  /** How far the restore point is behind the newest snapshot on the primary; null: not known. */
  readonly lagSeconds: number | null;
  /** What would be lost if the primary burnt now: the time since the restore point. The RPO is about this. */
  readonly wouldLoseSeconds: number | null;
  /** `unknown`: there is an RPO, and nothing to check it against. */
  readonly rpo: 'none' | 'kept' | 'breached' | 'unknown';
  /** Of a group: the newest moment there that lacks members, if it is newer than the restore point. */
  readonly incomplete: { readonly name: string; readonly missing: readonly string[] } | null;
  /** When the target was last seen, ISO 8601 UTC; null: never. */
  readonly seenAt: string | null;
  readonly memory: TaskTargetMemory | null;
}

/** How often a round is tried again, and how many failures end it, where nobody says. */
export const TASK_DEFAULTS = { retries: 3, suspendAfter: 10 } as const;
