/**
 * Decides what is meant by what is typed into the one field for a time: an interval, or a cron expression; and how
 * that is told back, with the next times, or why it is neither.
 */
import { fault } from '../../../core/model/fault.ts';
import { failed, type Result } from '../../../core/model/result.ts';
import type { RetentionRules } from '../../../core/model/retention.ts';
import type { Schedule } from '../../../core/model/schedule.ts';
import { checkSchedule, dueAfter, scheduleText } from '../../../core/plan/time/schedule.ts';
import type { FormField, FormValues, NoteField, TextField } from '../../../store/form.ts';
import { parseDuration } from '../../../text/parse-duration.ts';
import { type Complaint, textOf } from './values.ts';

const HINT = 'Give an interval, such as 15m, 90s or 3600, or five fields of cron, such as "0 3 * * *".';

/** `15m`, `3600`, `every 15m`, `0 3 * * *`. `timeZone` is that of a cron expression. Faults: `usage`. */
export function scheduleFrom(text: string, timeZone: string): Result<Schedule> {
  const typed = text.trim().replace(/^(?:every|cron)\s+/i, '');
  const seconds = parseDuration(typed);
  if (seconds !== null) return checkSchedule({ kind: 'every', seconds });
  if (isCron(typed)) return checkSchedule({ kind: 'cron', expression: typed, timeZone });
  const message =
    typed === '' ? 'When is missing.' : `"${typed}" is neither an interval nor a cron expression.`;
  return failed(fault('usage', message, HINT));
}

/** As the form is saved; the note below the field says why it cannot be. */
export function readSchedule(values: FormValues): Result<Schedule, Complaint> {
  const text = textOf(values, 'schedule');
  const schedule = scheduleFrom(text, textOf(values, 'zone'));
  if (schedule.ok) return schedule;
  return scheduleFrom(text, 'UTC').ok
    ? failed({ field: 'zone', text: schedule.fault.message })
    : failed({ field: 'schedule', text: 'When is it to be done?' });
}

const isCron = (text: string): boolean => /\s|\*/.test(text.trim()) && parseDuration(text) === null;

/** As it is typed. */
export const scheduleWord = (schedule: Schedule): string =>
  schedule.kind === 'every' ? scheduleText(schedule).replace(/^every /, '') : schedule.expression;

const SHOWN = 3;

export interface ScheduleContext {
  /** Milliseconds since 1970 UTC. */
  readonly now: number;
  /** The zone of who looks. */
  readonly zone: string;
  /** There are rules beside it that go by the clock of the same zone. */
  readonly rules: boolean;
  /** It is not there yet: an interval is due as soon as it is, an expression with its first time after. */
  readonly isNew: boolean;
}

/** The field, what its text means now, and the zone where it matters. */
export function scheduleFields(values: FormValues, context: ScheduleContext): FormField[] {
  const { zone, rules } = context;
  const text = String(values['schedule'] ?? '');
  const ownZone = String(values['zone'] ?? zone);
  const zoneField: TextField = {
    kind: 'text',
    id: 'zone',
    label: 'Time zone',
    value: ownZone,
    hint: rules ? 'of its days, and of a cron expression; such as Europe/Berlin' : 'such as Europe/Berlin',
  };
  return [
    {
      kind: 'text',
      id: 'schedule',
      label: 'When',
      value: text,
      hint: 'an interval: 15m, 90s, 3600; or cron: 0 3 * * *',
    },
    scheduleNote(text, ownZone, { ...context, isNew: context.isNew && values['enabled'] !== false }),
    ...(rules || isCron(text.replace(/^(?:every|cron)\s+/i, '')) ? [zoneField] : []),
  ];
}

/** The zone a form begins with. */
export const zoneOf = (schedule: Schedule | null, rules: RetentionRules | null, own: string): string =>
  schedule?.kind === 'cron' ? schedule.timeZone : (rules?.timeZone ?? own);

/** Two zones, as only an editor can set them: the form knows one. */
export function zonesNote(schedule: Schedule | null, rules: RetentionRules | null): NoteField[] {
  if (schedule?.kind !== 'cron' || rules === null || rules.timeZone === schedule.timeZone) return [];
  const text = `Until now its days are those of ${rules.timeZone} and its times those of ${schedule.timeZone}; saved here, both go by the one above.`;
  return [{ kind: 'note', id: 'zones', text, tone: 'warn' }];
}

function scheduleNote(
  text: string,
  cronZone: string,
  { zone, now, isNew }: Pick<ScheduleContext, 'zone' | 'now' | 'isNew'>,
): NoteField {
  const note = { kind: 'note', id: 'schedule-note' } as const;
  const schedule = scheduleFrom(text, cronZone);
  if (!schedule.ok) {
    const { message, hint } = schedule.fault;
    return text.trim() === ''
      ? { ...note, text: hint }
      : { ...note, text: `${message} ${hint}`, tone: 'bad' };
  }
  const { kind } = schedule.value;
  const times = timesText(nextTimes(schedule.value, now), kind === 'cron' ? cronZone : zone);
  return {
    ...note,
    text:
      kind === 'cron'
        ? `next ${times}`
        : `${scheduleText(schedule.value)}: ${isNew ? 'at once, then' : 'next'} ${times}`,
  };
}

function nextTimes(schedule: Schedule, now: number): number[] {
  const times: number[] = [];
  for (let at = dueAfter(schedule, now); at !== null && times.length < SHOWN; at = dueAfter(schedule, at))
    times.push(at);
  return times;
}

/** `Fri 20 Nov 12:15, 12:30, 12:45 (UTC)`: a day is said once. */
function timesText(times: readonly number[], zone: string): string {
  const clock = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    ...(times.some((time) => time % 60_000 !== 0) ? { second: '2-digit' } : {}),
    hourCycle: 'h23',
  });
  let day = '';
  const words = times.map((time) => {
    const parts = new Map(clock.formatToParts(time).map(({ type, value }) => [type, value]));
    const today = `${parts.get('weekday')} ${parts.get('day')} ${parts.get('month')}`;
    const second = parts.get('second');
    const hour = `${parts.get('hour')}:${parts.get('minute')}${second === undefined ? '' : `:${second}`}`;
    const said = today === day ? hour : `${today} ${hour}`;
    day = today;
    return said;
  });
  return `${words.join(', ')} (${zone})`;
}
