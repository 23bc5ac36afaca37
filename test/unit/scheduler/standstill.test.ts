/** What is told of a main loop that stands still: how long, why, what was at work; and not more than once a minute. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { metricFamilies } from '../../../src/metrics/families.ts';
import type { ServiceEvent } from '../../../src/scheduler/log.ts';
import { Standstills, watchStandstills } from '../../../src/scheduler/standstill.ts';

const SECOND = 1000;
const DUE = '2026-11-21T10:00:00.000Z';
const begun = (run: number, item: string): ServiceEvent => ({
  ...{ type: 'begun', item, run, dueAt: DUE, attempt: 1, missed: 0 },
});
const ended = (run: number, item: string): ServiceEvent => ({
  ...{ type: 'ended', item, run, outcome: 'ok', seconds: 1, summary: '', faults: [], retryAt: null },
});

function watched() {
  const told: ServiceEvent[] = [];
  const standstills = new Standstills((event) => told.push(event));
  return { told, standstills };
}

test('a loop that was busy is told with what was at work, also what ended just then', () => {
  const { told, standstills } = watched();
  standstills.note(begun(1, 'task:nightly'));
  standstills.note(begun(2, 'snapshot:/data'));
  standstills.note(begun(3, 'snapshot:/old'));
  standstills.note(ended(3, 'snapshot:/old'));
  standstills.take({ longestSeconds: 0.01, cpuSeconds: 0.1 }, 0);
  standstills.take({ longestSeconds: 0.19, cpuSeconds: 0.3 }, SECOND);
  standstills.note(ended(2, 'snapshot:/data'));
  standstills.take({ longestSeconds: 0.7, cpuSeconds: 0.9 }, 2 * SECOND);
  assert.deepEqual(told, [
    { type: 'standstill', cause: 'work', seconds: 0.7, atWork: ['snapshot:/data', 'task:nightly'] },
  ]);
});

test('a process that was suspended is not told as work', () => {
  const { told, standstills } = watched();
  standstills.take({ longestSeconds: 0.01, cpuSeconds: 0.02 }, 0);
  standstills.take({ longestSeconds: 3600, cpuSeconds: 0.02 }, 3601 * SECOND);
  assert.deepEqual(told, [{ type: 'standstill', cause: 'stopped', seconds: 3600, atWork: [] }]);
  assert.deepEqual(standstills.longest(), [
    { cause: 'work', seconds: 0 },
    { cause: 'stopped', seconds: 3600 },
  ]);
});

test('it is told once a minute, the longest of them, and remembered for five', () => {
  const { told, standstills } = watched();
  for (let second = 0; second < 180; second += 1)
    standstills.take({ longestSeconds: 0.3 + (second % 60) / 100, cpuSeconds: 1 }, second * SECOND);
  assert.deepEqual(
    told.map((event) => (event.type === 'standstill' ? event.seconds.toFixed(2) : '')),
    ['0.30', '0.89', '0.89'],
  );
  assert.equal(standstills.longest()[0]?.seconds.toFixed(2), '0.89');
  for (let second = 180; second < 480; second += 1)
    standstills.take({ longestSeconds: 0.02, cpuSeconds: 1 }, second * SECOND);
  assert.equal(standstills.longest()[0]?.seconds, 0.02);
});

test('a real loop that is kept busy is seen', async (t) => {
  const seen = Promise.withResolvers<ServiceEvent>();
  const watch = watchStandstills(seen.resolve);
  // The watch keeps no process alive.
  const alive = setInterval(() => {}, SECOND);
  t.after(() => {
    clearInterval(alive);
    watch.close();
  });
  await new Promise((resolve) => setTimeout(resolve, 50));
  const until = performance.now() + 600;
  while (performance.now() < until);
  const event = await seen.promise;
  assert.ok(event.type === 'standstill' && event.seconds > 0.4, JSON.stringify(event));
  assert.ok(Math.max(...watch.longest().map(({ seconds }) => seconds)) > 0.4);
});

test('the metrics have it by cause, and none outside of a scheduler', () => {
  const facts = {
    ...{
      version: '1',
      now: 0,
      beat: null,
      servers: [],
      filesystems: [],
      samples: [],
      subvolumes: [],
      tasks: [],
      verifications: [],
    },
    ...{ items: [], records: [], successes: [], runs: [], sent: [], running: 0 },
  };
  const of = (standstills: Parameters<typeof metricFamilies>[0]['standstills']) =>
    metricFamilies({ ...facts, standstills }).find(({ name }) => name.includes('standstill'))?.samples;
  assert.deepEqual(of([{ cause: 'work', seconds: 0.3 }]), [{ labels: { cause: 'work' }, value: 0.3 }]);
  assert.deepEqual(of([]), []);
});
