/** Decides what is told in full of a run, of a transfer, and of a server that receives. */
import { taskOf } from '../../core/model/automation/automation.ts';
import { type Run, subjectsOf } from '../../core/model/runs/run.ts';
import type { AppState } from '../../store/state.ts';
import { coarseAge } from '../../text/age.ts';
import { formatBytes, formatName, formatSeconds } from '../../text/format.ts';
import { wrap } from '../../text/width.ts';
import { runCommand } from '../shared/command-line.ts';
import { type DetailRow, detailLines } from '../shared/detail-lines.ts';
import { optionsText } from '../shared/options-text.ts';
import { runLines, runState, runTitle } from '../shared/run-lines.ts';
import { runOutcome, transferOutcome } from './outcome-cells.ts';
import type { Receiver } from './received-list.ts';
import { runServers } from './runs-list.ts';
import { transferRateOf } from './sent-list.ts';
import { historyRuns, runSeconds, type Transfer } from './transfers.ts';

const PLAIN = { color: false, unicode: true } as const;
const COLUMN = 11;

const time = (iso: string | null, now: number): string =>
  iso === null ? 'not yet' : `${iso} (${coarseAge(iso, now)} ago)`;

export function runDetails(state: AppState, run: Run, width: number): string[] {
  const { now } = state;
  const seconds = runSeconds(run);
  const { request } = run;
  const rows: DetailRow[] = [
    ['Run', `${run.id}: ${runState(run).text}`],
    ['Kind', run.kind],
    ...belonging(state, run),
    ...(run.kind === 'task'
      ? []
      : [['Subvolume', subjectsOf(run.request).map(formatName).join(', ')] as const]),
    ['Servers', runServers(run, state).map(formatName).join(', ') || 'not known'],
    ['Asked by', `${run.trigger}, ${time(run.createdAt, now)}`],
    ...(run.origin.dueAt === null ? [] : [['Due', time(run.origin.dueAt, now)] as const]),
    ['Began', time(run.startedAt, now)],
    ['Ended', time(run.finishedAt, now)],
    ['Took', seconds === null ? '-' : formatSeconds(seconds)],
    ...(request.kind === 'replication' ? [['Options', optionsText(request.options)] as const] : []),
    ...('back' in request && request.back
      ? [['Replica', `${formatName(request.back.path)} on ${request.back.server}, sent back`] as const]
      : []),
    ...(run.report?.kind === 'snapshot' && run.report.snapshots.length > 1
      ? [['Spread', `${formatSeconds(run.report.spreadSeconds)} between the first and the last`] as const]
      : []),
    ['Command', formatName(runCommand(run))],
  ];
  return [
    ...detailLines(rows, width, COLUMN),
    '',
    ...runLines(run, width, now, PLAIN).flatMap((spans) =>
      wrap(spans.map(({ text }) => text).join(''), width),
    ),
  ];
}

/** The task it belongs to, the run it is a part of, and its own parts. */
function belonging(state: AppState, run: Run): DetailRow[] {
  const { parent } = run.origin;
  const task = taskOf(run);
  const runs = historyRuns(state);
  const whole = runs.find(({ id }) => id === parent);
  const parts = runs.filter(({ origin }) => origin.parent === run.id).toReversed();
  return [
    ...(task === null ? [] : [['Task', formatName(task)] as const]),
    ...(parent === null ? [] : [['Part of', whole ? partText(whole) : `run ${parent}`] as const]),
    ...parts.map((part, index) => [index === 0 ? 'Parts' : '', partText(part)] as const),
  ];
}

const partText = (run: Run): string => `${runTitle(run).replace(/^Run/, 'run')}, ${runOutcome(run).text}`;

export function transferDetails(state: AppState, transfer: Transfer, width: number): string[] {
  const { target, snapshot, mode, base, bytes, seconds, reason, path } = transfer;
  const rate = transferRateOf(transfer);
  const rows: DetailRow[] = [
    ['Target', formatName(target)],
    ['Snapshot', formatName(snapshot ?? 'not decided')],
    ['Mode', mode ?? 'not decided'],
    ['Base', formatName(base ?? 'none')],
    ['Size', bytes === null ? '-' : `${formatBytes(bytes)} (${bytes.toLocaleString('en')} bytes)`],
    ['Took', seconds === null ? '-' : formatSeconds(seconds)],
    ['Rate', rate === null ? '-' : `${formatBytes(Math.round(rate))}/s`],
    ['Path', path ?? 'not known'],
    ['Outcome', transferOutcome(transfer).text],
    ...(reason === null ? [] : [['', formatName(reason.hint)] as const]),
  ];
  return [...detailLines(rows, width, COLUMN), '', ...runDetails(state, transfer.run, width)];
}

export function receiverDetails(state: AppState, receiver: Receiver, width: number): string[] {
  const { server, last, newest, count, bytes, failed } = receiver;
  const rows: DetailRow[] = [
    ['Server', formatName(server)],
    [
      'Received',
      count === 0
        ? 'nothing among these runs'
        : `${count === 1 ? '1 snapshot' : `${count} snapshots`}, ${formatBytes(bytes)}`,
    ],
    ['Last', last === null ? '-' : formatName(last.snapshot ?? '-')],
    ['', last === null ? '' : time(last.run.finishedAt ?? last.run.startedAt, state.now)],
    ['Failed', failed === 0 ? 'none' : String(failed)],
  ];
  return [
    ...detailLines(rows, width, COLUMN),
    '',
    ...(newest === null ? [] : ['The newest:', '', ...transferDetails(state, newest, width)]),
  ];
}
