/** Decides how settings of automation read for people, line by line, and what of them was changed. */

import type { Task } from '../../core/model/automation/task.ts';
import type { VerifyPolicy } from '../../core/model/automation/verify-policy.ts';
import type { Hook } from '../../core/model/policy.ts';
import { type RetentionRules, rulesText } from '../../core/model/retention.ts';
import { formatTarget } from '../../core/model/target.ts';
import { scheduleText } from '../../core/plan/time/schedule.ts';
import type { PolicyItem } from '../../core/run/settings/policies.ts';
import { formatBytes, formatName, formatSeconds } from '../../text/format.ts';

/** What a setting is called, and what it is. */
export type Setting = readonly [label: string, text: string];

export function policySettings(item: PolicyItem): Setting[] {
  const { schedule, enabled } = item.policy;
  const shared: Setting[] = [
    ['when', scheduleText(schedule)],
    ['enabled', yesNo(enabled)],
  ];
  if (item.kind === 'retention') return [['keeps', rulesLine(item.policy.rules)], ...shared];
  if (item.kind === 'verify') {
    const { budgetSeconds } = item.policy;
    return [['compares', comparesText(item.policy)], ['budget', formatSeconds(budgetSeconds)], ...shared];
  }
  const { before, after } = item.policy.hooks;
  const must = before?.required ? '; the snapshot is made only if it succeeds' : '';
  return [...shared, ['command before', `${hookText(before)}${must}`], ['command after', hookText(after)]];
}

export function taskSettings(task: Task): Setting[] {
  const { options, rpoSeconds, retention, into, retries, suspendAfter } = task;
  const rate = options.rateBytesPerSecond;
  return [
    ['sends', task.subvolumes.map(formatName).join(', ')],
    ['to', task.targets.map((target) => formatName(formatTarget(target))).join(', ')],
    ...(into === null ? [] : [['into', formatName(into)] as const]),
    ['when', scheduleText(task.schedule)],
    ['mode', task.mode],
    ['RPO', rpoSeconds === null ? 'none' : formatSeconds(rpoSeconds)],
    ['keeps there', retention === null ? 'everything' : rulesLine(retention)],
    ['transfer', transferText(options.path, rate, options.compress, options.resumable)],
    ['retries', String(retries)],
    ['leaves a target alone', suspendAfter === 0 ? 'never' : `after ${suspendAfter} failed rounds in a row`],
    ['enabled', yesNo(task.enabled)],
    ['suspended', yesNo(task.suspended)],
  ];
}

/** `when: every 15m → every 1h`, one for each that is another now. */
export function changesText(before: readonly Setting[], after: readonly Setting[]): string[] {
  const labels = [...new Set([...before, ...after].map(([label]) => label))];
  const of = (settings: readonly Setting[], label: string): string =>
    settings.find(([own]) => own === label)?.[1] ?? 'none';
  return labels
    .filter((label) => of(before, label) !== of(after, label))
    .map((label) => `${label}: ${of(before, label)} → ${of(after, label)}`);
}

/** `content, a share of 1/30`. */
export const comparesText = ({ level, share }: Pick<VerifyPolicy, 'level' | 'share'>): string =>
  share === null ? level : `${level}, a share of 1/${share}`;

const yesNo = (value: boolean): string => (value ? 'yes' : 'no');

const rulesLine = (rules: RetentionRules): string => `${rulesText(rules)} (${formatName(rules.timeZone)})`;

const hookText = (hook: Hook | null): string =>
  hook === null ? 'none' : `${formatName(hook.command)} (at most ${formatSeconds(hook.timeoutSeconds)})`;

const transferText = (path: string, rate: number | null, compress: boolean, resumable: boolean): string =>
  [
    path,
    ...(rate === null ? [] : [`at most ${formatBytes(rate)}/s`]),
    ...(compress ? ['compressed'] : []),
    ...(resumable ? ['resumable'] : []),
  ].join(', ');
