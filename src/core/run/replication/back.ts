/** Opens a replica as what is sent, and the subvolume's own directory on the primary as where it goes: the way back. */
import type { ShownSubvolume } from '../../btrfs/read/show.ts';
import { command } from '../../model/command-line.ts';
import { type Fault, fault } from '../../model/fault.ts';
import type { Filesystem, Inventory, Subvolume } from '../../model/inventory.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import type { ReplicationRequest, SentBack } from '../../model/runs/replication.ts';
import type { Server } from '../../model/server.ts';
import { bornIdOfSnapshot, parentDirectory, type Snapshot } from '../../model/snapshot.ts';
import type { Target } from '../../model/target.ts';
import {
  basesBelow,
  findSubvolume,
  nearestMount,
  placeOfVanished,
  snapshotsIn,
} from '../../plan/catalog/catalog.ts';
import { withWays } from '../../plan/catalog/one-mount.ts';
import { generationsOf } from '../../plan/catalog/order-made.ts';
import { resolveTarget, type TargetPlace } from '../../plan/catalog/target.ts';
import { mountedReadOnly } from '../../plan/catalog/target-faults.ts';
import { type SourceState, sentBefore } from '../../plan/replication/target-plan.ts';
import type { DriverContext } from '../ground/driver.ts';
import { type Fleet, lookAt, type Seen } from '../ground/fleet.ts';
import { THOROUGH } from '../ground/prove.ts';

/**
 * The replica, and all else that may be a base on its filesystem. One that nothing proves to be of this subvolume was
 * chosen by its path. Faults: those of a look; no-such-snapshot, when it is not there any more.
 */
export async function openReplica(
  fleet: Fleet,
  subvolume: string,
  back: SentBack,
  signal: AbortSignal,
): Promise<Result<SourceState & Seen & { readonly isDifferent?: true }>> {
  const { server, path, uuid } = back;
  const seen = await lookAt(fleet, server, signal, THOROUGH);
  if (!seen.ok) return seen;
  const found = replicaIn(seen.value.inventory, back);
  const mount = found && nearestMount(found.filesystem, path)?.path;
  if (!found || !mount) return failed(isGone(server, subvolume, path));
  const { filesystem, entry } = found;
  const around = snapshotsIn(filesystem, parentDirectory(path));
  if (!around.ok) return around;
  // A copy may lie in a directory of its own, and what it can be sent on top of in another.
  const below = basesBelow(filesystem, mount);
  if (!below.ok) return below;
  const beside = new Set(around.value.map((one) => one.uuid));
  const sent = new Set(fleet.journal.replicasOf(subvolume).map(({ originId }) => originId));
  const others = below.value.filter((one) => !beside.has(one.uuid) && sent.has(one.originId));
  const candidates = [...around.value, ...others];
  const isChosen = (one: Snapshot): boolean => one.uuid === uuid && one.readOnly;
  // Whoever named one that differs was told what differs. It is sent in full: what it shares with others may be what is wrong.
  const isDifferent = entry.doubt === 'different';
  const all = candidates
    .filter((one) => !isDifferent || isChosen(one))
    .map((one) => (isChosen(one) ? asChosen(one) : one));
  return ok({
    ...seen.value,
    place: {
      ...{ server, path: subvolume, subvolume: entry, filesystem, mount, replicaBelow: '' },
      ...{ directory: parentDirectory(path), homes: [] },
    },
    owners: null,
    snapshots: withWays(filesystem, all),
    generations: generationsOf(filesystem),
    moments: null,
    held: new Set(),
    ...(isDifferent ? { isDifferent: true as const } : {}),
  });
}

function asChosen(one: Snapshot): Snapshot {
  if (one.doubt !== 'different') return { ...one, state: 'complete' };
  const { doubt: _, ...plain } = one;
  return { ...plain, originId: bornIdOfSnapshot(one), state: 'complete' };
}

/**
 * What was sent back of one that differs bears the id of the snapshot that it is not: other servers may have the right one
 * under that id, and nothing may be built on both. To be called before it counts as whole.
 */
export async function markSentBack(
  { uuid, generation }: Pick<ShownSubvolume, 'uuid' | 'generation'>,
  {
    server,
    filesystem,
    path,
  }: { readonly server: string; readonly filesystem: string; readonly path: string },
  { place }: Pick<SourceState, 'place'>,
  { fleet, patiently }: Pick<DriverContext, 'fleet' | 'patiently'>,
): Promise<void> {
  if (uuid === null) return;
  const what = `it was sent back from ${place.server}, where it was found different`;
  const verdict = { kind: 'different', path, subvolume: place.path, generation, what } as const;
  await patiently(() => fleet.journal.noteCompared({ server, filesystem, uuid, verdict, verifications: [] }));
}

/** By its path, its uuid, or both. */
export function replicaIn(
  { filesystems }: Inventory,
  { path, uuid }: { readonly path?: string; readonly uuid?: string },
): { readonly filesystem: Filesystem; readonly entry: Subvolume } | null {
  const isIt = (one: Subvolume): boolean =>
    (path === undefined || one.absolutePath === path) && (uuid === undefined || one.uuid === uuid);
  for (const filesystem of filesystems) {
    const { listing } = filesystem;
    const entry = listing.ok ? listing.value.find(isIt) : undefined;
    if (entry) return { filesystem, entry };
  }
  return null;
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
  const nearest = place && nearestMount(place.filesystem, place.directory);
  if (!place || !nearest) return found.ok ? failed(isAway(inventory.server, subvolume)) : found;
  if (nearest.readOnly) return failed(mountedReadOnly(inventory.server, nearest.path));
  const { filesystem, mount, directory } = place;
  return ok({ server: inventory.server, filesystem, mount, directory });
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
