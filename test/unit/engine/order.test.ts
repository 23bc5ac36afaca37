import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fault } from '../../../src/core/model/fault.ts';
import { targetLock } from '../../../src/core/plan/automation/round.ts';
import { EMPTY_CONFIG } from '../../../src/core/state/config/schema.ts';
import { every, retentionPolicy, snapshotPolicy, task, UNREACHABLE } from '../plan/automation-notation.ts';
import { must } from '../state/fixtures/state-home.ts';
import { told, World } from './fixtures/world.ts';

test('a run that was interrupted by kill -9 is tried again at once', async (t) => {
  const world = new World(t, {
    tasks: [task('nightly', '/data')],
    snapshotPolicies: [snapshotPolicy('/data')],
  });
  world.course = ({ kind }) => ({ seconds: kind === 'task' ? 1200 : 1 });
  const first = await world.started();
  await world.clock.pass(300);
  first.kill();
  await world.clock.pass(60);
  const second = await world.started();
  await world.clock.pass(5);
  assert.deepEqual(
    second.of('interrupted').map(({ run }) => run),
    [first.began[1]?.run],
  );
  assert.deepEqual(told(second.began), ['task:nightly 08:00:00 at 08:06:00 #2']);
  const left = second.journal.getRun(first.began[1]?.run ?? 0);
  assert.equal(left.ok && left.value.outcome, 'interrupted');
});

test('a temporary failure is tried again after 30 s, 1 m, 2 m, …; a lasting one is not', async (t) => {
  const world = new World(t, { snapshotPolicies: [snapshotPolicy('/data'), snapshotPolicy('/full')] });
  world.course = ({ request }) => ({
    seconds: 0,
    fault:
      request.kind === 'snapshot' && request.subvolumes[0] === '/full'
        ? fault('no-space', 'full', 'free')
        : UNREACHABLE,
  });
  const scheduler = await world.started();
  await world.clock.pass(3500);
  assert.deepEqual(told(scheduler.began), [
    'snapshot:/data 08:00:00',
    'snapshot:/full 08:00:00',
    'snapshot:/data 08:00:00 at 08:00:30 #2',
    'snapshot:/data 08:00:00 at 08:01:30 #3',
    'snapshot:/data 08:00:00 at 08:03:30 #4',
    'snapshot:/data 08:00:00 at 08:07:30 #5',
    'snapshot:/data 08:00:00 at 08:15:30 #6',
  ]);
  assert.deepEqual(
    scheduler
      .of('ended')
      .filter(({ item }) => item === 'snapshot:/data')
      .map(({ retryAt }) => retryAt?.slice(11, 19)),
    ['08:00:30', '08:01:30', '08:03:30', '08:07:30', '08:15:30', undefined],
  );
});

test('snapshot, then round, then clean-up; and the snapshots go on while a round takes hours', async (t) => {
  const world = new World(t, {
    snapshotPolicies: [snapshotPolicy('/data', { schedule: every(900) })],
    retentionPolicies: [retentionPolicy('/data', { schedule: every(86_400) })],
    tasks: [task('offsite', '/data')],
  });
  world.course = ({ kind }) => ({ seconds: kind === 'task' ? 3 * 3600 : 5 });
  const scheduler = await world.started();
  await world.clock.pass(4 * 3600);
  const of = (kind: string): string[] => told(scheduler.began.filter(({ item }) => item.startsWith(kind)));
  assert.deepEqual(of('task'), [
    'task:offsite 08:00:00 at 08:00:05',
    'task:offsite 11:00:00 at 11:00:05 missed 2',
  ]);
  assert.deepEqual(
    of('snapshot'),
    Array.from({ length: 17 }, (_, index) => {
      const due = new Date(Date.UTC(2026, 10, 20, 8, 15 * index)).toISOString().slice(11, 19);
      return `snapshot:/data ${due}`;
    }),
  );
  // What the round sends is kept by the clean-up itself, so it waits for an hour and no longer.
  assert.deepEqual(of('retention'), ['retention:/data 00:00:00 at 09:00:00']);
});

