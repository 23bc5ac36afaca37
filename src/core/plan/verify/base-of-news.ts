/** Decides what a snapshot is compared with to find what was written since an earlier one, which may be gone by now. */
import type { Subvolume } from '../../model/inventory.ts';
import type { VerifiedPart } from '../../model/runs/verification.ts';

/**
 * That very one, or the newest of the same subvolume that is not newer: it finds more than was written, and misses nothing.
 * Null: there is none.
 */
export function baseOfNews(
  listing: readonly Subvolume[],
  snapshot: Pick<Subvolume, 'uuid' | 'parentUuid'>,
  { source, sourceMade }: Pick<VerifiedPart, 'source' | 'sourceMade'>,
): Subvolume | null {
  const usable = listing.filter(
    ({ readOnly, absolutePath, doubt }) => readOnly && absolutePath !== null && doubt === undefined,
  );
  const itself = usable.find(({ uuid }) => uuid === source);
  if (itself || sourceMade === null || snapshot.parentUuid === null) return itself ?? null;
  const older = usable.filter(
    ({ uuid, parentUuid, createdGeneration: made }) =>
      uuid !== snapshot.uuid && parentUuid === snapshot.parentUuid && made !== null && made <= sourceMade,
  );
  return older.toSorted((a, b) => (b.createdGeneration ?? 0) - (a.createdGeneration ?? 0))[0] ?? null;
}
