/** Decides which subvolumes of a filesystem have in them what was found to differ: those marked, and what was made of them. */

import type { Subvolume } from '../../model/inventory.ts';
import type { DifferentMark, Marks } from '../../model/runs/different.ts';

const NONE: ReadonlyMap<string, DifferentMark> = new Map();

/**
 * By uuid the mark that says so. It goes on through what is read-only alone: what people write to is theirs, and no replica
 * of anything. It ends at what was compared itself, and is the same.
 */
export function differentAmong(
  listing: readonly Subvolume[],
  { different, same }: Marks,
): ReadonlyMap<string, DifferentMark> {
  if (different.size === 0) return NONE;
  const wrong = new Map(different);
  // What was made of another one was made later.
  const inOrder = listing.toSorted((a, b) => (a.createdGeneration ?? 0) - (b.createdGeneration ?? 0));
  for (const { uuid, parentUuid, readOnly } of inOrder) {
    if (uuid === null || !readOnly || same.has(uuid) || wrong.has(uuid)) continue;
    const mark = parentUuid === null ? undefined : wrong.get(parentUuid);
    if (mark) wrong.set(uuid, mark);
  }
  return wrong;
}
