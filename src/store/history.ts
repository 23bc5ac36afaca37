/**
 * Reads the runs that are older than those the screen follows, page by page and only while somebody looks at them,
 * and keeps what was read when newer ones push them out. It never keeps more than a bounded number of them.
 */
import type { Run } from '../core/model/runs/run.ts';
import { JournalFailure } from '../core/state/journal/database.ts';
import { type App, change, tell } from './app.ts';
import type { HistoryState } from './state.ts';

/** Most runs that are kept on the screen; the command line has them all. */
export const MOST_RUNS = 10_000;
/** How many of the newest runs the screen follows, whatever page is looked at. */
const FOLLOWED = 200;
const PAGE = 500;
/** Milliseconds between two pages: keys go first. */
const PAUSE = 50;
/** Milliseconds after which a journal that failed is read again. */
export const RETRY = 5_000;

const waiting = new WeakMap<App, NodeJS.Timeout>();

/** For as long as the page is looked at: the first page of older runs at once, the others one after the other. */
export function showHistory(app: App): void {
  const { history, page } = app.store.getState();
  const done = history.reading === 'whole' || history.reading === 'cut';
  if (page !== 'history' || done || history.trouble !== null || waiting.has(app)) return;
  if (history.reading === 'unread') {
    readPage(app);
    return;
  }
  const timer = setTimeout(() => {
    waiting.delete(app);
    if (app.store.getState().page === 'history') readPage(app);
  }, PAUSE);
  waiting.set(app, timer.unref());
}

function readPage(app: App): void {
  const { runs, history } = app.store.getState();
  const { journal } = app.deps.fleet;
  const before = history.older.at(-1)?.id ?? history.from;
  const room = MOST_RUNS - runs.length - history.older.length;
  const limit = Math.max(1, Math.min(PAGE, room));
  const read = readJournal(app, () => ({
    page: before === null ? [] : journal.listRuns({ limit, before }),
    unreadable: journal.unreadableRuns(),
  }));
  if (read === null) return;
  const full = room <= PAGE ? 'cut' : 'reading';
  // A page may be short because another version wrote some of it: only an empty one is the end.
  const reading = read.page.length === 0 ? 'whole' : full;
  const older = [...history.older, ...read.page.map(slim)];
  change(app, { history: { ...history, older, reading, unreadable: read.unreadable } });
}

/** What the report says again need not be kept twice. */
const slim = (run: Run): Run =>
  run.report === null || run.report.kind === 'fault' ? run : { ...run, job: null };

interface Followed {
  readonly runs: readonly Run[];
  readonly from: number | null;
  readonly to: number | null;
}

/** What is to be followed: the newest runs, and however old those that go on or have just ended. */
export function followedRuns(app: App): Followed {
  const { journal } = app.deps.fleet;
  const newest = newestRuns(app);
  const from = newest.at(-1)?.id ?? null;
  const to = newest[0]?.id ?? null;
  if (from === null) return { runs: newest, from, to };
  const states = ['queued', 'running'] as const;
  const goingOn = states
    .flatMap((state) => journal.listRuns({ state, limit: FOLLOWED, before: from }))
    .map((run) => unlessSame(app, run));
  const known = new Set(goingOn.map(({ id }) => id));
  const ended = app.store
    .getState()
    .runs.filter(({ id, state }) => id < from && state !== 'finished' && !known.has(id))
    .map((run) => askedAgain(app, run));
  return { runs: [...newest, ...[...goingOn, ...ended].toSorted((a, b) => b.id - a.id)], from, to };
}

/** Enough to meet what is known already: the journal changes several times a second while anything runs. */
const PEEK = 10;

/** Reading a run costs more than anything else here, so what has ended and was read is not read again. */
function newestRuns(app: App): readonly Run[] {
  const { journal } = app.deps.fleet;
  const { runs, history } = app.store.getState();
  const { from, to } = history;
  const peek = journal.listRuns({ limit: PEEK });
  const oldest = peek.at(-1)?.id;
  if (oldest === undefined || from === null || to === null || oldest > to)
    return journal.listRuns({ limit: FOLLOWED }).map((run) => unlessSame(app, run));
  const rest = runs
    .filter(({ id }) => id < oldest && id >= from)
    .map((run) => (isFinal(run) ? run : askedAgain(app, run)));
  return [...peek.map((run) => unlessSame(app, run)), ...rest].slice(0, FOLLOWED);
}

