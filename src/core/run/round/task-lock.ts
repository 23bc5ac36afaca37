/**
 * Keeps a target of a task from being served by two rounds at once, in whatever process of this machine. Each target has
 * a lock of its own: where one hangs, the others of the task have their rounds all the same.
 */

import type { Task } from '../../model/automation/task.ts';
import { type Fault, fault } from '../../model/fault.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import type { TaskRequest } from '../../model/runs/task.ts';
import { formatTarget, type Target } from '../../model/target.ts';
import { askedOf, targetLock, targetsOfRound } from '../../plan/automation/round.ts';
import type { Lock } from '../../state/journal/locks.ts';
import type { DriverContext } from '../ground/driver.ts';
import { nap } from '../ground/nap.ts';
import { takeLocks } from '../ground/take-locks.ts';
import { taskNamed } from '../settings/tasks.ts';

/** Milliseconds between two tries. */
const PAUSE = 250;

export interface LockedTask {
  readonly task: Task;
  /** By the targets that are to be served. */
  readonly locks: ReadonlyMap<Target, Lock>;
  /** Targets left out, as rounds before this one are still at work there. */
  readonly busy: readonly Target[];
}

/**
 * Faults: locked, where a round is at work on all of them (and what the journal itself says). A patient run waits until
 * all are free; `cancelled`.
 */
export async function lockTask(request: TaskRequest, context: DriverContext): Promise<Result<LockedTask>> {
  const { task: name } = request;
  const { signal, patient, emit } = context;
  let told = false;
  for (;;) {
    // Read each time: it may have been changed while it was waited for.
    const task = taskNamed(context.fleet, name);
    if (!task.ok) return task;
    const locked = await lockTargets(task.value, request, context);
    if (locked.ok || !patient || locked.fault.code !== 'locked') return locked;
    if (signal.aborted) return failed(cancelled(name));
    if (!told)
      emit({ type: 'note', message: `Waiting for the round that is at work: ${locked.fault.message}` });
    told = true;
    await nap(PAUSE, signal);
  }
}

async function lockTargets(
  task: Task,
  request: TaskRequest,
  context: DriverContext,
): Promise<Result<LockedTask>> {
  const { fleet, trigger, patient } = context;
  const memories = fleet.journal.taskTargets(task.name);
  const byHand = trigger === 'hand';
  const all = targetsOfRound({ task, memories, now: fleet.clock.now(), byHand });
  const { asked, going } = askedOf(request, all);
  const keyOf = (target: Target): string => targetLock(task.name, formatTarget(target));
  const isHeld = (target: Target): boolean => fleet.journal.lockHolder(keyOf(target), fleet.isAlive) !== null;
  const held = patient ? going.find(isHeld) : undefined;
  const locks = new Map<Target, Lock>();
  const busy = asked.filter((target) => !going.includes(target));
  const release = (): void => {
    for (const lock of locks.values()) lock.release();
  };
  let why: Fault | null = null;
  // One that waits for all of them keeps none back meanwhile.
  for (const target of held ? [held] : going) {
    const lock = await takeLocks(context, [keyOf(target)], 'a round of it');
    if (lock.ok) locks.set(target, lock.value);
    else if (lock.fault.code === 'locked') busy.push(target);
    else {
      release();
      return lock;
    }
    if (!lock.ok) why ??= lock.fault;
  }
  const isEnough = held ? false : why === null || (locks.size > 0 && !patient);
  if (isEnough) return ok({ task, locks, busy });
  release();
  return failed(why ?? freeAgain(task.name));
}

/** It was given back between the two looks: the next one takes it. */
const freeAgain = (name: string): Fault =>
  fault('locked', `task ${name} was busy until now.`, 'Try again.', { retry: true });

const cancelled = (name: string): Fault =>
  fault(
    'cancelled',
    `Cancelled while a round of the task ${name} was waited for.`,
    `That round goes on; "btrfleet task run ${name}" runs one more.`,
  );
