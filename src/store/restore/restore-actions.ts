/** What the screen does to bring a subvolume back: it plans on the server, shows all of it, asks, and queues the run. */
import type { Fault } from '../../core/model/fault.ts';
import type { Result } from '../../core/model/result.ts';
import type { ShownRestore } from '../../core/model/runs/restore.ts';
import { baseName } from '../../core/model/snapshot.ts';
import { type PlannedRestore, planRestoreNow, planUndoNow } from '../../core/run/restore/plan-now.ts';
import { shownRestore } from '../../core/run/restore/shown.ts';
import { undoable } from '../../core/run/restore/undoable.ts';
import { type App, ask, openSelect, tell } from '../app.ts';
import { enqueue } from '../enqueue.ts';
import { readJournal } from '../history.ts';

type Nested = 'move' | 'leave' | null;

/** How a plan is put into words is the page's. */
export type PlanWords = (shown: ShownRestore, now: number) => readonly string[];

export function askRestore(app: App, subvolume: string, uuid: string, words: PlanWords): void {
  const { fleet } = app.deps;
  plan(app, `what a restore of ${subvolume} would do`, words, (nested, signal) =>
    planRestoreNow(fleet, { subvolume, snapshot: { uuid }, nested }, signal),
  );
}

/** `run`: the restore that is taken back. */
export function askUndo(app: App, run: number, words: PlanWords): void {
  const { fleet } = app.deps;
  const meant = readJournal(app, () => undoable(fleet.journal, run));
  if (meant === null) return;
  if (!meant.ok) {
    tellFault(app, meant.fault);
    return;
  }
  plan(app, `what taking back restore ${run} would do`, words, (nested, signal) =>
    planUndoNow(fleet, { ...meant.value, nested }, signal),
  );
}

type Planner = (nested: Nested, signal: AbortSignal) => Promise<Result<PlannedRestore>>;

/** Milliseconds: nobody looks at a page for longer. */
const PATIENCE = 60_000;

function plan(app: App, what: string, words: PlanWords, planner: Planner, nested: Nested = null): void {
  tell(app, 'info', `Looking at ${what} …`);
  const before = app.store.getState().page;
  void planner(nested, AbortSignal.timeout(PATIENCE)).then((planned) => {
    // Somebody who went elsewhere meanwhile did not ask for a question there.
    const { overlay, page } = app.store.getState();
    if (overlay !== null || page !== before) return;
    if (!planned.ok && planned.fault.code === 'nested-subvolumes')
      askNested(app, planned.fault, (chosen) => plan(app, what, words, planner, chosen));
    else if (!planned.ok) tellFault(app, planned.fault);
    else askPlanned(app, planned.value, words);
  });
}

function askNested(app: App, { message }: Fault, then: (nested: Nested) => void): void {
  openSelect(app, {
    title: message,
    items: [
      { value: 'leave', label: 'leave them in what is put aside' },
      { value: 'move', label: 'move them along, as they are now' },
    ],
    at: 'leave',
    choose: (value) => then(value === 'move' ? 'move' : 'leave'),
  });
}

function askPlanned(app: App, planned: PlannedRestore, words: PlanWords): void {
  const { request } = planned.plan;
  const [title = '', ...lines] = words(shownRestore(planned), app.deps.fleet.clock.now());
  ask(app, {
    title,
    lines,
    mustType: baseName(request.inside),
    run: () =>
      void enqueue(app, { kind: 'restore', ...request }, () => `${request.subvolume} is being restored`),
  });
}

const tellFault = (app: App, { message, hint }: Fault): void => tell(app, 'bad', `${message} ${hint}`.trim());
