/**
 * Brings together what the Dashboard says, from configuration and journal; the servers it looks at only when it is asked
 * to. A server that hangs delays nobody. The verdict itself is plan/dashboard's.
 */
import type { Dashboard } from '../model/dashboard.ts';
import { type Fault, fault } from '../model/fault.ts';
import type { Inventory } from '../model/inventory.ts';
import { ok, type Result } from '../model/result.ts';
import { type Run, subjectOf, subvolumesOf } from '../model/run.ts';
import type { Server } from '../model/server.ts';
import { judgeDashboard } from '../plan/dashboard.ts';
import { type KnownFailures, sameWork } from '../plan/dashboard-runs.ts';
import type { SeenServer } from '../plan/dashboard-servers.ts';
import { checkServers, type ServerCheck } from './check-servers.ts';
import type { Fleet } from './fleet.ts';
import { fleetHealth } from './health.ts';
import { nextTurn } from './known-replicas.ts';
import { LOOK, type LookFaults, tooSlow } from './look-at-all.ts';
import { eachInSlots, LOOK_SLOTS } from './slots.ts';
import { type FilesystemState, storageIn } from './storage.ts';
import { lookAtStorage } from './storage-look.ts';
import { taskStatuses } from './task-status.ts';

/** What came of the last try to look at a server. */
export interface LastLook {
  readonly status: SeenServer['status'];
  readonly latencySeconds: number | null;
  /** Why it could not be looked at, or what of it could not be listed; null: all was seen, or nobody tried. */
  readonly fault: Fault | null;
  /** The last one there is, however old; null: none, or only the journal has it. */
  readonly inventory: Inventory | null;
}

export interface DashboardOptions {
  /** By server; of one that is not in it nobody has tried. */
  readonly looks: ReadonlyMap<string, LastLook>;
  /** What was seen longer ago than that says nothing of now. */
  readonly staleSeconds: number;
  readonly signal: AbortSignal;
}

/** As everything is known now; no network. Faults: config-invalid, cancelled. */
export async function knownDashboard(
  fleet: Fleet,
  { looks, staleSeconds, signal }: DashboardOptions,
): Promise<Result<Dashboard>> {
  const read = fleet.config.read();
  if (!read.ok) return read;
  const { config } = read.value;
  const servers = seenServers(fleet, config.servers, looks);
  const faults = unseenServers(fleet, servers, looks, staleSeconds);
  const healths = await fleetHealth(fleet, { fresh: false, signal, faults });
  if (signal.aborted && !healths.ok) return healths;
  const statuses = taskStatuses(fleet);
  if (!statuses.ok) return statuses;
  const filesystems = await filesystemsOf(fleet, config.servers, looks);
  const { journal, clock, isAlive } = fleet;
  const scheduler = journal.lockHolder('scheduler', isAlive);
  return ok(
    judgeDashboard({
      now: clock.now(),
      plans: config,
      jitterSeconds: config.preferences.jitterSeconds,
      ...{ servers, staleSeconds, filesystems },
      healths: healths.ok ? ok(healths.value.subvolumes) : healths,
      lags: new Map(statuses.value.map(({ task, lags }) => [task.name, lags])),
      memories: new Map(journal.itemMemories().map((memory) => [memory.item, memory])),
      scheduler: scheduler && {
        host: scheduler.holder?.host ?? null,
        pid: scheduler.holder?.pid ?? null,
      },
      active: activeRuns(fleet),
      failed: failuresOf(fleet),
    }),
  );
}

/** Looks at all servers first, all at once. Faults: config-invalid, cancelled. */
export async function freshDashboard(
  fleet: Fleet,
  { signal, staleSeconds }: Omit<DashboardOptions, 'looks'>,
): Promise<Result<Dashboard>> {
  const read = fleet.config.read();
  if (!read.ok) return read;
  const checks = await eachInSlots(
    read.value.config.servers,
    (server) => checkOne(fleet, server, signal),
    LOOK_SLOTS,
  );
  const looks = new Map(
    checks.map(({ server, status, facts, fault: why, inventory }) => [
      server.name,
      { status, latencySeconds: facts?.latencySeconds ?? null, fault: why, inventory },
    ]),
  );
  return knownDashboard(fleet, { looks, staleSeconds, signal });
}

async function checkOne(fleet: Fleet, server: Server, signal: AbortSignal): Promise<ServerCheck> {
  const limit = AbortSignal.timeout(LOOK * 1000);
  const both = AbortSignal.any([signal, limit]);
  const [check] = await checkServers(fleet, [server], both);
  if (!check) throw new Error('one server was checked and none came back');
  if (check.inventory !== null) {
    const host = await fleet.hosts.connect(server.name, { signal: both });
    // What of its storage cannot be looked at stays as old as it says it is.
    if (host.ok) await lookAtStorage(fleet, host.value, check.inventory, both);
  }
  const isSlow = limit.aborted && !signal.aborted && check.fault?.code === 'cancelled';
  return isSlow ? { ...check, status: 'offline', fault: tooSlow(server.name) } : check;
}

