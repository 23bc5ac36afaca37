import { taskOf } from '../core/model/automation/automation.ts';
import type { MadeReport } from '../core/model/runs/made.ts';
import { type Run, type RunReport, subvolumesOf, toldBy } from '../core/model/runs/run.ts';

/** The row of the contract. */
export const toRow = (run: Run) => ({
  id: run.id,
  kind: run.kind,
  trigger: run.trigger,
  task: taskOf(run),
  item: run.origin.item,
  dueAt: run.origin.dueAt,
  parent: run.origin.parent,
  subvolume: subvolumeOf(run),
  snapshot: snapshotOf(run),
  state: run.state,
  startedAt: run.startedAt,
  finishedAt: run.finishedAt,
  outcome: run.outcome,
  results: resultsOf(run.report),
  fault: run.report?.kind === 'fault' ? run.report.fault : null,
});

/** Of a round: what it sent. */
const subvolumeOf = ({ request, report }: Run): string | null =>
  [...subvolumesOf(request), ...toldBy(report).subvolumes].join(', ') || null;

function snapshotOf({ request, report }: Run): string | null {
  switch (report?.kind) {
    case 'snapshot':
      return madeBy(report);
    case 'task': {
      const sent = report.replications.at(-1)?.results.at(-1)?.snapshot ?? null;
      return (report.snapshot && madeBy(report.snapshot)) ?? sent;
    }
    case 'replication':
      return report.results.at(-1)?.snapshot ?? null;
    case 'delete':
    case 'cleanup':
    case 'fault':
    case undefined:
      return request.kind === 'delete' ? (request.snapshots[0]?.name ?? null) : null;
  }
}

const madeBy = ({ snapshots, already }: MadeReport): string | null =>
  snapshots[0]?.name ?? already[0]?.name ?? null;

function resultsOf(report: RunReport | null): readonly unknown[] {
  switch (report?.kind) {
    case 'replication':
    case 'delete':
      return report.results;
    case 'cleanup':
      return [
        ...report.kept.map((one) => ({ ...one, status: 'kept' })),
        ...report.deleted.map((one) => ({ ...one, status: 'deleted' })),
        ...report.failed.map((one) => ({ ...one, status: 'failed' })),
      ];
    case 'task':
      return report.targets;
    case 'snapshot':
      return snapshotResults(report);
    case 'fault':
    case undefined:
      return [];
  }
}

/** What was made, what was there already, and what commands before and after it came to. */
const snapshotResults = ({ snapshots, already, failed, hooks }: MadeReport) => [
  ...snapshots.map((one) => ({ ...one, status: 'made' })),
  ...already.map((one) => ({ ...one, status: 'already' })),
  ...failed.map((one) => ({ ...one, status: 'failed' })),
  ...hooks.map((one) => ({ ...one, status: one.fault === null ? 'ok' : 'failed' })),
];
