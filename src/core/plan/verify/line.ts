/** Decides whether a replica still shares its data with one that was compared before. */
import type { Subvolume } from '../../model/inventory.ts';

/**
 * Nothing that either was made of is the same, and one of those was sent in full. Where one of them is gone that cannot be
 * told, and it is taken for what it nearly always is: sent on top of what was there.
 */
export function wasSentInFullSince(
  listing: readonly Subvolume[],
  replica: Pick<Subvolume, 'uuid'>,
  compared: string,
): boolean {
  const byUuid = new Map(listing.map((one) => [one.uuid, one]));
  const known = byUuid.get(compared);
  const mine = lineOf(replica.uuid, byUuid);
  const its = known ? lineOf(compared, byUuid) : { uuids: new Set([compared]), isWhole: true };
  return mine.isWhole && its.isWhole && ![...mine.uuids].some((one) => its.uuids.has(one));
}

/** It and all that it was made of. `isWhole`: up to the one that was sent in full. */
function lineOf(
  uuid: string | null,
  byUuid: ReadonlyMap<string | null, Subvolume>,
): { readonly uuids: Set<string>; readonly isWhole: boolean } {
  const uuids = new Set<string>();
  for (let next = uuid; next !== null; ) {
    const one = byUuid.get(next);
    // Of what is gone its id is still known.
    const isCircle = uuids.has(next);
    uuids.add(next);
    if (!one || isCircle) return { uuids, isWhole: false };
    next = one.parentUuid;
  }
  return { uuids, isWhole: true };
}
