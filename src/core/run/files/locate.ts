/**
 * Finds where the files of a snapshot can be read: on the primary, or on a server that has a replica of it. It goes by
 * what the catalog proves, never by a name alone. It changes nothing.
 */
import type { Host } from '../../hosts/port/host.ts';
import { type Fault, fault } from '../../model/fault.ts';
import type { TreeWish } from '../../model/files.ts';
import type { Inventory } from '../../model/inventory.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import { findSubvolume } from '../../plan/catalog/catalog.ts';
import { foreignOf } from '../../plan/catalog/foreign-history.ts';
import { LIVE, readableTree, readingNote } from '../../plan/files/readable-tree.ts';
import { type Fleet, lookAt, primaryServer } from '../ground/fleet.ts';
import { listSnapshots } from '../looks/list-snapshots.ts';
import { type ListedElsewhere, listElsewhere } from './elsewhere.ts';
import { withReplicas } from './remembered.ts';

export interface LocatedTree {
  readonly host: Host;
  readonly inventory: Inventory;
  /** Canonical: as `findSubvolume` names it, or as it was asked for where it is gone. */
  readonly subvolume: string;
  /** Absolute path of the root of the tree, on the server of `host`. */
  readonly path: string;
  /** Null: the subvolume itself. */
  readonly snapshot: Snapshot | null;
  /** The uuid of what lies at `path`; null where btrfs does not list it (a top level). */
  readonly uuid: string | null;
  /** What somebody who reads there must know; null: nothing. */
  readonly note: Fault | null;
}

/**
 * Faults: no-such-snapshot, refused (not proven to be of it, partial, or several of that name), usage (`live` on another
 * server), no-such-server, no-such-subvolume, and those of a look. Modified ones are found, with a note.
 */
export async function locateTree(
  fleet: Fleet,
  wish: TreeWish,
  signal?: AbortSignal,
): Promise<Result<LocatedTree>> {
  const primary = primaryServer(fleet);
  if (!primary.ok) return primary;
  const isPrimary = wish.server === null || wish.server === primary.value.name;
  if (wish.snapshot === LIVE && !isPrimary) return failed(liveElsewhere(primary.value.name, wish));
  const found = await (wish.snapshot === LIVE
    ? locateLive(fleet, primary.value.name, wish.subvolume, signal)
    : locateSnapshot(fleet, primary.value.name, wish, signal));
  if (found.ok || !isPrimary) return found;
  const words = ['browse', wish.subvolume, wish.snapshot === LIVE ? 'NAME' : wish.snapshot];
  return failed(withReplicas(fleet.journal, wish.subvolume, found.fault, words));
}

async function locateSnapshot(
  fleet: Fleet,
  primary: string,
  wish: TreeWish,
  signal?: AbortSignal,
): Promise<Result<LocatedTree>> {
  const isPrimary = wish.server === null || wish.server === primary;
  const listed = isPrimary
    ? await listHere(fleet, wish.subvolume, signal)
    : await listElsewhere(fleet, primary, wish.server ?? '', wish, signal);
  if (!listed.ok) return listed;
  const { host, inventory, snapshots } = listed.value;
  const known = knownOnPrimary(fleet, primary, wish.subvolume, inventory);
  const tree = readableTree({
    ...{ server: host.server.name, isPrimary, subvolume: known.subvolume, wanted: wish.snapshot },
    ...{ snapshots, foreignOrigins: known.foreignOrigins },
  });
  if (!tree.ok) return tree;
  const { path, uuid } = tree.value;
  const note = readingNote(host.server.name, tree.value);
  return ok({ host, inventory, subvolume: known.subvolume, path, snapshot: tree.value, uuid, note });
}

/** With what restores put aside. */
async function listHere(
  fleet: Fleet,
  subvolume: string,
  signal?: AbortSignal,
): Promise<Result<ListedElsewhere>> {
  const listed = await listSnapshots(fleet, subvolume, null, signal);
  if (!listed.ok) return listed;
  const { snapshots, replaced, ...seen } = listed.value;
  return ok({ ...seen, snapshots: [...snapshots, ...replaced] });
}

async function locateLive(
  fleet: Fleet,
  primary: string,
  subvolume: string,
  signal?: AbortSignal,
): Promise<Result<LocatedTree>> {
  const seen = await lookAt(fleet, primary, signal);
  if (!seen.ok) return seen;
  const place = findSubvolume(seen.value.inventory, subvolume);
  if (!place.ok) return place;
  const { path, subvolume: live } = place.value;
  return ok({ ...seen.value, subvolume: path, path, snapshot: null, uuid: live.uuid, note: null });
}

/** From the look that was just made of the primary, or the last one where it could not be reached. */
function knownOnPrimary(
  { journal }: Fleet,
  primary: string,
  subvolume: string,
  seen: Inventory,
): { readonly subvolume: string; readonly foreignOrigins: ReadonlySet<string> } {
  const inventory = seen.server === primary ? seen : journal.lastInventory(primary);
  const place = inventory && findSubvolume(inventory, subvolume);
  if (!place?.ok) return { subvolume, foreignOrigins: new Set() };
  const origins = foreignOf(place.value).map(({ originId }) => originId);
  return { subvolume: place.value.path, foreignOrigins: new Set(origins) };
}

const liveElsewhere = (primary: string, { subvolume, server }: TreeWish): Fault =>
  fault(
    'usage',
    `"${LIVE}" is ${subvolume} as it is now, on ${primary}; ${server} has only replicas of its snapshots.`,
    `Leave --server out, or name a snapshot.`,
  );
