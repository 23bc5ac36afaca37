/**
 * Decides to which hour, day, ISO week, month and year of a time zone's wall clock an instant belongs. It knows
 * neither snapshots nor rules.
 *
 * A period is a number: equal for instants of the same period, larger for later ones. It is counted on the calendar
 * and not on elapsed time, so a day of 23 or 25 hours is one day, and a zone that sets its clock back over midnight
 * (St John's until 2011) does not tear a day in two. An hour alone is told apart by its UTC offset as well: the hour
 * that a switch repeats is two hours.
 */
import { fault } from '../../model/fault.ts';
import { failed, ok, type Result } from '../../model/result.ts';

export type Period = 'hour' | 'day' | 'week' | 'month' | 'year';

/** An instant as the clock on the wall shows it. */
export interface WallTime {
  /** Milliseconds that the wall clock would show if it were UTC. */
  readonly shown: number;
  /** Seconds that the wall clock is ahead of UTC. */
  readonly offsetSeconds: number;
}

/** Wall time of an instant in milliseconds since 1970 UTC. Quick for instants in order, right for any. */
export type WallClock = (at: number) => WallTime;

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Larger than the span of all offsets in seconds, so that an hour and an offset fit into one number. */
const OFFSETS = 1_000_000;

/** Formatters take long to build and are asked for the same few zones again and again. */
const formatters = new Map<string, Intl.DateTimeFormat>();

/** The wall clock of an IANA time zone; faults: `usage` for a zone that does not exist. */
export function wallClockOf(timeZone: string): Result<WallClock> {
  const formatter = formatterOf(timeZone);
  if (formatter) return ok(rememberingClock((at) => offsetSecondsAt(formatter, at)));
  return failed(
    fault(
      'usage',
      `There is no time zone "${timeZone}".`,
      'Name one of the IANA database, for example Europe/Berlin or UTC; "timedatectl list-timezones" lists them.',
    ),
  );
}

function formatterOf(timeZone: string): Intl.DateTimeFormat | null {
  const known = formatters.get(timeZone);
  if (known) return known;
  try {
    const formatter = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
    formatters.set(timeZone, formatter);
    return formatter;
  } catch {
    return null;
  }
}

const OFFSET = /GMT(?:(?<sign>[+-])(?<hours>\d\d):(?<minutes>\d\d)(?::(?<seconds>\d\d))?)?$/;

/** What ICU says the offset is: `GMT`, `GMT+05:45`, `GMT-00:44:30`. */
function offsetSecondsAt(formatter: Intl.DateTimeFormat, at: number): number {
  const found = OFFSET.exec(formatter.format(at));
  if (!found) throw new Error(`no offset in ${formatter.format(at)}`);
  const { sign, hours = '0', minutes = '0', seconds = '0' } = found.groups ?? {};
  const size = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  return sign === '-' ? -size : size;
}

/**
 * Asking ICU for every instant would cost more than all the rest, so it is asked at the two ends of a UTC day. Where
 * they differ, the switch is searched for; no zone has ever switched twice within a day.
 */
function rememberingClock(offsetAt: (at: number) => number): WallClock {
  let day = Number.NaN;
  let before = 0;
  let after = 0;
  let switchAt = 0;
  return (at) => {
    const today = Math.floor(at / DAY);
    if (today !== day) {
      before = today === day + 1 ? after : offsetAt(today * DAY);
      after = offsetAt((today + 1) * DAY);
      switchAt = before === after ? Number.POSITIVE_INFINITY : switchIn(today * DAY, offsetAt);
      day = today;
    }
    const offsetSeconds = at < switchAt ? before : after;
    return { shown: at + offsetSeconds * 1000, offsetSeconds };
  };
}

/** The first instant of the day that begins at `start` whose offset differs; to the second, as zones switch. */
function switchIn(start: number, offsetAt: (at: number) => number): number {
  const before = offsetAt(start);
  let same = 0;
  let different = DAY / 1000;
  while (different - same > 1) {
    const middle = Math.floor((same + different) / 2);
    if (offsetAt(start + middle * 1000) === before) same = middle;
    else different = middle;
  }
  return start + different * 1000;
}

/** The number of the period that a wall time lies in. */
export function periodOf(period: Period, { shown, offsetSeconds }: WallTime): number {
  switch (period) {
    case 'hour':
      // Of two hours that show the same, the one with the larger offset came first.
      return Math.floor(shown / HOUR) * OFFSETS - offsetSeconds;
    case 'day':
      return Math.floor(shown / DAY);
    case 'week':
      // 1970-01-01 was a Thursday: three days into its week. Counted through, no week ends with the year.
      return Math.floor((Math.floor(shown / DAY) + 3) / 7);
    case 'month': {
      const date = new Date(shown);
      return date.getUTCFullYear() * 12 + date.getUTCMonth();
    }
    case 'year':
      return new Date(shown).getUTCFullYear();
  }
}

/** A period as people write it: `2026-11-20 08:00+01:00`, `2026-11-20`, `2026-W47`, `2026-11`, `2026`. */
export function periodLabel(period: Period, number: number): string {
  switch (period) {
    case 'hour': {
      const hour = Math.round(number / OFFSETS);
      const time = `${padded(new Date(hour * HOUR).getUTCHours())}:00`;
      return `${dateLabel(hour * HOUR)} ${time}${offsetLabel(hour * OFFSETS - number)}`;
    }
    case 'day':
      return dateLabel(number * DAY);
    case 'week':
      return weekLabel(number);
    case 'month':
      return `${padded(Math.floor(number / 12), 4)}-${padded((((number % 12) + 12) % 12) + 1)}`;
    case 'year':
      return padded(number, 4);
  }
}

/** ISO 8601: a week belongs to the year that its Thursday lies in. */
function weekLabel(week: number): string {
  const thursday = week * 7;
  const year = new Date(thursday * DAY).getUTCFullYear();
  // Not Date.UTC, which takes the year 26 for 1926.
  const firstDay = new Date(0).setUTCFullYear(year, 0, 1) / DAY;
  return `${padded(year, 4)}-W${padded(Math.floor((thursday - firstDay) / 7) + 1)}`;
}

function dateLabel(shown: number): string {
  const date = new Date(shown);
  return `${padded(date.getUTCFullYear(), 4)}-${padded(date.getUTCMonth() + 1)}-${padded(date.getUTCDate())}`;
}

function offsetLabel(seconds: number): string {
  const size = Math.abs(seconds);
  const label = `${seconds < 0 ? '-' : '+'}${padded(Math.floor(size / 3600))}:${padded(Math.floor(size / 60) % 60)}`;
  return size % 60 === 0 ? label : `${label}:${padded(size % 60)}`;
}

const padded = (number: number, digits = 2): string => String(number).padStart(digits, '0');
