import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fault } from '../../../src/core/model/fault.ts';
import { snapshotByHand } from '../../../src/core/model/runs/snapshot.ts';
import { EMPTY_CONFIG } from '../../../src/core/state/config/schema.ts';
import { cron, every, retentionPolicy, snapshotPolicy } from '../plan/automation-notation.ts';
import { firesOnTheGrid } from './fixtures/on-the-grid.ts';
import { told, World } from './fixtures/world.ts';

for (const seconds of [45, 3600])
  test(`every ${seconds} s fires at each multiple of it, for a day`, (t) => firesOnTheGrid(t, seconds, 1));

test('missed times are caught up once, for the newest, after the scheduler was away', async (t) => {
  const world = new World(t, {
    snapshotPolicies: [snapshotPolicy('/data', { schedule: every(900) })],
    retentionPolicies: [retentionPolicy('/data', { schedule: cron('0 3 * * *') })],
  });
  const first = await world.started();
  await world.clock.pass(60);
  first.terminate();
  await world.clock.pass(60);
  assert.ok(first.result?.ok);
  await world.clock.pass(7 * 86_400 + 600);
  const second = await world.started();
  await world.clock.pass(120);
  assert.deepEqual(told(second.began), [
    'snapshot:/data 08:00:00 at 08:12:00 missed 671',
    'retention:/data 03:00:00 at 08:12:01 missed 6',
  ]);
});

test('by the clock: the first time after it was seen, one that was missed is caught up, also after a restart', async (t) => {
  const world = new World(t, {});
  const first = await world.started();
  await world.clock.pass(60);
  world.configure({ retentionPolicies: [retentionPolicy('/data', { schedule: cron('0 3 * * *') })] });
  await world.clock.pass(5);
  assert.deepEqual(told(first.began), [], 'not at noon for three in the morning');
  first.terminate();
  await world.clock.pass(20 * 3600);
  const second = await world.started();
  await world.clock.pass(2);
  assert.match(told(second.began).join(), /^retention:\/data 03:00:00 at 04:0\d:\d\d$/);
  await world.clock.pass(24 * 3600);
  assert.deepEqual(told(second.began).slice(1), ['retention:/data 03:00:00']);
});

test('a clock that is set back by a second, by three hours, or forward by five', async (t) => {
  const world = new World(t, { snapshotPolicies: [snapshotPolicy('/data')] });
  const scheduler = await world.started();
  await world.clock.pass(10);
  world.clock.set(-11);
  await world.clock.pass(30);
  assert.deepEqual(told(scheduler.began), ['snapshot:/data 08:00:00'], 'back by a second: not twice');
  await world.clock.pass(3600);
  assert.deepEqual(told(scheduler.began.slice(1)), ['snapshot:/data 09:00:00']);
  world.clock.set(-3 * 3600);
  await world.clock.pass(2);
  // It goes on from there, rather than standing still for three hours.
  assert.match(told(scheduler.began.slice(2)).join(), /^snapshot:\/data 06:00:00 at 06:00:\d\d$/);
  await world.clock.pass(3600);
  assert.deepEqual(told(scheduler.began.slice(3)), ['snapshot:/data 07:00:00']);
  world.clock.set(5 * 3600);
  await world.clock.pass(2);
  assert.match(told(scheduler.began.slice(4)).join(), /^snapshot:\/data 12:00:00 at 12:00:\d\d missed 4$/);
});

test('policies that are added, changed, removed and switched off are followed at once', async (t) => {
  const world = new World(t, { snapshotPolicies: [snapshotPolicy('/data')] });
  const scheduler = await world.started();
  await world.clock.pass(600);
  world.configure({
    snapshotPolicies: [snapshotPolicy('/data'), snapshotPolicy('/new', { schedule: every(300) })],
  });
  await world.clock.pass(2);
  assert.deepEqual(told(scheduler.began).slice(1), ['snapshot:/new 08:10:00 at 08:10:01']);
  world.configure({ snapshotPolicies: [snapshotPolicy('/data', { schedule: every(60) })] });
  await world.clock.pass(2);
  assert.deepEqual(told(scheduler.began).slice(2), ['snapshot:/data 08:10:00 at 08:10:03 missed 9']);
  await world.clock.pass(600);
  assert.equal(scheduler.began.filter(({ item }) => item === 'snapshot:/new').length, 1);
  assert.equal(scheduler.began.length, 13);
  world.configure({ snapshotPolicies: [snapshotPolicy('/data', { enabled: false })] });
  await world.clock.pass(3600);
  assert.equal(scheduler.began.length, 13);
  assert.deepEqual(
    scheduler.of('config-read').map(({ items }) => items),
    [2, 1, 0],
  );
});

test('a configuration that breaks is told once, nothing is begun, and what is missed is caught up', async (t) => {
  const config = { snapshotPolicies: [snapshotPolicy('/data', { schedule: every(60) })] };
  const world = new World(t, config);
  const scheduler = await world.started();
  await world.clock.pass(10);
  const broken = fault('config-invalid', 'line 3', 'Mend it.');
  world.configure(broken);
  scheduler.journal.createRun({
    request: snapshotByHand(['/x']),
    trigger: 'hand',
    state: 'queued',
    holder: scheduler.holder,
  });
  const { beats } = scheduler;
  await world.clock.pass(590);
  assert.deepEqual(
    scheduler.of('config-broken').map((event) => event.fault),
    [broken],
  );
  assert.equal(scheduler.began.length, 1);
  assert.equal(scheduler.of('hand').length, 0);
  // It neither sleeps nor spins.
  assert.ok(scheduler.beats - beats > 500 && scheduler.beats - beats < 700, String(scheduler.beats - beats));
  world.configure(config);
  await world.clock.pass(5);
  assert.match(told(scheduler.began).slice(1).join(), /^snapshot:\/data 08:10:00 .*missed 9$/);
  assert.equal(scheduler.of('hand').length, 2);
});

test('what cannot be followed is told once, and the others go on', async (t) => {
  const bad = snapshotPolicy('/bad', { schedule: cron('0 3 31 2 *') });
  const world = new World(t, { snapshotPolicies: [bad, snapshotPolicy('/data', { schedule: every(60) })] });
  const scheduler = await world.started();
  await world.clock.pass(3600);
  assert.deepEqual(
    scheduler.of('item-broken').map(({ item }) => item),
    ['snapshot:/bad'],
  );
  assert.equal(scheduler.began.length, 61);
});

test('jitter puts off the beginning, not the due time', async (t) => {
  const world = new World(t, {
    snapshotPolicies: ['/a', '/b', '/c', '/d'].map((subvolume) => snapshotPolicy(subvolume)),
    preferences: { ...EMPTY_CONFIG.preferences, jitterSeconds: 600 },
  });
  const scheduler = await world.started();
  await world.clock.pass(3 * 3600);
  const last = scheduler.began.filter(({ due }) => due === '10:00:00');
  assert.deepEqual(
    last.map(({ item }) => item).toSorted(),
    ['/a', '/b', '/c', '/d'].map((one) => `snapshot:${one}`),
  );
  assert.equal(new Set(last.map(({ at }) => at)).size, 4);
  assert.ok(last.every(({ at }) => at < '10:10:00'));
});
