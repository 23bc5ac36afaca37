/** Decides what is trouble at this moment, and what is known of that which is none. It tells nobody. */

import type { ItemMemory, ItemRecord } from '../../model/automation/automation.ts';
import type { TargetLag, Task } from '../../model/automation/task.ts';
import type { Fault } from '../../model/fault.ts';
import type { OpenRestore } from '../../model/runs/restore.ts';
import type { Outlook, Trouble, Verdict } from '../../model/status/alarm.ts';
import { finding, worstFirst } from '../../model/status/finding.ts';
import { formatTarget } from '../../model/target.ts';
import { isChecked } from '../storage/checked.ts';
import type { StorageState, StorageWarning } from '../storage/warnings.ts';
import { restoreFindings } from './open-restores.ts';

export interface TroubleQuestion {
  /** Of the items there are now. */
  readonly items: readonly ItemRecord[];
  /** Of the tasks that are watched. */
  readonly targets: readonly {
    readonly task: string;
    readonly rpoSeconds: number | null;
    readonly lag: TargetLag;
  }[];
  readonly storage: readonly StorageFinding[];
  /** Disks of these servers that are away and not forgotten: what is known of them stays as it was. */
  readonly away: readonly { readonly server: string; readonly uuid: string }[];
  /** Those that were cut off. */
  readonly restores: readonly OpenRestore[];
  /** Why the configuration cannot be read, so that nothing else is known; null: it can. */
  readonly config: Fault | null;
  /** A temporary failure, which is tried again by itself, is trouble from that try on. Left out: the third. */
  readonly tries?: number;
}

export interface StorageFinding
  extends Pick<StorageState, 'server' | 'mount' | 'sizeBytes' | 'freeBytes' | 'storage' | 'trend'> {
  readonly uuid: string;
  readonly warnings: readonly StorageWarning[];
}

const TRIES = 3;

/** Whether people are told of its targets and RPOs: what somebody switched off is not asked for. */
export const isWatched = ({ enabled, suspended }: Pick<Task, 'enabled' | 'suspended'>): boolean =>
  enabled && !suspended;

/** As far as the last run alone tells it. */
export function recordOf({ item, attempt, run }: ItemMemory): ItemRecord {
  if (run === null || run.outcome === null || run.outcome === 'cancelled') {
    return { item, failures: 0, last: null };
  }
  const { id, outcome, finishedAt, fault } = run;
  return { item, failures: outcome === 'ok' ? 0 : attempt, last: { id, outcome, finishedAt, fault } };
}

/** How everything stands that is watched. A key that nothing is known of is no longer watched. */
export function outlookOf(question: TroubleQuestion): Outlook {
  const { config, storage, away } = question;
  if (config !== null) {
    const trouble = finding('configuration', 'degraded', {}, { fault: config });
    return { troubles: new Map([[CONFIGURATION, trouble]]), verdict: () => UNKNOWN };
  }
  const watched = [...itemsWatched(question), ...targetsWatched(question)];
  const verdicts = new Map(watched.map(({ key, verdict }) => [key, verdict]));
  const troubles = new Map([
    ...watched.flatMap(({ key, trouble }) => (trouble ? [[key, trouble] as const] : [])),
    ...storage.flatMap(storageTroubles),
    ...restoreTroubles(question),
  ]);
  const verdict = (key: string): Verdict => {
    if (key === CONFIGURATION) return well('The configuration can be read again, and automation goes on.');
    if (key.startsWith('storage:')) return storageVerdict(key, storage, away);
    if (key.startsWith(RESTORE)) return well(`Restore ${key.slice(RESTORE.length)} came to its end.`);
    return verdicts.get(key) ?? { kind: 'unwatched' };
  };
  return { troubles, verdict };
}

export const troublesOf = (question: TroubleQuestion): readonly Trouble[] => [
  ...outlookOf(question).troubles.values(),
];

interface Watched {
  readonly key: string;
  readonly trouble: Trouble | null;
  /** Where it is no trouble. */
  readonly verdict: Verdict;
}

const RESTORE = 'restore:';

/** The first try follows at once; only what it did not bring to an end is trouble. */
const restoreTroubles = ({ restores }: TroubleQuestion): (readonly [string, Trouble])[] =>
  restoreFindings(restores.filter(({ tries }) => tries > 0)).map((one) => [
    `${RESTORE}${one.facts.run}`,
    one,
  ]);

const CONFIGURATION = 'configuration';
const UNKNOWN: Verdict = { kind: 'unknown' };
const well = (message: string): Verdict => ({ kind: 'well', message });

const itemsWatched = ({ items, targets, tries = TRIES }: TroubleQuestion): Watched[] =>
  items.map((record) => {
    // A round that failed for its targets is told of by them.
    const byTargets = targets.some(
      ({ task, lag }) => (lag.memory?.failures ?? 0) > 0 && record.item === `task:${task}`,
    );
    const { item, last } = record;
    const isOk = last?.outcome === 'ok';
    return {
      key: `item:${item}`,
      trouble: byTargets ? null : itemTrouble(record, tries),
      verdict: isOk ? well(`${item}: run ${last.id} ended well${atTime(last.finishedAt)}.`) : UNKNOWN,
    };
  });

