/**
 * Decides where the snapshots of a subvolume lie: where new ones go, and where those may be that were made before, through
 * another mount, by an older version, or of what it replaced. It matches whole paths, never the beginning of a name.
 */

import type { Filesystem, Subvolume } from '../../model/inventory.ts';
import { oncePer } from '../../model/once.ts';
import {
  APART,
  isSnapshotName,
  joinPath,
  pathBelow,
  SNAPSHOTS,
  snapshotDirectories,
  snapshotDirectory,
} from '../../model/snapshot.ts';

/** What of a subvolume decides it. */
export type Homed = Pick<Subvolume, 'path' | 'uuid' | 'before'>;

/**
 * Where new snapshots of what lies `below` a mount go. Where `.snapshots` is a mount of its own and holds ours, they stay
 * together: `btrfs send` takes no base from another mount.
 */
export function directoryFor(filesystem: Filesystem, mount: string, below: string): string {
  const apart = filesystem.mounts.find(({ path }) => path === joinPath(mount, SNAPSHOTS));
  const inside = apart && joinPath(apart.root, below);
  const home = inside && indexOf(filesystem).made.has(inside) ? mount : homeOf(filesystem, mount);
  return snapshotDirectory(home, below);
}

/**
 * The directory that holds `.snapshots` for what a mount shows: the mount itself where it shows the top level, else
 * `.btrfleet` in it, as below `.snapshots` of a subvolume snapper is at home. The same where snapper is at the top level.
 */
export function homeOf(filesystem: Filesystem, mount: string): string {
  const shown = filesystem.mounts.find(({ path }) => path === mount);
  const isFree = shown === undefined || (shown.root === '/' && !indexOf(filesystem).isTaken);
  return isFree ? mount : joinPath(mount, APART);
}

/** Directories as the filesystem knows them, from its top level: `/.snapshots/data`. */
export function homesOf(filesystem: Filesystem, one: Homed): string[] {
  const { byUuid, byPath, replaced } = indexOf(filesystem);
  const isReplaced = one.uuid !== null && replaced.has(one.uuid);
  const homes = prefixesOf(one.path).flatMap((prefix) => {
    // What lies inside of a subvolume that was replaced is the history of the one that took its place.
    if (isReplaced && prefix !== '') return [];
    // Snapshots are made inside of what is itself a mount. In any other somebody else may have made what looks like them.
    if (prefix === one.path && prefix !== '' && !isMount(filesystem, one)) return [];
    const below = pathBelow(inTop(prefix), inTop(one.path)) ?? '';
    const above = prefix === one.path ? one : byPath.get(prefix);
    const earlier = (above?.before ?? []).flatMap((uuid) => byUuid.get(uuid)?.path ?? []);
    return [prefix, ...earlier].flatMap((path) => snapshotDirectories(inTop(path), below));
  });
  return [...new Set(homes)];
}

const isMount = ({ mounts }: Filesystem, { path, before = [] }: Homed): boolean =>
  before.length > 0 || mounts.some(({ root }) => root === inTop(path));

interface Index {
  readonly byPath: ReadonlyMap<string, Subvolume>;
  readonly byUuid: ReadonlyMap<string, Subvolume>;
  /** Uuids of those whose place another one took. */
  readonly replaced: ReadonlySet<string>;
  /** Directories with snapshots of ours, from the top level. */
  readonly made: ReadonlySet<string>;
  /** `.snapshots` at the top level is a subvolume, so somebody else made it: snapper does. */
  readonly isTaken: boolean;
}

/** The lists of a look never change. */
const indexOf = oncePer((filesystem: Filesystem): Index => {
  const { listing } = filesystem;
  const used = listing.ok ? listing.value.filter(({ readOnly }) => !readOnly) : [];
  const made = listing.ok ? listing.value.filter(isOurs).map(({ path }) => parentOf(path)) : [];
  return {
    made: new Set(made),
    byPath: new Map(used.map((one) => [one.path, one])),
    byUuid: new Map(used.flatMap((one) => (one.uuid === null ? [] : [[one.uuid, one] as const]))),
    replaced: new Set(used.flatMap(({ before }) => before ?? [])),
    isTaken: used.some(({ path }) => path === SNAPSHOTS),
  };
});

const isOurs = ({ path, readOnly }: Subvolume): boolean =>
  readOnly && isSnapshotName(path.slice(path.lastIndexOf('/') + 1));

const parentOf = (path: string): string => `/${path.slice(0, path.lastIndexOf('/'))}`;

/** '' and every path on the way, itself the last. */
function prefixesOf(path: string): string[] {
  const parts = path.split('/');
  return path === '' ? [''] : ['', ...parts.map((_, index) => parts.slice(0, index + 1).join('/'))];
}

const inTop = (path: string): string => (path === '' ? '/' : `/${path}`);
