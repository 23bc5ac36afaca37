/** Asks once more, before a step is sent, whether what its plan builds on was found different since it was made. */

import { type Fault, fault } from '../../model/fault.ts';
import { bornIdOf } from '../../model/inventory.ts';
import type { ReplicationPlan } from '../../model/runs/replication.ts';
import { bornIdOfSnapshot } from '../../model/snapshot.ts';
import { differentAmong } from '../../plan/catalog/different.ts';
import { WHY } from '../../plan/catalog/identity-words.ts';
import type { TargetPlace } from '../../plan/catalog/target.ts';
import type { Journal } from '../../state/journal/journal.ts';
import { basesOf } from './bases-as-seen.ts';

/** Null: it was not. A fault: no-base. What an earlier step sent has in it what it was built on. */
export function markedBase(
  plan: ReplicationPlan,
  { server, filesystem }: Pick<TargetPlace, 'server' | 'filesystem'>,
  journal: Pick<Journal, 'differentOn'>,
): Fault | null {
  const bases = basesOf(plan);
  if (bases.length === 0 || !filesystem.listing.ok) return null;
  const marked = differentAmong(filesystem.listing.value, journal.differentOn(server, filesystem.uuid));
  if (marked.size === 0) return null;
  const ids = new Map(bases.map((base) => [bornIdOfSnapshot(base), base.name]));
  for (const entry of filesystem.listing.value) {
    const name = ids.get(bornIdOf(entry) ?? '');
    if (name === undefined || entry.uuid === null || !marked.has(entry.uuid)) continue;
    return fault(
      'no-base',
      `${name} cannot be built on at ${server}, because ${WHY.different}.`,
      'Try again: another base is chosen, or all is sent.',
      { server, retry: true },
    );
  }
  return null;
}
