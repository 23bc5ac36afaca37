/** What `btrfleet snapshot restore` and `btrfleet restore` do: plan, show all of it, ask, and carry out what was shown. */
import { command } from '../../core/model/command-line.ts';
import { type Fault, fault } from '../../core/model/fault.ts';
import { failed, ok, type Result } from '../../core/model/result.ts';
import type { ExtractOutcome } from '../../core/model/runs/extract.ts';
import type { RestoreReport } from '../../core/model/runs/restore.ts';
import type { Run } from '../../core/model/runs/run.ts';
import { planExtractUndo } from '../../core/run/extract/undo-now.ts';
import { type PlannedRestore, planRestoreNow, planUndoNow } from '../../core/run/restore/plan-now.ts';
import { shownRestore } from '../../core/run/restore/shown.ts';
import { undoable, undoableAmong, wholeAmong } from '../../core/run/restore/undoable.ts';
import { unsettledRestores } from '../../core/run/restore/unsettled.ts';
import { runHere } from '../../core/run/run-here.ts';
import { type ExitCode, formatFault } from '../../process/output.ts';
import { formatName } from '../../text/format.ts';
import { planLines, restoreLines } from '../../text/restore.ts';
import { formatTable } from '../../text/table.ts';
import { carryOutExtract } from '../extract/actions.ts';
import type { ActionContext } from '../frame/action.ts';
import { confirm } from '../frame/ask.ts';
import { exitCodeOf, runNow } from '../frame/run-now.ts';
import { wholeNumber } from '../frame/whole-number.ts';

export interface RestoreOptions {
  readonly force?: boolean;
  readonly nested?: string;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly from?: string;
}

export async function snapshotRestore(
  context: ActionContext,
  subvolume: string,
  name: string,
  options: RestoreOptions,
): Promise<ExitCode> {
  const nested = nestedOf(options);
  if (!nested.ok) return context.out.fault(nested.fault);
  const { fleet, signal } = context;
  await settleAll(context, options);
  const wish = { subvolume, snapshot: name, nested: nested.value, from: options.from ?? null };
  const planned = await planRestoreNow(fleet, wish, signal);
  return planned.ok ? carryOut(context, planned.value, options) : context.out.fault(planned.fault);
}

export async function restoreUndo(
  context: ActionContext,
  text: string,
  options: RestoreOptions,
): Promise<ExitCode> {
  const { fleet, signal, out } = context;
  const nested = nestedOf(options);
  if (!nested.ok) return out.fault(nested.fault);
  const run = wholeNumber(text, 1);
  if (run === null) return out.fault(noNumber(text));
  await settleAll(context, options);
  const asked = fleet.journal.getRun(run);
  if (asked.ok && asked.value.kind === 'extract') return undoExtract(context, asked.value, options);
  const meant = undoable(fleet.journal, run);
  if (!meant.ok) return out.fault(meant.fault);
  const planned = await planUndoNow(fleet, { ...meant.value, nested: nested.value }, signal);
  return planned.ok ? carryOut(context, planned.value, options) : out.fault(planned.fault);
}

async function undoExtract(context: ActionContext, run: Run, options: RestoreOptions): Promise<ExitCode> {
  const { fleet, out, signal } = context;
  const planned = await planExtractUndo(fleet, { run, force: options.force === true }, signal);
  return planned.ok ? carryOutExtract(context, planned.value, options) : out.fault(planned.fault);
}

async function carryOut(
  context: ActionContext,
  planned: PlannedRestore,
  { yes = false, dryRun = false }: RestoreOptions,
): Promise<ExitCode> {
  const { fleet, out, signal } = context;
  const shown = shownRestore(planned);
  const text = planLines(shown, fleet.clock.now()).join('\n');
  if (dryRun) {
    out.result(shown, `${text}\nNothing was done: --dry-run.`);
    return 0;
  }
  const refused = await confirm(text, yes, signal);
  if (refused) return out.fault(refused);
  const request = { kind: 'restore', ...planned.plan.request } as const;
  return runNow(context, request, (report, id) => {
    const undo = report.outcome === 'restored' && report.replaced !== null ? id : null;
    const lines = [
      ...restoreLines(report),
      ...(undo === null ? [] : [`to take it back: ${formatName(command('restore', 'undo', String(undo)))}`]),
    ];
    out.result({ ...report, replacedPath: report.replaced?.path ?? null, undo }, lines.join('\n'));
    if (report.fault) out.note(formatFault(report.fault));
    return exitCodeOf(report);
  });
}

