/** Opens the side that is sent from: one look at the primary, and what replication must know of the subvolume there. */
import { ownerMark } from '../btrfs/marks.ts';
import type { Host } from '../hosts/host.ts';
import type { Inventory } from '../model/inventory.ts';
import type { ReplicationRequest } from '../model/replication.ts';
import { ok, type Result } from '../model/result.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { findSubvolume, type Place, snapshotsOf } from '../plan/catalog.ts';
import { momentsOf } from '../plan/catch-up.ts';
import type { SourceState } from '../plan/target-plan.ts';
import { type Fleet, lookAt, primaryServer } from './fleet.ts';

export interface Source extends SourceState {
  readonly host: Host;
  readonly inventory: Inventory;
}

export async function openSource(
  fleet: Fleet,
  { subvolume, wanted }: Pick<ReplicationRequest, 'subvolume' | 'wanted'>,
  signal?: AbortSignal,
): Promise<Result<Source>> {
  const primary = primaryServer(fleet);
  if (!primary.ok) return primary;
  const config = fleet.config.read();
  if (!config.ok) return config;
  const seen = await lookAt(fleet, primary.value.name, signal);
  if (!seen.ok) return seen;
  const { inventory } = seen.value;
  const place = findSubvolume(inventory, subvolume);
  if (!place.ok) return place;
  const snapshots = snapshotsOf(place.value);
  if (!snapshots.ok) return snapshots;
  const moments = wanted.mode === 'catch-up' && wanted.group ? momentsIn(inventory, wanted.group) : ok(null);
  if (!moments.ok) return moments;
  return ok({
    ...seen.value,
    place: place.value,
    owner: ownerMark({
      filesystemUuid: place.value.filesystem.uuid,
      path: place.value.subvolume.path,
    }),
    snapshots: snapshots.value,
    generations: generationsOf(place.value),
    moments: moments.value,
    held: new Set(config.value.config.holds.map(({ originId }) => originId)),
  });
}

/** A member that cannot be found may be what makes a moment incomplete: a fault. */
function momentsIn(inventory: Inventory, group: readonly string[]): Result<ReadonlySet<string>> {
  const members: (readonly Snapshot[])[] = [];
  for (const path of group) {
    const place = findSubvolume(inventory, path);
    if (!place.ok) return place;
    const snapshots = snapshotsOf(place.value);
    if (!snapshots.ok) return snapshots;
    members.push(snapshots.value);
  }
  return ok(momentsOf(members));
}

function generationsOf({ filesystem }: Place): ReadonlyMap<string, number> {
  const { listing } = filesystem;
  const made = listing.ok ? listing.value : [];
  return new Map(
    made.flatMap(({ uuid, createdGeneration: generation }) =>
      uuid !== null && generation !== null ? [[uuid, generation]] : [],
    ),
  );
}
