/** The keys of the Replication page: up and down the form, choose, send, cancel. */
import type { Run } from '../../core/model/runs/run.ts';
import { type App, change, openSelect, type SelectList, tell } from '../../store/app.ts';
import { askDelta, startReplication } from '../../store/replication-actions.ts';
import { measure } from '../../store/snapshot-actions.ts';
import type { AppState } from '../../store/state.ts';
import { coarseAge } from '../../text/age.ts';
import { formatName } from '../../text/format.ts';
import type { Action } from '../keys/actions.ts';
import { runAction } from '../keys/by-hand.ts';
import { askCancel } from '../shared/cancel.ts';
import { places, primaryOf, snapshotsOfPlace } from '../shared/fleet-view.ts';
import { isActive } from '../shared/run-lines.ts';
import { BUTTON, rowIds } from './form-row.ts';
import { fullChoice, fullRequest } from './full-choice.ts';
import { fullRows } from './full-rows.ts';
import { incrementalChoice, incrementalRequest } from './incremental-choice.ts';
import { incrementalRows } from './incremental-rows.ts';

export const isFullTab = (state: AppState): boolean => (state.tabs.replication ?? 0) === 0;

const PLAIN = { color: false, unicode: true } as const;

const ids = (state: AppState): string[] =>
  rowIds(isFullTab(state) ? fullRows(state, PLAIN) : incrementalRows(state));

/** The row the user stands on. */
export function focusedRow(state: AppState): string | null {
  const all = ids(state);
  const { focus } = isFullTab(state) ? state.full : state.incremental;
  return all[Math.min(focus, all.length - 1)] ?? null;
}

function moveFocus(app: App, by: number): void {
  const state = app.store.getState();
  const count = ids(state).length;
  const form = isFullTab(state) ? 'full' : 'incremental';
  const focus = (Math.min(state[form].focus, count - 1) + by + count) % count;
  change(
    app,
    form === 'full' ? { full: { ...state.full, focus } } : { incremental: { ...state.incremental, focus } },
  );
}

/** The run that belongs to the form: the one started here, else one that is going on. */
export function shownRun(state: AppState): Run | null {
  const { runId } = isFullTab(state) ? state.full : state.incremental;
  const mode = isFullTab(state) ? 'full' : 'incremental';
  const fits = (run: Run): boolean => run.request.kind === 'replication' && run.request.wanted.mode === mode;
  return (
    state.runs.find(({ id }) => id === runId) ?? state.runs.find((run) => fits(run) && isActive(run)) ?? null
  );
}

function whyNotSent(state: AppState): string | undefined {
  const run = shownRun(state);
  if (run && isActive(run)) return `run ${run.id} is still going on: c cancels it`;
  return isFullTab(state)
    ? fullChoice(state).blocked
    : (incrementalChoice(state).refusal?.reason ?? undefined);
}

function send(app: App): void {
  const state = app.store.getState();
  const request = isFullTab(state)
    ? fullRequest(fullChoice(state))
    : incrementalRequest(incrementalChoice(state));
  if (request) startReplication(app, isFullTab(state) ? 'full' : 'incremental', request);
}

/** What Enter or Space does depends on the row. */
function act(app: App): void {
  const state = app.store.getState();
  const row = focusedRow(state);
  if (row === BUTTON) pressButton(app);
  else if (row?.startsWith('target ')) toggleTarget(app, row.slice('target '.length));
  else if (row !== null) choose(app, row);
}

function toggleTarget(app: App, label: string): void {
  const state = app.store.getState();
  const chosen = fullChoice(state).chosen.map((target) => target.label);
  const targets = chosen.includes(label) ? chosen.filter((one) => one !== label) : [...chosen, label];
  change(app, { full: { ...state.full, targets } });
}

/** The lists behind the rows. A choice higher up takes back what was chosen further down. */
function choose(app: App, row: string): void {
  const state = app.store.getState();
  const found = isFullTab(state) ? fullLists(app, row) : incrementalLists(app, row);
  if (found.items.length > 0) openSelect(app, found);
  else
    tell(
      app,
      'warn',
      `${found.title}: there is nothing to choose from; ${whyNotSent(state) ?? 'R looks again'}`,
    );
}