function nestedOf({ nested }: RestoreOptions): Result<'move' | 'leave' | null> {
  if (nested === undefined) return ok(null);
  if (nested === 'move' || nested === 'leave') return ok(nested);
  return failed(
    fault(
      'usage',
      `--nested is "move" or "leave", not ${JSON.stringify(nested)}.`,
      'move: subvolumes inside move along as they are now; leave: they stay in what is put aside.',
    ),
  );
}

const noNumber = (text: string): Fault =>
  fault('usage', `"${text}" is not the number of a run.`, '"btrfleet restore list" shows them.');

/** What was cut off comes to an end first: else nobody knows what is there. A dry run only says so. */
async function settleAll(
  { fleet, out, signal }: ActionContext,
  { dryRun = false }: Pick<RestoreOptions, 'dryRun'>,
): Promise<void> {
  fleet.journal.interruptDeadRuns(fleet.isAlive);
  for (const { id, request } of unsettledRestores(fleet.journal)) {
    const what = `Restore ${id} of ${formatName(request.subvolume)} was cut off`;
    if (dryRun) {
      out.note(`${what}; what is there may change when it is brought to its end.`);
      continue;
    }
    const { report } = await runHere(fleet, { ...request, settles: id }, { signal });
    if (report.kind === 'restore' && report.fault === null)
      out.note(`${what}; it is finished now: restored.`);
    const why = report.kind === 'fault' || report.kind === 'restore' ? report.fault : null;
    if (why) out.note(formatFault(why));
  }
}

export async function restoreList(context: ActionContext): Promise<ExitCode> {
  const { fleet, out } = context;
  await settleAll(context, {});
  const runs = fleet.journal.listRuns({ kind: 'restore', limit: MOST });
  const open = undoableAmong(runs);
  const files = fleet.journal.listRuns({ kind: 'extract', limit: MOST });
  const rows = [...wholeAmong(runs).flatMap((run) => rowOf(run, open)), ...files.flatMap(fileRow)].toSorted(
    (a, b) => b.run - a.run,
  );
  out.result(rows, rows.length === 0 ? 'Nothing was restored yet.' : formatRows(rows));
  return 0;
}

const MOST = 1000;

interface RestoreRow {
  readonly run: number;
  /** Files of it alone: those that were named; null: it was restored as a whole. */
  readonly paths: readonly string[] | null;
  readonly subvolume: string;
  /** Null: this machine. */
  readonly server: string | null;
  readonly from: string;
  readonly finishedAt: string | null;
  readonly outcome: RestoreReport['outcome'] | ExtractOutcome;
  readonly replacedPath: string | null;
  /** It can be taken back, as far as the journal knows. */
  readonly undoable: boolean;
}

function rowOf({ id, report, finishedAt }: Run, open: ReadonlySet<number>): RestoreRow[] {
  if (report?.kind !== 'restore') return [];
  const { subvolume, server, from, outcome, replaced } = report;
  return [
    {
      ...{ run: id, paths: null, subvolume, server, from: from.name, finishedAt, outcome },
      replacedPath: replaced?.path ?? null,
      undoable: open.has(id),
    },
  ];
}

/** Also of one that was cut off: what was there before is kept, if anything was changed. */
function fileRow({ id, request, report, outcome, finishedAt }: Run): RestoreRow[] {
  if (request.kind !== 'extract' || request.settles !== undefined) return [];
  const cut = outcome === 'interrupted' ? 'unknown' : null;
  const came = report?.kind === 'extract' ? report.outcome : cut;
  if (came === null) return [];
  const replacedPath = report?.kind === 'extract' ? (report.before?.path ?? null) : null;
  const { subvolume, server, from, paths, live } = request;
  return [
    {
      ...{ run: id, paths, subvolume, server, from: from.name, finishedAt, outcome: came, replacedPath },
      undoable: replacedPath !== null || (cut !== null && live !== null),
    },
  ];
}

const formatRows = (rows: readonly RestoreRow[]): string =>
  formatTable(
    [
      { title: 'RUN', align: 'right' },
      { title: 'SUBVOLUME' },
      { title: 'FILES' },
      { title: 'FROM' },
      { title: 'OUTCOME' },
      { title: 'PUT ASIDE' },
    ],
    rows.map(({ run, subvolume, paths, from, outcome, replacedPath }) => [
      ...[String(run), formatName(subvolume), filesText(paths), formatName(from), outcome],
      formatName(replacedPath ?? ''),
    ]),
  );

function filesText(paths: readonly string[] | null): string {
  if (paths === null) return 'all';
  const [first = '', ...more] = paths;
  return more.length === 0 ? formatName(first) : `${formatName(first)} and ${more.length} more`;
}
