import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { AutomationLoop } from '../../../src/core/engine/automation-loop.ts';
import { fault } from '../../../src/core/model/fault.ts';
import { snapshotByHand } from '../../../src/core/model/runs/snapshot.ts';
import { EMPTY_CONFIG } from '../../../src/core/state/config/schema.ts';
import { scriptArgv } from '../../script-argv.ts';
import { cron, every, snapshotPolicy } from '../plan/automation-notation.ts';
import { workerOutput } from '../state/fixtures/state-home.ts';
import { told, World } from './fixtures/world.ts';

test('two schedulers on one journal: the second is refused, and takes over when the first is dead', async (t) => {
  const world = new World(t, { snapshotPolicies: [snapshotPolicy('/data', { schedule: every(60) })] });
  const first = await world.started();
  const second = await world.started();
  assert.ok(second.result !== null && !second.result.ok);
  assert.equal(second.result.fault.code, 'locked');
  assert.match(second.result.fault.message, /btrfleet --schedule.*pid 1 on here/);
  await world.clock.pass(150);
  first.kill();
  const third = await world.started();
  await world.clock.pass(120);
  assert.deepEqual(told(third.began), ['snapshot:/data 08:03:00', 'snapshot:/data 08:04:00']);
});

test('what was asked for by hand is done too, as this is the engine', async (t) => {
  const world = new World(t, {});
  const scheduler = await world.started();
  const asker = world.process();
  const { id } = asker.journal.createRun({
    request: snapshotByHand(['/data']),
    trigger: 'hand',
    state: 'queued',
    holder: asker.holder,
  });
  await world.clock.pass(3);
  const run = asker.journal.getRun(id);
  assert.equal(run.ok && run.value.outcome, 'ok');
  assert.deepEqual(
    scheduler.of('hand').map(({ run: which, phase }) => [which, phase]),
    [
      [id, 'begun'],
      [id, 'ended'],
    ],
  );
  assert.equal(asker.journal.currentEngine(world.isAlive)?.pid, scheduler.holder.pid);
});

test('while another process is the engine it does what is queued; when it leaves, the scheduler does', async (t) => {
  const world = new World(t, { snapshotPolicies: [snapshotPolicy('/data')] });
  const other = world.process();
  assert.ok(other.journal.takeEngine(other.holder, world.isAlive).ok);
  const scheduler = await world.started();
  const { id } = other.journal.createRun({
    request: snapshotByHand(['/x']),
    trigger: 'hand',
    state: 'queued',
    holder: other.holder,
  });
  await world.clock.pass(10);
  assert.equal(scheduler.began.length, 1);
  assert.equal(scheduler.of('hand').length, 0);
  other.journal.releaseEngine(other.holder);
  await world.clock.pass(3);
  assert.deepEqual(
    scheduler.of('hand').map(({ run }) => run),
    [id, id],
  );
});

test('a bug in one run is told, fails that run, and ends nothing else', async (t) => {
  const world = new World(t, {
    snapshotPolicies: [snapshotPolicy('/data', { schedule: every(60) }), snapshotPolicy('/bug')],
  });
  world.course = ({ request }) =>
    request.kind === 'snapshot' && request.subvolumes[0] === '/bug'
      ? { seconds: 1, bug: 'nobody thought of this' }
      : { seconds: 1 };
  const scheduler = await world.started();
  await world.clock.pass(200);
  assert.match(scheduler.of('broke')[0]?.text ?? '', /nobody thought of this/);
  const [run] = scheduler.journal.listRuns({ failed: true, limit: 9 });
  assert.deepEqual([run?.outcome, run?.origin.item], ['failed', 'snapshot:/bug']);
  assert.equal(scheduler.began.length, 5);
});

test('a bug in what watches the RPOs is told, and snapshots go on', async (t) => {
  const world = new World(t, { snapshotPolicies: [snapshotPolicy('/data', { schedule: every(60) })] });
  Object.defineProperty(world, 'rpos', { get: () => assert.fail('no such thing') });
  const scheduler = await world.started();
  await world.clock.pass(200);
  assert.equal(scheduler.began.length, 4);
  assert.equal(scheduler.of('broke')[0]?.run, null);
});

test('old runs are forgotten at the start and once a day, and never the last one of an item', async (t) => {
  const world = new World(t, {
    snapshotPolicies: [snapshotPolicy('/data'), snapshotPolicy('/yearly', { schedule: every(31_622_400) })],
    preferences: { ...EMPTY_CONFIG.preferences, historyDays: 2 },
  });
  const scheduler = await world.started({ lookMilliseconds: 60_000 });
  await world.clock.pass(10 * 86_400);
  const runs = scheduler.journal.listRuns({ limit: 1000 });
  assert.ok(runs.length <= 3 * 24 + 2, String(runs.length));
  assert.ok(runs.some(({ origin }) => origin.item === 'snapshot:/yearly'));
  assert.equal(scheduler.of('pruned').length, 8);
});

