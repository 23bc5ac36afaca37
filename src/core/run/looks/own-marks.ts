/** Knows by which marks the directories of a subvolume's replicas are told from those of others. */
import { isAmbiguousMark, ownerMark } from '../../btrfs/ask/marks.ts';
import type { Filesystem, Subvolume } from '../../model/inventory.ts';
import { insidePath, snapshotsIn } from '../../plan/catalog/catalog.ts';
import type { SourceMarks } from '../../plan/catalog/target.ts';
import { digestOf } from '../../state/home/digest.ts';

export interface Marked {
  readonly path: string;
  readonly filesystem: Filesystem;
  /** Of its own snapshots. */
  readonly directory: string;
  /** Null: it is not there any more. */
  readonly subvolume: Subvolume | null;
}

/**
 * Where it was made of a snapshot, as after a fail-over, its directory of snapshots may have been one of replicas before:
 * it inherits the marks of what those were of, up to the newest of them. If something was received there since it was
 * made, what they are of is alive and still sends, and it inherits none.
 */
export function ownMarks({ path, filesystem, directory, subvolume }: Marked): SourceMarks {
  const inside = insidePath(filesystem, path) ?? path;
  const own = ownerMark({ filesystemUuid: filesystem.uuid, path: inside }, digestOf);
  const before = subvolume === null || subvolume.parentUuid === null ? [] : filesystem.owners[directory];
  const inherited = (before ?? []).filter((mark) => mark !== own && !isAmbiguousMark(mark));
  const until =
    subvolume === null || inherited.length === 0 ? null : partedAt(filesystem, directory, subvolume);
  return until === null ? { own, inherited: [], until: '' } : { own, inherited, until };
}

/** The newest name that was received; '': none is left, so nobody can tell; null: it goes on, or it is not known. */
function partedAt(
  filesystem: Filesystem,
  directory: string,
  { createdGeneration }: Subvolume,
): string | null {
  const there = snapshotsIn(filesystem, directory);
  if (!there.ok || !filesystem.listing.ok) return null;
  const generations = new Map(filesystem.listing.value.map((one) => [one.uuid, one.createdGeneration]));
  const received = there.value.filter(
    ({ state, receivedUuid }) => state === 'complete' && receivedUuid !== null,
  );
  const isBefore = (generation: number | null): boolean =>
    generation !== null && createdGeneration !== null && generation <= createdGeneration;
  if (!received.every(({ uuid }) => isBefore(generations.get(uuid) ?? null))) return null;
  const names = received.map(({ name }) => name);
  return names.toSorted().at(-1) ?? '';
}
