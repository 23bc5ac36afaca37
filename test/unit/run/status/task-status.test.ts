import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { itemKey } from '../../../../src/core/model/automation/automation.ts';
import type { Task } from '../../../../src/core/model/automation/task.ts';
import { fault } from '../../../../src/core/model/fault.ts';
import { NO_ORIGIN, type Run } from '../../../../src/core/model/runs/run.ts';
import type { TaskReport } from '../../../../src/core/model/runs/task.ts';
import { type TaskStatus, taskStatuses } from '../../../../src/core/run/status/task-status.ts';
import type { Config } from '../../../../src/core/state/config/schema.ts';
import type { Journal } from '../../../../src/core/state/journal/journal.ts';
import { every, task } from '../../plan/automation-notation.ts';
import { roundReport } from '../../state/fixtures/reports.ts';
import { must, server } from '../../state/fixtures/state-home.ts';
import {
  HOLDER,
  type KnownFleet,
  knownFleet,
  primary,
  replica,
  secondary,
  time,
} from '../fixtures/known-fleet.ts';

interface Fixture extends KnownFleet {
  statuses(only?: readonly string[]): TaskStatus[];
  only(): TaskStatus;
}

function fixture(t: TestContext, tasks: readonly Task[], more: Partial<Config> = {}): Fixture {
  const fleet = knownFleet(t, { tasks, ...more });
  const statuses = (only?: readonly string[]): TaskStatus[] => must(taskStatuses(fleet, only));
  return { ...fleet, statuses, only: () => statuses()[0] ?? assert.fail('a task was expected') };
}

const round = (journal: Journal, name: string, more: Partial<TaskReport> | null = {}): Run => {
  const run = journal.createRun({
    request: { kind: 'task', task: name, snapshot: true },
    trigger: 'hand',
    state: 'running',
    holder: HOLDER,
    origin: { ...NO_ORIGIN, item: `task:${name}` },
  });
  if (more === null) return run;
  return must(journal.finishRun(run.id, 'ok', { kind: 'task', ...roundReport(name, more) }));
};

test('how far each target is, from what was last seen', (t) => {
  const { journal, only } = fixture(t, [task('nightly', '/data', 'b c', { rpoSeconds: 3600 })]);
  journal.saveInventory(primary('11:59:00', '09:00:00 10:00:00 11:30:00'));
  journal.saveInventory(secondary('b', '11:58:00', '09:00:00 11:30:00'));
  journal.saveInventory(secondary('c', '11:57:00', '09:00:00 10:00:00'));
  const { state, lags } = only();
  assert.deepEqual(
    lags.map((lag) => [
      lag.target,
      lag.restorePoint,
      lag.lagSeconds,
      lag.wouldLoseSeconds,
      lag.rpo,
      lag.seenAt,
    ]),
    [
      ['b', time('11:30:00'), 0, 1800, 'kept', time('11:58:00')],
      ['c', time('10:00:00'), 5400, 7200, 'breached', time('11:57:00')],
    ],
  );
  assert.equal(state, 'lagging');
});

test('what was never looked at is not known, and not fine', (t) => {
  const { statuses, only } = fixture(t, [task('nightly', '/data', 'b', { rpoSeconds: 3600 })]);
  const [lag] = only().lags;
  assert.deepEqual([lag?.restorePoint, lag?.rpo, lag?.seenAt], [null, 'unknown', null]);
  assert.equal(only().state, 'lagging');
  assert.deepEqual(statuses(['other']), []);
});

test('a replica that came since the last look counts at once, one that was deleted no longer', (t) => {
  const { journal, only } = fixture(t, [task('nightly', '/data', 'b')]);
  journal.saveInventory(primary('11:00:00', '09:00:00 10:00:00'));
  journal.saveInventory(secondary('b', '11:00:00', '09:00:00'));
  const at = (): string | null => only().lags[0]?.restorePoint ?? null;
  assert.equal(at(), time('09:00:00'));
  journal.noteReplica(replica('10:00:00', '11:00:30'));
  assert.equal(at(), time('10:00:00'));
  journal.forgetReplica('b', replica('10:00:00', '11:00:30').path, null);
  assert.equal(at(), time('09:00:00'));
  journal.noteReplica(replica('10:00:00', '11:00:30'));
  // Somebody deleted it by hand: the next look does not show it.
  journal.saveInventory(secondary('b', '11:01:00', '09:00:00'));
  assert.equal(at(), time('09:00:00'));
});

test('a disk that is away: what is remembered of it, and as of when', (t) => {
  const { journal, only } = fixture(t, [task('usb', '/data', 'b:/mnt/usb', { rpoSeconds: 7200 })]);
  journal.saveInventory(primary('11:59:00', '09:00:00 10:30:00'));
  journal.saveInventory(secondary('b', '11:59:00', '10:30:00'));
  journal.noteReplica(replica('10:30:00', '10:31:00', '/mnt/usb'));
  const [lag] = only().lags;
  assert.deepEqual([lag?.restorePoint, lag?.rpo, lag?.seenAt], [time('10:30:00'), 'kept', time('10:31:00')]);
});

