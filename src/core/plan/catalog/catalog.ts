/**
 * Decides which entries of an inventory are subvolumes, which are whose snapshots and in what state they are.
 * It matches by directory and by uuid, never by the beginning of a name: `/data` is not `/data2`.
 */
import { beforeOf } from '../../model/extract/orders.ts';
import { type Fault, fault } from '../../model/fault.ts';
import type { Filesystem, Inventory, Mount, Subvolume } from '../../model/inventory.ts';
import { oncePer } from '../../model/once.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import { replacedOf } from '../../model/runs/restore.ts';
import {
  baseName,
  isSnapshotName,
  joinPath,
  parentDirectory,
  pathBelow,
  type Snapshot,
  type SnapshotState,
} from '../../model/snapshot.ts';
import { directoryFor, homesOf } from './homes.ts';
import { isInUse } from './in-use.ts';
import { toSnapshot } from './to-snapshot.ts';

/** A subvolume people use, and where its snapshots lie. */
export interface Place {
  readonly server: string;
  /** Canonical absolute path: through the mount closest to it. */
  readonly path: string;
  readonly subvolume: Subvolume;
  readonly filesystem: Filesystem;
  /** The mount `path` goes through. */
  readonly mount: string;
  /** Absolute directory that its snapshots are made in. */
  readonly directory: string;
  /** All directories they lie in, from the top level of the filesystem. */
  readonly homes: readonly string[];
  /** Its directory below `.snapshots` on a target. */
  readonly replicaBelow: string;
}

/**
 * Every subvolume people use, in path order; snapshots, replicas, whatever lies in `.snapshots` and what restores put aside
 * left out: that is listed with the snapshots of what took its place.
 */
export function subvolumesOf(filesystem: Filesystem): Result<Subvolume[]> {
  const { listing } = filesystem;
  if (!listing.ok) return listing;
  const paths = new Set(listing.value.map(({ path }) => path));
  const isAside = ({ path, readOnly }: Subvolume): boolean => {
    const name = replacedOf(baseName(`/${path}`))?.name;
    return !readOnly && name !== undefined && paths.has(joinPath(parentDirectory(`/${path}`), name).slice(1));
  };
  const used = listing.value.filter((entry) => isInUse(filesystem, entry) && !isAside(entry));
  return ok(used.toSorted((a, b) => compareText(shownPath(a), shownPath(b))));
}

