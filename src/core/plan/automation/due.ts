/**
 * Decides what automation has to do and when each of it is to begin: from the schedules, and from what the journal
 * remembers. Which of what is due may begin now is decided in plan/begin-order. Nothing here looks at a clock.
 */

import { type Item, type ItemMemory, itemKey } from '../../model/automation/automation.ts';
import { isGroup, type Task } from '../../model/automation/task.ts';
import type { VerifyPolicy } from '../../model/automation/verify-policy.ts';
import { isoTime } from '../../model/clock.ts';
import { type Fault, fault } from '../../model/fault.ts';
import type { PolicyHooks, RetentionPolicy, SnapshotPolicy } from '../../model/policy.ts';
import type { RunRequest } from '../../model/runs/run.ts';
import type { TaskRequest } from '../../model/runs/task.ts';
import type { Schedule } from '../../model/schedule.ts';
import { checkSchedule, dueAfter, dueAtOrBefore, dueBetween } from '../time/schedule.ts';
import { retryTime } from './retry.ts';
import type { Owed } from './round.ts';

/** Whether a task makes snapshots of its own: nobody else makes those that it sends. */
export const makesSnapshots = (task: Task, snapshotPolicies: readonly SnapshotPolicy[]): boolean =>
  isGroup(task) ||
  !snapshotPolicies.some(({ enabled, subvolume }) => enabled && subvolume === task.subvolumes[0]);

export interface Plans {
  readonly snapshotPolicies: readonly SnapshotPolicy[];
  readonly retentionPolicies: readonly RetentionPolicy[];
  readonly verifyPolicies: readonly VerifyPolicy[];
  readonly tasks: readonly Task[];
}

/** All that is to be done by itself. A task that was suspended by hand still makes its snapshots. */
export function itemsOf({ snapshotPolicies, retentionPolicies, verifyPolicies, tasks }: Plans): Item[] {
  const enabled = tasks.filter((task) => task.enabled);
  return [
    ...snapshotPolicies.flatMap((policy): Item[] => (policy.enabled ? [{ kind: 'snapshot', policy }] : [])),
    ...enabled.flatMap((task): Item[] =>
      makesSnapshots(task, snapshotPolicies) ? [{ kind: 'task-snapshot', task }] : [],
    ),
    ...enabled.flatMap((task): Item[] => (task.suspended ? [] : [{ kind: 'task', task }])),
    ...retentionPolicies.flatMap((policy): Item[] => (policy.enabled ? [{ kind: 'retention', policy }] : [])),
    ...verifyPolicies.flatMap((policy): Item[] => (policy.enabled ? [{ kind: 'verify', policy }] : [])),
  ];
}

/**
 * What goes by an expression of cron that was not its own before: it is new, was enabled, or has another schedule. It
 * begins with its first time from now on. A task that was suspended goes on, and makes up for what it missed.
 */
export function newlyScheduled(before: Plans, after: Plans): Item[] {
  const known = new Map(itemsOf(resumed(before)).map((item) => [itemKey(item), scheduleOf(item)]));
  return itemsOf(resumed(after)).filter((item) => {
    const schedule = scheduleOf(item);
    return schedule.kind === 'cron' && JSON.stringify(known.get(itemKey(item))) !== JSON.stringify(schedule);
  });
}

const resumed = (plans: Plans): Plans => ({
  ...plans,
  tasks: plans.tasks.map((task) => ({ ...task, suspended: false })),
});

export type NextStep =
  | {
      readonly kind: 'due';
      /** The time it is begun for, ISO 8601 UTC. */
      readonly dueAt: string;
      /** 1 for the first try at that time. */
      readonly attempt: number;
      /** Due times before it that were missed; of 1000 and more, 1000. */
      readonly missed: number;
      /** The time it was last begun for, ISO 8601 UTC; null: it never was. Of what is owed, when that was. */
      readonly last: string | null;
      /** It makes up for targets that were left out, and is about these alone. */
      readonly isOwed: boolean;
    }
  /** Its last run, for that time, has not ended: it never has two, but for targets of a task that are free. */
  | { readonly kind: 'running'; readonly dueAt: string }
  | { readonly kind: 'wait'; readonly until: string; readonly why: 'schedule' | 'retry' | 'jitter' }
  /** It cannot be followed as it stands. */
  | { readonly kind: 'never'; readonly fault: Fault };

