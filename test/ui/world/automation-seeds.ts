/** Policies and tasks of a fleet, and what became of them, for tests of automation. It decides nothing. */

import type { TestContext } from 'node:test';
import { TASK_DEFAULTS, type Task } from '../../../src/core/model/automation/task.ts';
import type { Fault } from '../../../src/core/model/fault.ts';
import { NO_HOOKS, type RetentionPolicy, type SnapshotPolicy } from '../../../src/core/model/policy.ts';
import type { RunReport, RunRequest } from '../../../src/core/model/runs/run.ts';
import { snapshotByHand } from '../../../src/core/model/runs/snapshot.ts';
import type { RunOutcome } from '../../../src/core/model/runs/spec.ts';
import { NOTHING_MADE } from '../../unit/state/fixtures/reports.ts';
import { NOW, unreachable, type World } from './fleet-world.ts';
import { FLEET } from './inventories.ts';
import { openScreen, type Screen, type ScreenOptions } from './open-screen.tsx';

export const policy = (subvolume: string, more: Partial<SnapshotPolicy> = {}): SnapshotPolicy => ({
  subvolume,
  schedule: { kind: 'every', seconds: 900 },
  hooks: NO_HOOKS,
  enabled: true,
  ...more,
});

export const DAILY = {
  kind: 'ladder',
  timeZone: 'UTC',
  minAgeSeconds: 0,
  last: 3,
  hourly: 0,
  daily: 7,
  weekly: 4,
  monthly: 12,
  yearly: 0,
} as const;

export const retention = (subvolume: string, more: Partial<RetentionPolicy> = {}): RetentionPolicy => ({
  subvolume,
  rules: DAILY,
  schedule: { kind: 'cron', expression: '0 3 * * *', timeZone: 'UTC' },
  enabled: true,
  ...more,
});

export const task = (name: string, more: Partial<Task> = {}): Task => ({
  name,
  subvolumes: ['/srv/data'],
  targets: [
    { server: 'beta', mount: null },
    { server: 'gamma', mount: null },
  ],
  schedule: { kind: 'every', seconds: 3600 },
  mode: 'async',
  rpoSeconds: null,
  options: { path: 'auto', rateBytesPerSecond: null, compress: false, resumable: false },
  retention: null,
  into: null,
  ...TASK_DEFAULTS,
  suspended: false,
  enabled: true,
  ...more,
});

/** Both subvolumes of the primary with policies: the second one's are off, or have commands around it. */
export const AUTOMATED = {
  ...FLEET,
  snapshotPolicies: [
    policy('/srv/data'),
    policy('/srv/home', {
      schedule: { kind: 'cron', expression: '30 2 * * 1-5', timeZone: 'Europe/Berlin' },
      hooks: {
        before: { command: 'systemctl stop app', timeoutSeconds: 60, required: true },
        after: { command: 'systemctl start app', timeoutSeconds: 30 },
      },
      enabled: false,
    }),
  ],
  retentionPolicies: [
    retention('/srv/data'),
    retention('/srv/home', {
      rules: { kind: 'per-period', per: 'day', keep: 2, timeZone: 'UTC', minAgeSeconds: 3600 },
    }),
  ],
  tasks: [
    task('offsite', { rpoSeconds: 1800, schedule: { kind: 'every', seconds: 600 } }),
    task('both', { subvolumes: ['/srv', '/srv/home'], targets: [{ server: 'beta', mount: null }] }),
    task('usb', { targets: [{ server: 'gamma', mount: '/mnt/usb' }], suspended: true, mode: 'sync' }),
  ],
} as const;

/** Begun by the scheduler for `dueAt`, and ended at once. */
export function begun(
  { fleet }: Pick<World, 'fleet'>,
  item: string,
  dueAt: string,
  end: { readonly outcome: RunOutcome; readonly fault?: Fault } | null = { outcome: 'ok' },
  request: RunRequest = snapshotByHand(['/srv/data']),
): number {
  const { journal, holder } = fleet;
  const before = journal.itemMemories().find((memory) => memory.item === item) ?? null;
  const run = journal.beginDueRun({ item, dueAt, attempt: 1, after: before, request, holder });
  if (run === null) throw new Error(`${item} was begun by somebody else`);
  if (end) journal.finishRun(run.id, end.outcome, reportOf(end.fault ?? null));
  return run.id;
}

const reportOf = (fault: Fault | null): RunReport => (fault ? { kind: 'fault', fault } : NOTHING_MADE);

/** As the scheduler holds its place; the answer leaves it. */
export function scheduler({ fleet }: Pick<World, 'fleet'>): () => void {
  const lock = fleet.journal.acquireLocks(
    ['scheduler'],
    { holder: fleet.holder, runId: null, what: 'following the schedule' },
    () => true,
  );
  if (!lock.ok) throw new Error(lock.fault.message);
  return () => lock.value.release();
}

/** The page of automation. Some of it went well, some failed, one runs; the scheduler is at work. */
export async function openAutomation(
  test: TestContext,
  options: ScreenOptions = AUTOMATED,
  keys = '',
): Promise<Screen> {
  const screen = await openScreen(test, options);
  const { world } = screen;
  scheduler(world);
  begun(world, 'snapshot:/srv/data', NOW);
  const failed = { outcome: 'failed', fault: unreachable('alpha') } as const;
  begun(world, 'retention:/srv/data', '2026-11-20T03:00:00.000Z', failed);
  begun(world, 'retention:/srv/home', '2026-11-20T03:00:00.000Z', null);
  await screen.chunks('4', ...keys);
  return screen;
}
