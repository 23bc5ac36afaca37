/** The keys of the History page. */
import { type App, openOverlay } from '../../store/app.ts';
import { askExtractUndo } from '../../store/restore/extract-actions.ts';
import { askUndo } from '../../store/restore/restore-actions.ts';
import type { AppState } from '../../store/state.ts';
import { extractPlanLines } from '../../text/extract.ts';
import { planLines } from '../../text/restore.ts';
import type { Action } from '../keys/actions.ts';
import { cursorPlace, listState } from '../lists/lists.ts';
import { askCancel } from '../shared/cancel.ts';
import { isActive } from '../shared/run-lines.ts';
import { historyTab } from '../shared/tabs.ts';
import { receiverDetails, runDetails, transferDetails } from './details.ts';
import { receivedList } from './received-list.ts';
import { chosenReceiver, chosenRun, chosenTransfer, historyHandle, rowsOf } from './views.ts';

/** A word of the filter, so that it is seen, counted, cleared and remembered as any other. */
const FAILED = 'failed:yes';

export const historyActions: readonly Action[] = [
  {
    id: 'run-show',
    keys: ['Enter'],
    label: 'details',
    help: 'Show the run in full',
    blocked: (state) => (shownDetails(state, 0) === null ? nothingHere(state) : undefined),
    run: (app) => {
      const state = app.store.getState();
      const details = shownDetails(state, state.size.columns - 6);
      if (details) openOverlay(app, { kind: 'text', ...details });
    },
  },
  {
    id: 'run-failed',
    keys: ['f'],
    label: 'failed only',
    help: 'Show only what failed, or all again',
    blocked: (state) => (rowsOf(state) === 0 ? 'nothing was run yet' : undefined),
    run: toggleFailed,
  },
  {
    id: 'restore-undo',
    keys: ['U'],
    label: 'take back',
    quiet: true,
    help: 'Take a restore back: planned, shown and asked first',
    changes: true,
    asks: true,
    blocked: whyNotTakenBack,
    run: (app) => {
      const run = chosenRun(app.store.getState());
      if (run?.kind === 'extract') askExtractUndo(app, run, extractPlanLines);
      else if (run) askUndo(app, run.id, planLines);
    },
  },
  {
    id: 'run-cancel',
    keys: ['c'],
    label: 'cancel',
    help: 'Cancel the run, after a question; what was half received is removed',
    changes: true,
    asks: true,
    blocked: whyNotCancelled,
    run: (app) => {
      const run = chosenRun(app.store.getState());
      if (run) askCancel(app, run);
    },
  },
];

const nothingHere = (state: AppState): string =>
  rowsOf(state) === 0 ? 'nothing was run yet' : 'there is no run here';

function whyNotCancelled(state: AppState): string | undefined {
  const run = chosenRun(state);
  if (run === null)
    return chosenReceiver(state) === null ? nothingHere(state) : 'this is a server, not a run';
  if (!isActive(run)) return `run ${run.id} has ended`;
  return run.cancelRequested ? `run ${run.id} is being cancelled already` : undefined;
}

function whyNotTakenBack(state: AppState): string | undefined {
  const run = chosenRun(state);
  if (run === null) return nothingHere(state);
  const { report } = run;
  if (report?.kind === 'extract')
    return report.before === null ? 'it changed nothing that was there' : undefined;
  // What it came to is not known, and what was there is kept all the same.
  if (run.kind === 'extract') return run.outcome === 'interrupted' ? undefined : 'it changed nothing';
  if (report?.kind !== 'restore') return 'this is no restore';
  if (report.outcome !== 'restored') return 'it restored nothing';
  return report.replaced === null ? 'it put nothing aside' : undefined;
}

function toggleFailed(app: App): void {
  const state = app.store.getState();
  const list = historyHandle(state);
  const { filter } = listState(state, list.id);
  const words = filter.split(/\s+/).filter((word) => word !== '');
  const others = words.filter((word) => word !== FAILED);
  list.setFilter(app, (others.length < words.length ? others : [...words, FAILED]).join(' '));
}

/** Of what the cursor stands on, in lines of at most `width` columns; null: it stands on nothing. */
export function shownDetails(
  state: AppState,
  width: number,
): { readonly title: string; readonly lines: readonly string[] } | null {
  const run = chosenRun(state);
  const transfer = chosenTransfer(state);
  if (transfer)
    return { title: `Sent to ${transfer.target}`, lines: transferDetails(state, transfer, width) };
  if (run) return { title: `Run ${run.id}`, lines: runDetails(state, run, width) };
  if (historyTab(state) !== 'received') return null;
  const { item } = cursorPlace(state, receivedList);
  return item?.kind === 'receiver'
    ? { title: item.server, lines: receiverDetails(state, item, width) }
    : null;
}
