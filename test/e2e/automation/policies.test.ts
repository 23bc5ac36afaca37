/** Policies and tasks by command on a real fleet: what is set is what is then done, and nothing is set that cannot be. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { CleanupReport } from '../../../src/core/model/runs/cleanup.ts';
import type { SnapshotReport } from '../../../src/core/model/runs/snapshot.ts';
import type { TaskReport } from '../../../src/core/model/runs/task.ts';
import { eventually, TestFleet } from '../fleet/fleet.ts';

const fleet = await TestFleet.anywhere('policies', { servers: 3 });
const { lab } = fleet;

interface PolicyRow {
  readonly subvolume: string;
  readonly kind: string;
  readonly enabled: boolean;
  readonly lastRun: { readonly id: number; readonly outcome: string } | null;
  readonly nextRun: string | null;
  readonly now?: { readonly kept: number; readonly deleted: number } | null;
}

interface TaskRow {
  readonly name: string;
  readonly state: string;
  readonly subvolumes: readonly string[];
  readonly lastRun: { readonly outcome: string } | null;
  readonly lag: readonly {
    readonly target: string;
    readonly lagSeconds: number | null;
    readonly restorePoint: string | null;
    readonly absentSince: string | null;
    readonly failures: number;
  }[];
}

interface RunRow {
  readonly id: number;
  readonly kind: string;
  readonly item: string | null;
  readonly parent: number | null;
  readonly outcome: string | null;
}

const configured = (): Record<string, unknown[]> =>
  JSON.parse(readFileSync(`${fleet.home}/state/config.json`, 'utf8')) as Record<string, unknown[]>;

const task = (...words: readonly string[]) => fleet.json<TaskReport>(['task', 'run', ...words]);

const statuses = (report: TaskReport): string[] =>
  report.targets.map(({ target, status }) => `${target} ${status}`);

test('a policy is set for what is there, by its one path, and refused for what is not', async () => {
  const path = await fleet.subvolume('/srv/pool/data');
  const row = await fleet.ok<PolicyRow>(['policy', 'set', 'snapshot', `${path}/`, '--every', '15m']);
  assert.deepEqual([row.subvolume, row.enabled, row.lastRun], [path, true, null]);
  assert.ok((row.nextRun ?? '') <= new Date().toISOString());
  for (const wrong of ['/srv/pool/nope', '/srv/pool/.snapshots', '/etc']) {
    const { code, fault } = await fleet.fault('policy', 'set', 'snapshot', wrong, '--every', '15m');
    assert.deepEqual([code, fault.code], [1, 'no-such-subvolume'], wrong);
  }
  assert.equal(configured()['snapshotPolicies']?.length, 1);
});

test('run by hand, it does what it does when it is due: with its commands, and as its last run', async () => {
  const path = '/srv/pool/data';
  await fleet.ok([
    ...['policy', 'set', 'snapshot', path, '--cron', '30 2 * * *', '--timezone', 'Europe/Berlin'],
    ...['--before', 'echo was here > /srv/pool/data/mark', '--before-required', '--disabled'],
  ]);
  const made = await fleet.ok<SnapshotReport>(['policy', 'run', 'snapshot', path]);
  const [snapshot] = made.snapshots;
  assert.deepEqual(
    made.hooks.map(({ when, fault }) => [when, fault]),
    [['before', null]],
  );
  assert.equal(await lab.must('a', ['cat', `${snapshot?.path}/mark`]), 'was here\n');
  const [row] = await fleet.ok<PolicyRow[]>(['policy', 'list']);
  assert.deepEqual([row?.enabled, row?.nextRun, row?.lastRun?.outcome], [false, null, 'ok']);
  const run = await fleet.ok<RunRow>(['run', 'show', String(row?.lastRun?.id)]);
  assert.equal(run.item, `snapshot:${path}`);

  await fleet.ok([
    'policy',
    'set',
    'snapshot',
    path,
    '--every',
    '1h',
    '--before',
    'exit 3',
    '--before-required',
  ]);
  const { code, stdout } = await fleet.run(['policy', 'run', 'snapshot', path]);
  assert.equal(code, 1);
  assert.doesNotMatch(stdout, /^made /m);
});

test('retention: what it would do now is counted before it is set, shown by a dry run, and then done', async () => {
  const path = await fleet.subvolume('/srv/pool/kept');
  const names = [await fleet.snapshot(path), await fleet.snapshot(path), await fleet.snapshot(path)];
  const words = ['policy', 'set', 'retention', path, '--every', '1d', '--last', '1'];
  const planned = await fleet.ok<CleanupReport>([...words, '--dry-run']);
  assert.deepEqual(
    planned.deleted.map(({ name }) => name),
    names.slice(0, 2),
  );
  assert.equal(configured()['retentionPolicies']?.length, 0);

  const refused = await fleet.fault(...words);
  assert.deepEqual([refused.code, refused.fault.code], [3, 'refused']);
  assert.match(
    refused.fault.message,
    /2 snapshots of \/srv\/pool\/kept on a were deleted by no rules so far\./,
  );
  for (const name of names.slice(0, 2)) assert.ok(refused.fault.message.includes(name));
  assert.equal(configured()['retentionPolicies']?.length, 0);
  const row = await fleet.ok<PolicyRow>([...words, '--yes']);
  assert.deepEqual(row.now, { kept: 1, deleted: 2 });
  const unasked = await fleet.fault('policy', 'run', 'retention', path);
  assert.deepEqual([unasked.code, unasked.fault.code], [3, 'refused']);
  const done = await fleet.ok<CleanupReport>(['policy', 'run', 'retention', path, '--yes']);
  assert.deepEqual(done.deleted, planned.deleted);
  const found = (await fleet.ok<PolicyRow[]>(['policy', 'list'])).find(({ kind }) => kind === 'retention');
  assert.equal(found?.lastRun?.outcome, 'ok');

  const gone = await fleet.run(['policy', 'remove', 'retention', path]);
  assert.match(gone.stdout, /its snapshots stay as they are/);
  assert.match(await lab.must('a', ['ls', '/srv/pool/.snapshots/kept']), new RegExp(names[2] ?? ''));
});

test('with the primary away the last look counts, and that is said', async () => {
  await lab.kill('a');
  try {
    const set = await fleet.run(['policy', 'set', 'snapshot', '/srv/pool/kept', '--every', '45s']);
    assert.equal(set.code, 0);
    assert.match(set.stderr, /What a was last seen with, at .*, is what this was checked against/);
    const { code, fault } = await fleet.fault('policy', 'set', 'snapshot', '/srv/pool/new', '--every', '45s');
    assert.deepEqual([code, fault.code], [1, 'no-such-subvolume']);
    assert.match(fault.message, /as of .*, for a cannot be looked at now/);
  } finally {
    await lab.start('a');
  }
  await fleet.ok(['policy', 'remove', 'snapshot', '/srv/pool/kept']);
});

test('processes that add tasks at once lose nothing of each other', async () => {
  const path = '/srv/pool/kept';
  const names = Array.from({ length: 6 }, (_, index) => `at-once-${index}`);
  await Promise.all(
    names.map((name) =>
      fleet.ok([
        'task',
        'add',
        name,
        '--subvolume',
        path,
        '--to',
        'b',
        '--into',
        `own/${name}`,
        '--every',
        '1d',
      ]),
    ),
  );
  const rows = await fleet.ok<TaskRow[]>(['task', 'list']);
  assert.deepEqual(rows.map(({ name }) => name).toSorted(), names);
  for (const name of names) await fleet.ok(['task', 'remove', name]);
  assert.deepEqual(await fleet.ok(['task', 'list']), []);
});

test('a task: its first round is a full one, the next incremental; a target that fails is named', async () => {
  const path = await fleet.subvolume('/srv/pool/sent');
  const added = await fleet.run([
    ...['task', 'add', 'hourly', '--subvolume', `${path}/`, '--to', 'b,c:/srv/pool', '--every', '1h'],
    ...['--rpo', '2h', '--keep-last', '1', '--suspend-after', '2'],
  ]);
  assert.equal(added.code, 0, added.stderr);
  assert.match(
    added.stderr,
    /has no snapshot policy that is enabled, so the task makes the snapshots itself/,
  );
  const first = await task('hourly');
  assert.equal(first.code, 0);
  assert.deepEqual([first.value.initializing, statuses(first.value)], [true, ['b ok', 'c:/srv/pool ok']]);
  assert.match(first.stderr, /initializing b: its first replica/);

  await lab.kill('c');
  const second = await task('hourly').finally(() => lab.start('c'));
  assert.deepEqual([second.code, second.value.initializing], [1, false]);
  assert.deepEqual(statuses(second.value), ['b ok', 'c:/srv/pool failed']);
  assert.equal(second.value.targets[1]?.fault?.code, 'unreachable');
  const [toB] = second.value.replications[0]?.results ?? [];
  assert.deepEqual([toB?.server, toB?.mode], ['b', 'incremental']);

  const row = await fleet.ok<TaskRow>(['task', 'show', 'hourly']);
  assert.deepEqual([row.state, row.lastRun?.outcome, row.subvolumes], ['idle', 'failed', [path]]);
  const [b, c] = row.lag;
  assert.deepEqual([b?.lagSeconds, b?.failures, c?.failures], [0, 0, 1]);
  assert.ok((c?.lagSeconds ?? 0) > 0);

  const text = await fleet.run(['task', 'run', 'hourly']);
  assert.equal(text.code, 0, text.stderr);
  assert.match(text.stdout, /^Task hourly:\n {2}b {2}OK\n {2}c:\/srv\/pool {2}OK\n/);
  assert.match(text.stdout, /Clean-up of \/srv\/pool\/sent on c: 1 deleted, 1 kept/);
  assert.match((await fleet.run(['task', 'show', 'hourly'])).stdout, /RPO 2 h: kept/);
});

test('the rounds of a task and their parts are in the history', async () => {
  const runs = await fleet.ok<RunRow[]>(['run', 'list', '--task', 'hourly']);
  const rounds = runs.filter(({ kind }) => kind === 'task');
  assert.deepEqual(
    rounds.map(({ outcome }) => outcome),
    ['ok', 'failed', 'ok'],
  );
  const [newest] = rounds;
  const shown = await fleet.ok<{ parts: RunRow[] }>(['run', 'show', String(newest?.id)]);
  assert.deepEqual(
    new Set(shown.parts.map(({ kind }) => kind)),
    new Set(['snapshot', 'replication', 'cleanup']),
  );
  for (const { parent } of shown.parts) assert.equal(parent, newest?.id);
  assert.deepEqual(
    runs.filter(({ parent }) => parent === newest?.id).map(({ id }) => id),
    shown.parts.map(({ id }) => id).toReversed(),
  );
  const { stdout } = await fleet.run(['run', 'show', String(newest?.id)]);
  assert.match(stdout, /^Run \d+: task of hourly, by hand$/m);
  assert.match(stdout, /^Its parts:$/m);
});

test('no two tasks send one subvolume to one place, by whatever name, and a target cannot be forgotten', async () => {
  const words = ['task', 'add', 'other', '--subvolume', '/srv/pool/sent', '--every', '1h', '--to'];
  for (const to of ['b', 'b:/srv/pool', 'c']) {
    const { code, fault } = await fleet.fault(...words, to);
    assert.deepEqual([code, fault.code], [3, 'task-in-use'], to);
  }
  const removed = await fleet.fault('server', 'remove', 'c', '--yes');
  assert.deepEqual([removed.code, removed.fault.code], [3, 'server-in-use']);
  assert.match(removed.fault.message, /the task hourly/);
  const own = await fleet.ok<TaskRow>([...words, 'c', '--into', 'elsewhere/sent']);
  assert.deepEqual(
    own.lag.map(({ target }) => target),
    ['c'],
  );
  assert.equal((await task('other')).code, 0);
  assert.match(await lab.must('c', ['ls', '/srv/pool/.snapshots/elsewhere/sent']), /^20/);
  await fleet.ok(['task', 'remove', 'other']);
  assert.match(await lab.must('c', ['ls', '/srv/pool/.snapshots/elsewhere/sent']), /^20/);
});

test('a disk that is away is no failure, and is told of; one that never had a replica is', async () => {
  await lab.addFilesystem('c', '/srv/usb', '512M');
  const path = await fleet.subvolume('/srv/pool/disk');
  await fleet.ok([
    'task',
    'add',
    'disk',
    '--subvolume',
    path,
    '--to',
    'c',
    '--target-root',
    '/srv/usb',
    '--every',
    '1d',
  ]);
  await lab.umount('c', '/srv/usb');
  const never = await task('disk');
  assert.deepEqual([never.code, statuses(never.value)], [1, ['c:/srv/usb absent']]);
  assert.match(never.value.faults[0]?.message ?? '', /Nothing was sent: no disk of the task disk is there/);
  await fleet.lab.plugIn('c', '/srv/usb');
  assert.equal((await task('disk')).code, 0);
  await lab.umount('c', '/srv/usb');
  const away = await task('disk');
  assert.deepEqual([away.code, statuses(away.value)], [0, ['c:/srv/usb absent']]);
  const row = await fleet.ok<TaskRow>(['task', 'show', 'disk']);
  assert.ok(row.lag[0]?.absentSince);
  assert.match(
    (await fleet.run(['task', 'show', 'disk'])).stdout,
    /its disk is away since .*it is waited for/,
  );
});

test('a group in sync mode: a snapshot by hand of its members is done when every target has them', async () => {
  const members = [await fleet.subvolume('/srv/pool/one'), await fleet.subvolume('/srv/pool/two')];
  await fleet.ok([
    ...['task', 'add', 'pair', ...members.flatMap((path) => ['--subvolume', path])],
    ...['--to', 'b,c:/srv/pool', '--cron', '0 3 * * *', '--timezone', 'Europe/Berlin', '--mode', 'sync'],
  ]);
  const made = await fleet.ok<SnapshotReport>(['snapshot', 'create', ...members, '--group']);
  const [name = '', ...others] = new Set(made.snapshots.map((one) => one.name));
  assert.deepEqual(others, []);
  assert.deepEqual(made.tasks.map(statuses), [['b ok', 'c:/srv/pool ok']]);
  for (const server of ['b', 'c'])
    for (const member of ['one', 'two'])
      assert.equal(await lab.must(server, ['ls', `/srv/pool/.snapshots/${member}`]), `${name}\n`);
  await fleet.ok(['task', 'remove', 'pair']);
});

test('switches are idempotent, and what is set is followed by the scheduler', async () => {
  for (const verb of ['suspend', 'resume', 'disable', 'enable']) {
    const first = await fleet.ok<{ changed: boolean }>(['task', verb, 'hourly']);
    const again = await fleet.ok<{ changed: boolean }>(['task', verb, 'hourly']);
    assert.deepEqual([first.changed, again.changed], [true, false], verb);
  }
  await fleet.ok(['policy', 'remove', 'snapshot', '/srv/pool/data']);
  await fleet.ok(['task', 'remove', 'disk']);
  const before = await fleet.run(['policy', 'set', 'snapshot', '/srv/pool/kept', '--every', '1d']);
  assert.match(before.stderr, /No scheduler is at work here/);
  const { runs } = await fleet.ok<{ runs: RunRow[] }>(['--schedule', '--once']);
  assert.deepEqual(
    new Set(runs.map(({ item, outcome }) => `${item} ${outcome}`)),
    new Set(['snapshot:/srv/pool/kept ok', 'task-snapshot:hourly ok', 'task:hourly ok']),
  );
  const [row] = await fleet.ok<PolicyRow[]>(['policy', 'list']);
  assert.ok((row?.nextRun ?? '') > new Date().toISOString());
  await eventually(async () => {
    const [status] = await fleet.ok<TaskRow[]>(['task', 'list']);
    assert.deepEqual([status?.state, status?.lag.map(({ lagSeconds }) => lagSeconds)], ['idle', [0, 0]]);
  });
});
