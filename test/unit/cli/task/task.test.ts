/** Tasks by command, on a fleet that is made up: what is set, what is said of it, and what stays untouched. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { serverRemove } from '../../../../src/cli/server/changes.ts';
import { taskList, taskRemove, taskShow, taskSwitch } from '../../../../src/cli/task/actions.ts';
import type { TaskOptions } from '../../../../src/cli/task/options.ts';
import { taskRun } from '../../../../src/cli/task/run.ts';
import { taskAdd, taskEdit } from '../../../../src/cli/task/set.ts';
import { type Fault, fault } from '../../../../src/core/model/fault.ts';
import { NO_HOOKS } from '../../../../src/core/model/policy.ts';
import { setPolicy } from '../../../../src/core/run/settings/policies.ts';
import { editTask } from '../../../../src/core/run/settings/tasks.ts';
import { faultOf, must } from '../../state/fixtures/state-home.ts';
import { type Desk, desk } from '../desk.ts';

const LEAST: TaskOptions = { subvolume: ['/srv/data/'], to: ['b,c:/mnt/usb'], every: '1h' };

const add = (at: Desk, name = 'nightly', options: TaskOptions = {}) =>
  at.said((context) => taskAdd(context, name, { ...LEAST, ...options }));
const edit = (at: Desk, options: TaskOptions) => at.said((context) => taskEdit(context, 'nightly', options));
const turn = (at: Desk, verb: 'enable' | 'disable' | 'suspend' | 'resume') =>
  at.said(async (context) => taskSwitch(context, verb, 'nightly'));
const show = (at: Desk) => at.said(async (context) => taskShow(context, 'nightly'));
const list = (at: Desk) => at.json<Record<string, unknown>[]>(async (context) => taskList(context));

test('a task is kept with canonical paths; where its snapshots come from is said', async (t) => {
  const at = desk(t);
  const { code, out, err } = await add(at, 'nightly', { rpo: '2h' });
  assert.equal(code, 0);
  assert.deepEqual(at.config().tasks[0]?.subvolumes, ['/srv/data']);
  assert.match(out, /^Task nightly: /);
  assert.match(
    err,
    /\/srv\/data has no snapshot policy that is enabled, so the task makes the snapshots itself/,
  );
  assert.match(err, /What a was last seen with/);
  assert.match(err, /No scheduler is at work here/);
  assert.doesNotMatch(err, /RPO/);
});

test('with a snapshot policy it sends what that one makes', async (t) => {
  const at = desk(t);
  must(
    setPolicy(at.fleet, {
      kind: 'snapshot',
      policy: {
        ...{ subvolume: '/srv/data', schedule: { kind: 'every', seconds: 60 } },
        ...{ hooks: NO_HOOKS, enabled: true },
      },
    }),
  );
  assert.match((await add(at)).err, /It sends the snapshots that the policy of \/srv\/data makes/);
});

for (const [title, options, want] of [
  ['shorter than its interval', { rpo: '10m' }, /Its rounds are 1 h apart: an RPO of 10 min is breached/],
  [
    'shorter than a night',
    { every: undefined, cron: '0 3 * * *', timezone: 'UTC', rpo: '1h' },
    /rounds are 1 d apart/,
  ],
] as const) {
  test(`an RPO that is ${title} is told of`, async (t) => {
    assert.match((await add(desk(t), 'nightly', options as TaskOptions)).err, want);
  });
}

for (const [title, name, options, code, word] of [
  ['a name of its own is missing', 'a b', {}, 2, 'usage'],
  ['a subvolume is not there', 'x', { subvolume: ['/srv/data', '/srv/nope'] }, 1, 'no-such-subvolume'],
  ['one is named twice, by two names', 'x', { subvolume: ['/srv/data', '/srv/data/'] }, 2, 'usage'],
  ['a server is not there', 'x', { to: ['b,z'] }, 1, 'no-such-server'],
  ['a group wants a directory', 'x', { subvolume: ['/srv/data', '/srv/db'], into: 'own' }, 2, 'usage'],
  ['the directory is none', 'x', { into: '../escape' }, 2, 'config-invalid'],
  [
    'the time zone is misspelt',
    'x',
    { every: undefined, cron: '0 3 * * *', timezone: 'Europe/Berlni' },
    2,
    'usage',
  ],
] as const) {
  test(`${title}: ${word}, and nothing is added`, async (t) => {
    const at = desk(t);
    const said = await add(at, name, options as TaskOptions);
    assert.equal(said.code, code);
    assert.match(said.err, new RegExp(`\\(${word}\\)`));
    assert.deepEqual(at.config().tasks, []);
  });
}

test('a second task of that name, or for the same place, is refused', async (t) => {
  const at = desk(t);
  await add(at);
  const same = await add(at);
  assert.deepEqual([same.code, /task-exists/.test(same.err)], [1, true]);
  const shared = await add(at, 'other', { to: ['c:/mnt/usb/'] });
  assert.deepEqual([shared.code, /task-in-use/.test(shared.err)], [3, true]);
  assert.equal((await add(at, 'other', { to: ['c:/mnt/usb'], into: 'own' })).code, 0);
  assert.deepEqual(
    at.config().tasks.map(({ name }) => name),
    ['nightly', 'other'],
  );
});

test('an edit changes what is named and says so; the same again changes nothing', async (t) => {
  const at = desk(t);
  await add(at, 'nightly', { keepLast: '3', keepDaily: '7', timezone: 'UTC' });
  const before = at.config().tasks[0];
  const { code, err } = await edit(at, { every: '30m', keepDaily: '14', rate: '10M' });
  assert.equal(code, 0);
  assert.match(err, /when: every 1h → every 30m/);
  assert.match(err, /keeps there: last 3, daily 7 \(UTC\) → last 3, daily 14 \(UTC\)/);
  assert.match(err, /transfer: auto → auto, at most 10\.0 MiB\/s/);
  assert.deepEqual(at.config().tasks[0], {
    ...before,
    schedule: { kind: 'every', seconds: 1800 },
    retention: { ...before?.retention, daily: 14 },
    options: { ...before?.options, rateBytesPerSecond: 10_485_760 },
  });
  const version = at.fleet.config.version();
  assert.match((await edit(at, { every: '30m' })).err, /It was so already/);
  assert.equal(at.fleet.config.version(), version);
});

test('an edit of nothing, of no task, or into the way of another is refused', async (t) => {
  const at = desk(t);
  assert.match((await edit(at, { every: '1h' })).err, /There is none at all yet.*\(no-such-task\)/s);
  await add(at);
  await add(at, 'other', { subvolume: ['/srv/db'] });
  assert.equal((await edit(at, {})).code, 2);
  assert.equal((await edit(at, { subvolume: ['/srv/db'] })).code, 3);
  const none = await at.json<{ fault: Fault }>((context) => taskEdit(context, 'nope', { every: '1h' }));
  assert.match(none.fault.hint, /There are: nightly, other\./);
  assert.deepEqual(at.config().tasks[0]?.subvolumes, ['/srv/data']);
});

/** So often, on that target, that it is left alone. */
const fail = (at: Desk, target: string, times = 1, suspendAfter = 1): void => {
  const why = fault('unreachable', `${target} cannot be reached.`, 'Plug it in.');
  for (let count = 0; count < times; count += 1)
    at.fleet.journal.noteTaskTarget({ task: 'nightly', target, status: 'failed', fault: why, suspendAfter });
};