/** What was taken for interrupted may still say how it ended. */
const isFinal = ({ state, outcome }: Run): boolean => state === 'finished' && outcome !== 'interrupted';

/** The one that is shown already, when nothing about it has changed. */
function unlessSame(app: App, run: Run): Run {
  const { runs, history } = app.store.getState();
  const known = runs.find(({ id }) => id === run.id) ?? history.older.find(({ id }) => id === run.id);
  return known && isSame(known, run) ? known : run;
}

function isSame(a: Run, b: Run): boolean {
  const alike =
    a.state === b.state &&
    a.outcome === b.outcome &&
    a.startedAt === b.startedAt &&
    a.finishedAt === b.finishedAt &&
    a.cancelRequested === b.cancelRequested;
  return alike && (a.state === 'finished' || JSON.stringify(a.job) === JSON.stringify(b.job));
}

/** What newer runs push out of those that are followed is kept, for as long as the history was looked at. */
export function keepOlder(app: App, { runs: now, from, to }: Followed): HistoryState {
  const { history, runs: before } = app.store.getState();
  const moved = from === history.from && to === history.to ? history : { ...history, from, to };
  if (history.reading === 'unread') return moved;
  // So many came at once that those in between were never seen: all is read anew.
  if (from === null || (history.to ?? 0) < from) return { ...moved, older: [], reading: 'unread' };
  const pushed = before.filter(({ id }) => id < from && id >= (history.from ?? 0));
  const goingOn = history.older.some(({ state }) => state !== 'finished');
  if (pushed.length === 0 && !goingOn) return moved;
  const older = [...pushed, ...history.older].slice(0, MOST_RUNS - now.length);
  const cut = older.length < pushed.length + history.older.length;
  return {
    ...moved,
    older: older.map((run) => (run.state === 'finished' ? run : askedAgain(app, run))),
    reading: cut ? 'cut' : history.reading,
  };
}

function askedAgain(app: App, run: Run): Run {
  const now = app.deps.fleet.journal.getRun(run.id);
  return now.ok && !isSame(run, now.value) ? now.value : run;
}

/** A journal that fails ends nothing here: null, and it is told once, with since when. */
export function readJournal<T>(app: App, read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof JournalFailure)) throw error;
    const now = app.deps.fleet.clock.now();
    const { history } = app.store.getState();
    const since = history.trouble?.since ?? now;
    change(app, { history: { ...history, trouble: { fault: error.fault, since, triedAt: now } } });
    if (history.trouble === null) tell(app, 'bad', `${error.fault.message} ${error.fault.hint}`);
    return null;
  }
}

/** What work in the background threw is told as `readJournal` does; nobody is told once the screen was left. */
export function failedInBackground(app: App, error: unknown): void {
  if (isClosed(app)) return;
  readJournal(app, () => {
    throw error;
  });
}

/** While it fails it is not asked four times a second. */
export function mayReadJournal(app: App): boolean {
  const { trouble } = app.store.getState().history;
  return trouble === null || app.deps.fleet.clock.now() - trouble.triedAt >= RETRY;
}

/** The next look at the journal does not wait. */
export function retryJournal(app: App): void {
  const { history } = app.store.getState();
  if (history.trouble === null) return;
  change(app, { history: { ...history, trouble: { ...history.trouble, triedAt: 0 } } });
}

/** It was read: what was told of it is over. */
export function journalWasRead(app: App): void {
  const { history } = app.store.getState();
  if (history.trouble === null) return;
  change(app, { history: { ...history, trouble: null } });
  tell(app, 'good', 'The journal can be read again');
}

/** The screen was left meanwhile: there is nobody to tell. */
export function isClosed({ deps }: App): boolean {
  try {
    deps.fleet.journal.changeStamp();
    return false;
  } catch (error) {
    return !(error instanceof JournalFailure);
  }
}
