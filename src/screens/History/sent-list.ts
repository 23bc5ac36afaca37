/** Decides how what was sent reads as rows: one for each snapshot and target, the newest on top. */
import type { Cell, TableColumn } from '../../components/table-layout.ts';
import { subjectOf, subjectsOf } from '../../core/model/runs/run.ts';
import type { AppState } from '../../store/state.ts';
import { coarseAge } from '../../text/age.ts';
import { formatBytes, formatName, formatSeconds } from '../../text/format.ts';
import type { Searchable } from '../lists/filter.ts';
import type { ListView } from '../lists/lists.ts';
import { hasFailed, transferOutcome } from './outcome-cells.ts';
import { historyTransfers, runTime, type Transfer } from './transfers.ts';

/** The same for what was received: only what it is ordered by differs. */
export const transferColumns = (first: string): readonly TableColumn[] => [
  { id: 'target', title: first, width: 10, grow: true, priority: 0 },
  { id: 'snapshot', title: 'SNAPSHOT', width: 24, priority: 0 },
  { id: 'when', title: 'WHEN', width: 7, align: 'right', priority: 0 },
  { id: 'mode', title: 'MODE', width: 11, priority: 3 },
  { id: 'base', title: 'BASE', width: 24, priority: 7 },
  { id: 'bytes', title: 'SIZE', width: 8, align: 'right', priority: 1 },
  { id: 'took', title: 'TOOK', width: 11, align: 'right', priority: 4 },
  { id: 'rate', title: 'RATE', width: 11, align: 'right', priority: 5 },
  { id: 'subvolume', title: 'SUBVOLUME', width: 9, grow: true, priority: 2 },
  { id: 'run', title: 'RUN', width: 6, align: 'right', priority: 6 },
  { id: 'outcome', title: 'OUTCOME', width: 12, grow: true, priority: 0 },
];

export const sentList: ListView<Transfer> = {
  id: 'history-sent',
  columns: transferColumns('TARGET'),
  items: historyTransfers,
  depends: (state) => [state.now],
  key: ({ key }) => key,
  cells: transferCells,
  search: searchTransfer,
  order: {
    target: ({ target }) => target,
    snapshot: ({ snapshot }) => snapshot ?? '',
    when: ({ run }) => -runTime(run),
    mode: ({ mode }) => mode ?? '',
    base: ({ base }) => base ?? '',
    bytes: ({ bytes }) => bytes ?? -1,
    took: ({ seconds }) => seconds ?? -1,
    rate: (transfer) => transferRateOf(transfer) ?? -1,
    subvolume: ({ run }) => subjectOf(run.request),
    run: ({ run }) => run.id,
    outcome: ({ status }) => status,
  },
};

/** Bytes a second over the whole of it; null: it was not sent, or in no time at all. */
export const transferRateOf = ({ status, bytes, seconds }: Transfer): number | null =>
  status === 'ok' && bytes !== null && seconds !== null && seconds > 0 ? bytes / seconds : null;

export function searchTransfer(transfer: Transfer, state: AppState): Searchable {
  const { run, server, target, snapshot, mode, base, bytes, status, phase } = transfer;
  const subvolume = subjectsOf(run.request).join(' ');
  const why = transfer.reason?.message ?? null;
  const words = [run.id, run.kind, target, subvolume, snapshot, base, mode, status, phase, run.trigger, why];
  return {
    text: words.filter((word) => word !== null).join(' '),
    fields: {
      run: run.id,
      kind: run.kind,
      server,
      target,
      subvolume,
      snapshot,
      mode,
      outcome: status,
      failed: hasFailed(status) ? 'yes' : 'no',
      by: run.trigger,
      bytes,
      took: transfer.seconds,
      age: (state.now - runTime(run)) / 1000,
    },
  };
}

export function transferCells(transfer: Transfer, state: AppState): Readonly<Record<string, Cell>> {
  const { run, target, snapshot, mode, base, bytes, seconds, status } = transfer;
  const rate = transferRateOf(transfer);
  const over = status !== 'already-there' && seconds !== null;
  return {
    target: { text: formatName(target) },
    snapshot: { text: formatName(snapshot ?? '-') },
    when: { text: coarseAge(new Date(runTime(run)).toISOString(), state.now) },
    mode: { text: mode ?? '-' },
    base: { text: formatName(base ?? '-') },
    bytes: { text: status === 'already-there' ? '-' : formatBytes(bytes) },
    took: { text: over ? formatSeconds(seconds) : '-' },
    rate: { text: rate === null ? '-' : `${formatBytes(Math.round(rate))}/s` },
    subvolume: { text: formatName(subjectOf(run.request)) },
    run: { text: String(run.id) },
    outcome: transferOutcome(transfer),
  };
}