export interface StepInput {
  readonly item: Item;
  /** Null: it was never begun. With an interval it is due at once then, with an expression at its first time from now on. */
  readonly memory: ItemMemory | null;
  /** Milliseconds since 1970 UTC. */
  readonly now: number;
  /** Most seconds that the beginning of an item may be put off; 0: none is. */
  readonly jitterSeconds: number;
  /** What `syncDueOf` says of a task in sync mode: a round that was last begun for an earlier time is due at once. */
  readonly syncDue?: string | null;
  /** Of a task whose round has not ended: a target of it is free for a while, and has its own next round when that is due. */
  readonly hasFreeTarget?: boolean;
  /** Of a task: rounds of it had to leave out a target that is free now; null: they did not. */
  readonly owed?: Owed | null;
}

/** What is to be done about one item now. */
export function nextStep(input: StepInput): NextStep {
  const { item, memory, now, jitterSeconds, syncDue = null, hasFreeTarget = false, owed = null } = input;
  const schedule = scheduleOf(item);
  const running = memory?.run && memory.run.state !== 'finished' ? memory : null;
  if (running && !hasFreeTarget) return { kind: 'running', dueAt: running.dueAt };
  const begins = beginsOf(schedule, jitterFraction(item), jitterSeconds * 1000);
  const newest = begins.newest(now);
  if (newest === null) return { kind: 'never', fault: unfollowable(schedule) };
  const last = memory === null ? unbegun(schedule, newest) : rememberedTime(schedule, memory, now);
  const begun = last === null ? null : isoTime(last);
  // Whose turn it is goes by what waits the longest.
  const due = {
    ...({ kind: 'due', attempt: 1, missed: 0, isOwed: false } as const),
    last: owed === null ? begun : owed.since,
  };
  if (last === null || last < newest) {
    return { ...due, dueAt: isoTime(newest), missed: missed(schedule, last, newest) };
  }
  // One that lies ahead was noted before somebody set the clock back: obeyed, it would be due again and again.
  if (syncDue !== null && Date.parse(syncDue) > last && Date.parse(syncDue) <= now) {
    return { ...due, dueAt: syncDue };
  }
  if (memory !== null && owed !== null) return { ...due, dueAt: memory.dueAt, isOwed: true };
  if (running) return { kind: 'running', dueAt: running.dueAt };
  const next = begins.after(last);
  const retry = memory && retryTime(item, memory, now);
  if (memory !== null && retry !== null && retry <= now) {
    return { ...due, dueAt: memory.dueAt, attempt: memory.attempt + 1 };
  }
  if (retry !== null && retry < next.at) return { kind: 'wait', until: isoTime(retry), why: 'retry' };
  return { kind: 'wait', until: isoTime(next.at), why: next.dueAt <= now ? 'jitter' : 'schedule' };
}

export const scheduleOf = (item: Item): Schedule =>
  item.kind === 'task' || item.kind === 'task-snapshot' ? item.task.schedule : item.policy.schedule;

/** What is asked for when it is begun for `dueAt`, ISO 8601 UTC. */
export function requestOf(
  item: Item,
  dueAt: string,
  snapshotPolicies: readonly SnapshotPolicy[],
  round: Pick<TaskRequest, 'only' | 'without'> = {},
): RunRequest {
  const due = { dueAt, sync: false } as const;
  switch (item.kind) {
    case 'snapshot': {
      const subvolumes = [item.policy.subvolume];
      const hooks = hooksOf(item.policy);
      return { kind: 'snapshot', subvolumes, group: false, hooks, ...due };
    }
    case 'task-snapshot': {
      const { subvolumes } = item.task;
      const hooks = policyHooks(subvolumes, snapshotPolicies);
      return { kind: 'snapshot', subvolumes, group: isGroup(item.task), hooks, ...due };
    }
    case 'task':
      return { kind: 'task', task: item.task.name, snapshot: false, ...round };
    case 'retention': {
      const { subvolume, rules } = item.policy;
      return { kind: 'cleanup', subvolume, server: null, mount: null, into: null, rules, only: null };
    }
    case 'verify': {
      const { subvolume, level, share, budgetSeconds } = item.policy;
      return { kind: 'verify', subvolume, level, share, budgetSeconds, pairs: null, unchosen: [] };
    }
  }
}

/** What the enabled policies of these subvolumes have run around a snapshot of them, in their order. */
export const policyHooks = (
  subvolumes: readonly string[],
  policies: readonly SnapshotPolicy[],
): PolicyHooks[] =>
  subvolumes.flatMap((subvolume) =>
    policies.filter((policy) => policy.enabled && policy.subvolume === subvolume).flatMap(hooksOf),
  );

