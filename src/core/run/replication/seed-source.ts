/** Takes what a seed holds for what is sent: of the live subvolume on the primary, which alone says whose replicas they are. */
import { type Fault, fault } from '../../model/fault.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import type { ReplicationRequest } from '../../model/runs/replication.ts';
import type { SeedSnapshot, SeedSource } from '../../model/runs/seed.ts';
import { bornIdOfSnapshot, joinPath, type Snapshot } from '../../model/snapshot.ts';
import { byAge } from '../../plan/catalog/catalog.ts';
import type { TargetPlace } from '../../plan/catalog/target.ts';
import type { SourceState } from '../../plan/replication/target-plan.ts';
import type { Journal } from '../../state/journal/journal.ts';

/**
 * What the primary has deleted since the seed was made is taken from the seed, if that is of this very subvolume. Fault:
 * refused, when nothing proves it.
 */
export function withSeed<Source extends SourceState>(source: Source, seed: SeedSource): Result<Source> {
  const { snapshots, owners, place } = source;
  const own = owners === null ? [] : [owners.own, ...owners.inherited];
  const has = ({ originId }: SeedSnapshot): boolean =>
    snapshots.some((one) => bornIdOfSnapshot(one) === originId);
  const wanted = seed.base === null ? [seed.snapshot] : [seed.base, seed.snapshot];
  const isOther = ({ name, originId }: SeedSnapshot): boolean =>
    snapshots.some(
      (one) => one.name === name && one.state !== 'foreign' && bornIdOfSnapshot(one) !== originId,
    );
  const isOurs = has(seed.snapshot) || own.includes(seed.mark);
  if (!isOurs || wanted.some(isOther)) return failed(foreignSeed(seed, place.path));
  const gone = wanted.filter((one) => !has(one)).map((one) => asSnapshot(one, place.directory));
  return ok({ ...source, snapshots: [...snapshots, ...gone].toSorted(byAge), proving: snapshots });
}

/** Names of bases that nothing is sent from there: of what a disk brings, sends that failed over the line say nothing. */
export const barredAt = (
  journal: Journal,
  { seed }: Pick<ReplicationRequest, 'seed'>,
  { place }: Pick<SourceState, 'place'>,
  target: TargetPlace,
): ReadonlySet<string> => (seed ? new Set() : journal.failingBases(place.path, target));

const asSnapshot = ({ name, uuid, originId }: SeedSnapshot, directory: string): Snapshot => ({
  ...{ name, uuid, originId, path: joinPath(directory, name) },
  receivedUuid: uuid === originId ? null : originId,
  ...{ createdAt: name, readOnly: true, state: 'complete' },
});

const foreignSeed = ({ from, snapshot }: SeedSource, subvolume: string): Fault =>
  fault(
    'refused',
    `The seed is of ${from} (${snapshot.name}), and nothing proves that this is ${subvolume} of the primary.`,
    'If it has another path here, name it: --subvolume PATH. Else receive it by hand, as its README.txt says.',
  );
