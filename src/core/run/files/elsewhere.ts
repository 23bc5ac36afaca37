/** Lists what another server than the primary has of a subvolume, also where nothing of it is left on the primary. */
import type { Host } from '../../hosts/port/host.ts';
import type { TreeWish } from '../../model/files.ts';
import type { Inventory } from '../../model/inventory.ts';
import { ok, type Result } from '../../model/result.ts';
import { isSnapshotName, type Snapshot } from '../../model/snapshot.ts';
import { snapshotsNamed } from '../../plan/catalog/named-snapshot.ts';
import { toSnapshot } from '../../plan/catalog/to-snapshot.ts';
import { type Fleet, lookAt } from '../ground/fleet.ts';
import { listSnapshots, replicasOn } from '../looks/list-snapshots.ts';
import { originNow } from './remembered.ts';

export interface ListedElsewhere {
  readonly host: Host;
  readonly inventory: Inventory;
  readonly snapshots: readonly Snapshot[];
}

/** Faults: no-such-subvolume (nothing there is known to be of it), and those of a look. */
export async function listElsewhere(
  fleet: Fleet,
  primary: string,
  server: string,
  { subvolume, snapshot: wanted }: TreeWish,
  signal?: AbortSignal,
): Promise<Result<ListedElsewhere>> {
  const listed = await listSnapshots(fleet, subvolume, server, signal);
  // It may be the primary that could not be looked at.
  const seen = listed.ok ? listed : await lookAt(fleet, server, signal);
  if (!seen.ok) return listed;
  const { host, inventory } = seen.value;
  const there = listed.ok ? listed.value.snapshots : [];
  const sent = sentThere(fleet, primary, subvolume, inventory);
  const isSent = new Set(sent.map(({ uuid }) => uuid));
  const known = [...there.filter(({ uuid }) => !isSent.has(uuid)), ...sent];
  const lies = snapshotsNamed(known, wanted).length > 0 ? null : lyingAt(inventory, wanted);
  if (!listed.ok && sent.length === 0 && lies === null) return listed;
  return ok({ host, inventory, snapshots: lies ? [...known, lies] : known });
}

/** Of a subvolume that is gone from the primary: what the journal remembers to have sent, as it is there now. */
function sentThere(
  { journal }: Fleet,
  primary: string,
  subvolume: string,
  inventory: Inventory,
): readonly Snapshot[] {
  const before = journal.lastInventory(primary);
  const origin = before && originNow(journal, before, subvolume);
  if (!origin?.ok || origin.value.beside === undefined) return [];
  const found = replicasOn(inventory, origin.value, journal.receivingPaths(inventory.server));
  return found.ok ? found.value : [];
}

/** Whoever names it by its path has seen where it lies, and means that one. */
function lyingAt({ filesystems }: Inventory, path: string): Snapshot | null {
  for (const filesystem of filesystems) {
    const { listing } = filesystem;
    const entry = listing.ok
      ? listing.value.find(({ absolutePath, readOnly }) => absolutePath === path && readOnly)
      : undefined;
    const found = entry && toSnapshot(filesystem, entry, path, 'foreign');
    if (found && isSnapshotName(found.name)) return found;
  }
  return null;
}
