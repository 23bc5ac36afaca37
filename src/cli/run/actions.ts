/** What `btrfleet run` does: it reads the journal and tells it. */
import { type Fault, fault } from '../../core/model/fault.ts';
import { RUN_KINDS, type Run, subjectOf } from '../../core/model/runs/run.ts';
import type { ExitCode } from '../../process/output.ts';
import { toRow } from '../../process/run-row.ts';
import { formatAge, formatName, formatSeconds } from '../../text/format.ts';
import { formatTable } from '../../text/table.ts';
import { type ActionContext, tell } from '../frame/action.ts';
import { wholeNumber } from '../frame/whole-number.ts';
import { reportLines } from './report.ts';

export interface RunListOptions {
  readonly kind?: string;
  readonly server?: string;
  readonly subvolume?: string;
  readonly task?: string;
  readonly failed?: boolean;
  readonly limit: string;
}

export async function runList({ fleet, out }: ActionContext, options: RunListOptions): Promise<ExitCode> {
  const { kind: named, limit: most, ...by } = options;
  const kind = RUN_KINDS.find((one) => one === named);
  if (named !== undefined && !kind) return out.fault(unknownKind(named));
  const limit = wholeNumber(most, 1);
  if (limit === null) {
    return out.fault(fault('usage', `--limit ${most} is not a number from 1 on.`, 'For example --limit 20.'));
  }
  fleet.journal.interruptDeadRuns(fleet.isAlive);
  const runs = fleet.journal.listRuns({ ...by, limit, ...(kind ? { kind } : {}) });
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
  const { journal, clock, isAlive } = fleet;
  journal.interruptDeadRuns(isAlive);
  return tell(out, journal.getRun(id), (run) => {
    const parts = journal.listRuns({ parent: id, limit: PARTS }).toReversed();
    out.result({ ...toRow(run), parts: parts.map(toRow) }, describe(run, parts, clock.now()));
    return 0;
  });
}

/** Far more than a round has. */
const PARTS = 1000;

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
      formatName(subjectOf(run.request)),
    ]),
  );

const took = ({ startedAt, finishedAt }: Run): string =>
  startedAt === null || finishedAt === null
    ? '-'
    : formatSeconds((Date.parse(finishedAt) - Date.parse(startedAt)) / 1000);

function describe(run: Run, parts: readonly Run[], now: number): string {
  const { item, dueAt, parent } = run.origin;
  const why = [
    ...(item === null ? [] : [`for ${formatName(item)}`]),
    ...(dueAt === null ? [] : [`due at ${dueAt}`]),
    ...(parent === null ? [] : [`a part of run ${parent}`]),
  ];
  return [
    `Run ${run.id}: ${run.kind} of ${formatName(subjectOf(run.request))}, by ${run.trigger}`,
    `  ${run.outcome ?? run.state}, began ${run.startedAt ?? '-'}, ended ${run.finishedAt ?? '-'}, took ${took(run)}`,
    ...(why.length === 0 ? [] : [`  ${why.join(', ')}`]),
    ...reportLines(run.report),
    ...(parts.length === 0 ? [] : ['Its parts:', tableOf(parts, now)]),
  ].join('\n');
}

const unknownKind = (kind: string): Fault =>
  fault('usage', `There is no kind of run called ${kind}.`, `It is one of ${RUN_KINDS.join(', ')}.`);
