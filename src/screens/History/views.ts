/** Decides which list of the history the keys go to, and what of it the cursor stands on. */
import type { Run } from '../../core/model/runs/run.ts';
import type { AppState } from '../../store/state.ts';
import { listHandle } from '../lists/handle.ts';
import { cursorPlace } from '../lists/lists.ts';
import { historyTab } from '../shared/tabs.ts';
import { headLines } from './head-lines.ts';
import { type ReceivedRow, receivedHandle, receivedList } from './received-list.ts';
import { runsList } from './runs-list.ts';
import { sentList } from './sent-list.ts';
import type { Transfer } from './transfers.ts';

/** Rows of the body that stand above the list. */
const above = (state: AppState): number => headLines(state, historyTab(state)).length;

const handles = {
  runs: listHandle(runsList, above),
  sent: listHandle(sentList, above),
  received: receivedHandle(above),
} as const;

export const historyHandle = (state: AppState) => handles[historyTab(state)];

/** The row of the Sent or the Received tab. */
function chosenRow(state: AppState): ReceivedRow | null {
  switch (historyTab(state)) {
    case 'runs':
      return null;
    case 'sent':
      return cursorPlace(state, sentList).item;
    case 'received':
      return cursorPlace(state, receivedList).item;
  }
}

export function chosenTransfer(state: AppState): Transfer | null {
  const row = chosenRow(state);
  return row?.kind === 'transfer' ? row : null;
}

/** The name of the server that stands over its transfers; null: the cursor is not on one. */
export function chosenReceiver(state: AppState): string | null {
  const row = chosenRow(state);
  return row?.kind === 'receiver' ? row.server : null;
}

export const chosenRun = (state: AppState): Run | null =>
  historyTab(state) === 'runs' ? cursorPlace(state, runsList).item : (chosenTransfer(state)?.run ?? null);

/** What the list shows when nothing filters it. */
export const rowsOf = (state: AppState): number => historyHandle(state).count(state).all;
