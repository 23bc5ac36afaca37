/**
 * Brings together what the Dashboard says, from configuration and journal; the servers it looks at only when it is asked
 * to. A server that hangs delays nobody. The verdict itself is plan/dashboard's.
 */

import { type Fault, fault } from '../../model/fault.ts';
import type { Inventory } from '../../model/inventory.ts';
import { ok, type Result } from '../../model/result.ts';
import { type Run, subjectOf, subvolumesOf } from '../../model/runs/run.ts';
import type { Server } from '../../model/server.ts';
import type { ServerCheck } from '../../model/server-check.ts';
import type { Dashboard } from '../../model/status/dashboard.ts';
import type { Health } from '../../model/status/health.ts';
import { judgeDashboard } from '../../plan/status/dashboard.ts';
import type { KnownFailures } from '../../plan/status/dashboard-question.ts';
import { sameWork } from '../../plan/status/dashboard-runs.ts';
import type { SeenServer } from '../../plan/status/dashboard-servers.ts';
import type { Config } from '../../state/config/schema.ts';
import { SCHEDULER_LOCK } from '../../state/journal/locks.ts';
import { type Fleet, noteLookFailure } from '../ground/fleet.ts';
import { eachInSlots, LOOK_SLOTS } from '../ground/slots.ts';
import { inSlices } from '../ground/turns.ts';
import { isTooSlow, LOOK, type LookFaults, tooSlow } from '../looks/at-all.ts';
import { checkServers } from '../looks/check-servers.ts';
import { lookAtStorage, storageHangs } from '../storage/look.ts';
import { type FilesystemState, storageIn } from '../storage/storage.ts';
import { allOpen } from './all-open.ts';
import { fleetStatus, otherRestores } from './health.ts';
import { subvolumesBelow } from './health-subject.ts';
import { taskStatuses } from './task-status.ts';

