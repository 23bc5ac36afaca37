/**
 * Makes room on a target where a round could not send for want of it: the task's own rules are applied there to the
 * replicas of all members, in their order. What the round still needs stays, whatever the rules say: the base of what
 * is to be sent, and of a group the newest moment that is whole there, until a newer one is.
 */

import { isGroup } from '../../model/automation/task.ts';
import { ok, type Result } from '../../model/result.ts';
import type { CleanupReport } from '../../model/runs/cleanup.ts';
import type { TargetResult } from '../../model/runs/target-result.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import { momentsOf } from '../../plan/replication/catch-up.ts';
import { listReplicas } from '../looks/list-snapshots.ts';
import { awaitRoom } from '../replication/target-room.ts';
import { cleanDirectory } from './cleanups.ts';
import type { Round } from './round.ts';

export interface RoomMade {
  /** False: there was nothing to let go, or what was let go is not enough. */
  readonly hasRoom: boolean;
  /** Those that were begun for this. */
  readonly cleanups: readonly CleanupReport[];
}

/** `full`: what became of the step for which there was no room. */
export type MakeRoom = (full: TargetResult) => Promise<RoomMade>;

/** Of one round: each target is cleaned up once, as a second time the same rules would let nothing more go. */
export function roomMaker(round: Round): MakeRoom {
  const { task, context, note } = round;
  const cleaned = new Map<string, Promise<CleanupReport[]>>();
  return async ({ server, mount, base, estimatedBytes }) => {
    const nothing = { hasRoom: false, cleanups: [] };
    if (task.retention === null || mount === null || context.signal.aborted) return nothing;
    const key = JSON.stringify([server, mount]);
    const before = cleaned.get(key);
    const cleaning = before ?? cleanAll(round, { server, mount, base });
    cleaned.set(key, cleaning);
    const reports = await cleaning;
    const cleanups = before ? [] : reports;
    if (reports.every(({ deleted }) => deleted.length === 0)) return { hasRoom: false, cleanups };
    note(`waiting for the room that what was deleted on ${server} gives back`);
    const full = await awaitRoom({ server, mount, uuid: null, payloadBytes: estimatedBytes }, context);
    return { hasRoom: full === null && !context.signal.aborted, cleanups };
  };
}

interface Place {
  readonly server: string;
  readonly mount: string;
  /** Of the pending send; null: it is a full one. */
  readonly base: string | null;
}

/** Nothing is let go where it is not known what of the group is whole there. */
async function cleanAll(round: Round, { server, mount, base }: Place): Promise<CleanupReport[]> {
  const { task, context, faults } = round;
  const moment = isGroup(task) ? await newestWhole(round, { server, mount }) : ok(null);
  if (!moment.ok) {
    if (!context.signal.aborted) faults.push(moment.fault);
    return [];
  }
  const spare = [base, moment.value].filter((name) => name !== null);
  const reports: CleanupReport[] = [];
  for (const subvolume of task.subvolumes) {
    const cleaned = await cleanDirectory(round, { subvolume, server, mount }, { spare });
    if (cleaned) reports.push(cleaned);
  }
  return reports;
}

/** The newest moment of which every member has a whole replica there; null: there is none. */
async function newestWhole(
  { task, context }: Round,
  { server, mount }: Omit<Place, 'base'>,
): Promise<Result<string | null>> {
  const members: (readonly Snapshot[])[] = [];
  for (const subvolume of task.subvolumes) {
    const listed = await listReplicas(
      context.fleet,
      subvolume,
      { server, mount, into: task.into },
      context.signal,
    );
    if (!listed.ok) return listed;
    members.push(listed.value.snapshots);
  }
  return ok([...momentsOf(members)].toSorted().at(-1) ?? null);
}
