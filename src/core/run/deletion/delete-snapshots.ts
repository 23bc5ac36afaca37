/**
 * The delete driver: removes named snapshots of one subvolume, each by its exact path, and only if it is still the
 * one that was meant (by uuid), made by btrfleet, not held, and not pinned by a run that is at work.
 */
import type { Fault } from '../../model/fault.ts';
import { ok } from '../../model/result.ts';
import type { DeletedSnapshot } from '../../model/runs/deletion.ts';
import type { ChosenSnapshot } from '../../model/snapshot.ts';
import type { Driver, DriverContext } from '../ground/driver.ts';
import { MOST_LOOKS, neverStill } from '../ground/pins.ts';
import { batchesOf } from './delete-together.ts';
import { deleteUnpinned, type Ended } from './deletion.ts';
import { type DeletionRow, inUse, type PlannedDeletion, planDeletion } from './plan-deletion.ts';

export const deleteSnapshots: Driver<'delete'> = async (request, context) => {
  const ends = new Map<ChosenSnapshot, DeletedSnapshot>();
  let server = '';
  for (let looks = 1; looks === 1 || ends.size < request.snapshots.length; looks += 1) {
    const left = { ...request, snapshots: request.snapshots.filter((one) => !ends.has(one)) };
    const planned = await planDeletion(context.fleet, left, context.signal);
    if (!planned.ok && looks === 1) return { kind: 'fault', fault: planned.fault };
    if (planned.ok) server = planned.value.host.server.name;
    const isEnough = looks > MOST_LOOKS;
    const ended = planned.ok && !isEnough ? await deletePlanned(planned.value, context) : [];
    const why = planned.ok ? isEnough && neverStill(request.subvolume) : planned.fault;
    for (const [index, one] of left.snapshots.entries()) {
      const end = why ? failedTo(one.name, why) : ended[index];
      if (end) ends.set(one, end);
    }
  }
  const results = request.snapshots.flatMap((one) => ends.get(one) ?? []);
  return { kind: 'delete', subvolume: request.subvolume, server, results };
};

/**
 * What became of the rows, in their order, up to where it must be planned again: other runs moved what it rests on. After
 * the first fault that is not about one of them, nothing more goes.
 */
export async function deletePlanned(
  planned: PlannedDeletion,
  context: DriverContext,
): Promise<DeletedSnapshot[]> {
  const { host, filesystemOf, rows } = planned;
  const results: DeletedSnapshot[] = [];
  const broken: Fault[] = [];
  for (const batch of batchesOf(rows, ({ snapshot }) => snapshot?.path ?? '')) {
    // The other reasons are looked at once more.
    const going = batch.filter(({ isLast }) => !isLast);
    const chosen = going.map(({ name, snapshot }) => ({
      ...{ name, snapshot },
      filesystem: snapshot && filesystemOf(snapshot),
    }));
    // Each batch would wait as long for a deletion that hangs, or for a journal that takes nothing.
    const isTried = broken.length === 0 && going.length > 0;
    const ended = isTried ? await deleteUnpinned(planned, chosen, context, false) : ok([]);
    if (!ended.ok) broken.push(ended.fault);
    const ends = ended.ok ? ended.value : [];
    if (ends === 'moved') return results;
    for (const row of batch) {
      const end = ends[going.indexOf(row)] ?? broken[0] ?? null;
      results.push(endOf(row, end, host.server.name));
    }
  }
  return results;
}

/** Null: it was not tried. */
function endOf(row: DeletionRow, end: Ended | Fault | null, server: string): DeletedSnapshot {
  if (end && 'status' in end) return end;
  const used = end && 'pinnedBy' in end ? row.snapshot && inUse(row.snapshot, server, end.pinnedBy) : end;
  return { ...failedTo(row.name, row.fault ?? used), path: row.snapshot?.path ?? '' };
}

const failedTo = (name: string, fault: Fault | null): DeletedSnapshot => ({
  ...{ name, path: '', status: 'failed', fault },
});
