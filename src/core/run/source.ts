/** Opens the side that is sent from: the primary, one look at it, the subvolume and its snapshots. */
import type { Host } from '../hosts/host.ts';
import type { Inventory } from '../model/inventory.ts';
import { ok, type Result } from '../model/result.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { findSubvolume, type Place, snapshotsOf } from '../plan/catalog.ts';
import { type Fleet, lookAt, primaryServer } from './fleet.ts';

export interface Source {
  readonly host: Host;
  readonly inventory: Inventory;
  readonly place: Place;
  /** Oldest first, foreign ones included. */
  readonly snapshots: readonly Snapshot[];
}

export async function openSource(
  fleet: Fleet,
  subvolume: string,
  signal?: AbortSignal,
): Promise<Result<Source>> {
  const primary = primaryServer(fleet);
  if (!primary.ok) return primary;
  const seen = await lookAt(fleet, primary.value.name, signal);
  if (!seen.ok) return seen;
  const place = findSubvolume(seen.value.inventory, subvolume);
  if (!place.ok) return place;
  const snapshots = snapshotsOf(place.value);
  if (!snapshots.ok) return snapshots;
  return ok({ ...seen.value, place: place.value, snapshots: snapshots.value });
}
