/** The Automation page: what of policies and tasks is seen, turned, taken back, run, and refused. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import test from 'node:test';
import { fault } from '../../../src/core/model/fault.ts';
import { ok } from '../../../src/core/model/result.ts';
import { patience } from '../../patience.ts';
import { arm, config, words } from '../world/automation-form.ts';
import {
  AUTOMATED,
  begun,
  DAILY,
  openAutomation,
  policy,
  scheduler,
  task,
} from '../world/automation-seeds.ts';
import { fleetWorld, NOW, unreachable } from '../world/fleet-world.ts';
import { otherProcess } from '../world/history-runs.ts';
import { at, FLEET, originOf, SERVERS } from '../world/inventories.ts';
import { assertFrame } from '../world/kept-frame.ts';
import { openScreen } from '../world/open-screen.tsx';

const away = unreachable('alpha');

for (const [name, [columns, rows], keys, options] of [
  ['automation-snapshots', [80, 24], '', {}],
  ['automation-retention', [60, 20], ']', {}],
  ['automation-tasks', [80, 24], ']]', {}],
  ['automation-tasks-narrow', [60, 20], ']]j', {}],
  ['automation-tasks-wide', [160, 50], ']]', {}],
  ['automation-details', [80, 24], ']\r', {}],
  ['automation-task-details', [80, 24], ']]\r', {}],
  ['automation-ascii', [60, 20], ']]', { theme: { color: false, unicode: false } }],
] as const) {
  test(`the kept frame ${name}`, async (t) => {
    const screen = await openAutomation(t, { ...AUTOMATED, columns, rows, ...options }, keys);
    assertFrame(name, screen.frame());
  });
}

for (const [keys, title] of [
  ['', 'No snapshot policy yet: n makes one.'],
  [']', 'No retention policy yet: n makes one.'],
  [']]', 'No replication task yet: n makes one.'],
] as const) {
  test(`nothing there: "${title}"`, async (t) => {
    const screen = await openScreen(t, { ...FLEET, columns: 60, rows: 20 });
    await screen.keys(`4${keys}`);
    assert.ok(screen.row(title));
    for (const key of ['e', 't', 'x', 'd', '\r']) {
      await screen.keys(key);
      assert.ok(screen.row('there is nothing here yet: n makes one'), key);
    }
  });
}

test('no scheduler: it says that nothing is done by itself, and what is due waits', async (t) => {
  const screen = await openScreen(t, AUTOMATED);
  await screen.keys('4');
  assert.match(words(screen), /▲ No scheduler runs, so nothing is done by itself/);
  assert.match(screen.row('/srv/data'), /never +▲ waits/);
  await screen.keys('\r');
  assert.match(
    words(screen),
    /due since 2026-11-20T12:00:00.000Z, and no scheduler runs that would begin it/,
  );
});

test('a scheduler that starts, works and ends in another process is seen by itself', async (t) => {
  const screen = await openScreen(t, { ...AUTOMATED, follow: true });
  await screen.keys('4');
  await screen.until('No scheduler runs');
  const other = otherProcess(t, screen.world);
  const end = scheduler(other);
  await screen.until('the scheduler runs: pid 1 on here');
  const began = performance.now();
  begun(other, 'snapshot:/srv/data', NOW, null);
  await screen.until((frame) => /srv\/data .*● running +running/.test(frame));
  assert.ok(performance.now() - began < patience(2));
  end();
  await screen.until('No scheduler runs');
});

test('what another process sets is seen by itself', async (t) => {
  const screen = await openScreen(t, { ...AUTOMATED, follow: true });
  await screen.keys('4]]');
  screen.world.fleet.config.change((now) => ok({ ...now, tasks: [...now.tasks, task('late')] }));
  await screen.until((frame) => /late +[✓▲●○]/.test(frame));
});

test('when it was done last and will be next, and why it failed', async (t) => {
  const screen = await openAutomation(t);
  assert.match(screen.row('/srv/data'), /every 15m +on +✓ < 1 min +in 15 min/);
  assert.match(screen.row('/srv/home'), /30 2 \* \* 1-5 Eur.* off +never +- +before, after/);
  await screen.keys(']');
  assert.match(screen.row('/srv/data'), /✗ < 1 min +again soon/);
  assert.match(screen.row('/srv/home'), /● running +running/);
  await screen.keys('\r');
  assert.match(words(screen), /alpha cannot be reached: connection refused. Is it up/);
});

test('a schedule that cannot be followed says so', async (t) => {
  const never = policy('/srv/data', {
    schedule: { kind: 'cron', expression: '0 3 31 2 *', timeZone: 'UTC' },
  });
  const screen = await openScreen(t, { ...FLEET, snapshotPolicies: [never] });
  await screen.keys('4');
  assert.match(screen.row('/srv/data'), /✗ never/);
  await screen.keys('\r');
  assert.match(words(screen), /never: The cron expression "0 3 31 2 \*" names a day that never comes/);
});

test('t turns off, z takes it back, and the configuration is as it was', async (t) => {
  const screen = await openAutomation(t);
  const before = config(screen);
  await screen.keys('t');
  assert.ok(screen.row('The snapshot policy of /srv/data is off; z to undo'));
  assert.match(screen.row(' /srv/data '), / off /);
  assert.equal(config(screen).snapshotPolicies[0]?.enabled, false);
  await screen.keys('z');
  assert.ok(screen.row('Taken back: the snapshot policy of /srv/data off'));
  assert.deepEqual(config(screen), before);
  await screen.keys('z');
  assert.ok(screen.row('There is nothing to take back'));
});

test('d removes at once, z brings it back to its place with its history', async (t) => {
  const screen = await openAutomation(t);
  const before = config(screen);
  await screen.keys('d');
  assert.deepEqual(
    config(screen).snapshotPolicies.map(({ subvolume }) => subvolume),
    ['/srv/home'],
  );
  assert.ok(screen.row('The snapshot policy of /srv/data is removed; z to undo'));
  await screen.keys('z');
  assert.deepEqual(config(screen), before);
  assert.match(screen.row(' /srv/data '), /✓ < 1 min/);
});

test('what somebody else has changed since is not taken back', async (t) => {
  const screen = await openAutomation(t);
  await screen.keys('t');
  const theirs = policy('/srv/data', { schedule: { kind: 'every', seconds: 60 } });
  screen.world.fleet.config.change((now) => ok({ ...now, snapshotPolicies: [theirs] }));
  await screen.keys('z');
  assert.ok(screen.row('Not taken back: /srv/data was changed by somebody else since.'));
  assert.ok(!screen.frame().includes('Taken back:'));
  assert.deepEqual(config(screen).snapshotPolicies, [theirs]);
});

test('a task is not brought back where another one does its work by now', async (t) => {
  const screen = await openAutomation(t, AUTOMATED, ']]');
  await screen.keys('d');
  screen.world.fleet.config.change((now) => ok({ ...now, tasks: [...now.tasks, task('instead')] }));
  await screen.keys('z');
  assert.ok(screen.row('Not taken back: The task instead sends /srv/data to beta already.'));
  assert.deepEqual(
    config(screen).tasks.map(({ name }) => name),
    ['both', 'usb', 'instead'],
  );
});

test('a task whose rules delete on a target asks before it is turned on, not before it is turned off', async (t) => {
  const own = task('own', { retention: { ...DAILY, last: 1, daily: 0, weekly: 0, monthly: 0 } });
  const screen = await openAutomation(t, { ...FLEET, tasks: [own] }, ']]t');
  assert.equal(config(screen).tasks[0]?.enabled, false);
  await screen.keys('t');
  assert.ok(screen.row('Delete at most 5 replicas by the rules of own?'));
  arm(screen);
  await screen.chunks('y', '\r');
  assert.equal(config(screen).tasks[0]?.enabled, false);
  await screen.keys('t');
  arm(screen);
  await screen.chunks('5', '\r');
  assert.equal(config(screen).tasks[0]?.enabled, true);
});

test('t, d and p work on all that are marked, and one z takes all of it back', async (t) => {
  const screen = await openAutomation(t, AUTOMATED, ']]');
  const before = config(screen);
  await screen.chunks('*', 'd');
  assert.ok(screen.row('Type 2 to go on'), 'two snapshots were kept for one of them');
  arm(screen);
  await screen.chunks('2', '\r');
  assert.ok(screen.row('3 tasks are removed; z to undo'));
  assert.deepEqual(config(screen).tasks, []);
  await screen.keys('z');
  assert.deepEqual(config(screen), before);
  await screen.chunks('g', '  ', 't');
  assert.deepEqual(
    config(screen).tasks.map(({ enabled }) => enabled),
    [false, false, true],
  );
  await screen.chunks('g', '  ', 't');
  assert.deepEqual(config(screen).tasks, before.tasks);
});

test('p on a policy says what to press instead', async (t) => {
  const screen = await openAutomation(t, AUTOMATED, 'p');
  assert.ok(screen.row('suspend: a policy is not suspended; t turns it off and on'));
});

test('p suspends and resumes; a target that was left alone is tried again', async (t) => {
  const screen = await openAutomation(t, AUTOMATED, ']]');
  await screen.keys('p');
  assert.match(screen.row('offsite '), /○ suspended +.* -/);
  assert.ok(screen.row('The task offsite is suspended; z to undo'));
  assert.ok(screen.row('p resume'), 'the hint says what the key does now');
  await screen.keys('p');
  assert.equal(config(screen).tasks[0]?.suspended, false);
  const { journal } = screen.world.fleet;
  journal.noteTaskTarget({ task: 'both', target: 'beta', status: 'failed', fault: away, suspendAfter: 1 });
  await screen.chunks('7', '4', 'j');
  await screen.set({ now: screen.world.clock.now() + 1 });
  screen.app.store.setState({ automation: null });
  await screen.until('✗ auto-suspended');
  await screen.keys('p');
  assert.ok(screen.row('The task both is resumed'));
  assert.equal(journal.taskTargets('both')[0]?.suspendedAt, null);
  assert.equal(config(screen).tasks[1]?.suspended, false);
  assert.ok(!screen.frame().includes('auto-suspended'));
});

const chosen = (...hours: readonly number[]) =>
  hours.map((hour) => ({ name: at(hour), uuid: originOf('data', at(hour)) }));

test('x makes a snapshot with the commands of the policy, whether it is on or not', async (t) => {
  const screen = await openAutomation(t, AUTOMATED, 'jx');
  assert.deepEqual(screen.world.queued, [
    {
      kind: 'snapshot',
      subvolumes: ['/srv/home'],
      group: false,
      hooks: [{ subvolume: '/srv/home', ...AUTOMATED.snapshotPolicies[1].hooks }],
      dueAt: null,
      sync: true,
    },
  ]);
});

test('x on a retention policy asks with what goes, and hands exactly that to the engine', async (t) => {
  const { tasks } = AUTOMATED;
  const seen = { ...AUTOMATED, tasks: tasks.filter(({ name }) => name !== 'usb') };
  const screen = await openAutomation(t, seen, ']x');
  assert.ok(screen.row('of /srv/data for good?'));
  for (const hour of [12, 18]) assert.ok(screen.row(`  ${at(hour)}`));
  assert.deepEqual(screen.world.queued, []);
  arm(screen);
  await screen.keys('y');
  const [request] = screen.world.queued;
  assert.deepEqual(request, {
    kind: 'cleanup',
    subvolume: '/srv/data',
    server: null,
    mount: null,
    into: null,
    rules: DAILY,
    only: chosen(12, 18),
  });
});

test('x on a retention policy lets nothing go while a disk that a task names was never seen', async (t) => {
  const screen = await openAutomation(t, AUTOMATED, ']x');
  assert.ok(screen.row('Nothing would go: '));
  assert.deepEqual(screen.world.queued, []);
});

test('x runs a round of the task with its snapshot, and not while one runs', async (t) => {
  const screen = await openAutomation(t, { ...AUTOMATED, follow: true }, ']]x');
  assert.deepEqual(screen.world.queued, [{ kind: 'task', task: 'offsite', snapshot: true }]);
  await screen.until('2 running');
  await screen.keys('x');
  assert.match(screen.frame(), /run now: run \d+ of it is still going on/);
  assert.equal(screen.world.queued.length, 1);
});

test('--readonly shows all of it and refuses every change with the reason', async (t) => {
  const screen = await openAutomation(t, { ...AUTOMATED, readOnly: true });
  const before = config(screen);
  for (const tab of ['', ']', ']']) {
    await screen.keys(tab);
    for (const key of ['n', 'e', 't', 'x', 'd', ...(tab === '' ? [] : ['z'])]) {
      await screen.keys(key);
      assert.ok(screen.row('opened with --readonly: nothing is changed'), key);
    }
  }
  await screen.keys('p');
  assert.ok(screen.row('suspend: opened with --readonly'));
  await screen.keys('\r');
  assert.ok(screen.row('Restore point  2026-11-02'));
  assert.deepEqual(config(screen), before);
  assert.deepEqual(screen.world.queued, []);
});

test('a broken configuration: what was known stays, it says why, and nothing is changed', async (t) => {
  const screen = await openScreen(t, { ...AUTOMATED, follow: true });
  await screen.keys('4');
  writeFileSync(screen.world.home.config, '{"version": 1,');
  await screen.until('✗ The configuration');
  assert.ok(screen.row('/srv/data'));
  await screen.keys('t');
  assert.equal(screen.app.undo.length, 0);
});

test('a configuration that could never be read says so instead of "none yet"', async (t) => {
  const world = fleetWorld(t, {});
  writeFileSync(world.home.config, 'nonsense');
  const screen = await openScreen(t, {
    state: { configFault: fault('config-invalid', 'config.json is broken.', 'Mend it.') },
  });
  await screen.keys('4');
  assert.ok(screen.row('The configuration cannot be read, so what is automatic is not known.'));
  assert.ok(screen.row('Mend it.'));
});

test('a journal that cannot be read: the settings stay, what became of them is not known', async (t) => {
  const screen = await openScreen(t, AUTOMATED);
  const trouble = {
    fault: fault('config-invalid', 'journal.db is damaged.', 'Put it back.'),
    since: screen.world.clock.now(),
    triedAt: screen.world.clock.now(),
  };
  const { history } = screen.app.store.getState();
  await screen.set({ history: { ...history, trouble } });
  await screen.keys('4');
  assert.ok(screen.row('STALE: the journal was not read'));
  assert.match(screen.row('/srv/data '), /every 15m +on +· +·/);
});

test('tasks are found by name in the palette, whatever page one is on', async (t) => {
  const screen = await openAutomation(t, AUTOMATED, '2:usb\r');
  assert.ok(screen.row('3 replication tasks'));
  assert.match(screen.row('▸'), /usb/);
});

test('nothing is written while nothing changes', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  for (const keys of ['4', '4]', '4]]']) {
    const screen = await openScreen(t, { ...AUTOMATED, follow: true, columns: 160, rows: 46 });
    await screen.keys(keys);
    const before = screen.bytes();
    for (let second = 0; second < 120; second += 1) {
      t.mock.timers.tick(1000);
      if (second % 10 === 0) await screen.settle();
    }
    await screen.settle();
    assert.equal(screen.bytes() - before, 0, keys);
  }
});

test('a fleet without a primary: n says what is missing', async (t) => {
  const screen = await openScreen(t, { servers: SERVERS.slice(1) });
  for (const tab of ['4', ']', ']']) {
    await screen.chunks(tab, 'n');
    assert.ok(screen.row('there is no primary yet: page 2 adds servers'));
  }
});
