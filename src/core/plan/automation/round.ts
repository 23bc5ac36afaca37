/**
 * Decides what one round of a task is about: which targets it sends to, what it came to on each of them, all members
 * together, and what is remembered of that. It sends nothing and writes nothing down.
 */

import type { Task, TaskTargetMemory } from '../../model/automation/task.ts';
import { type Fault, fault } from '../../model/fault.ts';
import { ageText } from '../../model/retention.ts';
import type { TargetResult } from '../../model/runs/target-result.ts';
import type { TaskRequest, TaskTargetOutcome } from '../../model/runs/task.ts';
import { formatTarget, type Target } from '../../model/target.ts';

/** Milliseconds between two tries of a target that is left alone, if its last fault may have passed by itself. */
const PROBE = 3_600_000;

export interface RoundQuestion {
  readonly task: Task;
  readonly memories: readonly TaskTargetMemory[];
  /** Milliseconds since 1970 UTC. */
  readonly now: number;
  /** Somebody asked for it: then all targets are tried, whatever was suspended, and the disabled task is run. */
  readonly byHand: boolean;
}

/** Targets of a task that its rounds had to leave out, as others were at work there. */
export interface Owed {
  /** As `formatTarget` writes them. */
  readonly targets: readonly string[];
  /** The time for which these were last begun, ISO 8601 UTC; null: they never were. */
  readonly since: string | null;
}

/** The targets that a round was asked about, and of these the ones it is to send to. */
export function askedOf(
  { only, without = [] }: Pick<TaskRequest, 'only' | 'without'>,
  targets: readonly Target[],
): { readonly asked: Target[]; readonly going: Target[] } {
  const asked = targets.filter((target) => only?.includes(formatTarget(target)) ?? true);
  return { asked, going: asked.filter((target) => !without.includes(formatTarget(target))) };
}

/** The lock that a round has on a target of its task, by the target as `formatTarget` writes it. */
export const targetLock = (task: string, target: string): string =>
  `${TARGET_LOCKS}${task}, target ${target}`;

/** How all of these begin. */
export const TARGET_LOCKS = 'task ';

/** The targets to send to, in the order of the task. */
export function targetsOfRound({ task, memories, now, byHand }: RoundQuestion): Target[] {
  if (byHand) return [...task.targets];
  // Suspended or disabled in the moment after the scheduler began it.
  if (task.suspended || !task.enabled) return [];
  return task.targets.filter((target) => {
    const memory = memories.find((one) => one.target === formatTarget(target));
    return !memory || memory.suspendedAt === null || isToBeProbed(memory, now);
  });
}

/** A try that lies ahead was made before the clock was set back. */
function isToBeProbed({ fault: why, triedAt, absentSince }: TaskTargetMemory, now: number): boolean {
  const since = now - Date.parse(triedAt);
  // A disk that a probe found away comes back by itself, whatever that fault says of trying again.
  return (why?.retry === true || absentSince !== null) && (since >= PROBE || since < 0);
}

/** What the replication of one member came to for one target. */
export interface MemberOutcome {
  readonly subvolume: string;
  /** A fault: it failed as a whole, for a reason that lies not with the target. */
  readonly ended: readonly TargetResult[] | Fault;
}

export interface TargetEnd extends TaskTargetOutcome {
  /** What is remembered of it; null: nothing, for it says nothing about the target. */
  readonly counts: 'ok' | 'failed' | 'absent' | null;
}

/** All members together: a target is well only when every member is. */
export function targetEnd(target: Target, members: readonly MemberOutcome[]): TargetEnd {
  const label = formatTarget(target);
  const end = (status: TargetEnd['status'], why: Fault | null, counts: TargetEnd['counts']): TargetEnd => ({
    target: label,
    status,
    fault: why,
    counts,
  });
  const failures = members.flatMap(failuresOf);
  const [first] = failures;
  if (first) {
    // Somebody else was at work there, or the source was the trouble: that is no failure of the target.
    const own = failures.find((one) => one.ofTarget && one.fault.code !== 'locked');
    const why = own ?? first;
    const alone =
      members.length > 1 && new Set(failures.map(({ subvolume }) => subvolume)).size < members.length;
    return end('failed', alone ? naming(why) : why.fault, own ? 'failed' : null);
  }
  const results = members.flatMap(({ ended }) => (isFault(ended) ? [] : ended));
  const stopped = members.some(({ ended }) => (isFault(ended) ? true : ended.length === 0));
  const cancelled = results.find(({ status }) => status === 'cancelled');
  if (stopped || cancelled) return end('cancelled', cancelled?.fault ?? null, null);
  const absent = results.find(({ status }) => status === 'absent');
  return absent ? end('absent', absent.fault, 'absent') : end('ok', null, 'ok');
}

interface Failure {
  readonly subvolume: string;
  readonly fault: Fault;
  readonly ofTarget: boolean;
}

function failuresOf({ subvolume, ended }: MemberOutcome): Failure[] {
  if (isFault(ended)) return ended.code === 'cancelled' ? [] : [{ subvolume, fault: ended, ofTarget: false }];
  return ended.flatMap((result) =>
    result.status === 'failed' ? [{ subvolume, fault: faultOf(result), ofTarget: true }] : [],
  );
}

export const isFault = (ended: MemberOutcome['ended']): ended is Fault => !Array.isArray(ended);

const faultOf = ({ server, snapshot, fault: why }: TargetResult): Fault =>
  why ??
  fault('command-failed', `Sending ${snapshot ?? 'a snapshot'} to ${server} failed.`, 'Look at its run.', {
    server,
  });

/** Others of the group came through: which one did not is what one must know. */
const naming = ({ subvolume, fault: why }: Failure): Fault => ({
  ...why,
  message: `${subvolume} did not come through: ${why.message}`,
});

/** Every snapshot that was wanted of a member is there: then retention may look after what it has. */
export const cameThrough = (results: readonly TargetResult[]): boolean =>
  results.length > 0 && results.every(({ status }) => status === 'ok' || status === 'already-there');

/** Where a member got its first replica: nothing was known to be there, and it was sent in full. */
export const beganAt = (
  results: readonly TargetResult[],
  known: readonly { readonly server: string; readonly mount: string }[],
): boolean =>
  results.some(
    ({ status, mode, server, mount }) =>
      status === 'ok' &&
      mode === 'full' &&
      !known.some((replica) => replica.server === server && replica.mount === mount),
  );

export interface AbsentTarget {
  readonly target: Target;
  /** Creation of the newest replica it is known to have of all members, ISO 8601 UTC; null: none is known. */
  readonly restorePoint: string | null;
  /** ISO 8601 UTC. */
  readonly since: string;
  /** Milliseconds since 1970 UTC. */
  readonly now: number;
}

/** Whether an absent disk may be waited for any longer. Null: it may. */
export function rpoBreach(
  { rpoSeconds }: Pick<Task, 'rpoSeconds'>,
  { target, restorePoint, since, now }: AbsentTarget,
): Fault | null {
  // A disk that never had a replica is given its time, too, from when it was first missed.
  const counted = Date.parse(restorePoint ?? since);
  if (rpoSeconds === null || now - counted <= rpoSeconds * 1000) return null;
  const label = formatTarget(target);
  const newest =
    restorePoint === null
      ? `and has no replica as far as is known, since ${since}`
      : `and its newest replica is of ${restorePoint}`;
  return fault(
    'rpo-breached',
    `${label} is not there ${newest}: more than the ${ageText(rpoSeconds)} that may be lost at most.`,
    'Plug the disk in and mount it there; the next round brings it up to date by itself.',
    { server: target.server },
  );
}
