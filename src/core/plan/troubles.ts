/** Decides what is trouble at this moment, and what of it people are told: each change once. It tells nobody. */
import type { Alarm, Notification, Trouble } from '../model/alarm.ts';
import type { ItemMemory } from '../model/automation.ts';
import type { Fault } from '../model/fault.ts';
import type { TargetLag, TaskTargetMemory } from '../model/task.ts';
import type { StorageWarning } from './storage-warnings.ts';

export interface TroubleQuestion {
  /** Of the items there are now. */
  readonly items: readonly ItemMemory[];
  /** Of the tasks there are now, disabled and suspended ones left out. */
  readonly targets: readonly {
    readonly task: string;
    readonly rpoSeconds: number | null;
    readonly lag: TargetLag;
  }[];
  readonly storage: readonly {
    readonly server: string;
    readonly uuid: string;
    readonly warnings: readonly StorageWarning[];
  }[];
  /** Why the configuration cannot be read; null: it can. */
  readonly config: Fault | null;
}

/** A temporary failure is tried again by itself: it is trouble from the third try on. */
const TRIES = 3;

export function troublesOf({ items, targets, storage, config }: TroubleQuestion): Trouble[] {
  const memories = targets.flatMap(({ lag }) => lag.memory ?? []);
  return [
    ...(config === null ? [] : [configTrouble(config)]),
    ...items.flatMap((item) => itemTrouble(item, memories)),
    ...memories.flatMap(targetTrouble),
    ...targets.flatMap(rpoTrouble),
    ...storage.flatMap(({ server, uuid, warnings }) =>
      warnings.map(({ kind, level, message, hint }) => ({
        key: `storage:${server} ${uuid} ${kind}`,
        level,
        title: `Storage of ${server}`,
        message,
        hint,
      })),
    ),
  ];
}

const configTrouble = ({ message, hint }: Fault): Trouble => ({
  key: 'configuration',
  level: 'bad',
  title: 'Automation stands still',
  message,
  hint,
});

/** A round that failed for its targets is told of by them. */
function itemTrouble({ item, run, attempt }: ItemMemory, memories: readonly TaskTargetMemory[]): Trouble[] {
  if (run === null || (run.outcome !== 'failed' && run.outcome !== 'interrupted')) return [];
  if (run.fault?.retry === true && attempt < TRIES) return [];
  const failing = memories.some(({ task, failures }) => failures > 0 && item === `task:${task}`);
  if (failing) return [];
  return [
    {
      key: `item:${item}`,
      level: 'bad',
      title: `${item} failed`,
      message: run.fault?.message ?? `Run ${run.id} ended as ${run.outcome}.`,
      hint: run.fault?.hint ?? `See what happened: btrfleet run show ${run.id}`,
    },
  ];
}

function targetTrouble(memory: TaskTargetMemory): Trouble[] {
  const { task, target, failures, fault, suspendedAt, absentSince } = memory;
  if (suspendedAt !== null) {
    return [
      {
        key: `target:${task} ${target}`,
        level: 'bad',
        title: `Task ${task} has left ${target} alone`,
        message: `${failures} rounds in a row failed. ${fault?.message ?? ''}`.trim(),
        hint: `Mend it, then: btrfleet task resume ${task}`,
      },
    ];
  }
  // A disk that is away has not failed; whether it has been for too long, its RPO says.
  if (absentSince !== null || failures === 0 || (fault?.retry === true && failures < TRIES)) return [];
  return [
    {
      key: `target:${task} ${target}`,
      level: 'bad',
      title: `Task ${task} fails on ${target}`,
      message: fault?.message ?? `${failures} rounds in a row failed.`,
      hint: fault?.hint ?? `See what happened: btrfleet run list --task ${task}`,
    },
  ];
}

function rpoTrouble({ task, rpoSeconds, lag }: TroubleQuestion['targets'][number]): Trouble[] {
  if (lag.rpo !== 'breached' && lag.rpo !== 'unknown') return [];
  const known = lag.restorePoint === null ? 'has no restore point' : `is at ${lag.restorePoint}`;
  return [
    {
      key: `rpo:${task} ${lag.target}`,
      level: lag.rpo === 'breached' ? 'bad' : 'warning',
      title:
        lag.rpo === 'breached'
          ? `RPO of task ${task} is breached on ${lag.target}`
          : `RPO of task ${task} cannot be checked on ${lag.target}`,
      message: `${lag.target} ${known}; the RPO is ${rpoSeconds ?? 0} s.`,
      hint: `See why: btrfleet task show ${task}`,
    },
  ];
}

export interface AlarmChanges {
  /** What to keep: every alarm there is now; null: it is over and forgotten. */
  readonly alarms: ReadonlyMap<string, Alarm | null>;
  readonly notifications: readonly Notification[];
}

/**
 * What changed since people were last told. `known` is what the journal has. A trouble that is new or got another
 * level is told; one that is over is told if its beginning was. What could not be told stays to be told.
 */
export function alarmChanges(
  known: ReadonlyMap<string, Alarm>,
  now: readonly Trouble[],
  at: string,
): AlarmChanges {
  const alarms = new Map<string, Alarm | null>();
  const notifications: Notification[] = [];
  for (const trouble of now) {
    const before = known.get(trouble.key);
    const isSame = before?.state === trouble.level;
    const alarm: Alarm = {
      state: trouble.level,
      title: trouble.title,
      since: isSame ? before.since : at,
      toldAt: isSame ? before.toldAt : null,
    };
    if (!isSame) alarms.set(trouble.key, alarm);
    if (alarm.toldAt === null) notifications.push({ event: 'trouble', ...trouble, since: alarm.since });
  }
  const present = new Set(now.map(({ key }) => key));
  for (const [key, before] of known) {
    if (present.has(key)) continue;
    // Told of nobody: it came and went between two looks, or while nobody could be reached.
    if (before.state === 'over' || before.toldAt !== null) {
      const level = before.state === 'warning' ? 'warning' : 'bad';
      notifications.push({ event: 'recovery', key, level, ...recovered(before), since: before.since });
      if (before.state !== 'over') alarms.set(key, { ...before, state: 'over', toldAt: null });
    } else alarms.set(key, null);
  }
  return { alarms, notifications };
}

const recovered = ({ title }: Alarm): Pick<Notification, 'title' | 'message' | 'hint'> => ({
  title: `Over: ${title}`,
  message: 'It is well again.',
  hint: '',
});
