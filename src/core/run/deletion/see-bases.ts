/**
 * Looks at the snapshots of one subvolume on one server and at what the other sides of its replications hold, now, so
 * that no base is deleted unawares. It decides nothing; a side that cannot be looked at is as it was last known.
 */
import { ok, type Result } from '../../model/result.ts';
import type { CleanupRequest } from '../../model/runs/cleanup.ts';
import type { Server } from '../../model/server.ts';
import { bornIdOfSnapshot, type Snapshot } from '../../model/snapshot.ts';
import { findSubvolume, placeOfVanished } from '../../plan/catalog/catalog.ts';
import { basesOn, basesOnTargets, type Sight, targetsOf } from '../../plan/retention/known-bases.ts';
import type { Bases } from '../../plan/retention/retention.ts';
import type { Replica } from '../../state/journal/replica.ts';
import { type Fleet, lookAt } from '../ground/fleet.ts';
import { type ListedSnapshots, listReplicas, listSnapshots } from '../looks/list-snapshots.ts';

export interface SeenBases {
  readonly listed: ListedSnapshots;
  readonly bases: Bases;
  /** They are what is sent from; false: replicas. */
  readonly isSource: boolean;
  /** Moves before the first of the looks. */
  readonly since: number;
}

export type SeenOf = Pick<CleanupRequest, 'subvolume' | 'server'> &
  Partial<Pick<CleanupRequest, 'mount' | 'into'>>;

export interface Seeing {
  readonly signal: AbortSignal;
  /** Milliseconds for a look at each secondary: after that, what was last known of it must do. */
  readonly limit: number;
  /** A subvolume that is on the primary no more is a fault; false: its snapshots are listed all the same. */
  readonly mustExist: boolean;
}

/** With a mount it is about replicas, also on a disk of the primary: its own snapshots are never meant then. */
export const seeBases = (
  fleet: Fleet,
  wanted: SeenOf,
  primary: Server,
  seeing: Seeing,
): Promise<Result<SeenBases>> =>
  (wanted.server === null || wanted.server === primary.name) && (wanted.mount ?? null) === null
    ? seePrimary(fleet, wanted, primary, seeing)
    : seeSecondary(fleet, wanted, primary, seeing.signal);

/** The primary and all secondaries at once. */
async function seePrimary(
  fleet: Fleet,
  { subvolume }: SeenOf,
  primary: Server,
  { signal, limit, mustExist }: Seeing,
): Promise<Result<SeenBases>> {
  const config = fleet.config.read();
  if (!config.ok) return config;
  const others = config.value.config.servers.filter(({ name }) => name !== primary.name);
  const before = fleet.journal.lastInventory(primary.name);
  const since = fleet.journal.moves();
  const [listed, ...sights] = await Promise.all([
    listSnapshots(fleet, subvolume, null, signal),
    ...others.map(({ name }) =>
      seeTarget(fleet, name, AbortSignal.any([signal, AbortSignal.timeout(limit)])),
    ),
  ]);
  if (!listed.ok) return listed;
  const { inventory } = listed.value;
  const found = findSubvolume(inventory, subvolume);
  if (!found.ok && mustExist) return found;
  const about = found.ok ? found.value : placeOfVanished(inventory, subvolume);
  const path = found.ok ? found.value.path : subvolume;
  const bases = basesOnTargets(
    // Another disk of the primary may be a target as well.
    [...sights, { server: primary.name, now: inventory, before }],
    rememberedOf(fleet, path, listed.value.snapshots),
    about?.filesystem.uuid ?? null,
    targetsOf(config.value.config.tasks, path),
  );
  return ok({ listed: listed.value, bases, isSource: true, since });
}

/** What was sent under its path, and what holds the same: a disk in a drawer knows nothing of a mount that has moved. */
const rememberedOf = ({ journal }: Fleet, path: string, snapshots: readonly Snapshot[]): Replica[] => [
  ...journal.replicasOf(path),
  ...journal.replicasWith(snapshots.map(bornIdOfSnapshot)),
];

async function seeTarget(fleet: Fleet, server: string, signal: AbortSignal): Promise<Sight> {
  // A look replaces what was known, and it may show less: a disk that is not mounted now.
  const before = fleet.journal.lastInventory(server);
  const seen = await lookAt(fleet, server, signal);
  return { server, now: seen.ok ? seen.value.inventory : null, before };
}

/** Replicas: what they may be a base for is what the primary holds, as it was seen just now or, if it is off, last. */
async function seeSecondary(
  fleet: Fleet,
  { subvolume, server, mount = null, into = null }: SeenOf,
  primary: Server,
  signal: AbortSignal,
): Promise<Result<SeenBases>> {
  const listed =
    mount === null
      ? await listSnapshots(fleet, subvolume, server, signal)
      : await listReplicas(fleet, subvolume, { server: server ?? primary.name, mount, into }, signal);
  if (!listed.ok) return listed;
  const inventory = fleet.journal.lastInventory(primary.name);
  const found = inventory ? findSubvolume(inventory, subvolume) : null;
  return ok({
    listed: listed.value,
    bases: basesOn(primary.name, found?.ok ? found.value.filesystem : null),
    isSource: false,
    since: listed.value.moves,
  });
}
