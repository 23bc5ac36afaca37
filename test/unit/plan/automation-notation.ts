/** Policies, tasks and what is remembered of them, in few words. */
import type { Item, ItemMemory } from '../../../src/core/model/automation/automation.ts';
import type { Task } from '../../../src/core/model/automation/task.ts';
import type { VerifyPolicy } from '../../../src/core/model/automation/verify-policy.ts';
import { type Fault, fault } from '../../../src/core/model/fault.ts';
import { NO_HOOKS, type RetentionPolicy, type SnapshotPolicy } from '../../../src/core/model/policy.ts';
import type { Schedule } from '../../../src/core/model/schedule.ts';
import type { Target } from '../../../src/core/model/target.ts';

export const every = (seconds: number): Schedule => ({ kind: 'every', seconds });
export const cron = (expression: string, timeZone = 'UTC'): Schedule => ({
  kind: 'cron',
  expression,
  timeZone,
});

export const snapshotPolicy = (subvolume: string, more: Partial<SnapshotPolicy> = {}): SnapshotPolicy => ({
  subvolume,
  schedule: every(3600),
  hooks: NO_HOOKS,
  enabled: true,
  ...more,
});

export const retentionPolicy = (subvolume: string, more: Partial<RetentionPolicy> = {}): RetentionPolicy => ({
  subvolume,
  rules: { kind: 'per-period', timeZone: 'UTC', minAgeSeconds: 0, per: 'day', keep: 1 },
  schedule: every(3600),
  enabled: true,
  ...more,
});

/** `b c:/mnt/usb` */
const targetsOf = (words: string): Target[] =>
  words.split(' ').map((word) => {
    const [server = '', mount = null] = word.split(':');
    return { server, mount };
  });

/** `/data /home` to `b c`. */
export function task(name: string, subvolumes: string, targets = 'b', more: Partial<Task> = {}): Task {
  const [first = '', ...rest] = subvolumes.split(' ');
  const [target = { server: 'b', mount: null }, ...others] = targetsOf(targets);
  return {
    name,
    subvolumes: [first, ...rest],
    targets: [target, ...others],
    schedule: every(3600),
    mode: 'async',
    rpoSeconds: null,
    options: { path: 'auto', rateBytesPerSecond: null, compress: false, resumable: false },
    retention: null,
    into: null,
    retries: 3,
    suspendAfter: 10,
    suspended: false,
    enabled: true,
    ...more,
  };
}

export const snapshotItem = (subvolume: string, more: Partial<SnapshotPolicy> = {}): Item => ({
  kind: 'snapshot',
  policy: snapshotPolicy(subvolume, more),
});

export const retentionItem = (subvolume: string, more: Partial<RetentionPolicy> = {}): Item => ({
  kind: 'retention',
  policy: retentionPolicy(subvolume, more),
});

export const verifyPolicy = (subvolume: string, more: Partial<VerifyPolicy> = {}): VerifyPolicy => ({
  ...{ subvolume, level: 'metadata', share: null, budgetSeconds: 600, schedule: every(3600), enabled: true },
  ...more,
});

export const verifyItem = (subvolume: string): Item => ({ kind: 'verify', policy: verifyPolicy(subvolume) });

export const UNREACHABLE: Fault = fault('unreachable', 'b cannot be reached.', 'Look at its network.');
const CONFIG_INVALID: Fault = fault('config-invalid', 'The configuration cannot be read.', 'Mend it.');
export const NO_SPACE: Fault = fault('no-space', 'There is no space.', 'Make some.');

/** Of a day: `08:05`, `08:05:01`, `08:05:01.5`. */
export const at = (time: string): number =>
  Date.parse(`2026-11-20T${time}${time.length === 5 ? ':00' : ''}Z`);

/**
 * `08:00 ok`, `08:00 running`, `08:00 unreachable 08:03`, `08:00 no-space 08:03`, `08:00 config-invalid 08:03`, `08:00 interrupted 08:03`,
 * `08:00 stopped 08:03` (with its process), `08:00 cancelled 08:03` (by somebody), `08:00 forgotten`; `#2` at the end:
 * the second attempt.
 */
export function memory(words: string): ItemMemory {
  const [due = '', how = '', ended = due, ordinal = '#1'] = words
    .replace(/^(\S+ \S+) (#\d+)$/, '$1 08:00 $2')
    .split(' ');
  const base = { item: 'item', dueAt: new Date(at(due)).toISOString(), attempt: Number(ordinal.slice(1)) };
  if (how === 'forgotten') return { ...base, run: null };
  const run = { id: 1, state: 'finished', finishedAt: new Date(at(ended)).toISOString() } as const;
  const well = { cancelRequested: false, fault: null, retry: false };
  switch (how) {
    case 'running':
      return { ...base, run: { ...run, ...well, state: 'running', finishedAt: null, outcome: null } };
    case 'unreachable':
    case 'config-invalid':
    case 'no-space': {
      const why = { unreachable: UNREACHABLE, 'no-space': NO_SPACE, 'config-invalid': CONFIG_INVALID }[how];
      return { ...base, run: { ...run, ...well, outcome: 'failed', fault: why, retry: why.retry } };
    }
    case 'interrupted':
      return { ...base, run: { ...run, ...well, outcome: 'interrupted' } };
    case 'stopped':
    case 'cancelled':
      return {
        ...base,
        run: { ...run, ...well, outcome: 'cancelled', cancelRequested: how === 'cancelled' },
      };
    case 'ok':
      return { ...base, run: { ...run, ...well, outcome: 'ok' } };
    default:
      throw new Error(`what is "${how}"?`);
  }
}