const busy = fault('locked', 'Another btrfleet keeps the journal busy.', 'Try again.');

test('a journal that fails for a while is told once; then it goes on, and catches up', async (t) => {
  const world = new World(t, { snapshotPolicies: [snapshotPolicy('/data', { schedule: every(60) })] });
  const scheduler = await world.started();
  await world.clock.pass(100);
  scheduler.failure = busy;
  const { beats } = scheduler;
  await world.clock.pass(200);
  assert.deepEqual(
    scheduler.of('journal-failed').map((event) => event.fault),
    [busy],
  );
  assert.ok(scheduler.beats - beats < 250, 'it does not spin');
  assert.equal(scheduler.began.length, 2);
  scheduler.failure = null;
  await world.clock.pass(5);
  assert.match(told(scheduler.began).at(-1) ?? '', /^snapshot:\/data 08:05:00 at 08:05:0\d missed 3$/);
});

test('a journal that fails for good ends it, after what runs was given its time', async (t) => {
  const world = new World(t, { snapshotPolicies: [snapshotPolicy('/data')] });
  world.course = () => ({ seconds: 5 });
  const scheduler = await world.started();
  scheduler.failure = fault('config-invalid', 'The journal is damaged.', 'Put it back.');
  await world.clock.pass(10);
  assert.deepEqual(scheduler.result, { ok: false, fault: scheduler.failure });
  assert.deepEqual(
    scheduler.of('ended').map(({ outcome }) => outcome),
    ['ok'],
  );
});

test('once: a journal that stays busy is its fault', async (t) => {
  const world = new World(t, { snapshotPolicies: [snapshotPolicy('/data')] });
  const scheduler = world.process();
  scheduler.failure = busy;
  void scheduler.start({ once: true });
  await world.clock.pass(60);
  assert.deepEqual(scheduler.result, { ok: false, fault: busy });
});

test('a run whose outcome the journal did not take is not running for ever: it is written later', async (t) => {
  const world = new World(t, { snapshotPolicies: [snapshotPolicy('/data', { schedule: every(60) })] });
  world.course = ({ id }) => ({ seconds: 1, ...(id === 1 ? { unwritten: busy } : {}) });
  const scheduler = await world.started();
  await world.clock.pass(90);
  const first = scheduler.journal.getRun(1);
  assert.deepEqual(first.ok && [first.value.state, first.value.outcome], ['finished', 'ok']);
  assert.deepEqual(told(scheduler.began), ['snapshot:/data 08:00:00', 'snapshot:/data 08:01:00']);
});

test('two loops on one journal, with no lock between them, begin nothing twice', async (t) => {
  const schedules = [every(45), every(60), every(90), cron('*/2 * * * *')];
  const world = new World(t, {
    snapshotPolicies: schedules.map((schedule, index) => snapshotPolicy(`/s${index}`, { schedule })),
  });
  const processes = [world.process(), world.process()];
  const signal = new AbortController().signal;
  for (const process of processes) {
    const { onEvent } = process;
    const options = { signal, once: false, onEvent, onBeat: () => {}, lookMilliseconds: 1000 };
    void new AutomationLoop(process.ports(), options).work();
  }
  await world.clock.pass(6 * 3600);
  const times = processes.flatMap((process) =>
    process.of('begun').map(({ item, dueAt }) => `${item} ${dueAt}`),
  );
  assert.equal(new Set(times).size, times.length);
  // What goes by the clock was new, and begins with the time after.
  assert.equal(times.length, 3 + 6 * (80 + 60 + 40 + 30));
});

test('two processes begin nothing twice', async (t) => {
  const world = new World(t, {});
  world.process();
  const worker = join(import.meta.dirname, 'fixtures/due-worker.ts');
  const workers = [1, 2].map((pid) =>
    spawn(process.execPath, [...scriptArgv(worker), world.home.directory, String(pid)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    }),
  );
  const said = workers.map(workerOutput);
  await Promise.all(workers.map((one) => once(one.stdout, 'data')));
  for (const one of workers) one.stdin.end('go');
  const begun = (await Promise.all(said)).map((text): string[] => JSON.parse(text.split('\n').at(-1) ?? ''));
  const all = begun.flat();
  assert.equal(new Set(all).size, all.length);
  assert.equal(all.length, 500);
});
