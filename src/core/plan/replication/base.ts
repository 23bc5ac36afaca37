/**
 * Decides from which snapshot an incremental send starts. Identity is the proven origin id, so it works in both
 * directions and after any number of hops; names and paths decide nothing.
 */
import type { UnprovenBase } from '../../model/runs/replication.ts';
import { bornIdOfSnapshot, type Snapshot } from '../../model/snapshot.ts';
import { byAge } from '../catalog/catalog.ts';
import { WHY } from '../catalog/identity-words.ts';
import { throughOneMount } from '../catalog/one-mount.ts';

/** A replica that a receive must not build on, and why (after "because"). */
export interface SpoiltBase {
  readonly originId: string;
  readonly why: string;
}

/**
 * The base for sending `snapshot`: among read-only snapshots of the source whose origin id the target has, the
 * closest older one, else the closest newer one. Null: there is none, the send is a full one.
 *
 * `target` is what the target holds whole and can be built on; a replica that was made writable has lost its origin id
 * and is not in it.
 */
export function chooseBase(
  snapshot: Snapshot,
  source: readonly Snapshot[],
  target: readonly Snapshot[],
): Snapshot | null {
  const there = new Set(target.filter(isProven).map((replica) => replica.originId));
  const candidates = source.filter(
    (candidate) =>
      isProven(candidate) &&
      there.has(candidate.originId) &&
      candidate.originId !== snapshot.originId &&
      throughOneMount(snapshot, candidate) !== null,
  );
  return nearest(snapshot, candidates);
}

/**
 * The nearest that could be the base if its replica were proven, which all of its content would do; null: there is none.
 * One that was compared already, and differs, is none.
 */
export function unprovenBase(
  snapshot: Snapshot,
  source: readonly Snapshot[],
  { bases, spoilt }: { readonly bases: readonly Snapshot[]; readonly spoilt: readonly SpoiltBase[] },
): UnprovenBase | null {
  const barred = new Set(spoilt.map(({ originId }) => originId));
  const replicas = new Map(
    bases
      .filter(({ doubt }) => doubt !== undefined && doubt !== 'different' && doubt !== 'live')
      .map((replica) => [bornIdOfSnapshot(replica), replica]),
  );
  const candidates = source.filter(
    (one) =>
      isProven(one) &&
      one.uuid !== snapshot.uuid &&
      replicas.has(one.originId) &&
      !barred.has(one.originId) &&
      throughOneMount(snapshot, one) !== null,
  );
  const best = nearest(snapshot, candidates);
  const replica = best && replicas.get(best.originId);
  return best && replica ? { source: best, replica } : null;
}

const isProven = ({ readOnly, doubt }: Snapshot): boolean => readOnly && doubt === undefined;

function nearest(snapshot: Snapshot, candidates: readonly Snapshot[]): Snapshot | null {
  const sorted = candidates.toSorted(byAge);
  return sorted.findLast((candidate) => byAge(candidate, snapshot) < 0) ?? sorted.at(0) ?? null;
}

/**
 * Why a base that its id promises is not `chosen`, in words; null: there is none nearer. `target`: everything
 * read-only there, in doubt or not.
 */
export function whyNotNearer(
  snapshot: Snapshot,
  chosen: Snapshot | null,
  source: readonly Snapshot[],
  { bases, spoilt }: { readonly bases: readonly Snapshot[]; readonly spoilt: readonly SpoiltBase[] },
): string | null {
  const replicas = new Map(bases.map((replica) => [bornIdOfSnapshot(replica), replica]));
  const reasons = new Map(spoilt.map(({ originId, why }) => [originId, why]));
  const why = (one: Snapshot): string | undefined => {
    const id = bornIdOfSnapshot(one);
    const replica = replicas.get(id);
    if (!replica && !reasons.has(id)) return undefined;
    if (one.doubt) return WHY[one.doubt];
    return reasons.get(id) ?? (replica?.doubt && `of its replica: ${WHY[replica.doubt]}`);
  };
  const promised = source.filter(
    (one) =>
      one.readOnly &&
      one.uuid !== snapshot.uuid &&
      throughOneMount(snapshot, one) !== null &&
      why(one) !== undefined,
  );
  const best = nearest(snapshot, chosen === null ? promised : [...promised, chosen]);
  if (best === null || best === chosen) return null;
  return `${best.name} is not used as the base of ${snapshot.name}, because ${why(best)}`;
}
