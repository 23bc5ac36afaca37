/**
 * Decides which instants a cron schedule names, by the wall clock of its time zone. It reads no expression, and knows
 * nothing of what is done at those instants.
 *
 * Where the clock jumps forward, a time that is skipped is due at the moment of the jump; where it is set back, a time
 * that comes twice is due the first time. So whatever is due once a day is due exactly once on those days, too. A
 * schedule of every hour follows the clock instead: it is due whenever the clock shows one of its minutes.
 */
import type { WallClock } from './periods.ts';

export interface Cron {
  /** Minutes of a day, ascending: 150 is 02:30. */
  readonly times: readonly number[];
  readonly everyHour: boolean;
  /** 1 to 31. */
  readonly daysOfMonth: ReadonlySet<number>;
  /** 1 to 12. */
  readonly months: ReadonlySet<number>;
  /** 0 to 6, 0 is Sunday. */
  readonly daysOfWeek: ReadonlySet<number>;
  /** Both kinds of days are named outright: one of them is enough, crontab(5). Else both must fit. */
  readonly eitherDay: boolean;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** 29 February falls on the same day of the week every 28 years; across 2100, after 40. */
const HORIZON_DAYS = 41 * 366;

/** No zone was ever further from UTC than this. */
const FURTHEST = 16 * HOUR;

/** The first instant after `at` (milliseconds since 1970 UTC) that it names; null: it names no day at all. */
export function cronAfter(cron: Cron, clock: WallClock, at: number): number | null {
  const first = dayOf(clock(at).shown) - 1;
  const after = (day: number): number =>
    timesOf(cron, clock, day).find((time) => time > at) ?? Number.POSITIVE_INFINITY;
  for (let day = first; day <= first + HORIZON_DAYS; day += 1) {
    const found = after(day);
    // A zone that set its clock back over midnight showed the day after before this one was over.
    if (Number.isFinite(found)) return Math.min(found, after(day + 1));
  }
  return null;
}

/** The last instant at or before `at` that it names; null: it names no day at all. */
export function cronAtOrBefore(cron: Cron, clock: WallClock, at: number): number | null {
  const last = dayOf(clock(at).shown) + 1;
  const before = (day: number): number =>
    timesOf(cron, clock, day).findLast((time) => time <= at) ?? Number.NEGATIVE_INFINITY;
  for (let day = last; day >= last - HORIZON_DAYS; day -= 1) {
    const found = before(day);
    if (Number.isFinite(found)) return Math.max(found, before(day - 1));
  }
  return null;
}

/** Whether there is a day it names, ever. */
export function namesDays(cron: Cron): boolean {
  const first = dayOf(Date.UTC(2000, 0, 1));
  for (let day = first; day <= first + HORIZON_DAYS; day += 1) if (isNamed(cron, day)) return true;
  return false;
}

const dayOf = (shown: number): number => Math.floor(shown / DAY);

function isNamed({ daysOfMonth, months, daysOfWeek, eitherDay }: Cron, day: number): boolean {
  const date = new Date(day * DAY);
  if (!months.has(date.getUTCMonth() + 1)) return false;
  const ofMonth = daysOfMonth.has(date.getUTCDate());
  const ofWeek = daysOfWeek.has(date.getUTCDay());
  return eitherDay ? ofMonth || ofWeek : ofMonth && ofWeek;
}

/** The instants of one day of the wall clock, ascending, each once. */
function timesOf(cron: Cron, clock: WallClock, day: number): readonly number[] {
  if (!isNamed(cron, day)) return [];
  const start = day * DAY;
  const change = changeIn(clock, start - FURTHEST, start + DAY + FURTHEST);
  const shown = cron.times.map((minutes) => start + minutes * MINUTE);
  if (typeof change === 'number') return shown.map((time) => time - change);
  const times = shown.flatMap((time) => {
    const when = whenShown(time, change);
    return cron.everyHour ? when : (when[0] ?? change.at);
  });
  return [...new Set(times)].sort((one, two) => one - two);
}

/** A change of the clock; before and after it, so many milliseconds ahead of UTC. */
interface Change {
  readonly at: number;
  readonly before: number;
  readonly after: number;
}

/** The change between two instants, to the second; where there is none, how far the clock is ahead of UTC. */
function changeIn(clock: WallClock, from: number, to: number): Change | number {
  const { offsetSeconds: before } = clock(from);
  const { offsetSeconds: after } = clock(to);
  if (before === after) return before * 1000;
  let early = from / 1000;
  let late = to / 1000;
  while (late - early > 1) {
    const middle = Math.floor((early + late) / 2);
    if (clock(middle * 1000).offsetSeconds === before) early = middle;
    else late = middle;
  }
  return { at: late * 1000, before: before * 1000, after: after * 1000 };
}

/** When the wall clock shows that: once; not at all where it jumps over it; twice where it is set back. */
function whenShown(shown: number, { at, before, after }: Change): number[] {
  const first = shown - before < at ? [shown - before] : [];
  return shown - after >= at ? [...first, shown - after] : first;
}
