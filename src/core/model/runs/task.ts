/** What a round of a task is asked for and reported as. */
import type { Fault } from '../fault.ts';
import { parseTarget } from '../target.ts';
import type { CleanupReport } from './cleanup.ts';
import { hasFailed, type MadeReport, madeFaults } from './made.ts';
import type { ReplicationReport } from './replication.ts';
import { none, type RunOutcome, type RunSpec } from './spec.ts';

/** One round of a task: its own snapshot, if it makes one, the replications, the clean-up on the targets. */
export interface TaskRequest {
  readonly task: string;
  /** Whether this round makes the snapshot; the scheduler makes them apart, so that they never wait. */
  readonly snapshot: boolean;
  /** The targets it is about, as `formatTarget` writes them; none: all of the task. */
  readonly only?: readonly string[];
  /** Targets to leave out, told as `busy`: as many rounds as may are at work on their servers. */
  readonly without?: readonly string[];
}

/** What a round came to on one target, all members together. */
export interface TaskTargetOutcome {
  /** As `formatTarget` writes it. */
  readonly target: string;
  /** `suspended`: left alone after many failures, not tried in this round. `busy`: rounds before it are still at work there. */
  readonly status: 'ok' | 'failed' | 'absent' | 'cancelled' | 'suspended' | 'busy';
  readonly fault: Fault | null;
}

export interface TaskReport {
  readonly task: string;
  /** Some target got its first replica. */
  readonly initializing: boolean;
  /** Null: this round made none. */
  readonly snapshot: MadeReport | null;
  readonly targets: readonly TaskTargetOutcome[];
  /** One for each member. */
  readonly replications: readonly ReplicationReport[];
  readonly cleanups: readonly CleanupReport[];
  /** What failed beside the targets: a clean-up, a look. */
  readonly faults: readonly Fault[];
}

export const roundFaults = ({ snapshot, targets, faults }: TaskReport): Fault[] => [
  ...(snapshot ? madeFaults(snapshot) : []),
  ...targets.flatMap(({ status, fault }) => (fault && status !== 'suspended' ? [fault] : [])),
  ...faults,
];

export function roundOutcome({ snapshot, targets, faults }: TaskReport): RunOutcome {
  if (snapshot && hasFailed(snapshot)) return 'failed';
  if (faults.length > 0 || targets.some(({ status }) => status === 'failed')) return 'failed';
  // All of them are left alone: nothing was sent, and that is never fine.
  if (targets.length > 0 && targets.every(({ status }) => status === 'suspended')) return 'failed';
  return targets.some(({ status }) => status === 'cancelled') ? 'cancelled' : 'ok';
}

export const ROUND: RunSpec<TaskRequest, TaskReport> = {
  about: ({ task }) => ({ task, subvolumes: [] }),
  server: () => null,
  targets: none,
  snapshots: none,
  told: ({ targets, replications }) => ({
    subvolumes: replications.map(({ subvolume }) => subvolume),
    servers: targets.flatMap(({ target }) => {
      const parsed = parseTarget(target);
      return parsed.ok ? [parsed.value.server] : [];
    }),
  }),
  sent: () => null,
  faults: roundFaults,
  outcome: roundOutcome,
};
