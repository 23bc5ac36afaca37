/**
 * Decides what state a task is in, and how far each of its targets is behind. Where nothing is known, it says so: a
 * target whose replicas cannot be checked is never called fine.
 */

import type { TargetLag, Task, TaskState, TaskTargetMemory } from '../../model/automation/task.ts';
import { formatTarget, type Target } from '../../model/target.ts';
import type { RestorePoint } from './restore-point.ts';

export interface LagQuestion {
  readonly target: Target;
  readonly rpoSeconds: number | null;
  readonly point: RestorePoint;
  /** The newest moment on the primary, of all members; null: none, or not known. */
  readonly newest: string | null;
  /** The oldest one there is on the primary; null: none, or not known. */
  readonly oldest: string | null;
  readonly memory: TaskTargetMemory | null;
  /** Milliseconds since 1970 UTC. */
  readonly now: number;
}

export function targetLag(question: LagQuestion): TargetLag {
  const { target, point, newest, memory, now } = question;
  const wouldLoseSeconds = point.at === null ? null : secondsBetween(point.at, now);
  return {
    target: formatTarget(target),
    server: target.server,
    mount: target.mount,
    restorePoint: point.at,
    awayOn: point.awayOn,
    lagSeconds: point.at === null || newest === null ? null : secondsBetween(point.at, Date.parse(newest)),
    wouldLoseSeconds,
    rpo: rpoState(question, wouldLoseSeconds),
    incomplete: point.incomplete,
    seenAt: point.seenAt,
    memory,
  };
}

/** Never negative: a clock that is a little ahead, or a target that has what the primary lost. */
const secondsBetween = (from: string, until: number): number =>
  Math.max(0, (until - Date.parse(from)) / 1000);

function rpoState(question: LagQuestion, wouldLoseSeconds: number | null): TargetLag['rpo'] {
  const { rpoSeconds } = question;
  if (rpoSeconds === null) return 'none';
  if (wouldLoseSeconds !== null) return wouldLoseSeconds > rpoSeconds ? 'breached' : 'kept';
  const since = emptySince(question);
  return since !== null && secondsBetween(since, question.now) > rpoSeconds ? 'breached' : 'unknown';
}

/**
 * Since when a target that has no restore point should have had one: since its disk was first missed, or, once a round
 * came to an end there and left nothing, since there was something to send. Null: not known, or its first round is
 * still to come.
 */
function emptySince({ memory, point, oldest }: LagQuestion): string | null {
  if (memory === null) return null;
  return memory.absentSince ?? (point.isKnown ? oldest : null);
}

export interface StateQuestion {
  /** A round of it is running. */
  readonly isRunning: boolean;
  /** One for each target. */
  readonly lags: readonly TargetLag[];
}

export function taskState(
  task: Pick<Task, 'enabled' | 'suspended'>,
  { isRunning, lags }: StateQuestion,
): TaskState {
  if (!task.enabled) return 'disabled';
  if (lags.some(({ memory }) => memory !== null && memory.suspendedAt !== null)) return 'auto-suspended';
  if (task.suspended) return 'suspended';
  const isBehind = (lag: TargetLag): boolean =>
    lag.rpo === 'breached' || (lag.rpo === 'unknown' && !(isRunning && isNew(lag)));
  if (lags.some(isBehind)) return 'lagging';
  if (!isRunning) return 'idle';
  return lags.some(({ restorePoint }) => restorePoint === null) ? 'initializing' : 'running';
}

/** It has no replica, and no round has come to its end there: it is just getting the first one. */
const isNew = ({ restorePoint, memory }: TargetLag): boolean => restorePoint === null && memory === null;
