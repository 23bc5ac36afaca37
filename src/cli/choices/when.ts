/** Reads from the options of a command when something is due. Which schedules can be followed is decided in plan/. */
import { type Fault, fault } from '../../core/model/fault.ts';
import { failed, ok, type Result } from '../../core/model/result.ts';
import type { Schedule } from '../../core/model/schedule.ts';
import { checkSchedule } from '../../core/plan/time/schedule.ts';
import { parseDuration } from '../../text/parse-duration.ts';
import type { WhenOptions } from './when-options.ts';

/** Null: no option says when. `zone`: where none is named. Fault: `usage`. */
export function scheduleNamed({ every, cron, timezone }: WhenOptions, zone: string): Result<Schedule | null> {
  if (every !== undefined && cron !== undefined) return failed(both);
  if (cron !== undefined) {
    return checkSchedule({ kind: 'cron', expression: cron, timeZone: timezone ?? zone });
  }
  if (every === undefined) return ok(null);
  const seconds = parseDuration(every);
  return seconds === null ? failed(noInterval(every)) : checkSchedule({ kind: 'every', seconds });
}

/** As `scheduleNamed`, where one must be named. */
export function scheduleFrom(options: WhenOptions, zone: string): Result<Schedule> {
  const named = scheduleNamed(options, zone);
  if (!named.ok) return named;
  return named.value === null ? failed(never) : ok(named.value);
}

/** Of a command where nothing else has a time zone. */
export const zoneWithoutCron = ({ cron, timezone }: WhenOptions): Fault | null =>
  timezone === undefined || cron !== undefined
    ? null
    : fault(
        'usage',
        '--timezone belongs to --cron: an interval is counted in UTC, whatever the clock on the wall shows.',
        'Leave it away, or say when with --cron, for example --cron "0 3 * * *".',
      );

const both = fault(
  'usage',
  '--every and --cron both say when.',
  'Give one of them: --every 1h, or --cron "0 3 * * *".',
);

const never = fault(
  'usage',
  'Nothing says when.',
  'Give --every with an interval, such as --every 1h, or --cron "0 3 * * *" for daily at 03:00.',
);

const noInterval = (text: string): Fault =>
  fault(
    'usage',
    `--every ${text} is no interval.`,
    'Give whole seconds, or a whole number with a unit: 90, 45s, 15m, 1h, 1d, 1w.',
  );
