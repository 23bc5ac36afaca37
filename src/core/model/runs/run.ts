/** What a run is: one execution of anything, from the wish to the outcome, as the journal keeps it. */
import type { Fault } from '../fault.ts';
import type { PolicyHooks } from '../policy.ts';
import type { RetentionRules } from '../retention.ts';
import type { Job } from './job.ts';
import type { ReplicationReport, ReplicationRequest } from './replication.ts';

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
  /** Only the replicas a task keeps on the filesystem of this mount; null: all, wherever they lie on that server. */
  readonly mount: string | null;
  /** With a mount: the directory below `.snapshots` there; null: the usual one. */
  readonly into: string | null;
  readonly rules: RetentionRules;
  /** At most these, as somebody saw and confirmed them. Null: whatever the rules let go by then. */
  readonly only: readonly ChosenSnapshot[] | null;
  /** Names that stay whatever the rules say: the round it is a part of still needs them. Left out: none. */
  readonly spare?: readonly string[];
}

export interface SnapshotRequest {
  readonly subvolumes: readonly string[];
  readonly group: boolean;
  /**
   * Of their policies: each `before` in this order, the snapshots, each `after` in the opposite one. A required one that
   * fails lets nothing more begin, and no snapshot be made.
   */
  readonly hooks: readonly PolicyHooks[];
  /** Due at that time (ISO 8601 UTC): one made since then, by whatever manager, will do. Null: one is made anyway. */
  readonly dueAt: string | null;
  /** The tasks in sync mode that send these subvolumes are run with it, and it is not done before they are. */
  readonly sync: boolean;
}

/** What somebody asks for by hand: made now, without a policy's hooks. */
export const snapshotByHand = (
  subvolumes: readonly string[],
  group = false,
): { readonly kind: 'snapshot' } & SnapshotRequest => ({
  kind: 'snapshot',
  subvolumes,
  group,
  hooks: [],
  dueAt: null,
  sync: true,
});

/** One round of a task: its own snapshot, if it makes one, the replications, the clean-up on the targets. */
export interface TaskRequest {
  readonly task: string;
  /** Whether this round makes the snapshot; the scheduler makes them apart, so that they never wait. */
  readonly snapshot: boolean;
}

/** Everything that can be asked for. A row with one of these in it is all the engine needs. */
export type RunRequest =
  | ({ readonly kind: 'snapshot' } & SnapshotRequest)
  | ({ readonly kind: 'task' } & TaskRequest)
  | {
      readonly kind: 'delete';
      readonly subvolume: string;
      /** Null: the primary. */
      readonly server: string | null;
      readonly snapshots: readonly ChosenSnapshot[];
      /** Also what is the last that the subvolume has in common with a target. Left out: false. */
      readonly allowLastBase?: boolean;
    }
  | ({ readonly kind: 'cleanup' } & CleanupRequest)
  | ({ readonly kind: 'replication' } & ReplicationRequest);

/** What can be run. */
export type RunKind = RunRequest['kind'];

export const RUN_KINDS: readonly RunKind[] = ['snapshot', 'delete', 'cleanup', 'replication', 'task'];

/** Who asked: a person (command or screen) or the scheduler. */
export type Trigger = 'hand' | 'schedule';

/** `queued`: an engine takes it. */
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
  /** Not made because there was one of that due time already. */
  readonly already: readonly { readonly subvolume: string; readonly name: string }[];
  readonly hooks: readonly HookResult[];
  /** The rounds of tasks in sync mode that belong to it. */
  readonly tasks: readonly TaskReport[];
}

export interface HookResult {
  readonly when: 'before' | 'after';
  /** Whose policy has it; null: written by an earlier version. */
  readonly subvolume: string | null;
  /** Null: it was ended, by its time limit or by a signal. */
  readonly code: number | null;
  readonly seconds: number;
  /** The last lines it wrote. */
  readonly output: string;
  /** Null: it was well. */
  readonly fault: Fault | null;
}

/** Whose hook it is, where there are those of several: ` of /data`, else ''. */
export const whoseHook = ({ subvolume }: HookResult, all: readonly HookResult[]): string =>
  subvolume === null || all.every((one) => one.subvolume === subvolume) ? '' : ` of ${subvolume}`;

/** What a round came to on one target, all members together. */
export interface TaskTargetOutcome {
  /** As `formatTarget` writes it. */
  readonly target: string;
  /** `suspended`: left alone after many failures, not tried in this round. `busy`: a round before it is still at work there. */
  readonly status: 'ok' | 'failed' | 'absent' | 'cancelled' | 'suspended' | 'busy';
  readonly fault: Fault | null;
}

export interface TaskReport {
  readonly task: string;
  /** Some target got its first replica. */
  readonly initializing: boolean;
  /** Null: this round made none. */
  readonly snapshot: SnapshotReport | null;
  readonly targets: readonly TaskTargetOutcome[];
  /** One for each member. */
  readonly replications: readonly ReplicationReport[];
  readonly cleanups: readonly CleanupReport[];
  /** What failed beside the targets: a clean-up, a look. */
  readonly faults: readonly Fault[];
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
  | ({ readonly kind: 'task' } & TaskReport)
  | { readonly kind: 'fault'; readonly fault: Fault };

/** Why there is a run: which item of automation it belongs to, and which run it is a part of. */
export interface RunOrigin {
  /** As `itemKey` writes it; null: it belongs to none. */
  readonly item: string | null;
  /** Null: nobody waited for a time. */
  readonly dueAt: string | null;
  /** The run it is a part of; null: it stands alone. */
  readonly parent: number | null;
}

export const NO_ORIGIN: RunOrigin = { item: null, dueAt: null, parent: null };

/** One row of the journal. Times are ISO 8601 UTC. */
export interface Run {
  /** From 1, in the order in which they were asked for. */
  readonly id: number;
  readonly origin: RunOrigin;
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

/** What a run is about, as it was asked for; of a task its name says it. */
export function subvolumesOf(request: RunRequest): readonly string[] {
  if (request.kind === 'task') return [];
  return request.kind === 'snapshot' ? request.subvolumes : [request.subvolume];
}

/** Subvolumes, or the task, for people. */
export const subjectOf = (request: RunRequest): string =>
  request.kind === 'task' ? request.task : subvolumesOf(request).join(', ');
