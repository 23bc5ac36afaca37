/**
 * Works out what the Dashboard shows, for as long as somebody looks at it, from what is known already: no server is
 * asked. Of a large fleet that takes a while, so it is done in the background and never more than a small part of the time.
 */
import { knownDashboard, type LastLook } from '../core/run/status/dashboard.ts';
import { SCHEDULER_LOCK } from '../core/state/journal/locks.ts';
import { type App, change } from './app.ts';
import { failedInBackground, mayReadJournal, readJournal } from './history.ts';

/** Seconds after which a look says nothing of now: five that were missed. */
export const STALE_SECONDS = 150;

/** So many times as long as it took it is left alone; at most so many milliseconds, for what took long had to wait itself. */
const REST = 9;
const LONGEST_REST = 5000;
const REST_AT_FIRST = 1;

interface Work {
  isBusy: boolean;
  /** What the last answer was made of. */
  source: string;
  /** Milliseconds, by the clock that only goes on. */
  notBefore: number;
}

const works = new WeakMap<App, Work>();

/** At once, when nothing was worked out yet. */
export function showDashboard(app: App): void {
  if (app.store.getState().dashboard === null) void followDashboard(app);
}

/** Called every second; never rejects but for bugs. */
export async function followDashboard(app: App): Promise<void> {
  const { page } = app.store.getState();
  const work = works.get(app) ?? { isBusy: false, source: '', notBefore: 0 };
  works.set(app, work);
  if (page !== 'dashboard' || work.isBusy || performance.now() < work.notBefore || !mayReadJournal(app)) {
    return;
  }
  const source = readJournal(app, () => sourceOf(app));
  if (source === null || source === work.source) return;
  work.isBusy = true;
  const began = performance.now();
  try {
    await workOut(app);
    work.source = source;
  } finally {
    work.isBusy = false;
    const rest = restOf(app) * (performance.now() - began);
    work.notBefore = performance.now() + Math.min(rest, LONGEST_REST);
  }
}

/** At the start the first answers of the servers come in: who opened it waits for just that. */
function restOf(app: App): number {
  const { looks } = app.store.getState();
  return Object.values(looks).some(({ status }) => status === 'unknown') ? REST_AT_FIRST : REST;
}

/** As long as that is the same, so is the answer. */
function sourceOf(app: App): string {
  const { journal, config, isAlive } = app.deps.fleet;
  const { looks, now } = app.store.getState();
  const servers = Object.values(looks).map(({ status, fault }) => `${status}${fault?.message ?? ''}`);
  // A scheduler that is killed changes nothing in the journal.
  const scheduler = journal.lockHolder(SCHEDULER_LOCK, isAlive)?.since ?? '';
  return [journal.changeStamp(), config.version(), now, scheduler, ...servers].join('\n');
}

async function workOut(app: App): Promise<void> {
  const { fleet } = app.deps;
  const { looks } = app.store.getState();
  const tried = new Map<string, LastLook>(Object.entries(looks));
  const { signal } = new AbortController();
  try {
    const found = await knownDashboard(fleet, { looks: tried, staleSeconds: STALE_SECONDS, signal });
    // A configuration that cannot be read is told elsewhere, and everything stays as it was.
    if (found.ok) change(app, { dashboard: found.value });
  } catch (error) {
    failedInBackground(app, error);
  }
}