/** None, where the policy has neither. */
export const hooksOf = ({ subvolume, hooks }: Pick<SnapshotPolicy, 'subvolume' | 'hooks'>): PolicyHooks[] =>
  hooks.before === null && hooks.after === null ? [] : [{ subvolume, ...hooks }];

/**
 * Of a task in sync mode, the time of the newest snapshot that automation made of its subvolumes, ISO 8601 UTC; null:
 * there is none. One that was made at the first try counts for its due time, as a round for that time waits for it; one
 * that was made later counts from when it was made.
 */
export function syncDueOf(
  task: Task,
  items: readonly Item[],
  memoryOf: (key: string) => ItemMemory | null,
): string | null {
  if (task.mode !== 'sync') return null;
  const times = items.flatMap((item) => {
    if (!makesSnapshotsFor(item, task)) return [];
    const memory = memoryOf(itemKey(item));
    if (memory?.run?.outcome !== 'ok') return [];
    return memory.attempt === 1 ? memory.dueAt : (memory.run.finishedAt ?? []);
  });
  return times.toSorted().at(-1) ?? null;
}

/** Whether it makes the snapshots that the task sends: those of its policy, or its own. */
export function makesSnapshotsFor(item: Item, task: Task): boolean {
  if (item.kind === 'task-snapshot') return item.task.name === task.name;
  return item.kind === 'snapshot' && task.subvolumes.includes(item.policy.subvolume);
}

/** The subvolumes it is about. */
export const subvolumesOfItem = (item: Item): readonly string[] =>
  item.kind === 'task' || item.kind === 'task-snapshot' ? item.task.subvolumes : [item.policy.subvolume];

/**
 * Of what was never begun, the time it counts from (null: none, it is due at once). An hour of the clock is chosen for a
 * reason: a service that is stopped for a snapshot at night must not be at noon, since that is when it was set up.
 */
const unbegun = (schedule: Schedule, newest: number): number | null =>
  schedule.kind === 'cron' ? newest : null;

/**
 * The due time it was last begun for, as far as it counts. One that lies ahead was begun before somebody set the
 * clock back. It still counts where it is the very next one, after a small step; else it would keep the item from
 * being done for as long as the step was, and is ignored (null).
 */
function rememberedTime(schedule: Schedule, { dueAt }: ItemMemory, now: number): number | null {
  const remembered = Date.parse(dueAt);
  if (remembered <= now) return remembered;
  return dueAfter(schedule, now) === remembered ? remembered : null;
}

const MOST_MISSED = 1000;

const missed = (schedule: Schedule, last: number | null, newest: number): number =>
  last === null ? 0 : dueBetween(schedule, last, newest, MOST_MISSED);

interface Begins {
  /** The newest due time that is to be begun by now; null: there is none. */
  newest(now: number): number | null;
  /** The first due time after `last`, and when it is to be begun. */
  after(last: number): { readonly dueAt: number; readonly at: number };
}

/** Due times, and the moments they begin: later by a part of the time that is left before the next one. */
function beginsOf(schedule: Schedule, fraction: number, jitter: number): Begins {
  const next = (dueAt: number): number => dueAfter(schedule, dueAt) ?? dueAt + YEAR;
  const beginOf = (dueAt: number): number =>
    jitter === 0 ? dueAt : dueAt + Math.floor(fraction * Math.min(jitter, next(dueAt) - dueAt));
  return {
    newest: (now) => {
      const dueAt = dueAtOrBefore(schedule, now);
      return dueAt === null || beginOf(dueAt) <= now ? dueAt : dueAtOrBefore(schedule, dueAt - 1);
    },
    after: (last) => {
      const dueAt = next(last);
      return { dueAt, at: beginOf(dueAt) };
    },
  };
}

/** For what names a time before now and none after it, which no schedule does. */
const YEAR = 365 * 86_400_000;

/** From 0 to below 1, the same whenever it is asked. All that is about one subvolume is put off alike, so that it stays in order. */
function jitterFraction(item: Item): number {
  // FNV-1a, 32 bits: http://www.isthe.com/chongo/tech/comp/fnv/
  let hash = 0x811c9dc5;
  for (const letter of subvolumesOfItem(item)[0] ?? itemKey(item)) {
    hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 0x01000193);
  }
  return (hash >>> 0) / 2 ** 32;
}

function unfollowable(schedule: Schedule): Fault {
  const checked = checkSchedule(schedule);
  if (!checked.ok) return checked.fault;
  return fault(
    'usage',
    'The schedule names no time before now.',
    'Set the clock of this machine, then try again.',
  );
}
