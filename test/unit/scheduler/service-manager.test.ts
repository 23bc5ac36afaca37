/** What the service manager hears of the scheduler, and when. Time is a number here. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Fault, fault } from '../../../src/core/model/fault.ts';
import { failed, ok, type Result } from '../../../src/core/model/result.ts';
import type { ServiceEvent } from '../../../src/scheduler/log.ts';
import { createServiceManager, watchdogOf } from '../../../src/scheduler/service-manager.ts';

const broken = fault('config-invalid', 'It cannot be read.', 'Mend it.');
const started: ServiceEvent = { type: 'started', items: 2 };
const begun: ServiceEvent = { type: 'begun', item: 'x', run: 1, dueAt: '', attempt: 1, missed: 0 };
const ended = (outcome: 'ok' | 'failed'): ServiceEvent => ({
  type: 'ended',
  item: 'x',
  run: 1,
  outcome,
  seconds: 1,
  summary: '',
  faults: [],
  retryAt: null,
});

function world(
  options: { readonly watchdog?: number | null; readonly answers?: readonly Result<void>[] } = {},
) {
  const sent: string[] = [];
  const faults: Fault[] = [];
  const answers = [...(options.answers ?? [])];
  let now = 5_000_000.25;
  const manager = createServiceManager({
    notifier: {
      send: async (fields) => {
        sent.push(fields.join(' '));
        return answers.shift() ?? ok(undefined);
      },
    },
    watchdog: options.watchdog ?? null,
    monotonic: () => now,
    onFault: (why) => faults.push(why),
  });
  return {
    manager,
    sent,
    faults,
    /** The loop goes round, so many milliseconds later; what it tells is taken at once. */
    async later(milliseconds: number) {
      now += milliseconds;
      manager.beat();
      await manager.told();
    },
  };
}

test('up, at work, ending: each with a line for people', async () => {
  const { manager, sent, later } = world();
  for (const event of [started, begun, begun, ended('ok')]) manager.note(event);
  await manager.told();
  await later(0);
  for (const event of [ended('failed'), { type: 'stopping', running: 0 } as const]) manager.note(event);
  await manager.told();
  assert.deepEqual(sent, [
    'READY=1 STATUS=2 items, none at work, 0 runs since the start',
    'STATUS=2 items, 1 at work, 1 run since the start',
    'STOPPING=1 STATUS=stopping',
  ]);
});

test('without policies the service is up, and says that there is nothing to do', async () => {
  const { manager, sent } = world();
  manager.note({ type: 'started', items: 0 });
  await manager.told();
  assert.deepEqual(sent, ['READY=1 STATUS=nothing to do yet: no policy and no task']);
});

test('the watchdog is petted at half of its time while the loop goes round, however often it does', async () => {
  const { manager, sent, later } = world({ watchdog: 10_000 });
  manager.note(started);
  await manager.told();
  sent.length = 0;
  for (let beats = 0; beats < 100; beats += 1) await later(200);
  // 20 seconds: at once, and every five seconds from there.
  assert.equal(sent.length, 4);
  assert.ok(sent.every((message) => message.startsWith('WATCHDOG=1 STATUS=')));
});

test('while the manager has not taken the last one no more are sent', async () => {
  const answer = Promise.withResolvers<Result<void>>();
  let calls = 0;
  let now = 0;
  const manager = createServiceManager({
    notifier: {
      send: () => {
        calls += 1;
        return answer.promise;
      },
    },
    watchdog: 1000,
    monotonic: () => now,
    onFault: () => {},
  });
  for (let beats = 0; beats < 10; beats += 1) {
    now += 500;
    manager.beat();
  }
  assert.equal(calls, 1);
  answer.resolve(ok(undefined));
  await manager.told();
  now += 500;
  manager.beat();
  assert.equal(calls, 2);
});

test('without a watchdog the state is told once a minute at most, and only if it is another', async () => {
  const { manager, sent, later } = world();
  manager.note(started);
  await later(0);
  sent.length = 0;
  for (let minutes = 0; minutes < 3; minutes += 1) await later(60_000);
  assert.deepEqual(sent, []);
  manager.note(begun);
  await later(30_000);
  assert.deepEqual(sent, []);
  await later(30_000);
  assert.deepEqual(sent, ['STATUS=2 items, 1 at work, 0 runs since the start']);
});

for (const [title, event, status] of [
  [
    'a configuration that reads well',
    { type: 'reloaded', policies: 1, tasks: 1 },
    '2 items, none at work, 0 runs since the start',
  ],
  [
    'one that does not',
    { type: 'config-broken', fault: broken },
    'the configuration cannot be read, nothing new is begun; none at work',
  ],
] as const) {
  test(`reading again, ${title}: begun with the time, and always ended`, async () => {
    const { manager, sent } = world();
    manager.note(started);
    sent.length = 0;
    manager.reloading();
    manager.note(event);
    await manager.told();
    assert.match(sent[0] ?? '', /^RELOADING=1 MONOTONIC_USEC=5000000250 /);
    assert.deepEqual(sent.slice(1), [`READY=1 STATUS=${status}`]);
  });
}

test('what keeps the manager from hearing is told once, and again when it comes back', async () => {
  const deaf = failed(fault('command-failed', 'No.', ''));
  const { faults, later } = world({ watchdog: 1000, answers: [deaf, deaf, ok(undefined), deaf] });
  for (let beats = 0; beats < 4; beats += 1) await later(500);
  assert.deepEqual(
    faults.map(({ code }) => code),
    ['command-failed', 'command-failed'],
  );
});

test('a program that is not there is asked for once', async () => {
  const { faults, sent, later } = world({
    watchdog: 1000,
    answers: [failed(fault('tool-missing', 'No.', ''))],
  });
  for (let beats = 0; beats < 4; beats += 1) await later(500);
  assert.equal(sent.length, 1);
  assert.equal(faults.length, 1);
});

for (const [title, env, want] of [
  ['two minutes', { WATCHDOG_USEC: '120000000' }, 120_000],
  ['for this process', { WATCHDOG_USEC: '1000', WATCHDOG_PID: '77' }, 1],
  ['for another process', { WATCHDOG_USEC: '1000', WATCHDOG_PID: '78' }, null],
  ['none', {}, null],
  ['zero', { WATCHDOG_USEC: '0' }, null],
  ['nonsense', { WATCHDOG_USEC: '-5s' }, null],
] as const) {
  test(`a watchdog, ${title}: ${want} ms`, () => assert.equal(watchdogOf(env, 77), want));
}
