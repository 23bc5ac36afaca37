/** Reads from the options of a command what a task is to be. Which tasks there can be is decided in plan/task-check. */

import { TASK_DEFAULTS, type Task, type TaskMode } from '../../core/model/automation/task.ts';
import { type Fault, fault } from '../../core/model/fault.ts';
import { failed, ok, type Result } from '../../core/model/result.ts';
import { LADDER_LEVELS, type RetentionRules } from '../../core/model/retention.ts';
import { type TransferOptions, USUAL_TRANSFER } from '../../core/model/runs/replication.ts';
import type { Schedule } from '../../core/model/schedule.ts';
import { parseTargets, type Target } from '../../core/model/target.ts';
import type { TaskChanges } from '../../core/run/settings/tasks.ts';
import { parseDuration } from '../../text/parse-duration.ts';
import { retentionRules } from '../choices/retention.ts';
import type { RetentionOptions } from '../choices/retention-options.ts';
import { pathNamed, rateNamed } from '../choices/transfer.ts';
import { scheduleNamed } from '../choices/when.ts';
import { wholeNumber } from '../frame/whole-number.ts';
import { keepOptions, type TaskOptions } from './options.ts';

/** A task that is added. `zone`: where none is named. Faults: `usage`, `refused` (rules that keep nothing). */
export function taskFrom(name: string, options: TaskOptions, zone: string): Result<Task> {
  const named = taskChanges(options, zone, null);
  if (!named.ok) return named;
  const { subvolumes, targets, schedule, ...more } = named.value;
  if (subvolumes === undefined) {
    return usage('--subvolume is missing: nothing says what to send.', 'For example --subvolume /data.');
  }
  if (targets === undefined) {
    return usage('--to is missing: nothing says where to send it.', 'For example --to b,c:/mnt/usb.');
  }
  if (schedule === undefined) {
    return usage(
      'Nothing says when.',
      'Give --every with an interval, such as --every 1h, or --cron "0 3 * * *".',
    );
  }
  return ok({
    name,
    ...{ subvolumes, targets, schedule },
    ...{ mode: 'async', rpoSeconds: null, options: USUAL_TRANSFER, retention: null, into: null },
    ...TASK_DEFAULTS,
    ...{ suspended: false, enabled: options.disabled !== true },
    ...more,
  });
}

/** Only what is named. `before`: the task as it is now, some of which may be named in part; null: it is a new one. */
export function taskChanges(options: TaskOptions, zone: string, before: Task | null): Result<TaskChanges> {
  const targets = targetsNamed(options, before);
  if (!targets.ok) return targets;
  const schedule = scheduleOrZone(options, zone, before?.schedule ?? null);
  if (!schedule.ok) return schedule;
  const retention = retentionNamed(options, zone, before?.retention ?? null);
  if (!retention.ok) return retention;
  const transfer = transferNamed(options, before?.options ?? USUAL_TRANSFER);
  if (!transfer.ok) return transfer;
  const numbers = numbersNamed(options);
  if (!numbers.ok) return numbers;
  const odd = zoneOfNothing(options, schedule.value, retention.value);
  if (odd) return failed(odd);
  const [first, ...others] = options.subvolume ?? [];
  return ok({
    ...(first === undefined ? {} : { subvolumes: [first, ...others] as const }),
    ...(targets.value === null ? {} : { targets: targets.value }),
    ...(schedule.value === null ? {} : { schedule: schedule.value }),
    ...(retention.value === undefined ? {} : { retention: retention.value }),
    ...(transfer.value === null ? {} : { options: transfer.value }),
    ...(options.into === undefined ? {} : { into: options.into === false ? null : options.into }),
    ...numbers.value,
  });
}

type Targets = Task['targets'];

/** Null: none are named. */
function targetsNamed({ to, targetRoot }: TaskOptions, before: Task | null): Result<Targets | null> {
  const named = to === undefined ? ok(null) : parseTargets(to);
  if (!named.ok) return named;
  if (targetRoot === undefined) return ok(some(named.value ?? []));
  if (!targetRoot.startsWith('/')) {
    return usage(`--target-root ${targetRoot} is no absolute path.`, 'Name a mount, for example /srv/pool.');
  }
  const mount = targetRoot.replace(/(?<=.)\/+$/, '');
  const targets = named.value ?? before?.targets ?? [];
  return ok(some(targets.map((target) => (target.mount === null ? { ...target, mount } : target))));
}

const some = ([first, ...others]: readonly Target[]): Targets | null => (first ? [first, ...others] : null);

/** Null: nothing about it is named. A time zone alone is the one of the expression there is. */
function scheduleOrZone(
  options: TaskOptions,
  zone: string,
  before: Schedule | null,
): Result<Schedule | null> {
  const { timezone } = options;
  const cron = before?.kind === 'cron' ? before : null;
  const named = scheduleNamed(options, cron?.timeZone ?? zone);
  if (!named.ok || named.value !== null || cron === null || timezone === undefined) return named;
  return scheduleNamed({ cron: cron.expression, timezone }, zone);
}

