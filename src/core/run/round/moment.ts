/** Chooses the moment that a round brings of every member of a group, and pins it for all of them. */
import { isGroup, type Task } from '../../model/automation/task.ts';
import type { Inventory } from '../../model/inventory.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import type { Wanted } from '../../model/runs/replication.ts';
import { bornIdOfSnapshot } from '../../model/snapshot.ts';
import { findSubvolume, snapshotsOf } from '../../plan/catalog/catalog.ts';
import { wantedOf } from '../../plan/replication/catch-up.ts';
import type { Pin } from '../../state/journal/pins.ts';
import { awaitDeletions, claimed, MOST_LOOKS, neverStill } from '../ground/pins.ts';
import { openSource } from '../replication/source.ts';
import type { Round } from './round.ts';

/**
 * What a round brings of every member of a group: one that is sent later than the others must not be sent a later
 * moment, or none of them would be whole there. So it is pinned for all of them until the round is over. Null: there is
 * none, which each of them says.
 */
export async function newestMoment({ task, context, looks: kept }: Round): Promise<Result<string | null>> {
  const request = { subvolume: task.subvolumes[0], wanted: wantedBy(task, null) };
  const fleet = { ...context.fleet, look: kept.forPart() };
  for (let looks = 1; ; looks += 1) {
    const source = await openSource(fleet, request, context.signal);
    if (!source.ok) return source;
    const snapshot = wantedOf(source.value).at(-1)?.name ?? null;
    if (snapshot === null) return ok(null);
    const { inventory, moves: since, host } = source.value;
    const chosen = { pins: pinsOf(inventory, task.subvolumes, snapshot), there: [], since };
    const met = await claimed(context, (journal) => journal.pin(context.runId, chosen));
    if (!met.ok) return met;
    if (met.value.length === 0) return ok(snapshot);
    if (looks >= MOST_LOOKS) return failed(neverStill(task.name));
    const stuck = await awaitDeletions(met.value, () => host.server.name, context);
    if (stuck) return failed(stuck);
  }
}

/** Of every member the snapshot of that name. */
const pinsOf = (inventory: Inventory, subvolumes: readonly string[], name: string): Pin[] =>
  subvolumes.flatMap((path) => {
    const place = findSubvolume(inventory, path);
    const snapshots = place.ok ? snapshotsOf(place.value) : place;
    if (!place.ok || !snapshots.ok) return [];
    const { uuid: filesystem } = place.value.filesystem;
    const named = snapshots.value.filter((one) => one.name === name);
    return named.map((one) => ({ filesystem, origin: bornIdOfSnapshot(one) }));
  });

export const wantedBy = (task: Task, moment: string | null): Wanted => ({
  mode: 'catch-up',
  snapshot: moment,
  keep: task.retention,
  group: isGroup(task) ? task.subvolumes : null,
});