/** What came of the last try to look at a server. */
export interface LastLook {
  readonly status: SeenServer['status'];
  readonly latencySeconds: number | null;
  /** Why it could not be looked at, or what of it could not be listed; null: all was seen, or nobody tried. */
  readonly fault: Fault | null;
  /** The last one there is, however old; null: none, or only the journal has it. */
  readonly inventory: Inventory | null;
  /** Why its disks could not be looked at so closely; null or left out: they could, or nobody tried. */
  readonly storageFault?: Fault | null;
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
  const found = await fleetStatus(fleet, { fresh: false, signal, faults });
  if (signal.aborted && !found.ok) return found;
  const healths = found.ok ? ok(found.value.health.subvolumes) : found;
  const statuses = found.ok ? ok(found.value.statuses) : taskStatuses(fleet);
  if (!statuses.ok) return statuses;
  const filesystems = await filesystemsOf(fleet, config.servers, looks);
  const { journal, clock, isAlive } = fleet;
  const scheduler = journal.lockHolder(SCHEDULER_LOCK, isAlive);
  return ok(
    judgeDashboard({
      now: clock.now(),
      plans: config,
      jitterSeconds: config.preferences.jitterSeconds,
      ...{ servers, staleSeconds, filesystems },
      healths,
      restores: restoresBeside(fleet, config, healths),
      unattended: healths.ok ? unattended(fleet, config, healths.value) : [],
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
    checks.map(({ server, status, facts, fault: why, inventory, storageFault }) => [
      server.name,
      { status, latencySeconds: facts?.latencySeconds ?? null, fault: why, inventory, storageFault },
    ]),
  );
  return knownDashboard(fleet, { looks, staleSeconds, signal });
}

type Checked = ServerCheck & Required<Pick<LastLook, 'storageFault'>>;

async function checkOne(fleet: Fleet, server: Server, signal: AbortSignal): Promise<Checked> {
  const limit = AbortSignal.timeout(LOOK * 1000);
  const both = AbortSignal.any([signal, limit]);
  const [check] = await checkServers(fleet, [server], both);
  if (!check) throw new Error('one server was checked and none came back');
  const { inventory, fault: why } = check;
  if (why !== null && isTooSlow(why, limit, signal)) {
    noteLookFailure(fleet, server.name, tooSlow(server.name));
    return { ...check, status: 'offline', fault: tooSlow(server.name), storageFault: null };
  }
  const host = inventory && (await fleet.hosts.connect(server.name, { signal: both }));
  if (!host || !inventory) return { ...check, storageFault: null };
  const looked = host.ok ? await lookAtStorage(fleet, host.value, inventory, both) : host;
  if (looked.ok) return { ...check, storageFault: null };
  const isSlow = isTooSlow(looked.fault, limit, signal);
  return { ...check, storageFault: isSlow ? storageHangs(inventory, LOOK) : looked.fault };
}

/** What health tells of a subvolume is told with it. */
function restoresBeside({ journal }: Fleet, { servers }: Config, healths: Result<readonly Health[]>) {
  const primary = servers.find(({ role }) => role === 'primary')?.name ?? '';
  return otherRestores(allOpen(journal), primary, healths.ok ? healths.value : []);
}

/** Of the primary, as it was seen last. */
function unattended({ journal }: Fleet, { servers }: Config, healths: readonly Health[]): string[] {
  const primary = servers.find(({ role }) => role === 'primary');
  const inventory = primary ? journal.lastInventory(primary.name) : null;
  const known = new Set(healths.map(({ subvolume }) => subvolume));
  return inventory === null ? [] : subvolumesBelow(inventory).filter((path) => !known.has(path));
}

function seenServers(
  { journal }: Fleet,
  servers: readonly Server[],
  looks: DashboardOptions['looks'],
): SeenServer[] {
  const stamps = journal.lookStamps();
  const failures = journal.lookFailures();
  return servers.map((server) => {
    const look = looks.get(server.name);
    return {
      server,
      status: look?.status ?? 'unknown',
      latencySeconds: look?.latencySeconds ?? null,
      seenAt: stamps.get(server.name)?.takenAt ?? look?.inventory?.takenAt ?? null,
      // Where nobody has tried here, what the last one who did came to.
      fault: look ? look.fault : (failures.get(server.name) ?? null),
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
  const pause = inSlices(fleet.clock);
  for (const { name } of servers) {
    await pause();
    const look = looks.get(name);
    const inventory = look?.inventory ?? fleet.journal.lastInventory(name);
    if (!inventory) continue;
    const why = look?.storageFault ?? null;
    const states = storageIn(fleet, inventory, storages.get(name) ?? null);
    // What was seen before the try that failed says nothing of now.
    found.push(
      ...states.map((one) => (why ? { ...one, unchecked: [{ part: 'look', fault: why } as const] } : one)),
    );
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

/**
 * How many failed or were interrupted after that time (milliseconds), parts of others left out; of how many of them the
 * same went well since. `isMore`: there are more than are looked through.
 */
export function failuresSince(fleet: Fleet, since: number) {
  const read = fleet.journal.listRuns({ failed: true, limit: MOST_FAILED });
  const isLate = ({ finishedAt }: Run): boolean => finishedAt !== null && Date.parse(finishedAt) > since;
  const runs = read.filter((run) => run.origin.parent === null && isLate(run));
  const recovered = [...Map.groupBy(runs, sameWork).values()]
    .filter(([newest]) => newest !== undefined && isRecovered(fleet, newest))
    .reduce((count, same) => count + same.length, 0);
  return { count: runs.length, recovered, isMore: read.length === MOST_FAILED && read.every(isLate) };
}

/** How many runs of the same kind are looked through for one that went well. */
const SAME = 20;

function isRecovered({ journal }: Fleet, run: Run): boolean {
  const { request, origin, kind, id } = run;
  if (request.kind === 'task') {
    const last = journal.lastRoundOf(request.task);
    return last !== null && isLater(last, id) && cameThrough(journal.getRun(last.id));
  }
  if (origin.item !== null) return isLater(journal.lastRunOf(origin.item), id);
  const [subvolume = ''] = subvolumesOf(request);
  const others = journal.listRuns({ kind, subvolume, limit: SAME });
  return others.some((one) => isLater(one, id) && isSame(one, run));
}

/** A round that found no disk there made up for nothing. */
const cameThrough = (round: Result<Run>): boolean =>
  round.ok &&
  round.value.report?.kind === 'task' &&
  round.value.report.targets.some(({ status }) => status === 'ok');

const isLater = (one: Pick<Run, 'id' | 'outcome'> | null, id: number): boolean =>
  one !== null && one.id > id && one.outcome === 'ok';

const isSame = (a: Run, b: Run): boolean =>
  subjectOf(a.request) === subjectOf(b.request) && targetsOf(a) === targetsOf(b);

/** A replication to another server makes up for none. */
const targetsOf = ({ request }: Run): string =>
  'targets' in request
    ? request.targets.map(({ server, mount }) => `${server}:${mount ?? ''}`).join(' ')
    : '';
