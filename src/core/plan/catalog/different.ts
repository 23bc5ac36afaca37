/** Decides which subvolumes of a filesystem have in them what was found to differ: those marked, and what was made of them. */
import type { Subvolume } from '../../model/inventory.ts';

const NONE: ReadonlySet<string> = new Set();

/**
 * Uuids. `marked`: also of what is gone by now. It goes on through what is read-only alone: what people write to is theirs,
 * and no replica of anything.
 */
export function differentAmong(
  listing: readonly Subvolume[],
  marked: ReadonlySet<string>,
): ReadonlySet<string> {
  if (marked.size === 0) return NONE;
  const wrong = new Set(marked);
  // What was made of another one was made later.
  const inOrder = listing.toSorted((a, b) => (a.createdGeneration ?? 0) - (b.createdGeneration ?? 0));
  for (const { uuid, parentUuid, readOnly } of inOrder)
    if (uuid !== null && readOnly && parentUuid !== null && wrong.has(parentUuid)) wrong.add(uuid);
  return wrong;
}
