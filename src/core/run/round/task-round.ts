/**
 * The task driver: one round of a replication task. Its own snapshot where it makes one, then what each target lacks
 * of each member, then the clean-up there. Each part is a run of its own in the journal, below this one.
 *
 * A round by hand runs every target of the task, also of one that is disabled or suspended, and those that were left
 * alone after their failures: somebody wants to know.
 */

import { isGroup, type TaskTargetMemory } from '../../model/automation/task.ts';
import { command } from '../../model/command-line.ts';
import { type Fault, fault } from '../../model/fault.ts';
import type { MadeReport } from '../../model/runs/made.ts';
import type { TaskReport, TaskRequest, TaskTargetOutcome } from '../../model/runs/task.ts';
import { formatTarget } from '../../model/target.ts';
import { makesSnapshots, policyHooks } from '../../plan/automation/due.ts';
import { askedOf, targetEnd } from '../../plan/automation/round.ts';
import { allEnded } from '../ground/all-ended.ts';
import type { Driver } from '../ground/driver.ts';
import { cleanTarget } from './cleanups.ts';
import { noteTarget, restorePoint } from './note-target.ts';
import { type Round, roundOf } from './round.ts';
import { sendMembers } from './sends.ts';
import { type LockedTask, lockTask } from './task-lock.ts';

export const runTask: Driver<'task'> = async (request, context) => {
  const locked = await lockTask(request, context);
  if (!locked.ok) return { kind: 'fault', fault: locked.fault };
  try {
    return { kind: 'task', ...(await carryOut(roundOf(locked.value.task, context), locked.value, request)) };
  } finally {
    for (const lock of locked.value.locks.values()) lock.release();
  }
};

async function carryOut(
  round: Round,
  { locks, busy }: LockedTask,
  request: TaskRequest,
): Promise<TaskReport> {
  const { task, context, faults } = round;
  const memories = context.fleet.journal.taskTargets(task.name);
  const snapshot = request.snapshot ? await makeSnapshot(round) : null;
  const going = [...locks.keys()];
  const sendings = sendMembers(round, going);
  // Each is settled, and free for the next round, the moment it is done.
  const served = going.map(async (target) => {
    const members = await sendings.to(target);
    const outcome = await noteTarget(round, target, targetEnd(target, members));
    const cleanups = await cleanTarget(round, target, members);
    locks.get(target)?.release();
    return { target, outcome, cleanups };
  });
  await allEnded([sendings.members, ...served]);
  const members = await sendings.members;
  const ends = await Promise.all(served);
  const targets = askedOf(request, task.targets).asked.map((target): TaskTargetOutcome => {
    const end = ends.find((one) => one.target === target);
    if (end) return end.outcome;
    if (busy.includes(target)) return { target: formatTarget(target), status: 'busy', fault: null };
    return leftAlone(formatTarget(target), memories);
  });
  faults.push(...nothingEver(round, targets));
  return {
    task: task.name,
    initializing: members.some(({ began }) => began),
    snapshot,
    targets,
    replications: members.map(({ report }) => report),
    cleanups: [...members.flatMap((member) => member.cleanups), ...ends.flatMap(({ cleanups }) => cleanups)],
    faults,
  };
}

/** Null: somebody else makes them, or nothing came of it. What is there can be sent all the same. */
async function makeSnapshot(round: Round): Promise<MadeReport | null> {
  const { task, context, note, part, faults } = round;
  const config = context.fleet.config.read();
  if (!config.ok) {
    faults.push(config.fault);
    return null;
  }
  const { snapshotPolicies } = config.value.config;
  if (!makesSnapshots(task, snapshotPolicies)) return null;
  const { subvolumes } = task;
  note(`making a snapshot of ${subvolumes.join(', ')}`);
  const { report } = await part({
    kind: 'snapshot',
    subvolumes,
    group: isGroup(task),
    hooks: policyHooks(subvolumes, snapshotPolicies),
    dueAt: null,
    // This is the round that would belong to it.
    sync: false,
  });
  if (report.kind === 'fault' && report.fault.code !== 'cancelled') faults.push(report.fault);
  if (report.kind !== 'snapshot') return null;
  const { kind: _, ...made } = report;
  return made;
}

/** Disks may be away for a while; that none is there, and none ever had a replica, is no round that was well. */
function nothingEver(
  { task, context: { fleet } }: Round,
  outcomes: readonly TaskTargetOutcome[],
): readonly Fault[] {
  const isAway = outcomes.some(({ status }) => status === 'absent');
  if (!isAway || outcomes.some(({ status }) => status !== 'absent' && status !== 'suspended')) return [];
  const now = fleet.clock.now();
  if (task.targets.some((target) => restorePoint(fleet, task, target, now) !== null)) return [];
  return [
    fault(
      'not-mounted',
      `Nothing was sent: no disk of the task ${task.name} is there, and no replica is known to be on any of them.`,
      `Plug one in and mount it, then: ${command('task', 'run', task.name)}`,
    ),
  ];
}

function leftAlone(target: string, memories: readonly TaskTargetMemory[]): TaskTargetOutcome {
  const memory = memories.find((one) => one.target === target);
  return { target, status: 'suspended', fault: memory?.fault ?? null };
}
