import { type Run, type RunReport, type SnapshotReport, subvolumesOf } from '../core/model/runs/run.ts';

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

/** The task it is a round of, or a part of one. */
function taskOf({ request, origin }: Run): string | null {
  if (request.kind === 'task') return request.task;
  const [, name = null] = /^task(?:-snapshot)?:(.*)$/s.exec(origin.item ?? '') ?? [];
  return name;
}

/** Of a round: what it sent. */
function subvolumeOf({ request, report }: Run): string | null {
  const sent = report?.kind === 'task' ? report.replications.map(({ subvolume }) => subvolume) : [];
  return [...subvolumesOf(request), ...sent].join(', ') || null;
}

function snapshotOf({ request, report }: Run): string | null {
  if (report?.kind === 'snapshot') return madeBy(report);
  if (report?.kind === 'task') {
    const sent = report.replications.at(-1)?.results.at(-1)?.snapshot ?? null;
    return (report.snapshot && madeBy(report.snapshot)) ?? sent;
  }
  if (report?.kind === 'replication') return report.results.at(-1)?.snapshot ?? null;
  return request.kind === 'delete' ? (request.snapshots[0]?.name ?? null) : null;
}

const madeBy = ({ snapshots, already }: SnapshotReport): string | null =>
  snapshots[0]?.name ?? already[0]?.name ?? null;

function resultsOf(report: RunReport | null): readonly unknown[] {
  if (report?.kind === 'replication' || report?.kind === 'delete') return report.results;
  if (report?.kind === 'cleanup') {
    return [
      ...report.kept.map((one) => ({ ...one, status: 'kept' })),
      ...report.deleted.map((one) => ({ ...one, status: 'deleted' })),
      ...report.failed.map((one) => ({ ...one, status: 'failed' })),
    ];
  }
  if (report?.kind === 'task') return report.targets;
  return report?.kind === 'snapshot' ? snapshotResults(report) : [];
}

/** What was made, what was there already, and what commands before and after it came to. */
const snapshotResults = ({ snapshots, already, failed, hooks }: SnapshotReport) => [
  ...snapshots.map((one) => ({ ...one, status: 'made' })),
  ...already.map((one) => ({ ...one, status: 'already' })),
  ...failed.map((one) => ({ ...one, status: 'failed' })),
  ...hooks.map((one) => ({ ...one, status: one.fault === null ? 'ok' : 'failed' })),
];
