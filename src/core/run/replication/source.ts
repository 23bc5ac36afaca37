/** Opens the side that is sent from: one look at the primary, and what replication must know of the subvolume there. */
import type { Inventory } from '../../model/inventory.ts';
import { ok, type Result } from '../../model/result.ts';
import type { ReplicationRequest } from '../../model/runs/replication.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import { findSubvolume, snapshotsOf } from '../../plan/catalog/catalog.ts';
import { withWays } from '../../plan/catalog/one-mount.ts';
import { generationsOf } from '../../plan/catalog/order-made.ts';
import { momentsOf } from '../../plan/replication/catch-up.ts';
import type { SourceState } from '../../plan/replication/target-plan.ts';
import type { Config } from '../../state/config/schema.ts';
import { type Fleet, lookAt, primaryServer, type Seen } from '../ground/fleet.ts';
import { THOROUGH } from '../ground/prove.ts';
import { ownMarks } from '../looks/own-marks.ts';
import { openReplica } from './back.ts';
import { withSeed } from './seed-source.ts';

export interface Source extends SourceState, Seen {
  /** Sent back though it was found different: what comes of it bears the id of what it is not, and must be marked as well. */
  readonly isDifferent?: true;
}

/** Faults: what a look says, and that the subvolume or a member of its group is not there; those of `openReplica` and `withSeed`. */
export async function openSource(
  fleet: Fleet,
  { subvolume, wanted, back, seed }: Pick<ReplicationRequest, 'subvolume' | 'wanted' | 'back' | 'seed'>,
  signal: AbortSignal,
): Promise<Result<Source>> {
  if (seed) {
    const live = await openSource(fleet, { subvolume, wanted }, signal);
    return live.ok ? withSeed(live.value, seed) : live;
  }
  if (back) return openReplica(fleet, subvolume, back, signal);
  const primary = primaryServer(fleet);
  if (!primary.ok) return primary;
  const config = fleet.config.read();
  if (!config.ok) return config;
  const seen = await lookAt(fleet, primary.value.name, signal, THOROUGH);
  if (!seen.ok) return seen;
  const found = sourceIn(seen.value, { subvolume, wanted }, config.value.config);
  // What is not there may have come since another part of the round looked.
  return found.ok || !seen.value.isHanded ? found : openSource(fleet, { subvolume, wanted }, signal);
}

function sourceIn(
  seen: Seen,
  { subvolume, wanted }: Pick<ReplicationRequest, 'subvolume' | 'wanted'>,
  { holds }: Pick<Config, 'holds'>,
): Result<Source> {
  const { inventory } = seen;
  const group = wanted.mode === 'catch-up' ? wanted.group : null;
  const place = findSubvolume(inventory, subvolume);
  if (!place.ok) return place;
  const snapshots = snapshotsOf(place.value);
  if (!snapshots.ok) return snapshots;
  const moments = group ? momentsIn(inventory, group) : ok(null);
  if (!moments.ok) return moments;
  return ok({
    ...seen,
    place: place.value,
    owners: ownMarks(place.value),
    snapshots: withWays(place.value.filesystem, snapshots.value),
    generations: generationsOf(place.value.filesystem),
    moments: moments.value,
    held: new Set(holds.map(({ originId }) => originId)),
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
