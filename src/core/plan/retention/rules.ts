/** Decides whether rules of retention can be followed at all. It looks at no snapshot. */
import { type Fault, fault } from '../../model/fault.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import { LADDER_LEVELS, type RetentionRules } from '../../model/retention.ts';
import { wallClockOf } from '../time/periods.ts';

const MIN_AGE_HINT = 'Give the age in seconds, or with a unit: 3600, 90m, 1h, 7d.';

/**
 * The rules as they are; faults: `usage` for a number or time zone that is none, `refused` for rules that keep
 * nothing. An age alone is such a rule: once no new snapshots are made, it lets one after the other go.
 */
export function checkRetentionRules(rules: RetentionRules): Result<RetentionRules> {
  const wrong = wrongNumber(rules) ?? keepsNothing(rules);
  if (wrong) return failed(wrong);
  const clock = wallClockOf(rules.timeZone);
  return clock.ok ? ok(rules) : clock;
}

function countsOf(rules: RetentionRules): (readonly [name: string, count: number])[] {
  if (rules.kind === 'per-period') return [['keep', rules.keep]];
  return [['last', rules.last], ...LADDER_LEVELS.map((level) => [level, rules[level]] as const)];
}

function wrongNumber(rules: RetentionRules): Fault | null {
  const wrong = countsOf(rules).find(([, count]) => !Number.isSafeInteger(count) || count < 0);
  if (wrong) {
    const [name, count] = wrong;
    return fault(
      'usage',
      `${count} snapshots cannot be kept (${name}).`,
      'Give a whole number of snapshots, for example 7.',
    );
  }
  const { minAgeSeconds } = rules;
  if (Number.isFinite(minAgeSeconds) && minAgeSeconds >= 0) return null;
  return fault('usage', `${minAgeSeconds} seconds is no age (min-age).`, MIN_AGE_HINT);
}

function keepsNothing(rules: RetentionRules): Fault | null {
  if (countsOf(rules).some(([, count]) => count > 0)) return null;
  return fault(
    'refused',
    rules.kind === 'ladder' && rules.minAgeSeconds > 0
      ? 'This policy names an age but no number to keep: when no new snapshots are made, it would delete them all.'
      : 'This policy would keep nothing.',
    rules.kind === 'ladder'
      ? 'Give at least one of --last, --hourly, --daily, --weekly, --monthly and --yearly a number above 0, for example --last 1.'
      : 'Keep at least 1 of each period: --keep 1.',
  );
}
