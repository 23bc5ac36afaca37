/**
 * Keeps what is shown fresh: the last known state from the journal first, then one look at each server, all at once
 * and each by itself, so that one that hangs delays nobody. Late answers of servers that are gone are dropped.
 */

import type { Inventory } from '../core/model/inventory.ts';
import type { Server } from '../core/model/server.ts';
import type { ServerCheck } from '../core/model/server-check.ts';
import { eachInSlots, LOOK_SLOTS } from '../core/run/ground/slots.ts';
import { nextTurn } from '../core/run/ground/turns.ts';
import { checkServers } from '../core/run/looks/check-servers.ts';
import { trustedFingerprint } from '../core/run/settings/servers.ts';
import { type App, change, tell } from './app.ts';
import { keepAutomation } from './automation.ts';
import { followDashboard } from './dashboard.ts';
import { followRuns } from './follow-runs.ts';
import {
  failedInBackground,
  followedRuns,
  journalWasRead,
  keepOlder,
  mayReadJournal,
  readJournal,
  retryJournal,
} from './history.ts';
import { tellMissed } from './missed.ts';
import { expireNotice } from './notices.ts';
import { readOrigins } from './origins.ts';
import type { Look } from './state.ts';

/** Milliseconds between two looks at each server. */
export const REFRESH = 30_000;
/** Milliseconds between two looks at the journal and the configuration: a screen follows at most four times a second. */
const FOLLOW = 250;
/** Milliseconds between two looks at what automation did. */
const AUTOMATION = 1000;
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

/** Servers whose content is read in one go right after the first frame, and later: a thousand snapshots take some milliseconds. */
const FIRST_CONTENTS = 20;
const MORE_CONTENTS = 3;

/** Reads the configuration and the last known state; no network. Of a large fleet most of it comes after the first frame. */
export function readState(app: App): void {
  readConfig(app);
  readJournal(app, () => readLooks(app));
  const followed = readJournal(app, () => followedRuns(app));
  if (followed) change(app, { runs: followed.runs, history: keepOlder(app, followed) });
}

function readLooks(app: App): void {
  const { journal } = app.deps.fleet;
  const { looks, servers } = app.store.getState();
  const seen = new Map(journal.lastInventories().map((inventory) => [inventory.server, inventory]));
  const known = servers.flatMap(({ name }) => {
    const [look, inventory] = [looks[name], seen.get(name)];
    return look && inventory ? [[name, { ...look, inventory }] as const] : [];
  });
  change(app, { looks: { ...looks, ...Object.fromEntries(known) } });
  const inventories = known.map(([, { inventory }]) => inventory);
  setImmediate(() => readContents(app, inventories, FIRST_CONTENTS));
}

/** Which snapshots each server has, a few at a time: with hundreds of servers that takes seconds. */
function readContents(app: App, inventories: readonly Inventory[], count: number): void {
  for (const inventory of inventories.slice(0, count)) readOrigins(inventory);
  const rest = inventories.slice(count);
  if (rest.length > 0) setTimeout(() => readContents(app, rest, MORE_CONTENTS)).unref();
  else change(app, { looks: { ...app.store.getState().looks } });
}

export function readConfig(app: App): void {
  const { fleet } = app.deps;
  const read = fleet.config.read();
  if (!read.ok) {
    change(app, { configFault: read.fault });
    return;
  }
  const { servers, holds, snapshotPolicies, retentionPolicies, verifyPolicies, tasks, ...others } =
    read.value.config;
  const { preferences, confinement } = others;
  const before = app.store.getState().looks;
  const looks = Object.fromEntries(
    servers.map((server) => [
      server.name,
      { ...(before[server.name] ?? UNSEEN), hostKey: trustedFingerprint(fleet, server) },
    ]),
  );
  change(app, {
    configFault: null,
    servers,
    holds,
    snapshotPolicies,
    retentionPolicies,
    verifyPolicies,
    tasks,
    jitterSeconds: preferences.jitterSeconds,
    banner: confinement?.label ?? null,
    looks,
  });
}

/** Looks at these servers now; at all of them without names. */
export async function refresh(app: App, names?: readonly string[]): Promise<void> {
  const { servers } = app.store.getState();
  const wanted = servers.filter(({ name }) => names === undefined || names.includes(name));
  await eachInSlots(wanted, (server) => lookAtOne(app, server), LOOK_SLOTS);
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
  const [told] = app.store.getState().messages;
  await refresh(app);
  const { looks, messages } = app.store.getState();
  if (messages[0] !== told) return;
  const up = servers.filter(({ name }) => looks[name]?.status === 'online').length;
  tell(app, up === servers.length ? 'good' : 'warn', `${up} of ${servers.length} servers answered`);
}

async function lookAtOne(app: App, server: Server): Promise<void> {
  const look = app.store.getState().looks[server.name];
  if (!look || look.checking) return;
  patchLook(app, server, { checking: true });
  try {
    const [check] = await checkServers(app.deps.fleet, [server]);
    await nextTurn();
    // Before it is shown: what is not known yet looks different.
    if (check?.inventory) readOrigins(check.inventory);
    if (check) patchLook(app, server, fromCheck(app, check));
  } catch (error) {
    failedInBackground(app, error);
    patchLook(app, server, { checking: false });
  }
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
  tellMissed(app);
  const { fleet } = app.deps;
  let stamp = fleet.journal.changeStamp();
  let version = fleet.config.version();
  const look = setInterval(() => {
    if (mayReadJournal(app)) {
      readJournal(app, () => {
        const now = fleet.journal.changeStamp();
        if (now === stamp && app.store.getState().history.trouble === null) return;
        void refresh(app, followRuns(app));
        stamp = now;
        journalWasRead(app);
      });
    }
    if (fleet.config.changed(version)) {
      version = fleet.config.version();
      readConfig(app);
      void refresh(app);
    }
    expireNotice(app);
  }, FOLLOW);
  const tick = setInterval(() => change(app, { now: fleet.clock.now() }), TICK);
  const again = setInterval(() => void refresh(app), REFRESH);
  const automation = setInterval(() => void keepAutomation(app), AUTOMATION);
  const dashboard = setInterval(() => void followDashboard(app), AUTOMATION);
  return () => {
    for (const timer of [look, tick, again, automation, dashboard]) clearInterval(timer);
  };
}
