/** What a run is: one execution of anything, from the wish to the outcome, as the journal keeps it. */
import type { Fault } from './fault.ts';
import type { Job } from './job.ts';
import type { ReplicationReport, ReplicationRequest } from './replication.ts';
import type { RetentionRules } from './retention.ts';

/** A snapshot somebody was shown: whatever takes its name later is not meant. */
export interface ChosenSnapshot {
  readonly name: string;
  readonly uuid: string;
}

/** Deletes what the rules let go, at the time the run begins. */
export interface CleanupRequest {
  readonly subvolume: string;
  /** Null: the primary. */
  readonly server: string | null;
  readonly rules: RetentionRules;
  /** At most these, as somebody saw and confirmed them. Null: whatever the rules let go by then. */
  readonly only: readonly ChosenSnapshot[] | null;
}

/** Everything that can be asked for. A row with one of these in it is all the engine needs. */
export type RunRequest =
  | { readonly kind: 'snapshot'; readonly subvolumes: readonly string[]; readonly group: boolean }
  | {
      readonly kind: 'delete';
      readonly subvolume: string;
      /** Null: the primary. */
      readonly server: string | null;
      readonly snapshots: readonly ChosenSnapshot[];
    }
  | ({ readonly kind: 'cleanup' } & CleanupRequest)
  | ({ readonly kind: 'replication' } & ReplicationRequest);

export type RunKind = RunRequest['kind'];

export const RUN_KINDS: readonly RunKind[] = ['snapshot', 'delete', 'cleanup', 'replication'];

/** Who asked: a person (command or screen) or the scheduler. */
export type Trigger = 'hand' | 'schedule';

export type RunState = 'queued' | 'running' | 'finished';

/** `interrupted`: the process that ran it died; what it left is cleaned up by the next run. */
export type RunOutcome = 'ok' | 'failed' | 'cancelled' | 'interrupted';

export interface CreatedSnapshot {
  readonly subvolume: string;
  readonly name: string;
  readonly path: string;
  readonly uuid: string;
  readonly createdAt: string;
}

export interface SnapshotReport {
  readonly snapshots: readonly CreatedSnapshot[];
  /** Between the first and the last of a group, as the server measured it. */
  readonly spreadSeconds: number;
  readonly failed: readonly { readonly subvolume: string; readonly fault: Fault }[];
}

export interface DeletedSnapshot {
  readonly name: string;
  readonly path: string;
  readonly status: 'deleted' | 'failed';
  readonly fault: Fault | null;
}

export interface DeleteReport {
  readonly subvolume: string;
  readonly server: string;
  readonly results: readonly DeletedSnapshot[];
}

export interface CleanupReport {
  readonly subvolume: string;
  readonly server: string;
  /** In words, as `reasonText` gives them. */
  readonly kept: readonly { readonly name: string; readonly reasons: readonly string[] }[];
  readonly deleted: readonly { readonly name: string }[];
  /** The rules let them go, and they are still there. */
  readonly failed: readonly { readonly name: string; readonly fault: Fault }[];
}

/** What a run came to. `fault` alone: it failed as a whole, before anything was done. */
export type RunReport =
  | ({ readonly kind: 'snapshot' } & SnapshotReport)
  | ({ readonly kind: 'delete' } & DeleteReport)
  | ({ readonly kind: 'cleanup' } & CleanupReport)
  | ({ readonly kind: 'replication' } & ReplicationReport)
  | { readonly kind: 'fault'; readonly fault: Fault };

export interface Run {
  readonly id: number;
  readonly kind: RunKind;
  readonly trigger: Trigger;
  readonly request: RunRequest;
  readonly state: RunState;
  /** Null until it is finished. */
  readonly outcome: RunOutcome | null;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly cancelRequested: boolean;
  /** The last written progress; null before it began. */
  readonly job: Job | null;
  readonly report: RunReport | null;
}
