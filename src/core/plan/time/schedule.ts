/**
 * Decides which times a schedule names, and whether it is one at all. It knows neither what is due then nor what was
 * done; the clock is always an argument. Times are milliseconds since 1970 UTC.
 */
import { CronExpressionParser } from 'cron-parser';
import { type Fault, fault } from '../../model/fault.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import type { Schedule } from '../../model/schedule.ts';
import { type Cron, cronAfter, cronAtOrBefore, namesDays } from './cron.ts';
import { type WallClock, wallClockOf } from './periods.ts';

/** A leap year. */
const MOST_SECONDS = 31_622_400;

/** Faults: `usage`, for one that cannot be followed; else it comes back with single spaces between its fields. */
export function checkSchedule(schedule: Schedule): Result<Schedule> {
  if (schedule.kind === 'every') {
    const { seconds } = schedule;
    if (isInterval(seconds)) return ok(schedule);
    return failed(
      fault(
        'usage',
        `"every ${seconds} s" is no interval.`,
        'Give whole seconds from 1 to 31622400 (366 days), for example 90s, 15m or 1d.',
      ),
    );
  }
  const read = readCron(schedule);
  if (!read.ok) return read;
  return ok({ ...schedule, expression: schedule.expression.trim().split(/\s+/).join(' ') });
}

const isInterval = (seconds: number): boolean =>
  Number.isInteger(seconds) && seconds >= 1 && seconds <= MOST_SECONDS;

/** The newest time it names that is not after `nowMs`; null: never. */
export const dueAtOrBefore = (schedule: Schedule, nowMs: number): number | null =>
  dueTimes(schedule)?.atOrBefore(nowMs) ?? null;

/** The due time before the newest one; null: there is none. */
export function dueBeforeLast(schedule: Schedule, now: number): number | null {
  const last = dueAtOrBefore(schedule, now);
  return last === null ? null : dueAtOrBefore(schedule, last - 1);
}

/** The first time it names after `afterMs`; null: never. */
export const dueAfter = (schedule: Schedule, afterMs: number): number | null =>
  dueTimes(schedule)?.after(afterMs) ?? null;

/** How many times it names after `afterMs` and before `beforeMs`; of more than `most`, as many. */
export function dueBetween(schedule: Schedule, afterMs: number, beforeMs: number, most: number): number {
  const times = dueTimes(schedule);
  if (!times) return 0;
  let count = 0;
  for (let at = times.after(afterMs); at !== null && at < beforeMs && count < most; at = times.after(at))
    count += 1;
  return count;
}

/** `every 15m`, `every 90s`, `cron 0 3 * * * (Europe/Berlin)`. */
export const scheduleText = (schedule: Schedule): string =>
  schedule.kind === 'every'
    ? `every ${intervalText(schedule.seconds)}`
    : `cron ${schedule.expression} (${schedule.timeZone})`;

/** In the largest unit that it is whole in, as it may be typed. */
function intervalText(seconds: number): string {
  const unit = UNITS.find(({ size }) => seconds % size === 0);
  return unit && seconds > 0 ? `${seconds / unit.size}${unit.letter}` : `${seconds}s`;
}

const UNITS = [
  { letter: 'd', size: 86_400 },
  { letter: 'h', size: 3600 },
  { letter: 'm', size: 60 },
] as const;

interface DueTimes {
  atOrBefore(at: number): number | null;
  after(at: number): number | null;
}

/** Reading an expression costs more than asking it. A configuration that is read anew takes its own with it. */
const known = new WeakMap<Schedule, DueTimes>();

/** Null: it cannot be followed. */
function dueTimes(schedule: Schedule): DueTimes | null {
  if (schedule.kind === 'every') {
    return isInterval(schedule.seconds) ? everyTimes(schedule.seconds * 1000) : null;
  }
  const found = known.get(schedule);
  if (found) return found;
  const read = readCron(schedule);
  if (!read.ok) return null;
  const { cron, clock } = read.value;
  const times: DueTimes = {
    atOrBefore: (at) => cronAtOrBefore(cron, clock, at),
    after: (at) => cronAfter(cron, clock, at),
  };
  known.set(schedule, times);
  return times;
}