test('a clean-up waits for its round, but no longer than until it is due the next time', async (t) => {
  const world = new World(t, {
    snapshotPolicies: [snapshotPolicy('/data', { schedule: every(86_400) })],
    retentionPolicies: [retentionPolicy('/data')],
    tasks: [task('offsite', '/data')],
  });
  world.course = ({ kind }) => ({ seconds: kind === 'task' ? 20 * 3600 : 5 });
  const scheduler = await world.started();
  await world.clock.pass(1800);
  assert.ok(!scheduler.began.some(({ item }) => item === 'retention:/data'));
  await world.clock.pass(1801);
  assert.deepEqual(told(scheduler.began).at(-1), 'retention:/data 09:00:00');
});

test('at most so many rounds at once, in all and to one server', async (t) => {
  const tasks = Array.from({ length: 9 }, (_, index) =>
    task(`t${index}`, `/s${index}`, index < 6 ? 'b' : `c${index}`),
  );
  const world = new World(t, {
    tasks,
    snapshotPolicies: tasks.map(({ subvolumes: [subvolume] }) =>
      snapshotPolicy(subvolume, { schedule: every(86_400) }),
    ),
    preferences: { ...EMPTY_CONFIG.preferences, concurrentTasks: 4, concurrentPerServer: 2 },
  });
  world.course = ({ kind }) => ({ seconds: kind === 'task' ? 600 : 1 });
  const scheduler = await world.started();
  let most = 0;
  let mostToB = 0;
  for (let minute = 0; minute < 45; minute += 1) {
    await world.clock.pass(60);
    const running = scheduler.journal.listRuns({ kind: 'task', state: 'running', limit: 99 });
    most = Math.max(most, running.length);
    const toB = running.filter(({ request }) => request.kind === 'task' && Number(request.task.slice(1)) < 6);
    mostToB = Math.max(mostToB, toB.length);
  }
  assert.deepEqual([most, mostToB], [4, 2]);
  assert.equal(new Set(scheduler.began.map(({ item }) => item)).size, 18);
});

test('a server that is full keeps a task from its other targets for no time, and has its turn', async (t) => {
  const tasks = [task('x', '/x', 'b'), task('y', '/y', 'b'), task('wide', '/z', 'b c')];
  const world = new World(t, { tasks });
  world.course = ({ request }) => ({
    seconds: request.kind === 'task' && request.task !== 'wide' ? 9_000 : 60,
  });
  const scheduler = await world.started();
  await world.clock.pass(3 * 3600);
  const about = (run: number) => {
    const read = scheduler.journal.getRun(run);
    const { only, without } = read.ok && read.value.request.kind === 'task' ? read.value.request : {};
    return `${only ? ` only ${only}` : ''}${without ? ` without ${without}` : ''}`;
  };
  assert.deepEqual(
    scheduler.began
      .filter(({ item }) => item.startsWith('task:'))
      .map((begun) => `${told([begun])}${about(begun.run)}`),
    [
      'task:wide 08:00:00 at 08:01:00',
      'task:x 08:00:00 at 08:01:00',
      'task:y 08:00:00 at 08:02:00',
      'task:wide 09:00:00 at 09:01:00 without b',
      'task:wide 10:00:00 at 10:01:00 without b',
      'task:wide 10:00:00 at 10:31:00 only b',
      'task:x 10:00:00 at 10:32:00 missed 1',
      'task:y 10:00:00 at 10:32:00 missed 1',
    ],
  );
});

test('a target that hangs keeps the others of its task for no longer than the interval, though nothing else happens', async (t) => {
  const world = new World(t, {
    snapshotPolicies: [snapshotPolicy('/data', { schedule: every(86_400) })],
    tasks: [task('wide', '/data', 'b c', { schedule: every(8) })],
  });
  const scheduler = world.process();
  world.course = ({ id, kind }) => {
    if (kind !== 'task') return { seconds: 0 };
    const lockOf = (target: string) => {
      const owner = { holder: scheduler.holder, runId: id, what: 'a round' };
      return scheduler.journal.acquireLocks([targetLock('wide', target)], owner, world.isAlive);
    };
    // The first round serves c at once, and b never. One that finds b taken serves c.
    const isFirst = lockOf('b').ok;
    must(lockOf('c')).release();
    scheduler.journal.noteTaskTarget({
      task: 'wide',
      target: 'c',
      suspendAfter: 9,
      status: 'ok',
      fault: null,
    });
    return { seconds: isFirst ? 9_000 : 1 };
  };
  void scheduler.start();
  await world.clock.pass(60);
  assert.deepEqual(told(scheduler.began.filter(({ item }) => item === 'task:wide')), [
    'task:wide 08:00:00',
    'task:wide 08:00:08',
    'task:wide 08:00:16',
    'task:wide 08:00:24',
    'task:wide 08:00:32',
    'task:wide 08:00:40',
    'task:wide 08:00:48',
    'task:wide 08:00:56',
  ]);
});

