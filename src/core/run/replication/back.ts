/** Opens a replica as what is sent, and the subvolume's own directory on the primary as where it goes: the way back. */
import { command } from '../../model/command-line.ts';
import { type Fault, fault } from '../../model/fault.ts';
import type { Inventory } from '../../model/inventory.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import type { ReplicationRequest, SentBack } from '../../model/runs/replication.ts';
import type { Server } from '../../model/server.ts';
import { parentDirectory } from '../../model/snapshot.ts';
import type { Target } from '../../model/target.ts';
import { findSubvolume, nearestMount, placeOfVanished } from '../../plan/catalog/catalog.ts';
import { withWays } from '../../plan/catalog/one-mount.ts';
import { generationsOf } from '../../plan/catalog/order-made.ts';
import { resolveTarget, type TargetPlace } from '../../plan/catalog/target.ts';
import { mountedReadOnly } from '../../plan/catalog/target-faults.ts';
import { type SourceState, sentBefore } from '../../plan/replication/target-plan.ts';
import type { Fleet, Seen } from '../ground/fleet.ts';
import { THOROUGH } from '../ground/prove.ts';
import { listSnapshots } from '../looks/list-snapshots.ts';

/**
 * The replica, and all else of the subvolume on its filesystem that may be a base. One that nothing proves to be of this
 * subvolume was chosen by its path. Faults: those of a look; no-such-snapshot, when it is not there any more.
 */
export async function openReplica(
  fleet: Fleet,
  subvolume: string,
  { server, path }: SentBack,
  signal: AbortSignal,
): Promise<Result<SourceState & Seen>> {
  const listed = await listSnapshots(fleet, subvolume, server, signal, THOROUGH);
  if (!listed.ok) return listed;
  const { snapshots, ...seen } = listed.value;
  const chosen = snapshots.find((one) => one.path === path);
  const filesystem = seen.inventory.filesystems.find(
    ({ listing }) => listing.ok && listing.value.some(({ uuid }) => uuid === chosen?.uuid),
  );
  const entry = filesystem?.listing.ok
    ? filesystem.listing.value.find(({ uuid }) => uuid === chosen?.uuid)
    : undefined;
  const mount = filesystem && nearestMount(filesystem, path)?.path;
  if (!chosen || !filesystem || !entry || mount === undefined) return failed(isGone(server, subvolume, path));
  const there = new Set(filesystem.listing.ok ? filesystem.listing.value.map(({ uuid }) => uuid) : []);
  const usable = snapshots.flatMap((one) => {
    if (!there.has(one.uuid)) return [];
    return [one === chosen && one.readOnly ? { ...one, state: 'complete' as const } : one];
  });
  return ok({
    ...seen,
    place: {
      ...{ server, path: subvolume, subvolume: entry, filesystem, mount, replicaBelow: '' },
      ...{ directory: parentDirectory(path), homes: [] },
    },
    owners: null,
    snapshots: withWays(filesystem, usable),
    generations: generationsOf(filesystem),
    moments: null,
    held: new Set(),
  });
}

/** Where what a target is sent goes there. Faults: those of `resolveTarget`, or of the place of the subvolume itself. */
export function placeOnTarget(
  server: Server,
  inventory: Inventory,
  { mount }: Target,
  source: SourceState,
  { subvolume, into, back }: Pick<ReplicationRequest, 'subvolume' | 'into' | 'back'>,
): Result<TargetPlace> {
  return back === undefined
    ? resolveTarget(server, inventory, mount, source.place, into, sentBefore(source))
    : ownPlace(inventory, subvolume);
}

/** Where the snapshots of a subvolume are made, also of one that is gone. Faults: not-mounted and the like. */
export function ownPlace(inventory: Inventory, subvolume: string): Result<TargetPlace> {
  const found = findSubvolume(inventory, subvolume);
  if (!found.ok && found.fault.code !== 'no-such-subvolume') return found;
  const place = found.ok ? found.value : placeOfVanished(inventory, subvolume);
  const at = place && nearestMount(place.filesystem, place.directory);
  if (!place || !at) return found.ok ? failed(isAway(inventory.server, subvolume)) : found;
  if (at.readOnly) return failed(mountedReadOnly(inventory.server, at.path));
  const { filesystem, directory } = place;
  return ok({ server: inventory.server, filesystem, mount: at.path, directory });
}

const isAway = (server: string, subvolume: string): Fault =>
  fault(
    'not-mounted',
    `No mount on ${server} shows where the snapshots of ${subvolume} are made.`,
    'Mount its filesystem there, then try again.',
    { server },
  );

const isGone = (server: string, subvolume: string, path: string): Fault =>
  fault(
    'no-such-snapshot',
    `There is no replica ${path} of ${subvolume} on ${server}.`,
    `"${command('snapshot', 'list', subvolume, '--server', server)}" shows what there is.`,
    { server },
  );