function fullLists(app: App, row: string): SelectList {
  const state = app.store.getState();
  const { place, snapshot, snapshots } = fullChoice(state);
  const set = (patch: Partial<AppState['full']>): void =>
    change(app, { full: { ...app.store.getState().full, ...patch } });
  if (row === 'subvolume') {
    const items = places(state).map((one) => ({
      value: one.path,
      label: `${formatName(one.path)}  (${snapshotsOfPlace(one).length} snapshots)`,
    }));
    return {
      title: 'Subvolume to send',
      items,
      at: place?.path ?? null,
      choose: (path) => set({ subvolume: path, snapshot: null }),
    };
  }
  const items = snapshots.map(({ name, createdAt }) => ({
    value: name,
    label: `${name}  (${coarseAge(createdAt, state.now)} ago)`,
  }));
  return {
    title: 'Snapshot to send',
    items,
    at: snapshot?.name ?? null,
    choose: (name) => set({ snapshot: name }),
  };
}

function incrementalLists(app: App, row: string): SelectList {
  const state = app.store.getState();
  const choice = incrementalChoice(state);
  const set = (patch: Partial<AppState['incremental']>): void =>
    change(app, { incremental: { ...app.store.getState().incremental, ...patch } });
  const named = (snapshot: { name: string; createdAt: string | null; state: string }): string =>
    `${formatName(snapshot.name)}  (${coarseAge(snapshot.createdAt, state.now)} ago${snapshot.state === 'complete' ? '' : `, ${snapshot.state}`})`;
  switch (row) {
    case 'server':
      return {
        title: 'Secondary to send to',
        items: choice.servers.map(({ name }) => ({ value: name, label: name })),
        at: choice.server?.name ?? null,
        choose: (server) => set({ server, below: null, base: null, snapshot: null }),
      };
    case 'subvolume':
      return {
        title: `Subvolume on ${choice.server?.name ?? ''}`,
        items: choice.directories.map(({ below, snapshots }) => ({
          value: below,
          label: `${formatName(below)}  (${snapshots.length} snapshots)`,
        })),
        at: choice.directory?.below ?? null,
        choose: (below) => set({ below, base: null, snapshot: null }),
      };
    case 'base':
      return {
        title: `Base on ${choice.server?.name ?? ''}`,
        items: choice.bases.map((base) => ({ value: base.originId, label: named(base) })),
        at: choice.base?.originId ?? null,
        choose: (base) => set({ base, snapshot: null }),
      };
    default:
      return {
        title: `Newer snapshot on ${primaryOf(state)?.name ?? 'the primary'}`,
        items: choice.newer.map((snapshot) => ({ value: snapshot.name, label: named(snapshot) })),
        at: choice.snapshot?.name ?? null,
        choose: (snapshot) => set({ snapshot }),
      };
  }
}

const replicateAction: Action = {
  id: 'replicate',
  keys: ['x'],
  label: 'replicate',
  help: 'Send what the form says',
  changes: true,
  blocked: whyNotSent,
  run: send,
};

/** The button is the key by another way, and refuses what the key refuses. */
const pressButton = (app: App): void => runAction(app, replicateAction);

export const replicationActions: readonly Action[] = [
  {
    id: 'form-act',
    keys: ['Enter', 'Space'],
    label: 'choose',
    help: 'Choose, or press the button',
    run: act,
  },
  {
    id: 'form-down',
    keys: ['j', 'Down', 'Tab'],
    label: 'next',
    help: 'Go to the next row of the form',
    quiet: true,
    run: (app) => moveFocus(app, 1),
  },
  {
    id: 'form-up',
    keys: ['k', 'Up', 'Shift-Tab'],
    label: 'previous',
    help: 'Go to the row before',
    quiet: true,
    run: (app) => moveFocus(app, -1),
  },
  replicateAction,
  {
    id: 'replication-cancel',
    keys: ['c'],
    label: 'cancel',
    help: 'Stop the run that is shown, after a question; what is half received is removed',
    changes: true,
    asks: true,
    blocked: (state) => {
      const run = shownRun(state);
      return run && isActive(run) ? undefined : 'nothing runs here';
    },
    run: (app) => {
      const run = shownRun(app.store.getState());
      if (run) askCancel(app, run);
    },
  },
];

/** Counts what is looked at: the size of what is chosen, and what an incremental would send. */
export function countShown(app: App): void {
  const state = app.store.getState();
  const primary = primaryOf(state);
  if (primary === null) return;
  if (isFullTab(state)) {
    const { snapshot } = fullChoice(state);
    if (snapshot) measure(app, primary.name, snapshot);
    return;
  }
  const choice = incrementalChoice(state);
  if (choice.base && choice.server) measure(app, choice.server.name, choice.base);
  if (choice.snapshot) measure(app, primary.name, choice.snapshot);
  const request = incrementalRequest(choice);
  if (request) void askDelta(app, request);
}
