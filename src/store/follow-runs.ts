/**
 * Follows the runs of the journal, whoever carries them out: what is new is shown, what has ended is told, and the
 * servers it changed are looked at. A run that did not change stays the very same object, so that nothing about it
 * is worked out again.
 */

import {
  faultsOf,
  type Run,
  type RunKind,
  serverOf,
  subjectOf,
  targetsOf,
  toldBy,
} from '../core/model/runs/run.ts';
import { THIS_MACHINE } from '../core/model/server.ts';
import { type App, change, tell } from './app.ts';
import { followedRuns, keepOlder } from './history.ts';

/** Milliseconds after a look in which a run of the schedule causes no other one: there may be one every second. */
const LOOKED_AT = 10_000;

/** Returns the servers that are worth a look now. */
export function followRuns(app: App): readonly string[] {
  const state = app.store.getState();
  const known = state.runs;
  const followed = followedRuns(app);
  const { runs } = followed;
  const history = keepOlder(app, followed);
  const same = runs.length === known.length && runs.every((run, index) => run === known[index]);
  if (!same || history !== state.history) change(app, { runs, history, now: app.deps.fleet.clock.now() });
  const before = new Map(known.map((run) => [run.id, run.state]));
  const ended = runs.filter((run) => hasEnded(app, run, before));
  for (const run of ended) if (isTold(run)) tellEnd(app, run);
  return [...new Set(ended.flatMap((run) => serversToSee(app, run)))];
}

/** Since the last look, or while nobody looked. */
function hasEnded(app: App, run: Run, before: ReadonlyMap<number, Run['state']>): boolean {
  if (run.state !== 'finished') return false;
  const was = before.get(run.id);
  return was === undefined ? before.size === 0 || isNew(app, run) : was !== 'finished';
}

const isNew = (app: App, run: Run): boolean =>
  run.finishedAt !== null && app.deps.fleet.clock.now() - Date.parse(run.finishedAt) < 10_000;

/** A part is told with its whole; what goes well by the schedule is nothing to tell. */
const isTold = ({ origin, trigger, outcome }: Run): boolean =>
  origin.parent === null && (trigger === 'hand' || outcome !== 'ok');

const WHAT: Readonly<Record<RunKind, string>> = {
  snapshot: 'Snapshot',
  delete: 'Deletion',
  cleanup: 'Clean-up',
  replication: 'Replication',
  task: 'Round',
  restore: 'Restore',
  verify: 'Verification',
  seed: 'Seed',
  extract: 'Restore of files',
};

function tellEnd(app: App, run: Run): void {
  const head = `${WHAT[run.kind]} of ${subjectOf(run.request)}`;
  if (run.outcome === 'ok') tell(app, 'good', `${head}: done`);
  else if (run.outcome === 'cancelled') tell(app, 'warn', `${head}: cancelled`);
  else tell(app, 'bad', `${head}: ${whyFailed(run)}`);
}

/** The first reason there is; the run itself has all of them. */
export function whyFailed({ report, outcome }: Run): string {
  const [first] = faultsOf(report);
  return first?.message ?? outcome ?? 'failed';
}

function serversToSee(app: App, run: Run): readonly string[] {
  const servers = serversOf(app, run);
  if (run.trigger === 'hand') return servers;
  const { looks } = app.store.getState();
  const now = app.deps.fleet.clock.now();
  return servers.filter((name) => now - (looks[name]?.checkedAt ?? 0) >= LOOKED_AT);
}

function serversOf(app: App, { request, report }: Run): string[] {
  const primaries = app.store.getState().servers.filter(({ role }) => role === 'primary');
  const server = serverOf(request);
  return [
    ...(server === null ? primaries.map(({ name }) => name) : [server]),
    ...targetsOf(request).map((target) => target.server),
    ...toldBy(report).servers,
  ].filter((name) => name !== THIS_MACHINE);
}
