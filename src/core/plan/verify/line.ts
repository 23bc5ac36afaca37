/** Decides whether a replica still shares its data with one that was compared before. */
import type { Subvolume } from '../../model/inventory.ts';

/**
 * One of those it was made of was sent in full, and is not the one that was compared. Where one of them is gone that cannot be
 * told, and it is taken for what it nearly always is: sent on top of what was there.
 */
export function wasSentInFullSince(
  listing: readonly Subvolume[],
  replica: Pick<Subvolume, 'uuid' | 'parentUuid'>,
  compared: string,
): boolean {
  const byUuid = new Map(listing.map((one) => [one.uuid, one]));
  const seen = new Set<string>();
  let at = replica;
  while (at.uuid !== compared) {
    const { parentUuid } = at;
    if (parentUuid === null) return true;
    const parent = byUuid.get(parentUuid);
    if (!parent || seen.has(parentUuid)) return false;
    seen.add(parentUuid);
    at = parent;
  }
  return false;
}
