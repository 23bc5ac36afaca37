/**
 * Looks at everything a clean-up must know, now, and plans it: the snapshots, what the other servers hold, what runs
 * and what is held. It deletes nothing; what cannot be looked at either ends it with a fault or protects.
 */
import type { Host } from '../hosts/host.ts';
import { fault } from '../model/fault.ts';
import type { Inventory } from '../model/inventory.ts';
import { failed, ok, type Result } from '../model/result.ts';
import type { RetentionPlan } from '../model/retention.ts';
import type { CleanupRequest } from '../model/run.ts';
import type { Server } from '../model/server.ts';
import { findSubvolume, type Place } from '../plan/catalog.ts';
import { planCleanup } from '../plan/cleanup.ts';
import { basesOn, basesOnTargets, type Sight, targetsOf } from '../plan/known-bases.ts';
import { namesInUse } from '../plan/names-in-use.ts';
import type { Bases } from '../plan/retention.ts';
import { checkRetentionRules } from '../plan/retention-rules.ts';
import { type Fleet, lookAt, primaryServer } from './fleet.ts';
import { listReplicas, listSnapshots } from './list-snapshots.ts';

/** Milliseconds for a look at a secondary: after that, what was last known of it must do. */
const LOOK = 20_000;

export interface PlannedCleanup {
  readonly host: Host;
  readonly plan: RetentionPlan;
  /** Names that unfinished runs may touch, read again each time. */
  readonly inUse: () => ReadonlySet<string> | 'all';
}

type Wanted = Pick<CleanupRequest, 'subvolume' | 'server' | 'rules'> &
  Partial<Pick<CleanupRequest, 'mount' | 'into'>>;

export async function lookAndPlan(
  fleet: Fleet,
  wanted: Wanted,
  signal: AbortSignal,
): Promise<Result<PlannedCleanup>> {
  const checked = checkRetentionRules(wanted.rules);
  if (!checked.ok) return checked;
  const primary = primaryServer(fleet);
  if (!primary.ok) return primary;
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
  const inUse = (): ReadonlySet<string> | 'all' => usedNow(fleet, place);
  const plan = planCleanup({
    snapshots: listed.snapshots,
    rules: wanted.rules,
    now: fleet.clock.now(),
    holds: config.value.config.holds,
    inUse: inUse(),
    bases,
  });
  return plan.ok ? ok({ host: listed.host, plan: plan.value, inUse }) : plan;
}

type Listed = Awaited<ReturnType<typeof listSnapshots>> extends Result<infer T> ? T : never;

interface Seen {
  readonly listed: Listed;
  readonly bases: Bases;
  /** The subvolume on the primary; null: it is not known to be there. */
  readonly place: { readonly inventory: Inventory; readonly found: Place } | null;
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
    fleet.journal.replicasOf(found.value.path),
    found.value.filesystem.uuid,
    targetsOf(config.value.config.tasks, found.value.path),
  );
  return ok({ listed: listed.value, bases, place: { inventory, found: found.value } });
}

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
    place,
  });
}

/** More than can be at work or wait at once. */
const RUNS = 10_000;

function usedNow(fleet: Fleet, place: Seen['place']): ReadonlySet<string> | 'all' {
  const { journal } = fleet;
  const runs = (['running', 'queued'] as const).flatMap((state) =>
    journal.listRuns({ kind: 'replication', state, limit: RUNS }),
  );
  // One subvolume has as many names as mounts that show it; one that is not found may be this one.
  return namesInUse(runs, (subvolume) => {
    if (place === null) return true;
    const other = findSubvolume(place.inventory, subvolume);
    return !other.ok || other.value.subvolume.uuid === place.found.subvolume.uuid;
  });
}

const cancelled = fault('cancelled', 'Cancelled before anything was deleted.', 'Nothing was changed.');
