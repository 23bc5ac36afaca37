/**
 * Looks at everything a clean-up must know, now, and plans it: the snapshots, what the other servers hold, what runs
 * and what is held. It deletes nothing; what cannot be looked at either ends it with a fault or protects.
 */
import type { Host } from '../hosts/host.ts';
import { fault } from '../model/fault.ts';
import { failed, ok, type Result } from '../model/result.ts';
import type { RetentionPlan } from '../model/retention.ts';
import type { CleanupRequest } from '../model/run.ts';
import type { Server } from '../model/server.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { filesystemAt, findSubvolume } from '../plan/catalog.ts';
import { planCleanup } from '../plan/cleanup.ts';
import { basesOn, basesOnTargets, type Sight, targetsOf } from '../plan/known-bases.ts';
import type { InUse } from '../plan/names-in-use.ts';
import { isTooOld } from '../plan/plan-age.ts';
import type { Bases } from '../plan/retention.ts';
import { checkRetentionRules } from '../plan/retention-rules.ts';
import { notSaid } from '../plan/unsaid.ts';
import type { Replica } from '../state/journal-replicas.ts';
import { type Fleet, lookAt, primaryServer } from './fleet.ts';
import { listReplicas, listSnapshots } from './list-snapshots.ts';
import { nap } from './nap.ts';
import { type CleanedPlace, markJournal, runsBeside } from './runs-beside.ts';

/** Milliseconds for a look at a secondary: after that, what was last known of it must do. */
const LOOK = 20_000;

export interface PlannedCleanup {
  readonly host: Host;
  readonly plan: RetentionPlan;
  /** Uuid of the filesystem it lies on; null: not known. */
  readonly filesystemOf: (snapshot: Snapshot) => string | null;
  /** What unfinished runs use, read again each time. */
  readonly inUse: () => InUse;
  /** Numbers of the replications that have begun and not said yet what they use, read again each time. */
  readonly unsaid: () => readonly number[];
  /** It may no longer be carried out: what was looked at for it may be otherwise by now. */
  readonly isStale: () => boolean;
  /** False: a replication that had just begun had not said yet what it uses, so the plan keeps all. */
  readonly isSettled: boolean;
}

type Wanted = Pick<CleanupRequest, 'subvolume' | 'server' | 'rules'> &
  Partial<Pick<CleanupRequest, 'mount' | 'into' | 'spare'>>;

export async function lookAndPlan(
  fleet: Fleet,
  wanted: Wanted,
  signal: AbortSignal,
): Promise<Result<PlannedCleanup>> {
  const checked = checkRetentionRules(wanted.rules);
  if (!checked.ok) return checked;
  const primary = primaryServer(fleet);
  if (!primary.ok) return primary;
  const mark = markJournal(fleet);
  const lookedAt = fleet.clock.now();
  const isPrimary = wanted.server === null || wanted.server === primary.value.name;
  // With a mount it is about replicas, also on a disk of the primary: its own snapshots are never meant then.
  const seen =
    isPrimary && (wanted.mount ?? null) === null
      ? await seePrimary(fleet, wanted, primary.value, signal)
      : await seeSecondary(fleet, wanted, primary.value, signal);
  if (!seen.ok) return seen;
  if (signal.aborted) return failed(cancelled);
  const { listed, bases, place } = seen.value;
  const config = fleet.config.read();
  if (!config.ok) return config;
  const { host, inventory } = listed;
  const beside = runsBeside(fleet, {
    place,
    replicasOn: seen.value.isSource ? null : { server: host.server, inventory },
    servers: config.value.config.servers,
    primary: primary.value.name,
  });
  const inUse = (): InUse => {
    const used = beside.inUse();
    return used === 'all' ? used : new Set([...used, ...(wanted.spare ?? [])]);
  };
  const used = inUse();
  const plan = planCleanup({
    snapshots: listed.snapshots,
    rules: wanted.rules,
    now: fleet.clock.now(),
    holds: config.value.config.holds,
    inUse: used,
    bases,
  });
  if (!plan.ok) return plan;
  return ok({
    host,
    plan: plan.value,
    filesystemOf: ({ path }) => filesystemAt(inventory, path)?.uuid ?? null,
    inUse,
    unsaid: beside.unsaid,
    isStale: () => isTooOld(lookedAt, fleet.clock.now()) || beside.movedSince(mark),
    isSettled: used !== 'all',
  });
}

type Listed = Awaited<ReturnType<typeof listSnapshots>> extends Result<infer T> ? T : never;

interface Seen {
  readonly listed: Listed;
  readonly bases: Bases;
  /** They are what is sent from; false: replicas. */
  readonly isSource: boolean;
  readonly place: CleanedPlace['place'];
}