test('targets that stay keep what is remembered of them, the others are forgotten', async (t) => {
  const at = desk(t);
  await add(at);
  fail(at, 'b');
  fail(at, 'c:/mnt/usb');
  must(editTask(at.fleet, 'nightly', { targets: [{ server: 'b', mount: null }] }));
  assert.deepEqual(
    at.fleet.journal.taskTargets('nightly').map(({ target }) => target),
    ['b'],
  );
  assert.equal(faultOf(editTask(at.fleet, 'nightly', { rpoSeconds: 0 })).code, 'usage');
});

test('a new task knows nothing of one that had its name', async (t) => {
  const at = desk(t);
  await add(at);
  fail(at, 'b');
  await at.said(async (context) => taskRemove(context, 'nightly', {}));
  await add(at);
  assert.deepEqual(at.fleet.journal.taskTargets('nightly'), []);
});

test('switches say what they did, and that it was so already', async (t) => {
  const at = desk(t);
  await add(at);
  for (const [verb, first, again] of [
    ['disable', /is disabled$/m, /was disabled already/],
    ['enable', /is enabled$/m, /was enabled already/],
    ['suspend', /is suspended: nothing is sent, its snapshots go on/, /was suspended already/],
    ['resume', /is resumed$/m, /was not suspended/],
  ] as const) {
    assert.match((await turn(at, verb)).out, first);
    assert.match((await turn(at, verb)).out, again);
  }
  const { enabled, suspended } = at.config().tasks[0] ?? {};
  assert.deepEqual([enabled, suspended], [true, false]);
});

test('resuming tries the targets again that were left alone, and names them', async (t) => {
  const at = desk(t);
  await add(at);
  fail(at, 'c:/mnt/usb', 2, 2);
  assert.equal((await list(at))[0]?.['state'], 'auto-suspended');
  const shown = await show(at);
  assert.match(shown.out, /left alone since 2026-11-20T12:00:00.000Z .*"btrfleet task resume nightly"/);
  assert.match(
    shown.out,
    /2 failed in a row, the last .*\n {2}c:\/mnt\/usb cannot be reached\.\n {4}Plug it in\./,
  );
  assert.match((await turn(at, 'resume')).out, /is resumed: c:\/mnt\/usb is tried again/);
  assert.equal((await list(at))[0]?.['state'], 'idle');
  assert.match((await turn(at, 'resume')).out, /was not suspended/);
});

