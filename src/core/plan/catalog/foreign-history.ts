/**
 * Decides which snapshots of a subvolume other tools made (snapper, btrbk, people), and where the same content is known to
 * be. They are bases and restore points as far as their origin id proves it; btrfleet never deletes one.
 */
import { beforeOf } from '../../model/extract/orders.ts';
import type { Filesystem, Subvolume } from '../../model/inventory.ts';
import { originIdOf } from '../../model/inventory.ts';
import { oncePer } from '../../model/once.ts';
import { baseName, isSnapshotName, parentDirectory, type Snapshot } from '../../model/snapshot.ts';
import { byAge, insidePath, type Place } from './catalog.ts';
import { toSnapshot } from './to-snapshot.ts';

/** Read-only snapshots that btrfs says were made of the subvolume, and that btrfleet did not make. Oldest first. */
export function foreignOf({ subvolume: { uuid }, filesystem, directory, homes }: Place): Snapshot[] {
  const { listing } = filesystem;
  if (uuid === null || !listing.ok) return [];
  const made = madeOf(listing.value).get(uuid) ?? [];
  const own = new Set([...homes, `/${insidePath(filesystem, directory)}`]);
  return made
    .filter(({ path }) => !isSnapshotName(baseName(path)) || !own.has(parentDirectory(`/${path}`)))
    .flatMap((entry) => toSnapshot(filesystem, entry, entry.absolutePath, 'foreign') ?? [])
    .toSorted(byAge);
}

/** Of the content of these, what lies on a filesystem, read-only, in whatever place. By origin id. */
export function foreignOn(
  { listing }: Pick<Filesystem, 'listing'>,
  snapshots: readonly Snapshot[],
): ReadonlyMap<string, Subvolume> {
  if (snapshots.length === 0 || !listing.ok) return new Map();
  const wanted = new Set(snapshots.map(({ originId }) => originId));
  const found = listing.value.flatMap((entry) => {
    const originId = entry.readOnly ? originIdOf(entry) : null;
    return originId !== null && wanted.has(originId) ? [[originId, entry] as const] : [];
  });
  return new Map(found);
}

/**
 * The same as snapshots: not btrfleet's there either, and as old as what they were made from (a full receive has no time
 * of its own). What no mount reaches is left out. Oldest first.
 */
export function foreignReplicas(filesystem: Filesystem, snapshots: readonly Snapshot[]): Snapshot[] {
  const times = new Map(snapshots.map(({ originId, createdAt }) => [originId, createdAt]));
  const found = [...foreignOn(filesystem, snapshots)].flatMap(([originId, entry]) => {
    const replica = toSnapshot(filesystem, entry, entry.absolutePath, 'foreign');
    return replica ? [{ ...replica, createdAt: times.get(originId) ?? replica.createdAt }] : [];
  });
  return found.toSorted(byAge);
}

/**
 * How rows that one could not tell apart are named, by uuid: snapper calls all of its own `snapshot`, so the directory
 * before it is what tells them apart.
 */
export function shownNames(snapshots: readonly Snapshot[]): ReadonlyMap<string, string> {
  const counts = new Map<string, number>();
  for (const { name } of snapshots) counts.set(name, (counts.get(name) ?? 0) + 1);
  const same = snapshots.filter(({ name }) => (counts.get(name) ?? 0) > 1);
  return new Map(
    same.map(({ uuid, path, name }) => [uuid, `${baseName(parentDirectory(path))}/${name}`] as const),
  );
}

/** What one server has of them, as a sentence has it. */
export interface ForeignCount {
  /** A server, or a target. */
  readonly where: string;
  readonly count: number;
}

/** `33 snapshots made by others, 33 of them on b; usable as bases`. */
export function foreignText(made: number, there: readonly ForeignCount[]): string {
  const some = there.filter(({ count }) => count > 0);
  const what = `${made} ${made === 1 ? 'snapshot' : 'snapshots'} made by others`;
  if (some.length === 0) return `${what}, none of them seen anywhere else`;
  const where = some.map(({ where: name, count }) => `${count} of them on ${name}`).join(', ');
  return `${what}, ${where}; usable as bases`;
}

/** By uuid of the subvolume: what was made of it, read-only. Worked out once for a list: every subvolume asks. */
const madeOf = oncePer((listing: readonly Subvolume[]): ReadonlyMap<string, readonly Subvolume[]> => {
  const made = new Map<string, Subvolume[]>();
  for (const entry of listing) {
    if (entry.parentUuid === null || !entry.readOnly || beforeOf(baseName(entry.path)) !== null) continue;
    const others = made.get(entry.parentUuid);
    if (others) others.push(entry);
    else made.set(entry.parentUuid, [entry]);
  }
  return made;
});
