/** What the Dashboard is asked: all that its parts decide from. */
import type { ItemMemory } from '../../model/automation/automation.ts';
import type { TargetLag } from '../../model/automation/task.ts';
import type { Result } from '../../model/result.ts';
import type { OpenRestore } from '../../model/runs/restore.ts';
import type { Run } from '../../model/runs/run.ts';
import type { Dashboard } from '../../model/status/dashboard.ts';
import type { Health } from '../../model/status/health.ts';
import type { Plans } from '../automation/due.ts';
import type { KnownFilesystem, SeenServer } from './dashboard-servers.ts';

export interface KnownFailures {
  /** Failed or interrupted within the time that is looked at, parts of others left out; newest first. */
  readonly runs: readonly Run[];
  /** Ids of those after which the same went well. */
  readonly recovered: ReadonlySet<number>;
}

export interface DashboardQuestion {
  /** Milliseconds since 1970 UTC. */
  readonly now: number;
  readonly plans: Plans;
  readonly jitterSeconds: number;
  /** All there are, in the order of the configuration. */
  readonly servers: readonly SeenServer[];
  /** What was seen longer ago than that says nothing of now. */
  readonly staleSeconds: number;
  readonly filesystems: readonly KnownFilesystem[];
  /** Of all subvolumes that are looked after, by path; or why that could not be found out. */
  readonly healths: Result<readonly Health[]>;
  /** Cut off, of subvolumes that none of `healths` is about. */
  readonly restores: readonly OpenRestore[];
  /** Paths of subvolumes on the primary that have no snapshots, no policy and no task. */
  readonly unattended: readonly string[];
  /** Of all tasks. */
  readonly lags: ReadonlyMap<string, readonly TargetLag[]>;
  readonly memories: ReadonlyMap<string, ItemMemory>;
  readonly scheduler: Dashboard['scheduler'];
  /** Queued and running ones, parts of others too. */
  readonly active: readonly Run[];
  readonly failed: KnownFailures;
}
