/** What several reasons of health have in common: how ages read, what could not be checked, when something is late. */
import type { Fault } from '../../model/fault.ts';
import type { Schedule } from '../../model/schedule.ts';
import type { HealthReason } from '../../model/status/health.ts';
import { dueAtOrBefore } from '../time/schedule.ts';

/** The due time before the newest one; null: there is none. */
export function dueBeforeLast(schedule: Schedule, now: number): number | null {
  const last = dueAtOrBefore(schedule, now);
  return last === null ? null : dueAtOrBefore(schedule, last - 1);
}

export function unchecked(where: string, fault: Fault | null, seenAt: string | null): HealthReason {
  const since = seenAt === null ? 'It was never looked at' : `It was last seen at ${seenAt}`;
  return {
    level: 'unknown',
    where,
    message: `${where} could not be checked: ${fault?.message ?? 'nobody has looked at it.'} ${since}.`,
    hint: fault?.hint ?? `Look at it: btrfleet server check ${where.split(':')[0]}`,
    page: 'servers',
  };
}

export const ago = (time: string, now: number): string => span(Math.max(0, (now - Date.parse(time)) / 1000));

const UNITS = [
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'min'],
] as const;

/** In the largest unit that it is two of, rounded down: `45 s`, `119 s`, `90 min`, `47 h`, `5 d`. */
export function span(seconds: number): string {
  const [size, unit] = UNITS.find(([least]) => seconds >= 2 * least) ?? [1, 's'];
  return `${Math.floor(seconds / size)} ${unit}`;
}