test('a task in sync mode sends as soon as a snapshot was made, and only then', async (t) => {
  const world = new World(t, {
    snapshotPolicies: [snapshotPolicy('/data', { schedule: every(900) })],
    tasks: [task('mirror', '/data', 'b', { mode: 'sync', schedule: every(86_400) })],
  });
  const scheduler = await world.started();
  await world.clock.pass(1900);
  assert.deepEqual(told(scheduler.began), [
    'snapshot:/data 08:00:00',
    'task:mirror 00:00:00 at 08:00:01',
    'task:mirror 08:00:00 at 08:00:02',
    'snapshot:/data 08:15:00',
    'task:mirror 08:15:00 at 08:15:01',
    'snapshot:/data 08:30:00',
    'task:mirror 08:30:00 at 08:30:01',
  ]);
});

test('how a target stands against its RPO is told when it changes, and only then', async (t) => {
  const world = new World(t, {});
  const state = (word: 'kept' | 'breached' | 'unknown') => [
    { task: 't', target: 'b', state: word, wouldLoseSeconds: 90, rpoSeconds: 60 },
  ];
  world.rpos = state('kept');
  const scheduler = await world.started();
  for (const word of ['kept', 'breached', 'breached', 'unknown', 'kept', 'kept'] as const) {
    world.rpos = state(word);
    await world.clock.pass(180);
  }
  assert.deepEqual(
    scheduler.of('rpo').map((event) => event.state),
    ['breached', 'unknown', 'kept'],
  );
});

test('a target that is left alone, and taken up again, is told', async (t) => {
  const world = new World(t, { tasks: [task('t', '/data', 'b')] });
  const about = { task: 't', target: 'b', suspendAfter: 1 };
  world.course = ({ kind }) => {
    if (kind === 'task') scheduler.journal.noteTaskTarget({ ...about, status: 'failed', fault: UNREACHABLE });
    return { seconds: 1 };
  };
  const scheduler = world.process();
  void scheduler.start();
  await world.clock.pass(10);
  assert.deepEqual(
    scheduler.of('suspended').map(({ target, fault: why }) => [target, why.code]),
    [['b', 'unreachable']],
  );
  world.process().journal.resumeTask('t');
  await world.clock.pass(10);
  assert.deepEqual(
    scheduler.of('resumed').map(({ target }) => target),
    ['b'],
  );
  assert.equal(scheduler.of('suspended').length, 1);
});

test('snapshots that follow closer upon each other than they take keep no round back', async (t) => {
  const world = new World(t, {
    snapshotPolicies: [snapshotPolicy('/data', { schedule: every(5) })],
    tasks: [task('offsite', '/data', 'b', { schedule: every(60) })],
  });
  world.course = ({ kind }) => ({ seconds: kind === 'task' ? 1 : 7 });
  const scheduler = await world.started();
  await world.clock.pass(600);
  const rounds = scheduler.began.filter(({ item }) => item === 'task:offsite');
  assert.equal(rounds.length, 10);
});

test('with more to do than can be done, each has its turn', async (t) => {
  const subvolumes = Array.from({ length: 30 }, (_, index) => `/s${index}`);
  const world = new World(t, {
    snapshotPolicies: subvolumes.map((subvolume) => snapshotPolicy(subvolume, { schedule: every(60) })),
  });
  world.course = () => ({ seconds: 55 });
  const scheduler = await world.started();
  await world.clock.pass(3600);
  const counts = subvolumes.map(
    (subvolume) => scheduler.began.filter(({ item }) => item === `snapshot:${subvolume}`).length,
  );
  // 8 at once, 55 s each: 17 for each of them, if nobody were ever passed over.
  assert.ok(Math.min(...counts) >= 14, counts.join(' '));
});
