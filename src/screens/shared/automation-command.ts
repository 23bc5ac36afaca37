/** Decides which command line sets a policy or a task as it is. For a person to paste; nothing is run from here. */

import type { Task } from '../../core/model/automation/task.ts';
import type { VerifyPolicy } from '../../core/model/automation/verify-policy.ts';
import { command } from '../../core/model/command-line.ts';
import type { Hook, RetentionPolicy, SnapshotPolicy } from '../../core/model/policy.ts';
import { LADDER_LEVELS, type RetentionRules } from '../../core/model/retention.ts';
import type { Schedule } from '../../core/model/schedule.ts';
import { formatTarget } from '../../core/model/target.ts';
import { scheduleText } from '../../core/plan/time/schedule.ts';
import { rulesWords } from './command-line.ts';

export function snapshotPolicyCommand({ subvolume, schedule, hooks, enabled }: SnapshotPolicy): string {
  const { before, after } = hooks;
  return command(
    ...['policy', 'set', 'snapshot', subvolume],
    ...whenWords(schedule),
    ...zoneWords(schedule, null),
    ...hookWords('before', before),
    before?.required ? '--before-required' : '',
    ...hookWords('after', after),
    enabled ? '' : '--disabled',
  );
}

export const retentionPolicyCommand = ({ subvolume, rules, schedule, enabled }: RetentionPolicy): string =>
  command(
    ...['policy', 'set', 'retention', subvolume],
    ...rulesWords(rules),
    ...whenWords(schedule),
    enabled ? '' : '--disabled',
  );

export const verifyPolicyCommand = (policy: VerifyPolicy): string =>
  command(
    ...['policy', 'set', 'verify', policy.subvolume],
    ...whenWords(policy.schedule),
    ...zoneWords(policy.schedule, null),
    ...['--level', policy.level],
    ...(policy.share === null ? [] : ['--share', `1/${policy.share}`]),
    ...['--budget', `${policy.budgetSeconds}s`],
    policy.enabled ? '' : '--disabled',
  );

export function taskCommand(task: Task): string {
  const { name, subvolumes, targets, schedule, mode, rpoSeconds, options, retention, into, enabled } = task;
  const { path, rateBytesPerSecond: rate, compress, resumable } = options;
  return command(
    ...['task', 'add', name],
    ...subvolumes.flatMap((subvolume) => ['--subvolume', subvolume]),
    ...['--to', targets.map(formatTarget).join(',')],
    ...whenWords(schedule),
    ...(retention === null ? [] : keepWords(retention)),
    ...zoneWords(schedule, retention),
    ...(mode === 'async' ? [] : ['--mode', mode]),
    ...(rpoSeconds === null ? [] : ['--rpo', String(rpoSeconds)]),
    ...(path === 'auto' ? [] : ['--path', path]),
    ...(rate === null ? [] : ['--rate', String(rate)]),
    compress ? '--compress' : '',
    resumable ? '--resumable' : '',
    ...(into === null ? [] : ['--into', into]),
    ...['--retries', String(task.retries), '--suspend-after', String(task.suspendAfter)],
    enabled ? '' : '--disabled',
  );
}

const whenWords = (schedule: Schedule): string[] =>
  schedule.kind === 'every'
    ? ['--every', scheduleText(schedule).replace(/^every /, '')]
    : ['--cron', schedule.expression];

/** Another machine has another zone of its own. */
function zoneWords(schedule: Schedule, rules: RetentionRules | null): string[] {
  const zone = schedule.kind === 'cron' ? schedule.timeZone : rules?.timeZone;
  return zone === undefined ? [] : ['--timezone', zone];
}

const hookWords = (when: 'before' | 'after', hook: Hook | null): string[] =>
  hook === null ? [] : [`--${when}`, hook.command, `--${when}-timeout`, String(hook.timeoutSeconds)];

function keepWords(rules: RetentionRules): string[] {
  const age = rules.minAgeSeconds === 0 ? [] : ['--keep-min-age', String(rules.minAgeSeconds)];
  if (rules.kind === 'per-period')
    return ['--keep-per', rules.per, '--keep-count', String(rules.keep), ...age];
  const levels = (['last', ...LADDER_LEVELS] as const).filter((level) => rules[level] > 0);
  return [...levels.flatMap((level) => [`--keep-${level}`, String(rules[level])]), ...age];
}
