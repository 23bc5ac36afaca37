/** Decides what is trouble at this moment, and what is known of that which is none. It tells nobody. */

import type { ItemMemory, ItemRecord } from '../../model/automation/automation.ts';
import type { TargetLag, Task, TaskTargetMemory } from '../../model/automation/task.ts';
import type { Fault } from '../../model/fault.ts';
import type { Outlook, Trouble, Verdict } from '../../model/status/alarm.ts';
import { isChecked } from '../storage/checked.ts';
import type { StorageState, StorageWarning } from '../storage/warnings.ts';

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
  if (config !== null) return { troubles: [configTrouble(config)], verdict: () => UNKNOWN };
  const found = new Map<string, Finding>([...itemFindings(question), ...targetFindings(question)]);
  const troubles = [
    ...[...found.values()].flatMap(({ trouble }) => trouble ?? []),
    ...storageTroubles(storage),
  ];
  const verdict = (key: string): Verdict => {
    if (key === 'configuration') return well('The configuration can be read again, and automation goes on.');
    if (key.startsWith('storage:')) return storageVerdict(key, storage, away);
    return found.get(key)?.verdict ?? { kind: 'unwatched' };
  };
  return { troubles, verdict };
}

export const troublesOf = (question: TroubleQuestion): readonly Trouble[] => outlookOf(question).troubles;

/** `verdict`: where it is no trouble. */
interface Finding {
  readonly trouble: Trouble | null;
  readonly verdict: Verdict;
}

const UNKNOWN: Verdict = { kind: 'unknown' };
const well = (message: string): Verdict => ({ kind: 'well', message });
const bad = (key: string, title: string, message: string, hint: string): Trouble => ({
  ...{ key, level: 'bad', title, message, hint },
});

const configTrouble = ({ message, hint }: Fault): Trouble =>
  bad('configuration', 'Automation stands still', message, hint);

const itemFindings = ({ items, targets, tries = TRIES }: TroubleQuestion): [string, Finding][] =>
  items.map((record) => {
    // A round that failed for its targets is told of by them.
    const byTargets = targets.some(
      ({ task, lag }) => (lag.memory?.failures ?? 0) > 0 && record.item === `task:${task}`,
    );
    const trouble = byTargets ? null : itemTrouble(record, tries);
    const { item, last } = record;
    const isOk = last?.outcome === 'ok';
    const verdict = isOk ? well(`${item}: run ${last.id} ended well${atTime(last.finishedAt)}.`) : UNKNOWN;
    return [`item:${item}`, { trouble, verdict }];
  });

const atTime = (iso: string | null): string => (iso === null ? '' : ` at ${iso}`);

function itemTrouble({ item, failures, last }: ItemRecord, tries: number): Trouble | null {
  if (last === null || last.outcome === 'ok') return null;
  if (last.fault?.retry === true && failures < tries) return null;
  const message = last.fault?.message ?? `Run ${last.id} ended as ${last.outcome}.`;
  const hint = last.fault?.hint ?? `See what happened: btrfleet run show ${last.id}`;
  return bad(`item:${item}`, `${item} failed`, message, hint);
}

function targetFindings({ items, targets, tries = TRIES }: TroubleQuestion): [string, Finding][] {
  const records = new Map(items.map((record) => [record.item, record]));
  return targets.flatMap(({ task, rpoSeconds, lag }): [string, Finding][] => {
    const about = `${task} ${lag.target}`;
    const tried = records.get(`task:${task}`)?.failures ?? 0;
    const rpo: [string, Finding][] =
      rpoSeconds === null || lag.rpo === 'none' ? [] : [[`rpo:${about}`, rpoFinding(task, rpoSeconds, lag)]];
    return [
      [`target:${about}`, targetFinding(task, lag, { tried, tries })],
      [`left-alone:${about}`, leftAloneFinding(task, lag)],
      ...rpo,
    ];
  });
}