/** The primary and all secondaries at once. Of a subvolume that was lost the snapshots are all there is: a fault. */
async function seePrimary(
  fleet: Fleet,
  { subvolume }: Wanted,
  primary: Server,
  signal: AbortSignal,
): Promise<Result<Seen>> {
  const config = fleet.config.read();
  if (!config.ok) return config;
  const others = config.value.config.servers.filter(({ name }) => name !== primary.name);
  const before = fleet.journal.lastInventory(primary.name);
  const [listed, ...sights] = await Promise.all([
    listSnapshots(fleet, subvolume, null, signal),
    ...others.map(({ name }) => seeTarget(fleet, name, signal)),
  ]);
  if (!listed.ok) return listed;
  const { inventory } = listed.value;
  const found = findSubvolume(inventory, subvolume);
  if (!found.ok) return found;
  const bases = basesOnTargets(
    // Another disk of the primary may be a target as well.
    [...sights, { server: primary.name, now: inventory, before }],
    rememberedOf(fleet, found.value.path, listed.value.snapshots),
    found.value.filesystem.uuid,
    targetsOf(config.value.config.tasks, found.value.path),
  );
  return ok({ listed: listed.value, bases, isSource: true, place: { inventory, found: found.value } });
}

/** What was sent under its path, and what holds the same: a disk in a drawer knows nothing of a mount that has moved. */
const rememberedOf = ({ journal }: Fleet, path: string, snapshots: readonly Snapshot[]): Replica[] => [
  ...journal.replicasOf(path),
  ...journal.replicasWith(snapshots.map(({ originId }) => originId)),
];

async function seeTarget(fleet: Fleet, server: string, signal: AbortSignal): Promise<Sight> {
  // A look replaces what was known, and it may show less: a disk that is not mounted now.
  const before = fleet.journal.lastInventory(server);
  const limit = AbortSignal.any([signal, AbortSignal.timeout(LOOK)]);
  const seen = await lookAt(fleet, server, limit);
  return { server, now: seen.ok ? seen.value.inventory : null, before };
}

/** Replicas: what they may be a base for is what the primary holds, as it was seen just now or, if it is off, last. */
async function seeSecondary(
  fleet: Fleet,
  { subvolume, server, mount = null, into = null }: Wanted,
  primary: Server,
  signal: AbortSignal,
): Promise<Result<Seen>> {
  const listed =
    mount === null
      ? await listSnapshots(fleet, subvolume, server, signal)
      : await listReplicas(fleet, subvolume, { server: server ?? primary.name, mount, into }, signal);
  if (!listed.ok) return listed;
  const inventory = fleet.journal.lastInventory(primary.name);
  const found = inventory ? findSubvolume(inventory, subvolume) : null;
  const place = inventory && found?.ok ? { inventory, found: found.value } : null;
  return ok({
    listed: listed.value,
    bases: basesOn(primary.name, place?.found.filesystem ?? null),
    isSource: false,
    place,
  });
}

/**
 * Waits until every replication of the subvolume has said what it uses, which takes it a look at each of its servers, and
 * plans then. `seconds`: the longest wait in all; `onWait`: it begins. Beside the faults of `lookAndPlan`: `stalled`, with
 * the run that did not say it in that time.
 */
export async function planSettled(
  fleet: Fleet,
  wanted: Wanted,
  { seconds, signal, onWait }: Waiting,
): Promise<Result<PlannedCleanup>> {
  // What a process left that died protects nothing any more.
  fleet.journal.interruptDeadRuns(fleet.isAlive);
  let left = seconds * 1000;
  for (;;) {
    const planned = await lookAndPlan(fleet, wanted, signal);
    if (!planned.ok || planned.value.isSettled) return planned;
    onWait();
    left = await settle(fleet, planned.value, left, signal);
    if (signal.aborted) return failed(cancelled);
    if (left <= 0 && planned.value.inUse() === 'all')
      return failed(notSaid(wanted.subvolume, planned.value.unsaid(), seconds));
  }
}

export interface Waiting {
  readonly seconds: number;
  readonly signal: AbortSignal;
  readonly onWait: () => void;
}

/** Milliseconds between two looks whether they have said it, and between two whether their processes live. */
const PAUSE = 250;
const ALIVE = 3000;

/** Milliseconds that are left of the time to wait; 0: it was in vain. */
async function settle(
  fleet: Fleet,
  { inUse }: PlannedCleanup,
  most: number,
  signal: AbortSignal,
): Promise<number> {
  for (let waited = 0; waited < most && !signal.aborted; waited += PAUSE) {
    if (waited % ALIVE === 0) fleet.journal.interruptDeadRuns(fleet.isAlive);
    if (inUse() !== 'all') return most - waited;
    await nap(PAUSE, signal);
  }
  return 0;
}

const cancelled = fault('cancelled', 'Cancelled before anything was deleted.', 'Nothing was changed.');
