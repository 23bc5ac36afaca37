/**
 * Lists the snapshots of one subvolume: on the primary those in its own directory and foreign ones made of it, on
 * another server the replicas, wherever that server keeps them, and what has the content of the foreign ones.
 */
import { type Fault, fault } from '../../model/fault.ts';
import type { Filesystem, Inventory } from '../../model/inventory.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import {
  byAge,
  findSubvolume,
  insidePath,
  ownSnapshots,
  type Place,
  placeOfVanished,
  snapshotsIn,
  snapshotsOf,
} from '../../plan/catalog/catalog.ts';
import { originsByName, withChanged } from '../../plan/catalog/changed-replicas.ts';
import { foreignOf, foreignReplicas } from '../../plan/catalog/foreign-history.ts';
import {
  holdsReplicasOf,
  ownReplicas,
  replicaDirectories,
  resolveTarget,
  type SourceMarks,
} from '../../plan/catalog/target.ts';
import { putAside } from '../../plan/restore/put-aside.ts';
import { type Fleet, lookAt, primaryServer, type Seen, serverNamed } from '../ground/fleet.ts';
import { type Marked, ownMarks } from './own-marks.ts';

/** `moves`: before the oldest of the looks it rests on. */
export interface ListedSnapshots extends Seen {
  /** When the oldest of them was begun, in milliseconds since 1970 UTC. A look from before a server was off is none of them. */
  readonly lookedAt: number;
  /** Oldest first. */
  readonly snapshots: readonly Snapshot[];
  /** What restores put aside, oldest first; it is no snapshot, and nothing deletes it by itself. */
  readonly replaced: readonly Snapshot[];
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
  const { inventory } = seen.value;
  const lookedAt = Date.parse(inventory.takenAt);
  if (wanted.value.name === primary.value.name) {
    const here = listedHere(inventory, subvolume);
    return here.ok ? ok({ ...seen.value, lookedAt, ...here.value }) : here;
  }
  const origin = await findOrigin(fleet, primary.value.name, subvolume, signal);
  if (!origin.ok) return origin;
  const receiving = fleet.journal.receivingPaths(wanted.value.name);
  const { place } = origin.value;
  const replicas = replicasOn(inventory, origin.value, receiving);
  if (!place.ok && replicas.ok && replicas.value.length === 0) return place;
  return replicas.ok
    ? ok({ ...seen.value, ...oldestOf(seen.value, origin.value), snapshots: replicas.value, replaced: [] })
    : replicas;
}

/** On the primary, as a look at it saw them. */
export function listedHere(
  inventory: Inventory,
  subvolume: string,
): Result<Pick<ListedSnapshots, 'snapshots' | 'replaced'>> {
  const place = findSubvolume(inventory, subvolume);
  const snapshots = place.ok ? snapshotsOf(place.value) : leftBehind(inventory, subvolume, place.fault);
  if (!snapshots.ok) return snapshots;
  const at = place.ok ? place.value : placeOfVanished(inventory, subvolume);
  const inside = place.ok ? place.value.subvolume.path : at && insidePath(at.filesystem, subvolume);
  return ok({ snapshots: snapshots.value, replaced: at && inside !== null ? putAside(at, inside) : [] });
}

/** A directory of replicas, as a task has it: which server, which mount there, and below what (null: the usual). */
export interface ReplicaDirectory {
  readonly server: string;
  readonly mount: string;
  readonly into: string | null;
}

/**
 * What lies in one directory of replicas, oldest first; foreign is what is not proven to be of this subvolume. The server
 * may be the primary: a second disk of it. Faults: not-mounted and the like; a subvolume that is not on the primary.
 */
export async function listReplicas(
  fleet: Fleet,
  subvolume: string,
  { server, mount, into }: ReplicaDirectory,
  signal?: AbortSignal,
): Promise<Result<ListedSnapshots>> {
  const primary = primaryServer(fleet);
  if (!primary.ok) return primary;
  const wanted = serverNamed(fleet, server);
  if (!wanted.ok) return wanted;
  const seen = await lookAt(fleet, server, signal);
  if (!seen.ok) return seen;
  const origin = await findOrigin(fleet, primary.value.name, subvolume, signal);
  if (!origin.ok) return origin;
  const { place, marks, snapshots: source } = origin.value;
  if (!place.ok) return place;
  const { inventory } = seen.value;
  const at = resolveTarget(wanted.value, inventory, mount, place.value, into, { marks, snapshots: source });
  if (!at.ok) return at;
  const { filesystem, directory } = at.value;
  const found = snapshotsIn(filesystem, directory, fleet.journal.receivingPaths(server));
  if (!found.ok) return found;
  const snapshots = replicasIn({ filesystem, directory, marks, source }, found.value);
  return ok({ ...seen.value, ...oldestOf(seen.value, origin.value), snapshots, replaced: [] });
}

/** Of a look at the replicas and what is known of the primary. */
const oldestOf = (
  { inventory, moves }: Seen,
  origin: Pick<Origin, 'lookedAt' | 'moves'>,
): Pick<ListedSnapshots, 'lookedAt' | 'moves'> => ({
  lookedAt: Math.min(Date.parse(inventory.takenAt), origin.lookedAt),
  moves: Math.min(moves, origin.moves),
});

interface Held {
  readonly filesystem: Filesystem;
  readonly directory: string;
  readonly marks: SourceMarks;
  readonly source: readonly Snapshot[];
}