/** `tried`: tries of its rounds in a row that failed; the failures of a target count due times. */
function targetFinding(
  task: string,
  { target, memory }: TargetLag,
  { tried, tries }: { readonly tried: number; readonly tries: number },
): Finding {
  if (memory === null) return { trouble: null, verdict: UNKNOWN };
  const { failures, fault, suspendedAt, absentSince, triedAt } = memory;
  const isWell = failures === 0 && fault === null && absentSince === null;
  const verdict = isWell ? well(`The round of task ${task} to ${target} at ${triedAt} was well.`) : UNKNOWN;
  // A disk that is away has not failed; whether it has been for too long, its RPO says.
  const isToCome = fault?.retry === true && Math.max(failures, tried) < tries;
  if (suspendedAt !== null || absentSince !== null || failures === 0 || isToCome) {
    return { trouble: null, verdict };
  }
  const message = fault?.message ?? `${failures} rounds in a row failed.`;
  const hint = fault?.hint ?? `See what happened: btrfleet run list --task ${task}`;
  return {
    trouble: bad(`target:${task} ${target}`, `Task ${task} fails on ${target}`, message, hint),
    verdict,
  };
}

function leftAloneFinding(task: string, { target, memory }: TargetLag): Finding {
  const verdict = memory === null ? UNKNOWN : well(`Task ${task} sends to ${target} again.`);
  if (memory === null || memory.suspendedAt === null) return { trouble: null, verdict };
  return { trouble: leftAlone(task, target, memory), verdict };
}

const leftAlone = (task: string, target: string, { failures, fault }: TaskTargetMemory): Trouble =>
  bad(
    `left-alone:${task} ${target}`,
    `Task ${task} has left ${target} alone`,
    `${failures} rounds in a row failed. ${fault?.message ?? ''}`.trim(),
    `Mend it, then: btrfleet task resume ${task}`,
  );

function rpoFinding(task: string, rpoSeconds: number, { target, rpo, restorePoint }: TargetLag): Finding {
  const known = restorePoint === null ? 'has no restore point' : `is at ${restorePoint}`;
  const message = `${target} ${known}; the RPO is ${rpoSeconds} s.`;
  if (rpo === 'kept') return { trouble: null, verdict: well(message) };
  const isBreached = rpo === 'breached';
  const title = isBreached
    ? `RPO of task ${task} is breached on ${target}`
    : `RPO of task ${task} cannot be checked on ${target}`;
  const level = isBreached ? 'bad' : 'warning';
  const hint = `See why: btrfleet task show ${task}`;
  return { trouble: { key: `rpo:${task} ${target}`, level, title, message, hint }, verdict: UNKNOWN };
}

const KINDS: Readonly<Partial<Record<string, string>>> = {
  'read-only': 'mounted read-only',
  space: 'little room',
  trend: 'full soon',
  metadata: 'metadata nearly full',
  'device-errors': 'device errors',
  'device-missing': 'a device is missing',
  scrub: 'errors found by a scrub',
};

/** One for each kind, whatever number of devices it is about. */
function storageTroubles(storage: readonly StorageFinding[]): Trouble[] {
  const found = storage.flatMap(({ server, uuid, mount, warnings }) =>
    warnings.map(({ kind, level, message, hint }): Trouble => {
      const title = `Storage of ${server}: ${mount}: ${KINDS[kind] ?? kind}`;
      return { key: `storage:${server} ${uuid} ${kind}`, level, title, message, hint };
    }),
  );
  return [...Map.groupBy(found, ({ key }) => key).values()].flatMap((same) => {
    const [first] = same;
    if (first === undefined) return [];
    const level = same.some((one) => one.level === 'bad') ? 'bad' : 'warning';
    return [{ ...first, level, message: same.map(({ message }) => message).join(' ') }];
  });
}

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
  return well(`${seen.mount} on ${seen.server} was looked at again: ${KINDS[kind] ?? kind} is no more.`);
}
