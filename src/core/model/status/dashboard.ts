/** What the Dashboard shows: how replication is over all, and of servers, subvolumes and runs what leads to that verdict. */
import type { Fault } from '../fault.ts';
import type { TargetProgress } from '../runs/job.ts';
import type { RunKind, RunState, Trigger } from '../runs/run.ts';
import type { RunOutcome } from '../runs/spec.ts';
import type { Role } from '../server.ts';
import type { Finding, Level } from './finding.ts';
import type { Overall, PrimaryHealth, ReplicaHealth } from './health.ts';

/** Where on the screen something can be mended, and the object there. */
export interface Mend {
  readonly page: 'servers' | 'snapshots' | 'automation' | 'replication' | 'monitoring' | 'history';
  /** Of Automation; null: the page has none, or any. */
  readonly tab: 'snapshots' | 'retention' | 'tasks' | 'verify' | null;
  /** A server, a filesystem as a target is named, a subvolume, a task, or the id of a run; null: none in particular. */
  readonly object: string | null;
}

/** `unknown`: nobody has looked at it now. */
export type ServerSightStatus = 'online' | 'offline' | 'untrusted' | 'unauthorized' | 'unknown';

export interface DashboardFilesystem {
  readonly mount: string;
  readonly uuid: string;
  /** Null: not told. */
  readonly sizeBytes: number | null;
  readonly usedBytes: number | null;
  readonly freeBytes: number | null;
  /** Negative: it shrinks. Null: too few samples. */
  readonly growthBytesPerDay: number | null;
  /** Null: it does not fill within ten years, or it is not known where it is going. */
  readonly fullInDays: number | null;
  /** When devices, metadata and scrub were looked at, ISO 8601 UTC; null: never. */
  readonly checkedAt: string | null;
  /** The worst first. */
  readonly warnings: readonly FilesystemWarning[];
  /** What of it could not be checked; with any, no warnings does not mean that all is well. */
  readonly unchecked: readonly { readonly part: string; readonly fault: Fault }[];
}

export interface FilesystemWarning {
  readonly kind: string;
  readonly level: Level;
  readonly message: string;
  readonly hint: string;
}

export interface DashboardServer {
  readonly server: string;
  readonly role: Role;
  readonly status: ServerSightStatus;
  /** Null: not reached now. */
  readonly latencySeconds: number | null;
  /** When its btrfs was last seen, ISO 8601 UTC; null: never. */
  readonly seenAt: string | null;
  readonly ageSeconds: number | null;
  /** What is told of it is too old to be trusted. */
  readonly isStale: boolean;
  /** Why it cannot be worked with now; null: it can, or nobody has tried. */
  readonly fault: Fault | null;
  readonly filesystems: readonly DashboardFilesystem[];
}

export interface DashboardReplica
  extends Pick<
    ReplicaHealth,
    | 'server'
    | 'mount'
    | 'status'
    | 'isExpected'
    | 'tasks'
    | 'restorePoint'
    | 'lagSeconds'
    | 'wouldLoseSeconds'
    | 'rpo'
    | 'seenAt'
  > {
  /** The tightest promise of its tasks; null: there is none. */
  readonly rpoSeconds: number | null;
}

export interface DashboardSubvolume {
  /** Path on the primary. */
  readonly subvolume: string;
  readonly overall: Overall;
  /** As it stands on the primary; of `could-not-check` the figures are as it was last seen. */
  readonly primary: PrimaryHealth['status'];
  /** Complete ones on the primary; null: not known. */
  readonly snapshots: number | null;
  readonly newest: string | null;
  readonly newestAgeSeconds: number | null;
  /** By which its snapshots are made, as people read it; none: nobody makes them but people. */
  readonly schedules: readonly string[];
  /** When the newest should be from, ISO 8601 UTC; null: nobody makes them by a schedule. */
  readonly dueAt: string | null;
  /** Two in a row that were due have not been made. Null: there is no schedule, or it is not known. */
  readonly overdue: boolean | null;
  /** Of the newest snapshot, as far as it was measured. */
  readonly referencedBytes: number | null;
  readonly exclusiveBytes: number | null;
  readonly replicas: readonly DashboardReplica[];
  /** The worst first; notes too. */
  readonly reasons: readonly Finding[];
}

export interface RunningTarget {
  readonly target: string;
  readonly phase: TargetProgress['phase'];
  /** Null: nothing is being sent. */
  readonly sentBytes: number | null;
  readonly totalBytes: number | null;
  /** 0 to 1; null: not known. */
  readonly fraction: number | null;
  readonly bytesPerSecond: number | null;
  readonly secondsLeft: number | null;
}

export interface RunningRun {
  readonly run: number;
  readonly kind: RunKind;
  readonly trigger: Trigger;
  /** Subvolumes, or the task. */
  readonly subject: string;
  readonly state: Exclude<RunState, 'finished'>;
  readonly startedAt: string | null;
  readonly targets: readonly RunningTarget[];
}

/** What failed, each thing once however often it did. */
export interface RecentFailure {
  /** The last of them. */
  readonly run: number;
  readonly kind: RunKind;
  readonly subject: string;
  readonly outcome: RunOutcome;
  /** ISO 8601 UTC. */
  readonly finishedAt: string;
  /** How often within the time that is looked at. */
  readonly count: number;
  /** Why the last one failed. */
  readonly message: string;
  readonly hint: string;
  /** The same went well since then. */
  readonly isRecovered: boolean;
}

export interface NextDue {
  /** As the journal names it: `task:nightly`. */
  readonly item: string;
  readonly kind: 'snapshot' | 'task-snapshot' | 'task' | 'retention' | 'verify';
  /** A subvolume or a task. */
  readonly subject: string;
  /** ISO 8601 UTC; past: it waits for a scheduler, or for its turn. */
  readonly at: string;
  readonly why: 'schedule' | 'retry' | 'jitter' | 'due';
}

export interface Dashboard {
  /** ISO 8601 UTC. */
  readonly at: string;
  readonly overall: Overall;
  /** The worst first. */
  readonly reasons: readonly Finding[];
  readonly primary: string | null;
  /** Who begins what is due; null: nobody does. */
  readonly scheduler: { readonly host: string | null; readonly pid: number | null } | null;
  readonly servers: readonly DashboardServer[];
  /** By path. */
  readonly subvolumes: readonly DashboardSubvolume[];
  readonly running: readonly RunningRun[];
  /** Newest first. */
  readonly failures: readonly RecentFailure[];
  /** The soonest first. */
  readonly next: readonly NextDue[];
}
