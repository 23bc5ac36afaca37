/**
 * Looks once more at what a plan builds on where it rests on a look that was handed on: names tell under the lock that
 * nothing came or went, but a base that was made writable, changed and made read-only again keeps its name and its ids.
 */
import type { Filesystem, Subvolume } from '../../model/inventory.ts';
import type { ReplicationPlan } from '../../model/runs/replication.ts';
import { bornIdOfSnapshot, type Snapshot } from '../../model/snapshot.ts';
import type { TargetPlace } from '../../plan/catalog/target.ts';
import type { DriverContext } from '../ground/driver.ts';
import type { Seen } from '../ground/fleet.ts';
import { areUntouched } from '../ground/prove.ts';
import type { Source } from './source.ts';

/** One end of the way: the host, and whether its look was handed on. */
type End = Pick<Seen, 'host' | 'isHanded'>;

/** False: what it builds on is not as it was seen, or nobody can tell. */
export async function areBasesAsSeen(
  plan: ReplicationPlan,
  source: End & Pick<Source, 'place'>,
  target: End & { readonly place: Pick<TargetPlace, 'filesystem'> },
  { fleet: { nonce }, signal }: DriverContext,
): Promise<boolean> {
  const bases = basesOf(plan);
  if (bases.length === 0) return true;
  const ids = new Set(bases.map(bornIdOfSnapshot));
  const uuids = new Set(bases.map(({ uuid }) => uuid));
  // A receive takes whatever bears the id, wherever it lies.
  const bearsId = ({ uuid, receivedUuid }: Subvolume): boolean =>
    (uuid !== null && ids.has(uuid)) || (receivedUuid !== null && ids.has(receivedUuid));
  const isBase = ({ uuid }: Subvolume): boolean => uuid !== null && uuids.has(uuid);
  const check = async ({ host, isHanded }: End, filesystem: Filesystem, isIt: typeof isBase) => {
    if (!isHanded) return true;
    const listed = filesystem.listing.ok ? filesystem.listing.value.filter(isIt) : [];
    return listed.length > 0 && areUntouched(listed, { host, nonce, signal });
  };
  const both = await Promise.all([
    check(source, source.place.filesystem, isBase),
    check(target, target.place.filesystem, bearsId),
  ]);
  return both.every(Boolean);
}

/** Those that are there already: what a step sends is the base of the next one. */
export function basesOf(plan: ReplicationPlan): Snapshot[] {
  if (plan.kind !== 'send') return [];
  const sent = new Set(plan.steps.map(({ snapshot }) => snapshot.uuid));
  return plan.steps.flatMap(({ base }) => (base && !sent.has(base.uuid) ? [base] : []));
}
