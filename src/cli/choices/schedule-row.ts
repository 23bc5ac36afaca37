/** Decides how the times of automation read: when something is due, how it went, when it is next. */
import { ageOf } from '../../core/model/clock.ts';
import type { RunOutcome } from '../../core/model/runs/spec.ts';
import type { Schedule } from '../../core/model/schedule.ts';
import { scheduleText } from '../../core/plan/time/schedule.ts';
import { span } from '../../text/age.ts';
import { formatName } from '../../text/format.ts';

/** As it was given, and as people read it. */
export const scheduleRow = (schedule: Schedule) => ({ ...schedule, text: scheduleText(schedule) });

/** For a column of a table. */
export const scheduleCell = (schedule: Schedule): string =>
  schedule.kind === 'every'
    ? scheduleText(schedule)
    : formatName(`${schedule.expression} ${schedule.timeZone}`);

interface Last {
  readonly id: number;
  readonly outcome: RunOutcome | null;
  readonly finishedAt: string | null;
}

/** The last run that has ended. */
export const lastRow = (last: Last | null) =>
  last === null ? null : { id: last.id, outcome: last.outcome, finishedAt: last.finishedAt };

/** `ok 12 min`: how it ended, and how long ago. */
export function lastCell(last: Last | null, now: number): string {
  if (last === null || last.finishedAt === null) return '-';
  return `${last.outcome} ${span(ageOf(last.finishedAt, now))}`;
}

/** `in 12 min`; `due` for what waits for a scheduler, or for its turn. */
export function nextCell(next: string | null, enabled: boolean, now: number): string {
  if (!enabled) return 'disabled';
  if (next === null) return 'never';
  const away = Date.parse(next) - now;
  return away <= 0 ? 'due' : `in ${span(away / 1000)}`;
}