test('disks that take turns: the newest restore point of them all, and which disk it is on', (t) => {
  const { journal, only } = fixture(t, [task('usb', '/data', 'b:/mnt/usb', { rpoSeconds: 7200 })]);
  journal.saveInventory(primary('11:59:00', '09:00:00 10:30:00'));
  journal.saveInventory(secondary('b', '11:59:00', '10:30:00'));
  const at = (): unknown[] => [only().lags[0]?.restorePoint, only().lags[0]?.awayOn];
  journal.noteReplica(replica('09:00:00', '09:01:00', '/mnt/usb', 'disk-a'));
  journal.noteReplica(replica('10:30:00', '10:31:00', '/mnt/usb', 'disk-b'));
  assert.deepEqual(at(), [time('10:30:00'), 'disk-b']);
  assert.equal(journal.forgetFilesystem('b', 'disk-b'), 1);
  assert.deepEqual(at(), [time('09:00:00'), 'disk-a']);
});

test('disks that take turns: the one that is there counts as it was seen, the other as it is remembered', (t) => {
  const { journal, only } = fixture(t, [task('pool', '/data', 'b')]);
  journal.saveInventory(primary('11:59:00', '09:00:00 10:30:00'));
  journal.saveInventory(secondary('b', '11:59:00', '09:00:00'));
  const at = (): unknown[] => [only().lags[0]?.restorePoint, only().lags[0]?.awayOn];
  assert.deepEqual(at(), [time('09:00:00'), null]);
  // Not seen there now, on this very disk: it is gone.
  journal.noteReplica(replica('10:30:00', '10:31:00', '/pool', 'pool-b'));
  assert.deepEqual(at(), [time('09:00:00'), null]);
  journal.noteReplica(replica('10:30:00', '10:31:00', '/pool', 'drawer'));
  assert.deepEqual(at(), [time('10:30:00'), 'drawer']);
});

test('a group is as far as its members have one moment in common', (t) => {
  const { journal, only } = fixture(t, [task('all', '/data /home', 'b')]);
  journal.saveInventory(primary('11:59:00', '09:00:00 10:00:00', '09:00:00 10:00:00'));
  journal.saveInventory(secondary('b', '11:59:00', '09:00:00 10:00:00', '09:00:00'));
  const [lag] = only().lags;
  assert.deepEqual(
    [lag?.restorePoint, lag?.lagSeconds, lag?.incomplete],
    [time('09:00:00'), 3600, { name: time('10:00:00'), missing: ['/home'] }],
  );
});

test('looks are read again only when something but their time is new', (t) => {
  const { journal, reads, only, clock } = fixture(t, [
    task('nightly', '/data', 'b c'),
    task('weekly', '/home', 'b'),
  ]);
  const save = (at: string, data: string): void => {
    journal.saveInventory(primary(at, '09:00:00 10:00:00', '09:00:00'));
    journal.saveInventory(secondary('b', at, data, '09:00:00'));
    journal.saveInventory(secondary('c', at, '09:00:00'));
  };
  save('11:00:00', '09:00:00');
  const first = only();
  assert.deepEqual(reads.toSorted(), ['a', 'b', 'c']);
  reads.length = 0;
  clock.pass(60);
  save('11:01:00', '09:00:00');
  const second = only();
  assert.deepEqual(reads, []);
  assert.equal(second.lags[0]?.restorePoint, first.lags[0]?.restorePoint);
  assert.equal(second.lags[0]?.wouldLoseSeconds, (first.lags[0]?.wouldLoseSeconds ?? 0) + 60);
  assert.equal(second.lags[0]?.seenAt, time('11:01:00'));
  save('11:02:00', '09:00:00 10:00:00');
  assert.equal(only().lags[0]?.restorePoint, time('10:00:00'));
  assert.deepEqual(reads.toSorted(), ['a', 'b']);
});

test('a new snapshot on the primary alone costs one look at it', (t) => {
  const { journal, reads, only } = fixture(t, [task('nightly', '/data', 'b c')]);
  journal.saveInventory(primary('11:00:00', '09:00:00'));
  journal.saveInventory(secondary('b', '11:00:00', '09:00:00'));
  journal.saveInventory(secondary('c', '11:00:00', '09:00:00'));
  only();
  reads.length = 0;
  journal.saveInventory(primary('11:05:00', '09:00:00 11:04:00'));
  assert.deepEqual(
    only().lags.map(({ lagSeconds }) => lagSeconds),
    [2 * 3600 + 240, 2 * 3600 + 240],
  );
  assert.deepEqual(reads, ['a']);
});

