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

/** What is remembered of a replica that was compared: its uuid, and that of the one sent in full that it was made on. */
export interface ComparedBefore {
  readonly replica: string;
  /** Null: that was gone by then. */
  readonly full: string | null;
}

/**
 * Whether it is of the same line as one that was compared, `anew`, or `unknown`: what it was made of is gone, so it may as well
 * have been sent in full. `full`: uuid of the one that its line begins with; null: that is gone.
 */
export function lineSince(
  listing: readonly Subvolume[],
  replica: Pick<Subvolume, 'uuid'>,
  before: ComparedBefore | null,
): { readonly line: 'same' | 'anew' | 'unknown'; readonly full: string | null } {
  const { uuids, isWhole } = lineOf(replica.uuid, new Map(listing.map((one) => [one.uuid, one])));
  const full = isWhole ? ([...uuids].at(-1) ?? null) : null;
  if (before === null) return { line: 'unknown', full };
  const hasFull = before.full !== null && uuids.has(before.full);
  if (hasFull) return { line: 'same', full: before.full };
  if (full !== null && before.full !== null) return { line: 'anew', full };
  const byUuid = new Map(listing.map((one) => [one.uuid, one]));
  const its = lineOf(before.replica, byUuid);
  if ([...its.uuids].some((one) => uuids.has(one))) return { line: 'same', full: full ?? before.full };
  return { line: wasSentInFullSince(listing, replica, before.replica) ? 'anew' : 'unknown', full };
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