const atTime = (iso: string | null): string => (iso === null ? '' : ` at ${iso}`);

function itemTrouble({ item, failures, last }: ItemRecord, tries: number): Trouble | null {
  if (last === null || last.outcome === 'ok') return null;
  if (last.fault?.retry === true && failures < tries) return null;
  return finding('item-failed', 'degraded', {}, { item, last });
}

function targetsWatched({ items, targets, tries = TRIES }: TroubleQuestion): Watched[] {
  const records = new Map(items.map((record) => [record.item, record]));
  return targets.flatMap(({ task, rpoSeconds, lag }) => {
    const tried = records.get(`task:${task}`)?.failures ?? 0;
    return [
      targetWatched(task, lag, { tried, tries }),
      leftAloneWatched(task, lag),
      ...(rpoSeconds === null || lag.rpo === 'none' ? [] : [rpoWatched(task, rpoSeconds, lag)]),
    ];
  });
}

/** `tried`: tries of its rounds in a row that failed; the failures of a target count due times. */
function targetWatched(
  task: string,
  { target, memory }: TargetLag,
  { tried, tries }: { readonly tried: number; readonly tries: number },
): Watched {
  const key = `target:${task} ${target}`;
  if (memory === null) return { key, trouble: null, verdict: UNKNOWN };
  const { failures, fault, suspendedAt, absentSince, triedAt } = memory;
  const isWell = failures === 0 && fault === null && absentSince === null;
  const verdict = isWell ? well(`The round of task ${task} to ${target} at ${triedAt} was well.`) : UNKNOWN;
  // A disk that is away has not failed; whether it has been for too long, its RPO says.
  const isToCome = fault?.retry === true && Math.max(failures, tried) < tries;
  const isQuiet = suspendedAt !== null || absentSince !== null || failures === 0 || isToCome;
  const trouble = isQuiet
    ? null
    : finding('target-fails', 'degraded', { where: target }, { task, failures, fault });
  return { key, trouble, verdict };
}

function leftAloneWatched(task: string, { target, memory }: TargetLag): Watched {
  const key = `left-alone:${task} ${target}`;
  if (memory === null || memory.suspendedAt === null)
    return { key, trouble: null, verdict: memory ? well(`Task ${task} sends to ${target} again.`) : UNKNOWN };
  const { failures, fault } = memory;
  const trouble = finding('left-alone', 'degraded', { where: target }, { task, failures, fault });
  return { key, trouble, verdict: UNKNOWN };
}

export const rpoText = (target: string, restorePoint: string | null, rpoSeconds: number): string =>
  `${target} ${restorePoint === null ? 'has no restore point' : `is at ${restorePoint}`}; the RPO is ${rpoSeconds} s.`;

function rpoWatched(task: string, rpoSeconds: number, lag: TargetLag): Watched {
  const { target, rpo, restorePoint, wouldLoseSeconds } = lag;
  const key = `rpo:${task} ${target}`;
  if (rpo === 'kept') return { key, trouble: null, verdict: well(rpoText(target, restorePoint, rpoSeconds)) };
  const about = { where: target };
  const facts = { task, rpoSeconds, restorePoint };
  const trouble =
    rpo === 'breached'
      ? finding('rpo-breached', 'degraded', about, { ...facts, wouldLoseSeconds, primary: null })
      : finding('rpo-unknown', 'unknown', about, facts);
  return { key, trouble, verdict: UNKNOWN };
}

export const STORAGE_KINDS: Readonly<Partial<Record<string, string>>> = {
  'read-only': 'mounted read-only',
  space: 'little room',
  trend: 'full soon',
  metadata: 'metadata nearly full',
  'device-errors': 'device errors',
  'device-missing': 'a device is missing',
  scrub: 'errors found by a scrub',
};

/** One for each kind, whatever number of devices it is about. */
const storageTroubles = ({ server, uuid, mount, warnings }: StorageFinding): (readonly [string, Trouble])[] =>
  [...Map.groupBy(warnings, ({ kind }) => kind)].flatMap(([kind, same]) => {
    const [worst] = worstFirst(same);
    const [first] = same;
    if (!worst || !first) return [];
    const messages = same.map(({ message }) => message);
    const about = { where: formatTarget({ server, mount }) };
    const facts = { server, mount, kind, messages, hint: first.hint };
    return [[`storage:${server} ${uuid} ${kind}`, finding('storage', worst.level, about, facts)] as const];
  });

/** A disk that is away, and what could not be read of one that is there, is as it was. */
function storageVerdict(
  key: string,
  storage: readonly StorageFinding[],
  away: TroubleQuestion['away'],
): Verdict {
  const isAbout = ({ server, uuid }: { readonly server: string; readonly uuid: string }): boolean =>
    key.startsWith(`storage:${server} ${uuid} `);
  const seen = storage.find(isAbout);
  if (seen === undefined) return away.some(isAbout) ? UNKNOWN : { kind: 'unwatched' };
  const kind = key.slice(`storage:${seen.server} ${seen.uuid} `.length);
  if (!isChecked(kind, seen)) return UNKNOWN;
  return well(
    `${seen.mount} on ${seen.server} was looked at again: ${STORAGE_KINDS[kind] ?? kind} is no more.`,
  );
}
