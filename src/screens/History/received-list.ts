/** Decides how what was received reads as rows: each server with what it got and when last, and under it every transfer. */
import type { Cell } from '../../components/table-layout.ts';
import type { Server } from '../../core/model/server.ts';
import type { AppState } from '../../store/state.ts';
import { coarseAge } from '../../text/age.ts';
import { formatBytes, formatName } from '../../text/format.ts';
import type { Searchable } from '../lists/filter.ts';
import { type ListHandle, listHandle } from '../lists/handle.ts';
import { type ListView, listState, shownItems } from '../lists/lists.ts';
import { rememberLast } from '../lists/remember-last.ts';
import { hasFailed, transferOutcome } from './outcome-cells.ts';
import { searchTransfer, sentList, transferCells, transferColumns } from './sent-list.ts';
import { historyTransfers, runTime, type Transfer } from './transfers.ts';

/** A server among the runs that were read, over its transfers. */
export interface Receiver {
  readonly kind: 'receiver';
  readonly key: string;
  readonly server: string;
  /** The newest that arrived; null: none did. */
  readonly last: Transfer | null;
  /** The newest of all, whatever became of it. */
  readonly newest: Transfer | null;
  readonly count: number;
  readonly bytes: number;
  readonly failed: number;
}

export type ReceivedRow = Receiver | Transfer;

const collator = new Intl.Collator('en', { numeric: true });

const byServer = rememberLast(
  (transfers: readonly Transfer[], servers: readonly Server[], headed: boolean): readonly ReceivedRow[] => {
    if (transfers.length === 0) return transfers;
    const groups = new Map<string, Transfer[]>();
    for (const { name, role } of servers) if (role === 'secondary') groups.set(name, []);
    for (const transfer of transfers) {
      const group = groups.get(transfer.server);
      if (group) group.push(transfer);
      else groups.set(transfer.server, [transfer]);
    }
    const names = [...groups.keys()].toSorted(collator.compare);
    return names.flatMap((name): readonly ReceivedRow[] => {
      const group = groups.get(name) ?? [];
      return headed ? [receiver(name, group), ...group] : group;
    });
  },
);

function receiver(server: string, transfers: readonly Transfer[]): Receiver {
  const arrived = transfers.filter(({ status }) => status === 'ok');
  return {
    kind: 'receiver',
    key: `server ${server}`,
    server,
    last: arrived[0] ?? null,
    newest: transfers[0] ?? null,
    count: arrived.length,
    bytes: arrived.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0),
    failed: transfers.filter(({ status }) => hasFailed(status)).length,
  };
}

const ID = 'history-received';

export const receivedList: ListView<ReceivedRow> = {
  id: ID,
  columns: transferColumns('SERVER'),
  // Ordered by a column, a server would stand anywhere but over its transfers.
  items: (state) => {
    const { sort, reverse } = listState(state, ID);
    return byServer(historyTransfers(state), state.servers, sort === null && !reverse);
  },
  depends: (state) => [state.now],
  key: ({ key }) => key,
  cells: (row, state) => (row.kind === 'receiver' ? receiverCells(row, state) : indented(row, state)),
  search: (row, state) => (row.kind === 'receiver' ? searchReceiver(row, state) : searchTransfer(row, state)),
  order: Object.fromEntries(
    Object.entries(sentList.order).map(([column, by]) => [
      column,
      (row: ReceivedRow, state: AppState) => (row.kind === 'receiver' ? '' : by(row, state)),
    ]),
  ),
};

/** What is counted are transfers: the servers over them are not among the rows that were found. */
export const receivedHandle = (taken: (state: AppState) => number): ListHandle => ({
  ...listHandle(receivedList, taken),
  count: (state) => ({
    shown: transfersAmong(shownItems(state, receivedList)),
    all: transfersAmong(receivedList.items(state)),
  }),
});

const transfersAmong = (rows: readonly ReceivedRow[]): number =>
  rows.reduce((sum, { kind }) => sum + (kind === 'transfer' ? 1 : 0), 0);

/** Under its server a row says where on it; where the server may not be shown, it says which. */
function indented(transfer: Transfer, state: AppState): Readonly<Record<string, Cell>> {
  const { sort, reverse, filter } = listState(state, ID);
  const cells = transferCells(transfer, state);
  if (sort !== null || reverse || filter !== '') return cells;
  return { ...cells, target: { text: `  ${formatName(transfer.mount ?? 'default')}` } };
}

function receiverCells({ server, last, newest, count, bytes }: Receiver, state: AppState) {
  return {
    target: { text: formatName(server), tone: 'title' },
    snapshot: { text: count === 0 ? 'none received' : `${count} received`, tone: 'bold' },
    when: {
      text: last === null ? '-' : coarseAge(new Date(runTime(last.run)).toISOString(), state.now),
      tone: 'bold',
    },
    bytes: { text: count === 0 ? '-' : formatBytes(bytes), tone: 'bold' },
    outcome: newest === null ? { text: '○ nothing was sent', tone: 'dim' } : transferOutcome(newest),
  } satisfies Record<string, Cell>;
}

const searchReceiver = ({ server, last, newest }: Receiver, state: AppState): Searchable => ({
  text: `${server} ${newest?.status ?? ''}`,
  fields: {
    server,
    target: server,
    kind: 'replication',
    outcome: newest?.status ?? null,
    failed: newest !== null && hasFailed(newest.status) ? 'yes' : 'no',
    age: last === null ? null : (state.now - runTime(last.run)) / 1000,
  },
});