function replicasIn({ filesystem, directory, marks, source }: Held, there: readonly Snapshot[]): Snapshot[] {
  const isHeld = holdsReplicasOf(filesystem, directory, marks, there, source);
  const known = isHeld ? withChanged(there, originsByName(source)) : there;
  return ownReplicas(filesystem, directory, marks, known, source);
}

/** A subvolume that was lost is when its snapshots are needed most; none there: it never was one. */
function leftBehind(inventory: Inventory, subvolume: string, why: Fault): Result<Snapshot[]> {
  const place = why.code === 'no-such-subvolume' ? placeOfVanished(inventory, subvolume) : null;
  if (!place) return failed(why);
  const left = ownSnapshots(place);
  return left.ok && left.value.length === 0 ? failed(why) : left;
}

/**
 * The replicas of a subvolume in every directory a server's filesystems may keep them in, oldest first. What lies in
 * a directory of that name and is of another subvolume, of that server's own for example, is foreign.
 */
export function replicasOn(
  inventory: Pick<Inventory, 'filesystems'>,
  origin: Origin,
  receiving: ReadonlySet<string>,
): Result<Snapshot[]> {
  const found = new Map<string, Snapshot>();
  for (const filesystem of inventory.filesystems) {
    for (const directory of directoriesIn(filesystem, origin)) {
      const snapshots = snapshotsIn(filesystem, directory, receiving);
      if (!snapshots.ok) return snapshots;
      const { marks, snapshots: source } = origin;
      // Two mounts may show the same directory; what it holds is there once.
      for (const snapshot of replicasIn({ filesystem, directory, marks, source }, snapshots.value)) {
        const key = `${filesystem.uuid} ${snapshot.uuid}`;
        if (!found.has(key)) found.set(key, snapshot);
      }
    }
    for (const snapshot of foreignReplicas(filesystem, origin.foreign)) {
      const key = `${filesystem.uuid} ${snapshot.uuid}`;
      if (!found.has(key)) found.set(key, snapshot);
    }
  }
  return ok([...found.values()].toSorted(byAge));
}

const directoriesIn = (filesystem: Filesystem, origin: Origin): string[] => [
  ...new Set([...replicaDirectories(filesystem, origin), ...(origin.beside ?? [])]),
];

/** What is known of a subvolume on the primary, to find its replicas by. */
export interface Origin {
  readonly filesystemUuid: string;
  /** Its directory below `.snapshots` on a target. */
  readonly replicaBelow: string;
  /** Its marks on directories of its replicas. */
  readonly marks: SourceMarks;
  readonly snapshots: readonly Snapshot[];
  /** Made of it by others, on the primary. */
  readonly foreign: readonly Snapshot[];
  /** A fault: it is not on the primary any more; only replicas that are there prove that it ever was. */
  readonly place: Result<Place>;
  /** Directories on targets where some were sent, beside those that it is known by. */
  readonly beside?: readonly string[];
  /** Of the look at the primary; infinity: it cannot be reached. */
  readonly lookedAt: number;
  readonly moves: number;
}

/** Where replicas of it lie, from the primary or, when that cannot be reached, from the last look at it. */
async function findOrigin(
  fleet: Fleet,
  primary: string,
  subvolume: string,
  signal?: AbortSignal,
): Promise<Result<Origin>> {
  const seen = await lookAt(fleet, primary, signal);
  const inventory = seen.ok ? seen.value.inventory : fleet.journal.lastInventory(primary);
  if (!inventory) return seen.ok ? failed(neverSeen(primary)) : seen;
  const look = seen.ok ? { lookedAt: Date.parse(inventory.takenAt), moves: seen.value.moves } : NO_LOOK;
  return originIn(inventory, subvolume, look);
}

/** It was not looked at now. */
export const NO_LOOK = { lookedAt: Number.POSITIVE_INFINITY, moves: Number.POSITIVE_INFINITY };

/** As a look at the primary saw it. Faults: those of `findSubvolume`, where nothing says that it was one. */
export function originIn(
  inventory: Inventory,
  subvolume: string,
  look: Pick<Origin, 'lookedAt' | 'moves'> = NO_LOOK,
): Result<Origin> {
  const place: Result<Place> = findSubvolume(inventory, subvolume);
  if (place.ok) return originOf(place.value, place, look);
  const vanished = place.fault.code === 'no-such-subvolume' ? placeOfVanished(inventory, subvolume) : null;
  return vanished ? originOf({ ...vanished, path: subvolume, subvolume: null }, place, look) : place;
}

function originOf(
  about: Marked & Pick<Place, 'replicaBelow' | 'homes'>,
  place: Result<Place>,
  look: Pick<Origin, 'lookedAt' | 'moves'>,
): Result<Origin> {
  const snapshots = ownSnapshots(about);
  if (!snapshots.ok) return snapshots;
  const { replicaBelow, filesystem } = about;
  const known = { replicaBelow, filesystemUuid: filesystem.uuid, marks: ownMarks(about) };
  const foreign = place.ok ? foreignOf(place.value) : [];
  return ok({ ...known, ...look, snapshots: snapshots.value, foreign, place });
}

const neverSeen = (server: string): Fault =>
  fault('listing-failed', `${server} has never been looked at.`, `Try "btrfleet server check ${server}".`, {
    server,
  });
