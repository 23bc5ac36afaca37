/** What test/unit/engine/times.test.ts shows of a day, over days. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { World } from '../unit/engine/fixtures/world.ts';
import { every, snapshotPolicy } from '../unit/plan/automation-notation.ts';

for (const seconds of [45, 90, 3600, 86_400]) {
  test(`every ${seconds} s fires at each multiple of it, for four days`, async (t) => {
    const world = new World(
      t,
      { snapshotPolicies: [snapshotPolicy('/data', { schedule: every(seconds) })] },
      '2026-11-20T08:00:07.000Z',
    );
    const scheduler = await world.started({ lookMilliseconds: 40_000 });
    await world.clock.pass(4 * 86_400);
    const [first, ...rest] = scheduler.began;
    assert.ok(first);
    const times = scheduler.of('begun').map(({ dueAt }) => Date.parse(dueAt) / 1000);
    assert.equal(times[0], Math.floor(Date.parse('2026-11-20T08:00:07Z') / 1000 / seconds) * seconds);
    for (const [index, time] of times.entries()) assert.equal(time, (times[0] ?? 0) + index * seconds);
    assert.equal(
      rest.length,
      Math.floor((Date.parse('2026-11-24T08:00:07Z') / 1000 - (times[0] ?? 0)) / seconds),
    );
    // On time, to the millisecond, however seldom somebody looks.
    assert.deepEqual(
      rest.filter(({ at, due }) => at !== due),
      [],
    );
  });
}