function seenServers(
  { journal }: Fleet,
  servers: readonly Server[],
  looks: DashboardOptions['looks'],
): SeenServer[] {
  const stamps = journal.lookStamps();
  return servers.map((server) => {
    const look = looks.get(server.name);
    return {
      server,
      status: look?.status ?? 'unknown',
      latencySeconds: look?.latencySeconds ?? null,
      seenAt: stamps.get(server.name)?.takenAt ?? look?.inventory?.takenAt ?? null,
      fault: look?.fault ?? null,
    };
  });
}

/** Of which nothing can be said of now. One whose list alone is broken was seen, and what is broken tells it itself. */
function unseenServers(
  { clock }: Fleet,
  servers: readonly SeenServer[],
  looks: DashboardOptions['looks'],
  staleSeconds: number,
): LookFaults {
  const oldest = clock.now() - staleSeconds * 1000;
  return new Map(
    servers.flatMap(({ server: { name }, fault: why, seenAt }) => {
      const isSeen = seenAt !== null && Date.parse(seenAt) >= oldest;
      if (why !== null && !(isSeen && isOfListing(looks.get(name)?.inventory ?? null, why))) {
        return [[name, why] as const];
      }
      return isSeen ? [] : [[name, tooOld(name, seenAt)] as const];
    }),
  );
}

const isOfListing = (inventory: Inventory | null, { message }: Fault): boolean =>
  inventory?.filesystems.some(({ listing }) => !listing.ok && listing.fault.message === message) ?? false;

const tooOld = (server: string, seenAt: string | null): Fault =>
  fault(
    'listing-failed',
    seenAt === null ? `${server} was never looked at.` : `${server} was last looked at at ${seenAt}.`,
    `Look at it: btrfleet server check ${server}`,
    { server, retry: true },
  );

/** Server by server, so that a screen answers its keys meanwhile. */
async function filesystemsOf(
  fleet: Fleet,
  servers: readonly Server[],
  looks: DashboardOptions['looks'],
): Promise<FilesystemState[]> {
  const storages = new Map(fleet.journal.storageLooks().map((look) => [look.server, look]));
  const found: FilesystemState[] = [];
  for (const { name } of servers) {
    await nextTurn();
    const inventory = looks.get(name)?.inventory ?? fleet.journal.lastInventory(name);
    if (inventory) found.push(...storageIn(fleet, inventory, storages.get(name) ?? null));
  }
  return found;
}

/** Far more than may ever run at once. */
const MOST_ACTIVE = 500;

const activeRuns = ({ journal }: Fleet): Run[] =>
  (['running', 'queued'] as const)
    .flatMap((state) => journal.listRuns({ state, limit: MOST_ACTIVE }))
    .toSorted((a, b) => b.id - a.id);

/** How far back failures are told, and how many runs are looked through for them. */
const LATELY = 86_400_000;
const MOST_FAILED = 100;

/** Reading runs costs more than anything else here, so what failed is read again only when something else has. */
const readFailures = new WeakMap<Fleet, { readonly key: string; readonly runs: readonly Run[] }>();

function failuresOf(fleet: Fleet): KnownFailures {
  const { journal, clock } = fleet;
  const since = clock.now() - LATELY;
  const [last] = journal.listRuns({ failed: true, limit: 1 });
  const key = last ? `${last.id} ${last.outcome}` : '';
  const before = readFailures.get(fleet);
  const read = before?.key === key ? before.runs : journal.listRuns({ failed: true, limit: MOST_FAILED });
  readFailures.set(fleet, { key, runs: read });
  const runs = read.filter(
    ({ origin, finishedAt }) =>
      origin.parent === null && finishedAt !== null && Date.parse(finishedAt) >= since,
  );
  const newest = [...Map.groupBy(runs, sameWork).values()].flatMap(([run]) => run ?? []);
  return {
    runs,
    recovered: new Set(newest.filter((run) => isRecovered(fleet, run)).map(({ id }) => id)),
  };
}

/** How many runs of the same kind are looked through for one that went well. */
const SAME = 20;

function isRecovered({ journal }: Fleet, run: Run): boolean {
  const { request, origin, kind, id } = run;
  if (request.kind === 'task') return isLater(journal.lastRoundOf(request.task), id);
  if (origin.item !== null) return isLater(journal.lastRunOf(origin.item), id);
  const [subvolume = ''] = subvolumesOf(request);
  const others = journal.listRuns({ kind, subvolume, limit: SAME });
  return others.some((one) => isLater(one, id) && isSame(one, run));
}

const isLater = (one: Pick<Run, 'id' | 'outcome'> | null, id: number): boolean =>
  one !== null && one.id > id && one.outcome === 'ok';

const isSame = (a: Run, b: Run): boolean =>
  subjectOf(a.request) === subjectOf(b.request) && targetsOf(a) === targetsOf(b);

/** A replication to another server makes up for none. */
const targetsOf = ({ request }: Run): string =>
  'targets' in request
    ? request.targets.map(({ server, mount }) => `${server}:${mount ?? ''}`).join(' ')
    : '';
