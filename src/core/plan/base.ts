/**
 * Decides from which snapshot an incremental send starts. Identity is the origin id, so it works in both
 * directions and after any number of hops; names and paths decide nothing.
 */
import type { Snapshot } from '../model/snapshot.ts';
import { byAge } from './catalog.ts';
import { throughOneMount } from './one-mount.ts';

/**
 * The base for sending `snapshot`: among read-only snapshots of the source whose origin id the target has, the
 * closest older one, else the closest newer one. Null: there is none, the send is a full one.
 *
 * `target` is what the target holds whole; a replica that was made writable has lost its origin id and is not in it.
 */
export function chooseBase(
  snapshot: Snapshot,
  source: readonly Snapshot[],
  target: readonly Snapshot[],
): Snapshot | null {
  const there = new Set(target.filter((replica) => replica.readOnly).map((replica) => replica.originId));
  const candidates = source
    .filter((candidate) => candidate.readOnly && there.has(candidate.originId))
    .filter((candidate) => candidate.originId !== snapshot.originId)
    .filter((candidate) => throughOneMount(snapshot, candidate) !== null)
    .toSorted(byAge);
  const older = candidates.filter((candidate) => byAge(candidate, snapshot) < 0);
  return older.at(-1) ?? candidates.at(0) ?? null;
}
