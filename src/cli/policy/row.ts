/** Decides what of a policy is told, to people and to machines. */
import type { VerifyPolicy } from '../../core/model/automation/verify-policy.ts';
import { rulesText } from '../../core/model/retention.ts';
import type { NextStep } from '../../core/plan/automation/due.ts';
import { nextRunOf } from '../../core/plan/automation/next-run.ts';
import type { PolicyStatus } from '../../core/run/settings/policies.ts';
import { formatName, formatSeconds } from '../../text/format.ts';
import { formatTable } from '../../text/table.ts';
import { lastCell, lastRow, nextCell, scheduleCell, scheduleRow } from '../choices/schedule-row.ts';
import { comparesText } from '../choices/settings-text.ts';

export const policyRow = ({ item, lastRun, next }: PolicyStatus, now: number) => ({
  subvolume: item.policy.subvolume,
  kind: item.kind,
  schedule: scheduleRow(item.policy.schedule),
  rules: item.kind === 'retention' ? item.policy.rules : null,
  hooks: item.kind === 'snapshot' ? item.policy.hooks : null,
  compares: item.kind === 'verify' ? comparesRow(item.policy) : null,
  enabled: item.policy.enabled,
  lastRun: lastRow(lastRun),
  nextRun: next === null ? null : nextRunOf(next, item.policy.schedule, now),
});

const comparesRow = ({ level, share, budgetSeconds }: VerifyPolicy) => ({ level, share, budgetSeconds });

/** With a command that stops a service, the hour is not to be a surprise. Null: it is disabled, or at work. */
export function dueText(next: NextStep | null, word: 'first' | 'next'): string | null {
  if (next?.kind === 'due') {
    return 'It is due at once, for the last time its schedule names; disabled, it is not.';
  }
  return next?.kind === 'wait' ? `It is due ${word} at ${next.until}.` : null;
}

const COLUMNS = ['SUBVOLUME', 'POLICY', 'WHEN', 'LAST', 'NEXT'].map((title) => ({ title }));

/** A subvolume once, and what is kept on a line below, as it may be long. */
export function policyTable(statuses: readonly PolicyStatus[], now: number): string {
  const rows = statuses.map(({ item, lastRun, next }, index) => {
    const { subvolume, schedule, enabled } = item.policy;
    const isSame = statuses[index - 1]?.item.policy.subvolume === subvolume;
    const nextRun = next === null ? null : nextRunOf(next, schedule, now);
    return [
      ...[isSame ? '' : formatName(subvolume), item.kind],
      ...[scheduleCell(schedule), lastCell(lastRun, now)],
      next?.kind === 'running' ? 'running' : nextCell(nextRun, enabled, now),
    ];
  });
  const [titles = '', ...lines] = formatTable(COLUMNS, rows).split('\n');
  return [titles, ...lines.flatMap((line, index) => [line, ...keepsLine(statuses[index])])].join('\n');
}

function keepsLine(status: PolicyStatus | undefined): string[] {
  if (status?.item.kind === 'verify') {
    const { policy } = status.item;
    return [`    compares ${comparesText(policy)} (at most ${formatSeconds(policy.budgetSeconds)})`];
  }
  if (status?.item.kind !== 'retention') return [];
  const { rules } = status.item.policy;
  return [`    keeps ${rulesText(rules)} (${formatName(rules.timeZone)})`];
}