test('the rows have the keys of the contract', async (t) => {
  const at = desk(t);
  await add(at, 'nightly', { rpo: '2h' });
  at.fleet.journal.noteTaskTarget({
    ...{ task: 'nightly', target: 'c:/mnt/usb', status: 'absent', suspendAfter: 0 },
    fault: fault('not-mounted', 'away', 'plug it in'),
  });
  const [row] = await list(at);
  const { name, subvolumes, targets, schedule, mode, rpoSeconds, lastRun, nextRun } = row ?? {};
  assert.deepEqual(
    [name, subvolumes, targets, mode, rpoSeconds],
    ['nightly', ['/srv/data'], ['b', 'c:/mnt/usb'], 'async', 7200],
  );
  assert.deepEqual(schedule, { kind: 'every', seconds: 3600, text: 'every 1h' });
  assert.deepEqual([lastRun, nextRun], [null, '2026-11-20T12:00:00.000Z']);
  const lag = row?.['lag'] as Record<string, unknown>[];
  assert.deepEqual(
    lag.map(({ server, target, mount }) => [server, target, mount]),
    [
      ['b', 'b', null],
      ['c', 'c:/mnt/usb', '/mnt/usb'],
    ],
  );
  for (const key of [
    'lagSeconds',
    'restorePoint',
    'wouldLoseSeconds',
    'rpo',
    'incomplete',
    'suspendedAt',
    'failures',
  ])
    assert.ok(key in (lag[0] ?? {}), key);
  assert.equal(lag[1]?.['absentSince'], '2026-11-20T12:00:00.000Z');
  assert.match((await show(at)).out, /its disk is away since .*; it is waited for/);
});

test('a target that nobody knows is never called fine', async (t) => {
  const at = desk(t);
  await add(at, 'nightly', { rpo: '2h' });
  const { out } = await show(at);
  assert.match(out, /^b:\n {2}restore point not known: it was never seen\n/m);
  assert.match(out, /RPO 2 h: NOT KNOWN/);
  const table = await at.said(async (context) => taskList(context));
  assert.match(table.out, /nightly +lagging +b +\? +\? +unknown +- +due/);
  assert.deepEqual(
    table.out.split('\n').filter((line) => line.length > 80),
    [],
  );
});

test('a round by hand is run though the task is disabled, and a fault ends it with exit code 1', async (t) => {
  const at = desk(t);
  await add(at, 'nightly', { disabled: true });
  const { code, err, out } = await at.said((context) => taskRun(context, 'nightly'));
  assert.match(err, /The task nightly is disabled; this one round is run all the same/);
  assert.equal(code, 1);
  assert.match(out, /^Task nightly:\n {2}b +FAILED\n/);
  const [row] = await list(at);
  assert.equal((row?.['lastRun'] as { outcome: string } | null)?.outcome, 'failed');
});

test('removing a task says what stays; a server that a task sends to cannot be removed', async (t) => {
  const at = desk(t);
  await add(at);
  const refused = await at.said((context) => serverRemove(context, 'b', { yes: true }));
  assert.equal(refused.code, 3);
  assert.match(
    refused.err,
    /b is a target of the task nightly\..*task edit nightly --to.*\(server-in-use\)/s,
  );
  const { out, code } = await at.said(async (context) => taskRemove(context, 'nightly', {}));
  assert.deepEqual([code, /Its snapshots and replicas stay as they are/.test(out)], [0, true]);
  assert.equal((await at.said((context) => serverRemove(context, 'b', { yes: true }))).code, 0);
  assert.equal((await at.said(async (context) => taskRemove(context, 'nightly', {}))).code, 1);
});

test('what this version does not know stays with its task and its target', async (t) => {
  const at = desk(t);
  await add(at);
  const raw = JSON.parse(readFileSync(at.home.config, 'utf8'));
  raw.tasks[0].colour = 'blue';
  raw.tasks[0].targets[1].weight = 7;
  writeFileSync(at.home.config, JSON.stringify(raw));
  await edit(at, { every: '2h', to: ['c:/mnt/usb,b'] });
  const [task] = JSON.parse(readFileSync(at.home.config, 'utf8')).tasks;
  assert.deepEqual([task.colour, task.schedule.seconds], ['blue', 7200]);
  assert.deepEqual(task.targets, [
    { server: 'c', mount: '/mnt/usb', weight: 7 },
    { server: 'b', mount: null },
  ]);
});