/** The subvolume at a path, by whatever mount the path names it. */
export function findSubvolume(inventory: Inventory, path: string): Result<Place> {
  if (path.includes('\n')) return failed(lineBreak(inventory.server, path));
  const wanted = path.startsWith('/') ? path.replace(/\/+$/, '') || '/' : path;
  for (const { filesystem, mount } of nearestMounts(inventory, wanted)) {
    if (!filesystem.listing.ok) return filesystem.listing;
    const below = pathBelow(mount.path, wanted) ?? '';
    const inside = joinPath(mount.root, below).replace(/^\//, '');
    const entry = filesystem.listing.value.find((candidate) => candidate.path === inside);
    if (entry) return placeOf(inventory.server, filesystem, entry);
  }
  return failed(
    fault(
      'no-such-subvolume',
      `There is no subvolume ${wanted} on ${inventory.server}.`,
      `It may be a plain directory, or not mounted. "btrfleet subvolume list --server ${inventory.server}" shows what there is.`,
      { server: inventory.server },
    ),
  );
}

const lineBreak = (server: string, path: string): Fault =>
  fault(
    'unsupported-name',
    `The name ${JSON.stringify(path)} has a line break in it, so btrfs' own lists do not tell it for sure.`,
    `Rename the subvolume on ${server}; btrfleet leaves it alone until then.`,
    { server },
  );

export function placeOf(server: string, filesystem: Filesystem, subvolume: Subvolume): Result<Place> {
  const { absolutePath: path, mount } = subvolume;
  if (path === null || mount === null) {
    return failed(
      fault(
        'not-mounted',
        `The subvolume ${subvolume.path} of filesystem ${filesystem.uuid} is not reached by any mount on ${server}.`,
        'Mount it, or mount the top level of its filesystem (subvolid=5), then try again.',
        { server },
      ),
    );
  }
  if (!isInUse(filesystem, subvolume)) {
    return failed(
      fault(
        'no-such-subvolume',
        `${path} on ${server} is a snapshot, not a subvolume in use.`,
        'Name the subvolume it was made of.',
        { server },
      ),
    );
  }
  const below = pathBelow(mount, path) ?? '';
  return ok({
    server,
    path,
    subvolume,
    filesystem,
    mount,
    directory: directoryFor(filesystem, mount, below),
    homes: homesOf(filesystem, subvolume),
    replicaBelow: below !== '' ? below : path.slice(1) || 'root',
  });
}

/** Where the snapshots of a subvolume lie that is there no more: as if it were below the mount its path goes through. */
export function placeOfVanished(
  inventory: Inventory,
  path: string,
): Pick<Place, 'filesystem' | 'mount' | 'directory' | 'homes' | 'replicaBelow'> | null {
  const [nearest] = nearestMounts(inventory, path);
  if (!nearest) return null;
  const { filesystem, mount } = nearest;
  const below = pathBelow(mount.path, path) ?? '';
  const inside = insidePath(filesystem, path) ?? '';
  return {
    filesystem,
    mount: mount.path,
    directory: directoryFor(filesystem, mount.path, below),
    homes: homesOf(filesystem, { path: inside, uuid: null }),
    replicaBelow: below || path.slice(1) || 'root',
  };
}

/** Its snapshots: those in its own directories, and foreign ones made of it elsewhere. Oldest first. */
export function snapshotsOf(place: Place): Result<Snapshot[]> {
  const { listing } = place.filesystem;
  if (!listing.ok) return listing;
  const ours = ownSnapshots(place);
  if (!ours.ok) return ours;
  const seen = new Set(ours.value.map((snapshot) => snapshot.uuid));
  const { uuid } = place.subvolume;
  const elsewhere = listing.value
    .filter(({ readOnly, parentUuid }) => readOnly && parentUuid !== null && parentUuid === uuid)
    .filter(({ path }) => beforeOf(baseName(path)) === null)
    .map((entry) => toSnapshot(place.filesystem, entry, entry.absolutePath, 'foreign'))
    .filter((snapshot) => snapshot !== null)
    .filter((snapshot) => !seen.has(snapshot.uuid));
  return ok([...ours.value, ...elsewhere].toSorted(byAge));
}

/**
 * Those in the directory they are made in, and what btrfleet made in the others, oldest first. Where such a one is
 * marked as a directory of replicas, what lies there is somebody else's.
 */
export function ownSnapshots({
  filesystem,
  directory,
  homes,
}: Pick<Place, 'filesystem' | 'directory' | 'homes'>): Result<Snapshot[]> {
  const here = snapshotsIn(filesystem, directory);
  const { listing } = filesystem;
  if (!here.ok || !listing.ok) return here;
  const others = otherHomes(filesystem, directory, homes);
  if (others.size === 0) return here;
  const marked = markedPaths(filesystem, new Set());
  const found = listing.value
    .filter(({ path }) => others.has(parentDirectory(`/${path}`)) && isSnapshotName(baseName(path)))
    .map((entry) => toSnapshot(filesystem, entry, entry.absolutePath, stateOf(entry, marked)))
    .filter((snapshot) => snapshot !== null);
  return found.length === 0 ? here : ok([...here.value, ...found].toSorted(byAge));
}

/** All but the one they are made in, and those that are marked as directories of replicas. */
export function otherHomes(filesystem: Filesystem, directory: string, homes: readonly string[]): Set<string> {
  const others = new Set(homes);
  others.delete(`/${insidePath(filesystem, directory)}`);
  for (const owned of Object.keys(filesystem.owners)) others.delete(`/${insidePath(filesystem, owned)}`);
  return others;
}

/**
 * Everything directly in a directory of snapshots or replicas, oldest first. The directory is found in the
 * filesystem itself, below the nearest mount: it is the same one through whatever mount it is named.
 */
export function snapshotsIn(
  filesystem: Filesystem,
  directory: string,
  receiving: ReadonlySet<string> = new Set(),
): Result<Snapshot[]> {
  const { listing } = filesystem;
  if (!listing.ok) return listing;
  const inside = insidePath(filesystem, directory);
  const entries = inside === null ? undefined : byDirectory(listing.value).get(`/${inside}`);
  // Most directories that are asked for are not there.
  if (!entries) return ok([]);
  const marked = markedPaths(filesystem, receiving);
  const found = entries
    .filter(({ path }) => beforeOf(baseName(path)) === null)
    .map((entry) =>
      toSnapshot(filesystem, entry, joinPath(directory, baseName(entry.path)), stateOf(entry, marked)),
    )
    .filter((snapshot) => snapshot !== null);
  return ok(found.toSorted(byAge));
}

/** Each list is gone through once, however many directories of it are asked for: of a large fleet that takes seconds. */
const byDirectory = oncePer((listing: readonly Subvolume[]) =>
  Map.groupBy(
    listing.filter(({ path }) => path !== ''),
    ({ path }) => parentDirectory(`/${path}`),
  ),
);

const markedPaths = (filesystem: Filesystem, receiving: ReadonlySet<string>): Set<string | null> =>
  new Set([...filesystem.receiving, ...receiving].map((path) => insidePath(filesystem, path)));

/** An absolute path as the filesystem knows it: below its top level, without a leading slash; null: no mount of it. */
export function insidePath(filesystem: Filesystem, path: string): string | null {
  const nearest = nearestMount(filesystem, path);
  if (!nearest) return null;
  return joinPath(nearest.root, pathBelow(nearest.path, path) ?? '').replace(/^\//, '');
}

/** The filesystem that a path lies on, as a look saw it; null: on none of them. */
export const filesystemAt = (inventory: Inventory, path: string): Filesystem | null =>
  nearestMounts(inventory, path)[0]?.filesystem ?? null;

export const nearestMount = ({ mounts }: Filesystem, path: string): Mount | undefined =>
  mounts.reduce<Mount | undefined>((nearest, mount) => {
    if (nearest && mount.path.length <= nearest.path.length) return nearest;
    return pathBelow(mount.path, path) === null ? nearest : mount;
  }, undefined);

/**
 * What a receive into a directory can build on: every read-only snapshot below the mount the directory goes
 * through, which is a closer one than the target's where `.snapshots` is a mount of its own.
 */
export function basesBelow(filesystem: Filesystem, mount: string, directory = mount): Result<Snapshot[]> {
  const { listing } = filesystem;
  if (!listing.ok) return listing;
  const isThere = filesystem.mounts.some((candidate) => candidate.path === mount);
  const root = nearestMount(filesystem, directory)?.root;
  if (!isThere || root === undefined) {
    return failed(
      fault(
        'not-mounted',
        `${mount} does not show the filesystem ${filesystem.uuid}.`,
        'Is it still mounted there? "findmnt -t btrfs" on that server shows what is.',
      ),
    );
  }
  const found = listing.value
    .filter((entry) => entry.readOnly && pathBelow(root, `/${entry.path}`) !== null)
    .map((entry) => toSnapshot(filesystem, entry, entry.absolutePath, 'complete'))
    .filter((snapshot) => snapshot !== null);
  return ok(found.toSorted(byAge));
}

/** Older before newer; those without a time last, by name. */
export function byAge(a: Snapshot, b: Snapshot): number {
  if (a.createdAt !== b.createdAt) {
    if (a.createdAt === null) return 1;
    if (b.createdAt === null) return -1;
    return compareText(a.createdAt, b.createdAt);
  }
  return compareText(a.name, b.name);
}

const compareText = (a: string, b: string): number => {
  if (a === b) return 0;
  return a < b ? -1 : 1;
};

const shownPath = (entry: Subvolume): string => entry.absolutePath ?? entry.path;

/** `receiving`: paths below the top level that btrfleet marked. */
function stateOf(entry: Subvolume, receiving: ReadonlySet<string | null>): SnapshotState {
  if (!isSnapshotName(baseName(entry.path))) return 'foreign';
  if (entry.readOnly) return 'complete';
  return entry.receivedUuid === null && receiving.has(entry.path) ? 'partial' : 'modified';
}

/** The mount a path goes through (or those stacked at one place): what lies hidden below it is not what is named. */
function nearestMounts(
  inventory: Inventory,
  path: string,
): { readonly filesystem: Filesystem; readonly mount: Mount }[] {
  const above = inventory.filesystems
    .flatMap((filesystem) => filesystem.mounts.map((mount) => ({ filesystem, mount })))
    .filter(({ mount }) => pathBelow(mount.path, path) !== null);
  const longest = Math.max(...above.map(({ mount }) => mount.path.length));
  return above.filter(({ mount }) => mount.path.length === longest);
}
