/** Decides what the form of a task begins with, and which task its values are. */

import { TASK_DEFAULTS, type Task } from '../../../core/model/automation/task.ts';
import { failed, ok, type Result } from '../../../core/model/result.ts';
import type { RetentionRules } from '../../../core/model/retention.ts';
import { BY_HAND, type TransferOptions } from '../../../core/model/runs/replication.ts';
import { formatTarget, parseTarget, parseTargets, type Target } from '../../../core/model/target.ts';
import type { FormValues } from '../../../store/form.ts';
import { parseBytes } from '../../../text/format.ts';
import { parseDuration } from '../../../text/parse-duration.ts';
import { CLEANUP_START, rulesFrom, ruleValues } from '../../retention/cleanup-rules.ts';
import { readSchedule, scheduleWord, zoneOf } from './schedule-field.ts';
import { type Complaint, textOf, wholeIn } from './values.ts';

/** In front of the path of a subvolume, and of a target as it is written: the ids of their boxes. */
export const SUBVOLUME = 'subvolume ';
export const TARGET = 'target ';

/** Of what is kept on the targets, next to the kinds of rules. */
export const KEEP_ALL = 'all';

/** `start`: what a new one is for. */
export function taskValues(
  task: Task | null,
  start: { readonly subvolume: string | null; readonly targets: readonly string[]; readonly zone: string },
): FormValues {
  const { subvolume, targets, zone } = start;
  const subvolumes = task?.subvolumes ?? (subvolume === null ? [] : [subvolume]);
  const labels = task?.targets.map(formatTarget) ?? targets;
  const schedule = task?.schedule ?? null;
  const rules = task?.retention ?? null;
  const options = task?.options;
  return {
    ...(rules === null ? { ...CLEANUP_START, kind: KEEP_ALL } : ruleValues(rules)),
    ...Object.fromEntries(subvolumes.map((path) => [`${SUBVOLUME}${path}`, true])),
    ...Object.fromEntries(labels.map((label) => [`${TARGET}${label}`, true])),
    name: task?.name ?? '',
    more: '',
    schedule: schedule === null ? '1h' : scheduleWord(schedule),
    zone: zoneOf(schedule, rules, zone),
    mode: task?.mode ?? 'async',
    rpo: task?.rpoSeconds ? String(task.rpoSeconds) : '',
    rate: options?.rateBytesPerSecond ? String(options.rateBytesPerSecond) : '',
    compress: options?.compress ?? false,
    resumable: options?.resumable ?? false,
    retries: String(task?.retries ?? TASK_DEFAULTS.retries),
    suspendAfter: String(task?.suspendAfter ?? TASK_DEFAULTS.suspendAfter),
    enabled: task?.enabled ?? true,
  };
}

/** The boxes that are ticked, those that were so before first and in their order. */
export const chosenSubvolumes = (values: FormValues, task: Task | null): string[] =>
  ticked(values, SUBVOLUME, task?.subvolumes ?? []);

function ticked(values: FormValues, kind: string, before: readonly string[]): string[] {
  const names = Object.entries(values).flatMap(([id, value]) =>
    value === true && id.startsWith(kind) ? [id.slice(kind.length)] : [],
  );
  const place = (name: string): number => (before.includes(name) ? before.indexOf(name) : before.length);
  return names.toSorted((a, b) => place(a) - place(b));
}

/** Those that are ticked and those that are typed. Faults: `usage`. */
export function chosenTargets(values: FormValues, task: Task | null): Result<Target[]> {
  const typed = textOf(values, 'more');
  const more = typed === '' ? ok([]) : parseTargets(typed.split(/,\s*/));
  if (!more.ok) return more;
  const boxes = ticked(values, TARGET, task?.targets.map(formatTarget) ?? []).flatMap((label) => {
    const target = parseTarget(label);
    return target.ok ? [target.value] : [];
  });
  return ok([...boxes, ...more.value]);
}

/** Null: everything is kept. Faults: as `rulesFrom`. */
export const keptOnTargets = (values: FormValues): Result<RetentionRules | null> =>
  textOf(values, 'kind') === KEEP_ALL ? ok(null) : rulesFrom(values, textOf(values, 'zone'));

export function taskFrom(values: FormValues, before: Task | null): Result<Task, Complaint> {
  const [subvolume, ...others] = chosenSubvolumes(values, before);
  if (subvolume === undefined) return wrong(firstId(values, SUBVOLUME), 'choose at least one');
  const targets = chosenTargets(values, before);
  if (!targets.ok) return wrong('more', targets.fault.message);
  const [target, ...more] = targets.value;
  if (target === undefined) return wrong(firstId(values, TARGET) ?? 'more', 'choose at least one');
  const schedule = readSchedule(values);
  if (!schedule.ok) return schedule;
  const retention = keptOnTargets(values);
  if (!retention.ok) return wrong(rulesFrom(values, 'UTC').ok ? 'zone' : 'kind', retention.fault.message);
  const numbers = numbersFrom(values);
  if (!numbers.ok) return numbers;
  return ok({
    name: before?.name ?? textOf(values, 'name'),
    subvolumes: [subvolume, ...others],
    targets: [target, ...more],
    schedule: schedule.value,
    mode: textOf(values, 'mode') === 'sync' ? 'sync' : 'async',
    retention: retention.value,
    into: before?.into ?? BY_HAND.into,
    suspended: before?.suspended ?? false,
    enabled: values['enabled'] !== false,
    ...numbers.value,
    options: { ...numbers.value.options, path: before?.options.path ?? 'auto' },
  });
}

interface Numbers extends Pick<Task, 'rpoSeconds' | 'retries' | 'suspendAfter'> {
  readonly options: Omit<TransferOptions, 'path'>;
}

function numbersFrom(values: FormValues): Result<Numbers, Complaint> {
  const rpo = textOf(values, 'rpo');
  const rpoSeconds = rpo === '' ? null : parseDuration(rpo);
  if (rpo !== '' && !rpoSeconds) return wrong('rpo', `"${rpo}" is no time: such as 30m, 2h, 1d`);
  const rate = textOf(values, 'rate');
  const rateBytesPerSecond = rate === '' ? null : parseBytes(rate);
  if (rate !== '' && rateBytesPerSecond === null) return wrong('rate', `"${rate}" is no rate: such as 10M`);
  const retries = wholeIn(values, 'retries', 0, 100);
  if (retries === null) return wrong('retries', 'from 0 to 100');
  const suspendAfter = wholeIn(values, 'suspendAfter', 0, 10_000);
  if (suspendAfter === null) return wrong('suspendAfter', 'from 0 to 10000; 0: never');
  const compress = values['compress'] === true;
  const resumable = values['resumable'] === true;
  return ok({ rpoSeconds, retries, suspendAfter, options: { rateBytesPerSecond, compress, resumable } });
}

const firstId = (values: FormValues, kind: string): string | undefined =>
  Object.keys(values).find((id) => id.startsWith(kind));

const wrong = (field: string | undefined, text: string) => failed({ field: field ?? 'name', text });
