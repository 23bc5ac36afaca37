/**
 * Keeps what is shown fresh: the last known state from the journal first, then one look at each server, all at once
 * and each by itself, so that one that hangs delays nobody. Late answers of servers that are gone are dropped.
 */

import type { Run } from '../core/model/run.ts';
import type { Server } from '../core/model/server.ts';
import { checkServers, type ServerCheck } from '../core/run/check-servers.ts';
import { trustedFingerprint } from '../core/run/servers.ts';
import { type App, change, tell } from './app.ts';
import {
  followedRuns,
  journalWasRead,
  keepOlder,
  mayReadJournal,
  readJournal,
  retryJournal,
} from './history.ts';
import type { Look } from './state.ts';

/** Milliseconds between two looks at each server. */
export const REFRESH = 30_000;
/** Milliseconds between two looks at the journal and the configuration: a screen follows at most four times a second. */
const FOLLOW = 250;
/** Milliseconds after which ages go on. */
const TICK = 15_000;

const UNSEEN: Look = {
  status: 'unknown',
  latencySeconds: null,
  kernel: null,
  btrfsProgs: null,
  privilege: null,
  fault: null,
  inventory: null,
  checkedAt: null,
  checking: false,
  hostKey: null,
};

/** Reads the configuration and the last known state; no network. */
export function readState(app: App): void {
  readConfig(app);
  const { journal } = app.deps.fleet;
  const looks = { ...app.store.getState().looks };
  for (const inventory of readJournal(app, () => journal.lastInventories()) ?? []) {
    const look = looks[inventory.server];
    if (look) looks[inventory.server] = { ...look, inventory };
  }
  change(app, { looks });
  const followed = readJournal(app, () => followedRuns(app));
  if (followed) change(app, { runs: followed.runs, history: keepOlder(app, followed) });
}

export function readConfig(app: App): void {
  const { fleet } = app.deps;
  const read = fleet.config.read();
  if (!read.ok) {
    change(app, { configFault: read.fault });
    return;
  }
  const { servers, holds } = read.value.config;
  const before = app.store.getState().looks;
  const looks = Object.fromEntries(
    servers.map((server) => [
      server.name,
      { ...(before[server.name] ?? UNSEEN), hostKey: trustedFingerprint(fleet, server) },
    ]),
  );
  change(app, { configFault: null, servers, holds, looks });
}

/** Looks at these servers now; at all of them without names. */
export async function refresh(app: App, names?: readonly string[]): Promise<void> {
  const { servers } = app.store.getState();
  const wanted = servers.filter(({ name }) => names === undefined || names.includes(name));
  await Promise.all(wanted.map((server) => lookAtOne(app, server)));
}

/** As somebody asked for it: it says what goes on, and what came of it unless something else was told since. */
export async function lookNow(app: App): Promise<void> {
  retryJournal(app);
  const { servers } = app.store.getState();
  if (servers.length === 0) {
    tell(app, 'info', 'There are no servers yet');
    return;
  }
  for (const { name } of servers) app.deps.fleet.hosts.retryNow(name);
  tell(app, 'info', 'Looking at all servers …');
  const { notice } = app.store.getState();
  await refresh(app);
  const { looks, notice: now } = app.store.getState();
  if (now !== notice) return;
  const up = servers.filter(({ name }) => looks[name]?.status === 'online').length;
  tell(app, up === servers.length ? 'good' : 'warn', `${up} of ${servers.length} servers answered`);
}

async function lookAtOne(app: App, server: Server): Promise<void> {
  const look = app.store.getState().looks[server.name];
  if (!look || look.checking) return;
  patchLook(app, server, { checking: true });
  const [check] = await checkServers(app.deps.fleet, [server]);
  if (check) patchLook(app, server, fromCheck(app, check));
}

function fromCheck(app: App, { status, facts, inventory, fault, server }: ServerCheck): Partial<Look> {
  const now = app.deps.fleet.clock.now();
  const seen = {
    status,
    fault,
    checkedAt: now,
    checking: false,
    hostKey: trustedFingerprint(app.deps.fleet, server),
  };
  // Unreachable: what was known stays on the screen, with its age.
  if (!facts) return { ...seen, latencySeconds: null };
  const { latencySeconds, kernel, btrfsProgs, privilege } = facts;
  return { ...seen, latencySeconds, kernel, btrfsProgs, privilege, ...(inventory ? { inventory } : {}) };
}

