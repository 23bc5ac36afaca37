/**
 * Reads what became of automation, for as long as somebody looks at it: what was begun when, how the tasks stand, and
 * whether anybody begins anything at all. The journal changes several times a second while anything runs; once a second
 * is often enough.
 */

import { readAhead } from '../core/run/status/known-replicas.ts';
import type { TaskStatus } from '../core/run/status/task-status.ts';
import { taskStatuses } from '../core/run/status/task-status.ts';
import { JournalFailure } from '../core/state/journal/database.ts';
import { SCHEDULER_LOCK } from '../core/state/journal/locks.ts';
import { type App, change } from './app.ts';
import { isClosed, mayReadJournal, readJournal } from './history.ts';
import type { AutomationMemory, TaskNow } from './state.ts';

/** What the last answer was read from: as long as that is the same, so is the answer. */
const sources = new WeakMap<App, string>();

/** At once, when nothing was read yet. */
export function showAutomation(app: App): void {
  if (app.store.getState().automation === null) followAutomation(app);
}

export function followAutomation(app: App): void {
  if (app.store.getState().page !== 'automation' || !mayReadJournal(app)) return;
  const memory = readJournal(app, () => readMemory(app));
  const before = app.store.getState().automation;
  if (memory !== null && JSON.stringify(memory) !== JSON.stringify(before))
    change(app, { automation: memory });
}

const busy = new WeakSet<App>();

/** Called every second. What has changed on many servers is read a little at a time first; never rejects but for bugs. */
export async function keepAutomation(app: App): Promise<void> {
  if (app.store.getState().page !== 'automation' || busy.has(app) || !mayReadJournal(app)) return;
  busy.add(app);
  try {
    const { servers, tasks } = app.store.getState();
    await readAhead(app.deps.fleet, servers, tasks, new AbortController().signal);
  } catch (error) {
    // It is told where it is read for good.
    if (!(error instanceof JournalFailure) && !isClosed(app)) throw error;
  } finally {
    busy.delete(app);
  }
  if (!isClosed(app)) followAutomation(app);
}

function readMemory(app: App): AutomationMemory {
  const { fleet } = app.deps;
  const { journal, config, isAlive } = fleet;
  const { automation: before, now } = app.store.getState();
  const source = [journal.changeStamp(), config.version(), now].join(' ');
  // A scheduler that is killed changes nothing in the journal.
  const scheduler = journal.lockHolder(SCHEDULER_LOCK, isAlive);
  if (before !== null && sources.get(app) === source) return { ...before, scheduler };
  sources.set(app, source);
  const items = Object.fromEntries(journal.itemMemories().map((memory) => [memory.item, memory]));
  const statuses = taskStatuses(fleet);
  return { items, scheduler, tasks: statuses.ok ? statuses.value.map(toNow) : (before?.tasks ?? []) };
}

/** Without the report of its last run, which may be long. */
const toNow = ({ task, state, lags, lastRun }: TaskStatus): TaskNow => ({
  task: task.name,
  state,
  lags,
  lastRun: lastRun && { id: lastRun.id, outcome: lastRun.outcome, finishedAt: lastRun.finishedAt },
});
