/**
 * Decides what one target is to be sent, once both sides have been looked at: whether the replicas may go there at
 * all, what they can build on, and the steps. A dry run and the real thing ask it the same.
 */
import type { ReplicationPlan, Wanted } from '../../model/runs/replication.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import { basesBelow, type Place } from '../catalog/catalog.ts';
import { isLiveReceived, liveReceived } from '../catalog/identity-words.ts';
import { checkOwner, type SentBefore, type SourceMarks, type TargetPlace } from '../catalog/target.ts';
import { planCatchUp, type SourceSnapshots } from './catch-up.ts';
import { planReplication } from './replication.ts';
import { ambiguousIds, barredBases, sharingBases, spoiltBases, twinIds } from './spoilt-bases.ts';

export interface SourceState extends SourceSnapshots {
  readonly place: Place;
  /**
   * The marks of its replicas' directories (btrfs/marks). Null: a replica is sent back, to where the subvolume's own
   * snapshots are, which is nobody else's.
   */
  readonly owners: SourceMarks | null;
  /** Those of its snapshots that prove whose a replica is; left out: all. What a seed says it holds proves nothing. */
  readonly proving?: readonly Snapshot[];
}

export const provingOf = ({ proving, snapshots }: SourceState): readonly Snapshot[] => proving ?? snapshots;

export const sentBefore = (source: SourceState): SentBefore | null =>
  source.owners && { marks: source.owners, snapshots: provingOf(source) };

/** The directory on the target, as it is while it is planned. */
export interface LookedAt {
  readonly place: TargetPlace;
  /** What lies directly in it, without the partials of ours that are removed first. */
  readonly replicas: readonly Snapshot[];
  /** Names in it that are no subvolumes. */
  readonly otherNames: ReadonlySet<string>;
  /** Names of bases from which a send to it failed twice in a row. */
  readonly barred?: ReadonlySet<string>;
  /** Uuids of those whose content was compared with their source, and is the same. */
  readonly proven?: ReadonlySet<string>;
}

const NONE: ReadonlySet<string> = new Set();

/** `now`: milliseconds since 1970 UTC. */
export function planTarget(
  wanted: Wanted,
  source: SourceState,
  { place, replicas, otherNames, barred, proven = NONE }: LookedAt,
  now: number,
): ReplicationPlan {
  const { server, directory, filesystem, mount } = place;
  const { path, subvolume } = source.place;
  if (isLiveReceived(subvolume)) {
    return { kind: 'blocked', fault: liveReceived(source.place.server, path) };
  }
  const bases = basesBelow(filesystem, mount, directory);
  if (!bases.ok) return { kind: 'blocked', fault: bases.fault };
  const taken = source.owners && checkOwner(place, source.owners, replicas, provingOf(source));
  if (taken) return { kind: 'blocked', fault: taken };
  const { spoilt: twins, onceSent } = spoiltBases(filesystem, bases.value, source.snapshots);
  const spoilt = [
    ...twins,
    ...ambiguousIds(source.place.filesystem),
    ...(source.owners === null ? twinIds([source.place.filesystem]) : []),
    ...barredBases(bases.value, barred),
    ...sharingBases(filesystem, bases.value, proven),
  ];
  const target = { server, directory, replicas, bases: bases.value, spoilt, onceSent, otherNames };
  return wanted.mode === 'catch-up'
    ? planCatchUp(wanted, path, source, target, now)
    : planReplication(wanted, path, source, target);
}
