/**
 * Writes down what a round came to on one target, and says when that changes something: it is left alone from now on,
 * or a disk that is away has been waited for too long.
 */

import type { Task, TaskTargetMemory } from '../../model/automation/task.ts';
import { isoTime } from '../../model/clock.ts';
import type { TaskTargetOutcome } from '../../model/runs/task.ts';
import type { Target } from '../../model/target.ts';
import { rpoBreach, type TargetEnd } from '../../plan/automation/round.ts';
import { replicasOn, restorePointOf } from '../../plan/status/restore-point.ts';
import type { TaskTargetNews } from '../../state/journal/automation.ts';
import { JournalFailure } from '../../state/journal/database.ts';
import { type Fleet, serverNamed } from '../ground/fleet.ts';
import { knownPath } from '../looks/settle-subvolumes.ts';
import type { Round } from './round.ts';

export async function noteTarget(round: Round, target: Target, end: TargetEnd): Promise<TaskTargetOutcome> {
  const { counts, ...outcome } = end;
  if (counts === null) return outcome;
  const { task, context, note } = round;
  const noted = await remember(round, end, counts);
  if (noted !== null && noted.suspendedAt === noted.triedAt) {
    note(
      `${end.target} failed ${noted.failures} times in a row and is left alone from now on; ` +
        `"btrfleet task resume ${task.name}" has it tried again`,
    );
  }
  if (counts !== 'absent') return outcome;
  const { fleet } = context;
  const now = fleet.clock.now();
  const breached = rpoBreach(task, {
    target,
    restorePoint: restorePoint(fleet, task, target, now),
    since: noted?.absentSince ?? isoTime(now),
    now,
  });
  // Still remembered as away: that it comes back must be enough for the next round to find it.
  return breached ? { ...outcome, status: 'failed', fault: breached } : outcome;
}

/** Null: the journal takes it down no more, which is a fault of the round. */
async function remember(
  { task, context, faults }: Round,
  end: TargetEnd,
  status: TaskTargetNews['status'],
): Promise<TaskTargetMemory | null> {
  const { target, fault } = end;
  const { suspendAfter, name } = task;
  try {
    return await context.patiently(() => {
      const dueAt = dueAtOf(context);
      return context.fleet.journal.noteTaskTarget({ task: name, target, status, fault, suspendAfter, dueAt });
    });
  } catch (error) {
    if (!(error instanceof JournalFailure)) throw error;
    faults.push(error.fault);
    return null;
  }
}

/** Null: it was asked for by hand, or is a part of another run. */
function dueAtOf({ fleet, runId }: Round['context']): string | null {
  const run = fleet.journal.getRun(runId);
  return run.ok ? run.value.origin.dueAt : null;
}

/** The newest moment it is known to have of all members. */
export function restorePoint(fleet: Fleet, task: Task, target: Target, now: number): string | null {
  const server = serverNamed(fleet, target.server);
  if (!server.ok) return null;
  const look = fleet.journal.lastInventory(target.server);
  const members = task.subvolumes.map((subvolume) => {
    const remembered = fleet.journal.replicasSince(target.server, knownPath(fleet, subvolume), null);
    const { into } = task;
    // Of a disk that is away there is only what is remembered, whatever the primary has.
    const about = { server: server.value, mount: target.mount, look, source: null, into, remembered };
    return { subvolume, sight: replicasOn(about) };
  });
  return restorePointOf(members, [], now).at;
}
