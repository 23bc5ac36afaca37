/**
 * The delete driver: removes named snapshots of one subvolume, each by its exact path, and only if it is still the
 * one that was meant (by uuid), made by btrfleet, and not held.
 */
import type { DeletedSnapshot } from '../../model/runs/deletion.ts';
import type { Driver } from '../ground/driver.ts';
import { batchesOf, deleteTogether } from './delete-together.ts';
import { planDeletion } from './plan-deletion.ts';

export const deleteSnapshots: Driver<'delete'> = async (request, context) => {
  const planned = await planDeletion(context.fleet, request, context.signal);
  if (!planned.ok) return { kind: 'fault', fault: planned.fault };
  const { host, filesystemOf, rows } = planned.value;
  const results: DeletedSnapshot[] = [];
  for (const batch of batchesOf(rows, ({ snapshot }) => snapshot?.path ?? '')) {
    // The other reasons are looked at once more.
    const refused = batch.map(({ name, snapshot, fault: why, isLast }): DeletedSnapshot | null =>
      snapshot && why && isLast ? { name, path: snapshot.path, status: 'failed', fault: why } : null,
    );
    const going = batch.filter((_, index) => refused[index] === null);
    const chosen = going.map(({ name, snapshot }) => ({
      ...{ name, snapshot },
      filesystem: snapshot && filesystemOf(snapshot),
    }));
    const ends = await deleteTogether(host, chosen, context, { automatic: false });
    results.push(...refused.flatMap((one) => one ?? ends.shift() ?? []));
  }
  return { kind: 'delete', subvolume: request.subvolume, server: host.server.name, results };
};
