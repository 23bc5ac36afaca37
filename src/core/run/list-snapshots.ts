/**
 * Lists the snapshots of one subvolume: on the primary those in its own directory and foreign ones made of it, on
 * another server the replicas, wherever that server keeps them.
 */
import type { Host } from '../hosts/host.ts';
import { type Fault, fault } from '../model/fault.ts';
import type { Filesystem, Inventory } from '../model/inventory.ts';
import { failed, ok, type Result } from '../model/result.ts';
import { type Snapshot, snapshotDirectory } from '../model/snapshot.ts';
import {
  byAge,
  findSubvolume,
  type Place,
  placeOfVanished,
  snapshotsIn,
  snapshotsOf,
} from '../plan/catalog.ts';
import { type Fleet, lookAt, primaryServer, serverNamed } from './fleet.ts';

export interface ListedSnapshots {
  readonly host: Host;
  readonly inventory: Inventory;
  /** Oldest first. */
  readonly snapshots: readonly Snapshot[];
}

/** `server` null: the primary. */
export async function listSnapshots(
  fleet: Fleet,
  subvolume: string,
  server: string | null,
  signal?: AbortSignal,
): Promise<Result<ListedSnapshots>> {
  const primary = primaryServer(fleet);
  if (!primary.ok) return primary;
  const wanted = server === null ? primary : serverNamed(fleet, server);
  if (!wanted.ok) return wanted;
  const seen = await lookAt(fleet, wanted.value.name, signal);
  if (!seen.ok) return seen;
  const { host, inventory } = seen.value;
  if (wanted.value.name === primary.value.name) {
    const place = findSubvolume(inventory, subvolume);
    const snapshots = place.ok ? snapshotsOf(place.value) : leftBehind(inventory, subvolume, place.fault);
    return snapshots.ok ? ok({ host, inventory, snapshots: snapshots.value }) : snapshots;
  }
  const below = await replicaBelow(fleet, primary.value.name, subvolume, signal);
  if (!below.ok) return below;
  const receiving = new Set(fleet.journal.receivingOn(wanted.value.name).map(({ path }) => path));
  const { path, vanished } = below.value;
  const replicas = replicasOn(inventory, path, receiving);
  if (vanished && replicas.ok && replicas.value.length === 0) return failed(vanished);
  return replicas.ok ? ok({ host, inventory, snapshots: replicas.value }) : replicas;
}

/** A subvolume that was lost is when its snapshots are needed most; none there: it never was one. */
function leftBehind(inventory: Inventory, subvolume: string, why: Fault): Result<Snapshot[]> {
  const place = why.code === 'no-such-subvolume' ? placeOfVanished(inventory, subvolume) : null;
  if (!place) return failed(why);
  const left = snapshotsIn(place.filesystem, place.directory);
  return left.ok && left.value.length === 0 ? failed(why) : left;
}

/** The replicas of a subvolume in every directory a server's filesystems may keep them in, oldest first. */
export function replicasOn(
  inventory: Inventory,
  below: string,
  receiving: ReadonlySet<string> = new Set(),
): Result<Snapshot[]> {
  const found = new Map<string, Snapshot>();
  for (const filesystem of inventory.filesystems) {
    for (const directory of directoriesOf(filesystem, below)) {
      const snapshots = snapshotsIn(filesystem, directory, receiving);
      if (!snapshots.ok) return snapshots;
      // Two mounts may show the same directory; what it holds is there once.
      for (const snapshot of snapshots.value) {
        const key = `${filesystem.uuid} ${snapshot.uuid}`;
        if (!found.has(key)) found.set(key, snapshot);
      }
    }
  }
  return ok([...found.values()].toSorted(byAge));
}

const directoriesOf = (filesystem: Filesystem, below: string): string[] =>
  filesystem.mounts.map((mount) => snapshotDirectory(mount.path, below));

interface ReplicaBelow {
  readonly path: string;
  /** Why it was not found on the primary: only replicas that are there prove that it ever was. */
  readonly vanished: Fault | null;
}

/** Where replicas of it lie, from the primary or, when that cannot be reached, from the last look at it. */
async function replicaBelow(
  fleet: Fleet,
  primary: string,
  subvolume: string,
  signal?: AbortSignal,
): Promise<Result<ReplicaBelow>> {
  const seen = await lookAt(fleet, primary, signal);
  const inventory = seen.ok ? seen.value.inventory : fleet.journal.lastInventory(primary);
  if (!inventory) return seen.ok ? failed(neverSeen(primary)) : seen;
  const place: Result<Place> = findSubvolume(inventory, subvolume);
  if (place.ok) return ok({ path: place.value.replicaBelow, vanished: null });
  const vanished = place.fault.code === 'no-such-subvolume' ? placeOfVanished(inventory, subvolume) : null;
  return vanished ? ok({ path: vanished.replicaBelow, vanished: place.fault }) : place;
}

const neverSeen = (server: string): Fault =>
  fault('listing-failed', `${server} has never been looked at.`, `Try "btrfleet server check ${server}".`, {
    server,
  });
