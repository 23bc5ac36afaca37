import { taskOf } from '../core/model/automation/automation.ts';
import type { CleanupReport } from '../core/model/runs/cleanup.ts';
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
  snapshot: reported(run.report).snapshot ?? chosenBy(run),
  state: run.state,
  startedAt: run.startedAt,
  finishedAt: run.finishedAt,
  outcome: run.outcome,
  results: reported(run.report).results,
  fault: run.report?.kind === 'fault' ? run.report.fault : null,
});

/** Of a round: what it sent. */
const subvolumeOf = ({ request, report }: Run): string | null =>
  [...subvolumesOf(request), ...toldBy(report).subvolumes].join(', ') || null;

/** Of a deletion: the first that it was asked for. */
const chosenBy = ({ request }: Run): string | null =>
  request.kind === 'delete' ? (request.snapshots[0]?.name ?? null) : null;

/** The snapshot it brought, and what it did one by one. */
function reported(report: RunReport | null): { snapshot: string | null; results: readonly unknown[] } {
  switch (report?.kind) {
    case 'snapshot':
      return { snapshot: madeBy(report), results: snapshotResults(report) };
    case 'task': {
      const sent = report.replications.at(-1)?.results.at(-1)?.snapshot ?? null;
      return { snapshot: (report.snapshot && madeBy(report.snapshot)) ?? sent, results: report.targets };
    }
    case 'replication':
      return { snapshot: report.results.at(-1)?.snapshot ?? null, results: report.results };
    case 'delete':
      return { snapshot: null, results: report.results };
    case 'cleanup':
      return { snapshot: null, results: cleanupResults(report) };
    case 'restore':
    case 'extract':
      return { snapshot: report.from.name, results: [report] };
    case 'verify':
      return { snapshot: report.results[0]?.snapshot ?? null, results: report.results };
    case 'seed':
      return { snapshot: report.snapshot, results: [report] };
    case 'fault':
    case undefined:
      return { snapshot: null, results: [] };
  }
}

const madeBy = ({ snapshots, already }: MadeReport): string | null =>
  snapshots[0]?.name ?? already[0]?.name ?? null;

const cleanupResults = ({ kept, deleted, failed }: CleanupReport) => [
  ...kept.map((one) => ({ ...one, status: 'kept' })),
  ...deleted.map((one) => ({ ...one, status: 'deleted' })),
  ...failed.map((one) => ({ ...one, status: 'failed' })),
];

/** What was made, what was there already, and what commands before and after it came to. */
const snapshotResults = ({ snapshots, already, failed, hooks }: MadeReport) => [
  ...snapshots.map((one) => ({ ...one, status: 'made' })),
  ...already.map((one) => ({ ...one, status: 'already' })),
  ...failed.map((one) => ({ ...one, status: 'failed' })),
  ...hooks.map((one) => ({ ...one, status: one.fault === null ? 'ok' : 'failed' })),
];
