/** Reads rules of retention from the options of a command. Which rules can be followed is decided in plan/. */
import { type Fault, fault } from '../../core/model/fault.ts';
import { failed, type Result } from '../../core/model/result.ts';
import { GROUP_PERIODS, LADDER_LEVELS, type RetentionRules } from '../../core/model/retention.ts';
import { checkRetentionRules } from '../../core/plan/retention/rules.ts';
import { parseDuration } from '../../text/parse-duration.ts';
import { wholeNumber } from '../frame/whole-number.ts';
import type { RetentionOptions } from './retention-options.ts';

const LADDER = ['last', ...LADDER_LEVELS] as const;

/** `zone`: where none is named. Faults: `usage`, `refused` (rules that keep nothing). */
export function retentionRules(options: RetentionOptions, zone: string): Result<RetentionRules> {
  const minAge = options.minAge ?? '0';
  const minAgeSeconds = parseDuration(minAge);
  if (minAgeSeconds === null) {
    return usage(`--min-age ${minAge} is no age.`, 'Give seconds, or a unit: 90, 30m, 1h, 2d, 1w.');
  }
  const any = { timeZone: options.timezone ?? zone, minAgeSeconds };
  const rungs = LADDER.filter((level) => options[level] !== undefined);
  if (options.per === undefined) {
    if (options.keep !== undefined) {
      return usage('--keep says how many, and not of what.', 'Add --per day, --per week or --per month.');
    }
    return rungs.length === 0 ? failed(noRules) : ladder(options, any);
  }
  const [rung] = rungs;
  if (rung !== undefined) {
    return usage(
      `--per and --${rung} are two kinds of rules.`,
      'Give either --per with --keep, or numbers for --last, --hourly, --daily, --weekly, --monthly, --yearly.',
    );
  }
  const per = GROUP_PERIODS.find((period) => period === options.per);
  if (per === undefined) return usage(`--per ${options.per} is no period.`, 'It is day, week or month.');
  if (options.keep === undefined)
    return usage('--per needs to know how many to keep of each.', 'Add --keep 1.');
  const keep = wholeNumber(options.keep, 0);
  if (keep === null) return notWhole('keep', options.keep);
  return checkRetentionRules({ kind: 'per-period', ...any, per, keep });
}

function ladder(
  options: RetentionOptions,
  any: { readonly timeZone: string; readonly minAgeSeconds: number },
): Result<RetentionRules> {
  const counts = { last: 0, hourly: 0, daily: 0, weekly: 0, monthly: 0, yearly: 0 };
  for (const level of LADDER) {
    const text = options[level];
    if (text === undefined) continue;
    const count = wholeNumber(text, 0);
    if (count === null) return notWhole(level, text);
    counts[level] = count;
  }
  return checkRetentionRules({ kind: 'ladder', ...any, ...counts });
}

const usage = (message: string, hint: string): Result<never> => failed(fault('usage', message, hint));

const notWhole = (name: string, text: string): Result<never> =>
  usage(`--${name} ${text} is not a whole number of snapshots.`, `For example --${name} 7.`);

const noRules: Fault = fault(
  'usage',
  'Nothing says what to keep.',
  'For example --per day --keep 1, or --last 3 --daily 7 --weekly 4 --monthly 12.',
);
