/** What a verdict of health is asked: what was seen, expected and remembered of a subvolume. */

import type { TargetLag, Task } from '../../model/automation/task.ts';
import type { Fault } from '../../model/fault.ts';
import type { OpenRestore } from '../../model/runs/restore.ts';
import type { ProofLevel } from '../../model/runs/target-result.ts';
import type { Verification } from '../../model/runs/verification.ts';
import type { Role } from '../../model/server.ts';
import type { KnownSize, ReplicaHealth } from '../../model/status/health.ts';
import type { Maker } from '../automation/makers.ts';
import type { FoundReplica, ServerSight, WantedSnapshot } from './health-sight.ts';
import type { ReplicaSource } from './restore-point.ts';

export interface HealthQuestion {
  readonly subvolume: string;
  /** Somebody named the snapshot; else it is the newest. */
  readonly isNamed: boolean;
  /** Null: the primary has none, as far as is known. */
  readonly wanted: WantedSnapshot | null;
  readonly primary: PrimaryFacts;
  /** Of all servers, also of the primary: a second disk of it may be a target. */
  readonly servers: readonly ServerFacts[];
  /** The enabled ones of the subvolume. */
  readonly tasks: readonly TaskFacts[];
  /** By which its snapshots are made; none: nobody makes them but people. */
  readonly makers: readonly Maker[];
  /** Of it, those that were cut off. */
  readonly restores: readonly OpenRestore[];
  /** What is remembered of comparisons of its replicas with their source. */
  readonly verifications: readonly Verification[];
  /** By `scrubKey`: when a scrub last came to its end. */
  readonly scrubs: ReadonlyMap<string, string>;
  /** How far a policy has them compared again and again; null: none does. */
  readonly promised: ProofLevel | null;
  /** By uuid, as far as they were measured. */
  readonly sizes: ReadonlyMap<string, KnownSize>;
  /** Milliseconds since 1970 UTC. */
  readonly now: number;
}

export interface PrimaryFacts {
  readonly server: string;
  /** As it was last seen; null: never, or there is nothing of it. */
  readonly source: ReplicaSource | null;
  /** It was looked at, and the subvolume is not there. Snapshots of it may be. */
  readonly isGone: boolean;
  /** Why it cannot be checked now; null: it was. */
  readonly fault: Fault | null;
  readonly seenAt: string | null;
}

export interface ServerFacts {
  readonly role: Role;
  readonly sight: ServerSight;
  /** Why it cannot be checked now, so that the sight is an old one; null: it was. */
  readonly fault: Fault | null;
}

export interface TaskFacts {
  readonly task: Task;
  readonly lags: readonly TargetLag[];
  /** A round of it runs. */
  readonly isRunning: boolean;
  /** When the next round is due, ISO 8601 UTC, past when it is overdue; null: the task does nothing by itself. */
  readonly nextRun: string | null;
  /** What its last round brought of this subvolume, or found there already: by target, names of snapshots. */
  readonly brought: ReadonlyMap<string, ReadonlySet<string>>;
  /** Moments that the primary has of all its members, oldest first. */
  readonly made: readonly string[];
}

/** One place where a replica is, or should be, with the tasks that are about it. */
export interface Row {
  readonly health: ReplicaHealth;
  /** As it was seen last; null: nothing was. */
  readonly found: FoundReplica | null;
  readonly tasks: readonly { readonly facts: TaskFacts; readonly lag: TargetLag }[];
}