/** Dropped when the server was removed or its address changed meanwhile. */
function patchLook(app: App, server: Server, patch: Partial<Look>): void {
  app.store.setState((state) => {
    const look = state.looks[server.name];
    const now = state.servers.find(({ name }) => name === server.name);
    if (!look || now?.host !== server.host || now.port !== server.port) return state;
    return { looks: { ...state.looks, [server.name]: { ...look, ...patch } } };
  });
}

/** Follows the journal, the configuration and the clock until it is told to stop. */
export function follow(app: App): () => void {
  const { fleet } = app.deps;
  let stamp = fleet.journal.changeStamp();
  let version = fleet.config.version();
  const look = setInterval(() => {
    if (mayReadJournal(app)) {
      readJournal(app, () => {
        const now = fleet.journal.changeStamp();
        if (now === stamp && app.store.getState().history.trouble === null) return;
        followRuns(app);
        stamp = now;
        journalWasRead(app);
      });
    }
    if (fleet.config.changed(version)) {
      version = fleet.config.version();
      readConfig(app);
      void refresh(app);
    }
  }, FOLLOW);
  const tick = setInterval(() => change(app, { now: fleet.clock.now() }), TICK);
  const again = setInterval(() => void refresh(app), REFRESH);
  return () => {
    for (const timer of [look, tick, again]) clearInterval(timer);
  };
}

/** What finished since is told, and the servers it changed are looked at. */
function followRuns(app: App): void {
  const known = app.store.getState().runs;
  const before = new Map(known.map((run) => [run.id, run.state]));
  const followed = followedRuns(app);
  const { runs } = followed;
  const history = keepOlder(app, followed);
  const same = history === app.store.getState().history && JSON.stringify(runs) === JSON.stringify(known);
  if (!same) change(app, { runs, history, now: app.deps.fleet.clock.now() });
  for (const run of runs) {
    const was = before.get(run.id);
    if (
      run.state !== 'finished' ||
      was === 'finished' ||
      (was === undefined && before.size > 0 && !isNew(app, run))
    )
      continue;
    tellEnd(app, run);
    void refresh(app, serversOf(app, run));
  }
}

const isNew = (app: App, run: Run): boolean =>
  run.finishedAt !== null && app.deps.fleet.clock.now() - Date.parse(run.finishedAt) < 10_000;

const WHAT = {
  snapshot: 'Snapshot',
  delete: 'Deletion',
  cleanup: 'Clean-up',
  replication: 'Replication',
} as const;

function tellEnd(app: App, run: Run): void {
  const subject = run.request.kind === 'snapshot' ? run.request.subvolumes.join(', ') : run.request.subvolume;
  const head = `${WHAT[run.kind]} of ${subject}`;
  if (run.outcome === 'ok') tell(app, 'good', `${head}: done`);
  else if (run.outcome === 'cancelled') tell(app, 'warn', `${head}: cancelled`);
  else tell(app, 'bad', `${head}: ${whyFailed(run)}`);
}

/** The first reason there is; the run itself has all of them. */
export function whyFailed({ report, outcome }: Run): string {
  if (report?.kind === 'fault') return report.fault.message;
  if (report?.kind === 'snapshot' || report?.kind === 'cleanup')
    return report.failed[0]?.fault.message ?? 'failed';
  const faults = report?.results.flatMap((result) => (result.fault ? [result.fault] : [])) ?? [];
  return faults[0]?.message ?? outcome ?? 'failed';
}

function serversOf(app: App, { request }: Run): string[] {
  const primary = app.store.getState().servers.filter(({ role }) => role === 'primary');
  const names = primary.map(({ name }) => name);
  if (request.kind === 'replication') return [...names, ...request.targets.map(({ server }) => server)];
  if ((request.kind === 'delete' || request.kind === 'cleanup') && request.server !== null)
    return [request.server];
  return names;
}