/** Undefined: nothing about it is named; null: everything is kept. */
function retentionNamed(
  options: TaskOptions,
  zone: string,
  before: RetentionRules | null,
): Result<RetentionRules | null | undefined> {
  const named = keepOptions(options);
  const isNamed = Object.keys(named).length > 0;
  if (options.keepAll) {
    if (!isNamed) return ok(null);
    return usage(
      '--keep-all keeps everything, so there is nothing to choose.',
      'Leave it away, or the others.',
    );
  }
  const { timezone } = options;
  if (!isNamed && (before === null || timezone === undefined)) return ok(undefined);
  const rules = retentionRules(
    { ...together(named, before), ...(timezone === undefined ? {} : { timezone }) },
    before?.timeZone ?? zone,
  );
  return rules.ok ? rules : failed(inTasksWords(rules.fault));
}

/** What is named takes the place of what was; rules of the other kind are given up. */
function together(named: RetentionOptions, before: RetentionRules | null): RetentionOptions {
  if (before === null) return named;
  const minAge = String(before.minAgeSeconds);
  if (before.kind === 'per-period') {
    const isLadder = LADDER.some((level) => named[level] !== undefined);
    return isLadder ? { minAge, ...named } : { minAge, per: before.per, keep: String(before.keep), ...named };
  }
  if (named.per !== undefined || named.keep !== undefined) return { minAge, ...named };
  const levels = LADDER.map((level) => [level, String(before[level])]);
  return { minAge, ...Object.fromEntries(levels), ...named };
}

const LADDER = ['last', ...LADDER_LEVELS] as const;

/** The same rules have options of other names here. */
const inTasksWords = (why: Fault): Fault => ({
  ...why,
  message: inTasks(why.message),
  hint: inTasks(why.hint),
});

const inTasks = (text: string): string =>
  text.replace(/--(keep|per|last|hourly|daily|weekly|monthly|yearly|min-age)\b/g, (_, name: string) =>
    name === 'keep' ? '--keep-count' : `--keep-${name}`,
  );

/** Null: nothing about it is named. */
function transferNamed(
  { path, rate, compress, resumable }: TaskOptions,
  before: TransferOptions,
): Result<TransferOptions | null> {
  if ([path, rate, compress, resumable].every((one) => one === undefined)) return ok(null);
  const way = path === undefined ? ok(before.path) : pathNamed(path);
  if (!way.ok) return way;
  const most =
    typeof rate === 'string' ? rateNamed(rate) : ok(rate === false ? null : before.rateBytesPerSecond);
  if (!most.ok) return most;
  return ok({
    path: way.value,
    rateBytesPerSecond: most.value,
    compress: compress ?? before.compress,
    resumable: resumable ?? before.resumable,
  });
}

type Numbers = Pick<TaskChanges, 'mode' | 'rpoSeconds' | 'retries' | 'suspendAfter'>;

function numbersNamed({ mode, rpo, retries, suspendAfter }: TaskOptions): Result<Numbers> {
  const found: { -readonly [Key in keyof Numbers]: Numbers[Key] } = {};
  if (mode !== undefined) {
    const known = MODES.find((one) => one === mode);
    if (known === undefined) return usage(`--mode ${mode} is not known.`, 'It is async or sync.');
    found.mode = known;
  }
  if (rpo !== undefined) {
    const seconds = rpo === false ? null : parseDuration(rpo);
    if (rpo !== false && (seconds === null || seconds < 1)) {
      return usage(`--rpo ${rpo} is no time.`, 'Give seconds, or a unit: 90, 30m, 4h, 1d.');
    }
    found.rpoSeconds = seconds;
  }
  for (const [name, text, most, key] of [
    ['retries', retries, 100, 'retries'],
    ['suspend-after', suspendAfter, 10_000, 'suspendAfter'],
  ] as const) {
    if (text === undefined) continue;
    const count = wholeNumber(text, 0, most);
    if (count === null) return usage(`--${name} ${text} is no number of times.`, `It is from 0 to ${most}.`);
    found[key] = count;
  }
  return ok(found);
}

const MODES: readonly TaskMode[] = ['async', 'sync'];

const zoneOfNothing = (
  { timezone, cron }: TaskOptions,
  schedule: Schedule | null,
  retention: RetentionRules | null | undefined,
): Fault | null =>
  timezone === undefined || cron !== undefined || schedule?.kind === 'cron' || retention
    ? null
    : fault(
        'usage',
        '--timezone belongs to --cron and to the --keep options, and there are none.',
        'Leave it away: an interval is counted in UTC, whatever the clock on the wall shows.',
      );

const usage = (message: string, hint: string): Result<never> => failed(fault('usage', message, hint));
