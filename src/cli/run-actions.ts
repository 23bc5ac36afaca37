/** What `btrfleet run` does: it reads the journal and tells it. */
import { type Fault, fault } from '../core/model/fault.ts';
import { RUN_KINDS, type Run, type RunReport } from '../core/model/run.ts';
import { formatAge, formatName, formatSeconds } from '../text/format.ts';
import { formatTable } from '../text/table.ts';
import { type ActionContext, tell } from './action.ts';
import type { ExitCode } from './output.ts';
import { formatReport } from './replicate-actions.ts';
import type { RunListOptions } from './run.ts';
import { wholeNumber } from './whole-number.ts';

export async function runList({ fleet, out }: ActionContext, options: RunListOptions): Promise<ExitCode> {
  const kind = RUN_KINDS.find((one) => one === options.kind);
  if (options.kind !== undefined && !kind) return out.fault(unknownKind(options.kind));
  const limit = wholeNumber(options.limit, 1);
  if (limit === null) {
    return out.fault(
      fault('usage', `--limit ${options.limit} is not a number from 1 on.`, 'For example --limit 20.'),
    );
  }
  fleet.journal.interruptDeadRuns(fleet.isAlive);
  const runs = fleet.journal.listRuns({
    limit,
    ...(kind ? { kind } : {}),
    ...(options.server === undefined ? {} : { server: options.server }),
    ...(options.subvolume === undefined ? {} : { subvolume: options.subvolume }),
    ...(options.failed ? { failed: true } : {}),
  });
  const now = fleet.clock.now();
  out.result(runs.map(toRow), runs.length === 0 ? 'There are no such runs.' : tableOf(runs, now));
  return 0;
}

export async function runShow({ fleet, out }: ActionContext, text: string): Promise<ExitCode> {
  const id = wholeNumber(text, 1);
  if (id === null) {
    return out.fault(
      fault('usage', `"${text}" is not the number of a run.`, '"btrfleet run list" shows them.'),
    );
  }
  fleet.journal.interruptDeadRuns(fleet.isAlive);
  return tell(out, fleet.journal.getRun(id), (run) => {
    out.result(toRow(run), describe(run));
    return 0;
  });
}

/** The row of the contract. */
const toRow = (run: Run) => ({
  id: run.id,
  kind: run.kind,
  trigger: run.trigger,
  subvolume: subvolumesOf(run).join(', '),
  snapshot: snapshotOf(run),
  state: run.state,
  startedAt: run.startedAt,
  finishedAt: run.finishedAt,
  outcome: run.outcome,
  results: resultsOf(run.report),
  fault: run.report?.kind === 'fault' ? run.report.fault : null,
});

const subvolumesOf = ({ request }: Run): readonly string[] =>
  request.kind === 'snapshot' ? request.subvolumes : [request.subvolume];

function snapshotOf({ request, report }: Run): string | null {
  if (report?.kind === 'snapshot') return report.snapshots[0]?.name ?? null;
  if (report?.kind === 'replication') return report.results.at(-1)?.snapshot ?? null;
  return request.kind === 'delete' ? (request.snapshots[0]?.name ?? null) : null;
}

function resultsOf(report: RunReport | null): readonly unknown[] {
  if (report?.kind === 'replication' || report?.kind === 'delete') return report.results;
  if (report?.kind === 'cleanup') {
    return [
      ...report.kept.map((one) => ({ ...one, status: 'kept' })),
      ...report.deleted.map((one) => ({ ...one, status: 'deleted' })),
      ...report.failed.map((one) => ({ ...one, status: 'failed' })),
    ];
  }
  return report?.kind === 'snapshot' ? report.snapshots : [];
}

export const tableOf = (runs: readonly Run[], now: number): string =>
  formatTable(
    [
      { title: 'RUN', align: 'right' },
      { title: 'WHAT' },
      { title: 'OUTCOME' },
      { title: 'AGO', align: 'right' },
      { title: 'TOOK', align: 'right' },
      { title: 'BY' },
      { title: 'SUBVOLUME' },
    ],
    runs.map((run) => [
      String(run.id),
      run.kind,
      run.outcome ?? run.state,
      formatAge(run.startedAt ?? run.createdAt, now),
      took(run),
      run.trigger,
      formatName(subvolumesOf(run).join(', ')),
    ]),
  );

const took = ({ startedAt, finishedAt }: Run): string =>
  startedAt === null || finishedAt === null
    ? '-'
    : formatSeconds((Date.parse(finishedAt) - Date.parse(startedAt)) / 1000);

function describe(run: Run): string {
  const head = [
    `Run ${run.id}: ${run.kind} of ${formatName(subvolumesOf(run).join(', '))}, by ${run.trigger}`,
    `  ${run.outcome ?? run.state}, began ${run.startedAt ?? '-'}, ended ${run.finishedAt ?? '-'}, took ${took(run)}`,
  ];
  return [...head, ...describeReport(run.report)].join('\n');
}

function describeReport(report: RunReport | null): string[] {
  switch (report?.kind) {
    case undefined:
      return [];
    case 'fault':
      return [`  ${report.fault.message}`, `  ${report.fault.hint}`];
    case 'replication':
      return [formatReport(report)];
    case 'snapshot':
      return [
        ...report.snapshots.map(({ path }) => `  made ${formatName(path)}`),
        ...report.failed.map(({ fault: why }) => `  FAILED ${why.message}`),
      ];
    case 'cleanup':
      return [
        ...report.deleted.map(({ name }) => `  deleted ${formatName(name)}`),
        ...report.failed.map(({ name, fault: why }) => `  FAILED ${formatName(name)}: ${why.message}`),
        ...report.kept.map(({ name, reasons }) => `  kept ${formatName(name)}: ${reasons.join(', ')}`),
      ];
    case 'delete':
      return report.results.map(
        (one) => `  ${one.status} ${formatName(one.path)}${one.fault ? `: ${one.fault.message}` : ''}`,
      );
  }
}

const unknownKind = (kind: string): Fault =>
  fault('usage', `There is no kind of run called ${kind}.`, `It is one of ${RUN_KINDS.join(', ')}.`);
