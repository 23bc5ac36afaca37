import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fault } from '../../../src/core/model/fault.ts';
import { snapshotByHand } from '../../../src/core/model/runs/snapshot.ts';
import { EMPTY_CONFIG } from '../../../src/core/state/config/schema.ts';
import { every, retentionPolicy, snapshotPolicy, task, UNREACHABLE } from '../plan/automation-notation.ts';
import { told, World } from './fixtures/world.ts';

test('the end: what runs may end by itself, then it is cancelled, and nothing new begins', async (t) => {
  const world = new World(t, {
    snapshotPolicies: [
      snapshotPolicy('/quick'),
      snapshotPolicy('/slow', { schedule: every(86_400) }),
      snapshotPolicy('/next', { schedule: every(65) }),
    ],
  });
  world.course = ({ request }) => ({
    seconds: request.kind === 'snapshot' && request.subvolumes[0] === '/slow' ? 7200 : 5,
  });
  const scheduler = await world.started({ graceSeconds: 10 });
  await world.clock.pass(3600);
  world.course = () => ({ seconds: 8 });
  await world.clock.pass(1);
  const begun = scheduler.began.length;
  scheduler.terminate();
  await world.clock.pass(9);
  assert.ok(!scheduler.hasEnded);
  await world.clock.pass(2);
  assert.ok(scheduler.result?.ok);
  assert.equal(scheduler.began.length, begun);
  assert.deepEqual(scheduler.of('stopped'), [{ type: 'stopped', cancelled: 1, left: 0 }]);
  const slow = scheduler.journal.listRuns({ subvolume: '/slow', limit: 1 });
  assert.deepEqual(
    slow.map(({ outcome }) => outcome),
    ['cancelled'],
  );
  assert.equal(scheduler.journal.currentEngine(world.isAlive), null);
  // Stopped together with its process, not by somebody: it is gone on with.
  const next = await world.started();
  await world.clock.pass(1);
  assert.ok(
    told(next.began).some((one) => /^snapshot:\/slow .*#2$/.test(one)),
    told(next.began).join(),
  );
});

test('the end: a run that takes no notice is left after 25 s, and told', async (t) => {
  const world = new World(t, { snapshotPolicies: [snapshotPolicy('/deaf')] });
  world.course = () => ({ seconds: 7200, deaf: true });
  const scheduler = await world.started();
  await world.clock.pass(60);
  scheduler.terminate();
  await world.clock.pass(24);
  assert.ok(!scheduler.hasEnded);
  await world.clock.pass(2);
  assert.ok(scheduler.result?.ok);
  assert.deepEqual(scheduler.of('stopped'), [{ type: 'stopped', cancelled: 1, left: 1 }]);
});

test('once: with nothing due it returns at once', async (t) => {
  const world = new World(t, {});
  const scheduler = await world.started({ once: true });
  assert.deepEqual(scheduler.result, { ok: true, value: { ran: 0, failed: 0 } });
});

test('once: snapshots, then rounds, then clean-ups, then what is queued; and no item twice', async (t) => {
  const world = new World(t, {
    snapshotPolicies: [snapshotPolicy('/data', { schedule: every(45) })],
    retentionPolicies: [retentionPolicy('/data')],
    tasks: [task('offsite', '/data'), task('group', '/data /home')],
    preferences: { ...EMPTY_CONFIG.preferences, jitterSeconds: 3600 },
  });
  world.course = ({ kind }) => ({
    seconds: kind === 'task' ? 600 : 5,
    ...(kind === 'cleanup' ? { fault: UNREACHABLE } : {}),
  });
  const asker = world.process();
  asker.journal.createRun({
    request: snapshotByHand(['/x']),
    trigger: 'hand',
    state: 'queued',
    holder: asker.holder,
  });
  const scheduler = await world.started({ once: true });
  await world.clock.pass(3600);
  assert.deepEqual(
    scheduler.began.map(({ item }) => item),
    ['snapshot:/data', 'task-snapshot:group', 'task:offsite', 'task:group', 'retention:/data'],
  );
  assert.deepEqual(scheduler.result, { ok: true, value: { ran: 6, failed: 1 } });
  const again = await world.started({ once: true });
  await world.clock.pass(3600);
  assert.ok(again.result?.ok);
});

test('once: a broken configuration is its fault', async (t) => {
  const world = new World(t, {});
  const broken = fault('config-invalid', 'line 3', 'Mend it.');
  world.configure(broken);
  const scheduler = await world.started({ once: true });
  assert.deepEqual(scheduler.result, { ok: false, fault: broken });
});
