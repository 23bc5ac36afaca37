/** Decides which fields the form that cleans up has, and which rules they are. */
import { fault } from '../../core/model/fault.ts';
import { failed, type Result } from '../../core/model/result.ts';
import { GROUP_PERIODS, LADDER_LEVELS, type RetentionRules } from '../../core/model/retention.ts';
import { checkRetentionRules } from '../../core/plan/retention/rules.ts';
import type { FormField, FormValues } from '../../store/form.ts';
import { parseDuration } from '../../text/parse-duration.ts';

export const CLEANUP_START: FormValues = {
  kind: 'day',
  keep: '1',
  last: '1',
  hourly: '0',
  daily: '7',
  weekly: '4',
  monthly: '12',
  yearly: '0',
  minAge: '0',
};

const KINDS = [
  ...GROUP_PERIODS.map((period) => ({ value: period as string, label: `the newest of each ${period}` })),
  { value: 'ladder', label: 'a ladder: hours, days, weeks, months, years' },
];

const LEVELS = ['last', ...LADDER_LEVELS] as const;

const LABELS: Readonly<Record<(typeof LEVELS)[number], string>> = {
  last: 'The newest',
  hourly: 'Hours',
  daily: 'Days',
  weekly: 'Weeks',
  monthly: 'Months',
  yearly: 'Years',
};

export const cleanupFields = (values: FormValues): readonly FormField[] => [
  ...ruleFields(values),
  { kind: 'button', id: 'cleanup', label: 'Clean up …' },
  { kind: 'button', id: 'cancel', label: 'Cancel' },
];

/** A field that is not shown keeps what it begins with: what was typed there is not hidden, it is gone. */
export function ruleFields(values: FormValues): readonly FormField[] {
  const text = (id: string): string => String(values[id] ?? CLEANUP_START[id] ?? '');
  const numbers: FormField[] =
    text('kind') === 'ladder'
      ? LEVELS.map((level) => ({
          kind: 'number',
          id: level,
          label: LABELS[level],
          value: text(level),
          ...(level === 'last'
            ? { hint: 'so many, whatever their time' }
            : { hint: 'the first of each of so many that have one; 0: none' }),
        }))
      : [{ kind: 'number', id: 'keep', label: 'How many', value: text('keep'), hint: 'of each, at least 1' }];
  return [
    {
      kind: 'choice',
      id: 'kind',
      label: 'Keep',
      value: text('kind'),
      choices: KINDS,
      hint: 'left and right choose',
    },
    ...numbers,
    {
      kind: 'text',
      id: 'minAge',
      label: 'And the younger',
      value: text('minAge'),
      hint: 'than this: 30m, 1h, 2d; 0: no such rule',
    },
  ];
}

/** What the fields begin with to say these rules. */
export function ruleValues(rules: RetentionRules): FormValues {
  const minAge = String(rules.minAgeSeconds);
  if (rules.kind === 'per-period')
    return { ...CLEANUP_START, kind: rules.per, keep: String(rules.keep), minAge };
  const levels = Object.fromEntries(LEVELS.map((level) => [level, String(rules[level])]));
  return { ...CLEANUP_START, kind: 'ladder', ...levels, minAge };
}

/** Faults: as `checkRetentionRules`, and `usage` for what is no number. */
export function rulesFrom(values: FormValues, timeZone: string): Result<RetentionRules> {
  const text = (id: string): string => String(values[id] ?? '').trim();
  const count = (id: string): number => (/^\d+$/.test(text(id)) ? Number(text(id)) : Number.NaN);
  const minAgeSeconds = parseDuration(text('minAge'));
  if (minAgeSeconds === null) {
    return failed(fault('usage', `"${text('minAge')}" is no age.`, 'Such as 30m, 1h, 2d; 0: no such rule.'));
  }
  const any = { timeZone, minAgeSeconds };
  const per = GROUP_PERIODS.find((period) => period === values['kind']);
  const empty = (per ? ['keep'] : LEVELS).find((id) => Number.isNaN(count(id)));
  if (empty !== undefined) {
    return failed(fault('usage', 'A number is missing.', 'How many shall be kept? 0: none by this rule.'));
  }
  if (per) return checkRetentionRules({ kind: 'per-period', ...any, per, keep: count('keep') });
  const [last, hourly, daily, weekly, monthly, yearly] = [
    count('last'),
    count('hourly'),
    count('daily'),
    count('weekly'),
    count('monthly'),
    count('yearly'),
  ] as const;
  return checkRetentionRules({ kind: 'ladder', ...any, last, hourly, daily, weekly, monthly, yearly });
}
