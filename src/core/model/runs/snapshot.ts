/** What making snapshots is asked for and reported as, with the rounds of tasks in sync mode that belong to it. */
import type { PolicyHooks } from '../policy.ts';
import { hasFailed, type MadeReport, madeFaults } from './made.ts';
import { none, type RunSpec, TOLD_NOTHING } from './spec.ts';
import { roundFaults, roundOutcome, type TaskReport } from './task.ts';

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

export interface SnapshotReport extends MadeReport {
  /** The rounds of tasks in sync mode that belong to it. */
  readonly tasks: readonly TaskReport[];
}

export const SNAPSHOT: RunSpec<SnapshotRequest, SnapshotReport> = {
  about: ({ subvolumes }) => ({ task: null, subvolumes }),
  server: () => null,
  targets: none,
  snapshots: none,
  told: () => TOLD_NOTHING,
  sent: () => null,
  faults: (report) => [...madeFaults(report), ...report.tasks.flatMap(roundFaults)],
  outcome: (report) => {
    if (hasFailed(report)) return 'failed';
    const outcomes = report.tasks.map(roundOutcome);
    return outcomes.find((one) => one === 'failed') ?? outcomes.find((one) => one === 'cancelled') ?? 'ok';
  },
};