test('of a target with more snapshots from the future than are kept, the newest that is none is still found', (t) => {
  const { journal, only } = fixture(t, [task('nightly', '/data', 'b')]);
  const future = Array.from(
    { length: 100 },
    (_, index) => `23:${String(index % 60).padStart(2, '0')}:${index < 60 ? '00' : '30'}`,
  );
  journal.saveInventory(primary('11:59:00', '09:00:00'));
  journal.saveInventory(secondary('b', '11:59:00', ['09:00:00', ...future].join(' ')));
  assert.equal(only().lags[0]?.restorePoint, time('09:00:00'));
});

test('another default mount, another answer', (t) => {
  const { journal, only } = fixture(t, [task('nightly', '/data', 'b')], {
    servers: [server('a', { role: 'primary' }), server('b', { defaultMount: '/elsewhere' }), server('c')],
  });
  journal.saveInventory(primary('11:59:00', '09:00:00'));
  journal.saveInventory(secondary('b', '11:59:00', '09:00:00'));
  assert.equal(only().lags[0]?.restorePoint, null);
});

test('the last round that ended, the one that runs, and the next', (t) => {
  const nightly = task('nightly', '/data', 'b', { schedule: every(3600) });
  const { journal, only, clock } = fixture(t, [nightly]);
  assert.deepEqual([only().lastRun, only().running, only().nextRun], [null, null, time('12:00:00')]);
  const ended = round(journal, 'nightly');
  const begun = round(journal, 'nightly', null);
  assert.equal(only().lastRun?.id, ended.id);
  assert.equal(only().running?.id, begun.id);
  assert.equal(only().state, 'initializing');
  must(
    journal.finishRun(begun.id, 'failed', { kind: 'fault', fault: fault('no-space', 'Full.', 'Make room.') }),
  );
  assert.equal(only().lastRun?.id, begun.id);
  assert.equal(only().running, null);
  const due = journal.beginDueRun({
    item: itemKey({ kind: 'task', task: nightly }),
    dueAt: time('12:00:00'),
    attempt: 1,
    after: null,
    request: { kind: 'task', task: 'nightly', snapshot: false },
    holder: HOLDER,
  });
  assert.ok(due);
  assert.deepEqual([only().running?.id, only().nextRun], [due.id, time('13:00:00')]);
  clock.pass(1800);
  assert.equal(only().nextRun, time('13:00:00'));
});

test('a round that was part of another run is the last one, too; its parts are not', (t) => {
  const { journal, only } = fixture(t, [task('nightly', '/data', 'b')]);
  const parent = journal.createRun({
    request: { kind: 'task', task: 'nightly', snapshot: false },
    trigger: 'hand',
    state: 'running',
    holder: HOLDER,
    origin: { item: 'task:nightly', dueAt: null, parent: 77 },
  });
  const part = journal.createRun({
    request: { kind: 'delete', subvolume: '/data', server: null, snapshots: [] },
    trigger: 'hand',
    state: 'running',
    holder: HOLDER,
    origin: { item: 'task:nightly', dueAt: null, parent: parent.id },
  });
  const why = { kind: 'fault', fault: fault('cancelled', 'No.', 'No.') } as const;
  must(journal.finishRun(parent.id, 'cancelled', why));
  must(journal.finishRun(part.id, 'cancelled', why));
  assert.equal(only().lastRun?.id, parent.id);
});

test('one that was taken for interrupted and ended after all is read anew', (t) => {
  const { journal, only } = fixture(t, [task('nightly', '/data', 'b')]);
  const run = round(journal, 'nightly', null);
  journal.interruptDeadRuns(() => false);
  assert.equal(only().lastRun?.outcome, 'interrupted');
  must(journal.finishRun(run.id, 'ok', { kind: 'fault', fault: fault('cancelled', 'No.', 'No.') }));
  assert.equal(only().lastRun?.outcome, 'ok');
});

test('what does nothing by itself has no next round', (t) => {
  const { statuses } = fixture(t, [
    task('off', '/data', 'b', { enabled: false }),
    task('held', '/home', 'b', { suspended: true }),
  ]);
  assert.deepEqual(
    statuses().map(({ state, nextRun }) => [state, nextRun]),
    [
      ['disabled', null],
      ['suspended', null],
    ],
  );
});

test('a target that is left alone is told by the state and by its memory', (t) => {
  const { journal, only } = fixture(t, [task('nightly', '/data', 'b')]);
  const why = fault('no-space', 'Full.', 'Make room.');
  journal.noteTaskTarget({ task: 'nightly', target: 'b', status: 'failed', fault: why, suspendAfter: 1 });
  assert.equal(only().state, 'auto-suspended');
  assert.equal(only().lags[0]?.memory?.fault?.code, 'no-space');
});