const everyTimes = (step: number): DueTimes => ({
  atOrBefore: (at) => Math.floor(at / step) * step,
  after: (at) => (Math.floor(at / step) + 1) * step,
});

interface ReadCron {
  readonly cron: Cron;
  readonly clock: WallClock;
}

function readCron({ expression, timeZone }: Extract<Schedule, { kind: 'cron' }>): Result<ReadCron> {
  const words = expression.trim().split(/\s+/);
  const [minute, hour, dayOfMonth, month, dayOfWeek, ...more] = words;
  if (!minute || !hour || !dayOfMonth || !month || !dayOfWeek || more.length > 0) {
    return failed(notFive(expression, words.filter((word) => word !== '').length));
  }
  const clock = wallClockOf(timeZone);
  if (!clock.ok) return clock;
  const fields = [minute, hour, dayOfMonth, month, dayOfWeek];
  const values = fields.map((word, index) => valuesOf(word, index));
  const bad = values.indexOf(null);
  if (bad >= 0) return failed(badField(expression, FIELDS[bad] ?? 'field', fields[bad] ?? ''));
  const [minutes = [], hours = [], days = [], months = [], weekdays = []] = values.map((one) => one ?? []);
  const cron: Cron = {
    times: hours.flatMap((one) => minutes.map((other) => one * 60 + other)),
    everyHour: hours.length === 24,
    daysOfMonth: new Set(days),
    months: new Set(months),
    daysOfWeek: new Set(weekdays.map((day) => day % 7)),
    eitherDay: !dayOfMonth.includes('*') && !dayOfWeek.includes('*'),
  };
  return namesDays(cron) ? ok({ cron, clock: clock.value }) : failed(never(expression));
}

const FIELDS = ['minute', 'hour', 'day of month', 'month', 'day of week'] as const;

/** What crontab(5) knows. The library takes more, and one of it (`H`) is another time in every process. */
const WORD = /^(?:\*|\d+|[a-z]{3})(?:-(?:\d+|[a-z]{3}))?(?:\/\d+)?$/i;

/** The values of one field, ascending; null: it is none. Each is read alone, so that the fault can name it. */
function valuesOf(word: string, field: number): number[] | null {
  if (!word.split(',').every((part) => WORD.test(part))) return null;
  const words = ['*', '*', '*', '*', '*'].with(field, word);
  try {
    const { minute, hour, dayOfMonth, month, dayOfWeek } = CronExpressionParser.parse(words.join(' ')).fields;
    const { values } = [minute, hour, dayOfMonth, month, dayOfWeek][field] ?? minute;
    return values.flatMap((value) => (typeof value === 'number' ? value : []));
  } catch {
    return null;
  }
}

const HINT =
  'Five fields: minute (0-59), hour (0-23), day of month (1-31), month (1-12 or JAN-DEC), day of week (0-7 or SUN-SAT, ' +
  '0 and 7 are Sunday); each a number, a range 1-5, a list 1,3, a step */15 or *. For example "0 3 * * *": daily at 03:00.';

const notFive = (expression: string, count: number): Fault =>
  fault(
    'usage',
    `The cron expression "${expression}" has ${count} ${count === 1 ? 'field' : 'fields'}, not five.`,
    HINT,
  );

const badField = (expression: string, field: string, word: string): Fault =>
  fault('usage', `The cron expression "${expression}" is not valid: "${word}" is no ${field}.`, HINT);

const never = (expression: string): Fault =>
  fault(
    'usage',
    `The cron expression "${expression}" names a day that never comes.`,
    'Name a day that the month has, for example "0 3 28 2 *".',
  );
