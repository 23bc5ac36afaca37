/** Decides what is told in full of a run, of a transfer, and of a server that receives. */
import { taskOf } from '../../core/model/automation/automation.ts';
import type { TransferOptions } from '../../core/model/runs/replication.ts';
import { type Run, subjectsOf } from '../../core/model/runs/run.ts';
import type { AppState } from '../../store/state.ts';
import { coarseAge } from '../../text/age.ts';
import { formatBytes, formatName, formatSeconds } from '../../text/format.ts';
import { wrap } from '../../text/width.ts';
import { runCommand } from '../shared/command-line.ts';
import { runLines, runState, runTitle } from '../shared/run-lines.ts';
import { runOutcome, transferOutcome } from './outcome-cells.ts';
import type { Receiver } from './received-list.ts';
import { runServers } from './runs-list.ts';
import { transferRateOf } from './sent-list.ts';
import { historyRuns, runSeconds, type Transfer } from './transfers.ts';

const PLAIN = { color: false, unicode: true } as const;
const LABEL = 11;

/** The text of a row goes on under itself, not under its label. */
type Row = (label: string, text: string) => string[];

const row =
  (width: number): Row =>
  (label, text) =>
    wrap(text, Math.max(20, width - LABEL)).map(
      (line, index) => `${(index === 0 ? label : '').padEnd(LABEL)}${line}`,
    );

const time = (iso: string | null, now: number): string =>
  iso === null ? 'not yet' : `${iso} (${coarseAge(iso, now)} ago)`;

export function runDetails(state: AppState, run: Run, width: number): string[] {
  const { now } = state;
  const line = row(width);
  const seconds = runSeconds(run);
  const { request } = run;
  return [
    ...line('Run', `${run.id}: ${runState(run).text}`),
    ...line('Kind', run.kind),
    ...belonging(state, run, line),
    ...(run.kind === 'task' ? [] : line('Subvolume', subjectsOf(run.request).map(formatName).join(', '))),
    ...line('Servers', runServers(run, state).map(formatName).join(', ') || 'not known'),
    ...line('Asked by', `${run.trigger}, ${time(run.createdAt, now)}`),
    ...(run.origin.dueAt === null ? [] : line('Due', time(run.origin.dueAt, now))),
    ...line('Began', time(run.startedAt, now)),
    ...line('Ended', time(run.finishedAt, now)),
    ...line('Took', seconds === null ? '-' : formatSeconds(seconds)),
    ...(request.kind === 'replication' ? line('Options', optionsText(request.options)) : []),
    ...(run.report?.kind === 'snapshot' && run.report.snapshots.length > 1
      ? line('Spread', `${formatSeconds(run.report.spreadSeconds)} between the first and the last`)
      : []),
    ...line('Command', formatName(runCommand(run))),
    '',
    ...runLines(run, width, now, PLAIN).flatMap((spans) =>
      wrap(spans.map(({ text }) => text).join(''), width),
    ),
  ];
}

/** The task it belongs to, the run it is a part of, and its own parts. */
function belonging(state: AppState, run: Run, line: Row): string[] {
  const { parent } = run.origin;
  const task = taskOf(run);
  const runs = historyRuns(state);
  const whole = runs.find(({ id }) => id === parent);
  const parts = runs.filter(({ origin }) => origin.parent === run.id).toReversed();
  return [
    ...(task === null ? [] : line('Task', formatName(task))),
    ...(parent === null ? [] : line('Part of', whole === undefined ? `run ${parent}` : partText(whole))),
    ...parts.flatMap((part, index) => line(index === 0 ? 'Parts' : '', partText(part))),
  ];
}

const partText = (run: Run): string => `${runTitle(run).replace(/^Run/, 'run')}, ${runOutcome(run).text}`;

function optionsText({ path, rateBytesPerSecond: rate, compress, resumable }: TransferOptions): string {
  return [
    `path ${path}`,
    rate === null ? 'no limit' : `at most ${formatBytes(rate)}/s`,
    ...(compress ? ['compressed'] : []),
    ...(resumable ? ['resumable'] : []),
  ].join(', ');
}

export function transferDetails(state: AppState, transfer: Transfer, width: number): string[] {
  const { target, snapshot, mode, base, bytes, seconds, reason, path } = transfer;
  const line = row(width);
  const rate = transferRateOf(transfer);
  return [
    ...line('Target', formatName(target)),
    ...line('Snapshot', formatName(snapshot ?? 'not decided')),
    ...line('Mode', mode ?? 'not decided'),
    ...line('Base', formatName(base ?? 'none')),
    ...line('Size', bytes === null ? '-' : `${formatBytes(bytes)} (${bytes.toLocaleString('en')} bytes)`),
    ...line('Took', seconds === null ? '-' : formatSeconds(seconds)),
    ...line('Rate', rate === null ? '-' : `${formatBytes(Math.round(rate))}/s`),
    ...line('Path', path ?? 'not known'),
    ...line('Outcome', transferOutcome(transfer).text),
    ...(reason === null ? [] : line('', formatName(reason.hint))),
    '',
    ...runDetails(state, transfer.run, width),
  ];
}

export function receiverDetails(state: AppState, receiver: Receiver, width: number): string[] {
  const { server, last, newest, count, bytes, failed } = receiver;
  const line = row(width);
  return [
    ...line('Server', formatName(server)),
    ...line(
      'Received',
      count === 0
        ? 'nothing among these runs'
        : `${count === 1 ? '1 snapshot' : `${count} snapshots`}, ${formatBytes(bytes)}`,
    ),
    ...line('Last', last === null ? '-' : formatName(last.snapshot ?? '-')),
    ...line('', last === null ? '' : time(last.run.finishedAt ?? last.run.startedAt, state.now)),
    ...line('Failed', failed === 0 ? 'none' : String(failed)),
    '',
    ...(newest === null ? [] : ['The newest:', '', ...transferDetails(state, newest, width)]),
  ];
}
