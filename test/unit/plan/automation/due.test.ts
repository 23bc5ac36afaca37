import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Item, type ItemMemory, itemKey } from '../../../../src/core/model/automation/automation.ts';
import {
  itemsOf,
  makesSnapshots,
  type NextStep,
  nextStep,
  requestOf,
  type StepInput,
} from '../../../../src/core/plan/automation/due.ts';
import { backoff } from '../../../../src/core/plan/automation/retry.ts';
import { dueAfter, dueAtOrBefore } from '../../../../src/core/plan/time/schedule.ts';
import {
  at,
  cron,
  every,
  memory,
  retentionItem,
  retentionPolicy,
  snapshotItem,
  snapshotPolicy,
  task,
  verifyItem,
  verifyPolicy,
} from '../automation-notation.ts';

const HOURLY = snapshotItem('/data');

/** `due 08:00`, `due 08:00 #2 missed 3`, `retry 08:03:30`, `jitter …`, `schedule …`, `running`, `never`. */
function told(step: NextStep): string {
  const short = (iso: string): string => iso.replace(/^2026-11-20T|:00\.000Z$|\.000Z$|Z$/g, '');
  switch (step.kind) {
    case 'due':
      return `due ${short(step.dueAt)}${step.attempt > 1 ? ` #${step.attempt}` : ''}${step.missed > 0 ? ` missed ${step.missed}` : ''}${step.isOwed ? ' owed' : ''}`;
    case 'wait':
      return `${step.why} ${short(step.until)}`;
    case 'running':
    case 'never':
      return step.kind;
  }
}

const step = (words: string | null, now: string, more: Partial<StepInput> = {}): string =>
  told(
    nextStep({
      ...{ item: HOURLY, memory: words === null ? null : memory(words), now: at(now), jitterSeconds: 0 },
      ...more,
    }),
  );

for (const [title, remembered, now, want] of [
  ['nothing is due for the free ones yet', '08:00 running', '08:20', 'running'],
  ['they are due', '08:00 running', '09:00', 'due 09:00'],
  ['they missed times', '05:00 running', '08:20', 'due 08:00 missed 2'],
] as const) {
  test(`a target of a task is free while another one is served: ${title}`, () => {
    assert.equal(step(remembered, now, { hasFreeTarget: true }), want);
    assert.equal(step(remembered, now), 'running');
  });
}

test('a target that was busy when its round began has it once it is free', () => {
  const owed = { targets: ['b:/backup'], since: null };
  assert.equal(step('08:00 ok', '08:20', { owed }), 'due 08:00 owed');
  assert.equal(step('07:00 ok', '08:20', { owed }), 'due 08:00');
  assert.equal(step('08:00 running', '08:20', { owed }), 'running');
  assert.equal(step('08:00 running', '08:20', { owed, hasFreeTarget: true }), 'due 08:00 owed');
});

for (const [title, remembered, now, want] of [
  ['never begun: due at once, for the newest time', null, '08:20', 'due 08:00'],
  ['at the very moment', '07:00 ok', '08:00', 'due 08:00'],
  ['a millisecond before', '07:00 ok', '07:59:59.999', 'schedule 08:00'],
  ['done for this time', '08:00 ok', '08:20', 'schedule 09:00'],
  ['the run is no longer in the journal', '08:00 forgotten', '08:20', 'schedule 09:00'],
  ['late, and nothing missed', '07:00 ok', '08:59', 'due 08:00'],
  ['missed times are caught up once, for the newest', '03:00 ok', '08:20', 'due 08:00 missed 4'],
  ['an item never has two runs', '03:00 running', '08:20', 'running'],
  ['failed for good', '08:00 no-space 08:03', '08:20', 'schedule 09:00'],
  ['the configuration broke meanwhile: again', '08:00 config-invalid 08:03', '08:04', 'due 08:00 #2'],
  ['temporarily: again after 30 s', '08:00 unreachable 08:03', '08:03:29', 'retry 08:03:30'],
  ['temporarily: again', '08:00 unreachable 08:03', '08:03:30', 'due 08:00 #2'],
  ['the second time: after 1 m', '08:00 unreachable 08:03 #2', '08:03:59', 'retry 08:04'],
  ['the third time: after 2 m', '08:00 unreachable 08:03 #3', '08:04', 'retry 08:05'],
  ['the fourth time: after 4 m', '08:00 unreachable 08:03 #4', '08:04', 'retry 08:07'],
  ['the fifth time: after 8 m', '08:00 unreachable 08:03 #5', '08:04', 'retry 08:11'],
  ['the sixth time: no more', '08:00 unreachable 08:03 #6', '08:20', 'schedule 09:00'],
  ['no retry when the next time comes first', '08:00 unreachable 08:58 #3', '08:59', 'schedule 09:00'],
  ['the next time in place of a retry', '08:00 unreachable 08:58 #3', '09:00', 'due 09:00'],
  ['interrupted: at once', '08:00 interrupted 08:03', '08:03', 'due 08:00 #2'],
  ['interrupted again and again: not at once', '08:00 interrupted 08:03 #5', '08:03', 'retry 08:03:30'],
  ['interrupted, and long past', '06:00 interrupted 06:03', '08:20', 'due 08:00 missed 1'],
  ['stopped with its process: at once', '08:00 stopped 08:03', '08:04', 'due 08:00 #2'],
  ['cancelled by somebody: not again', '08:00 cancelled 08:03', '08:04', 'schedule 09:00'],
  ['clock back by a second: done', '08:00 ok', '07:59:59', 'schedule 09:00'],
  ['clock back by half an hour: done', '08:00 ok', '07:30', 'schedule 09:00'],
  ['clock back by three hours: due now', '08:00 ok', '05:00', 'due 05:00'],
  ['clock back by three hours, while it runs', '08:00 running', '05:00', 'running'],
  [
    'clock back by a second: a failure is tried again',
    '08:00 unreachable 08:00:05',
    '07:59:59',
    'due 08:00 #2',
  ],
  ['clock forward by five hours', '08:00 ok', '13:20', 'due 13:00 missed 4'],
  ['begun at a time that is none any more', '08:10 ok', '08:20', 'schedule 09:00'],
  ['the next after a time that is none any more', '08:10 ok', '09:00', 'due 09:00'],
] as const) {
  test(`${title}: ${remembered ?? 'nothing'} at ${now} → ${want}`, () =>
    assert.equal(step(remembered, now), want));
}

test('a task has its own number of retries', () => {
  const item = { kind: 'task', task: task('t', '/data', 'b', { retries: 1 }) } as const;
  assert.equal(step('08:00 unreachable 08:03', '08:04', { item }), 'due 08:00 #2');
  assert.equal(step('08:00 unreachable 08:03 #2', '08:10', { item }), 'schedule 09:00');
  const never = { kind: 'task', task: task('t', '/data', 'b', { retries: 0 }) } as const;
  assert.equal(step('08:00 unreachable 08:03', '08:04', { item: never }), 'schedule 09:00');
  assert.equal(step('08:00 interrupted 08:03', '08:04', { item: never }), 'due 08:00 #2');
});

test('waits double from 30 s and stay at 15 m', () => {
  assert.deepEqual(
    [1, 2, 3, 4, 5, 6, 7, 99].map((attempt) => backoff(attempt) / 1000),
    [30, 60, 120, 240, 480, 900, 900, 900],
  );
});

test('a schedule that names no time is told, and not followed', () => {
  const item = snapshotItem('/data', { schedule: cron('0 3 30 2 *') });
  const said = nextStep({ item, memory: null, now: at('08:00'), jitterSeconds: 0 });
  assert.ok(said.kind === 'never' && said.fault.message.includes('never comes'));
  assert.equal(step(null, '08:00', { item: snapshotItem('/data', { schedule: cron('nonsense') }) }), 'never');
});

test('what is missed is counted up to 1000', () => {
  const item = snapshotItem('/data', { schedule: cron('* * * * *') });
  const said = nextStep({
    item,
    memory: memory('08:00 ok'),
    now: at('08:00') + 7 * 86_400_000,
    jitterSeconds: 0,
  });
  assert.ok(said.kind === 'due' && said.missed === 1000);
});

for (const [title, remembered, now, syncDue, want] of [
  ['a newer snapshot: at once', '08:00 ok', '08:20', '08:19:58', 'due 08:19:58'],
  ['the round for it has begun', '08:19:58 ok', '08:20', '08:19:58', 'schedule 09:00'],
  ['it has failed: tried again', '08:19:58 unreachable 08:20', '08:21', null, 'due 08:19:58 #2'],
  ['its own time comes first', '08:00 ok', '09:01', '08:59', 'due 09:00'],
  ['it runs', '08:00 running', '08:20', '08:19:58', 'running'],
  ['noted before the clock was set back', '08:00 ok', '08:20', '11:00', 'schedule 09:00'],
] as const) {
  test(`a task in sync mode, ${title}`, () => {
    const item = { kind: 'task', task: task('t', '/data', 'b', { mode: 'sync' }) } as const;
    const due = syncDue === null ? null : new Date(at(syncDue)).toISOString();
    assert.equal(step(remembered, now, { item, syncDue: due }), want);
  });
}

/** When the item begins, and for which time, if one looks every second. */
function beginsOn(item: Item, jitterSeconds: number, from: number, to: number, last: string): string[] {
  let remembered = memory(last);
  const begun: string[] = [];
  for (let now = from; now <= to; now += 1000) {
    const said = nextStep({ item, memory: remembered, now, jitterSeconds });
    if (said.kind !== 'due') continue;
    remembered = { item: itemKey(item), dueAt: said.dueAt, attempt: 1, run: null };
    begun.push(`${said.dueAt.slice(11, 19)}+${(now - Date.parse(said.dueAt)) / 1000}`);
  }
  return begun;
}

test('jitter puts the beginning off, by as much each time, and never the due time', () => {
  const begun = beginsOn(HOURLY, 600, at('08:00'), at('12:30'), '07:00 ok');
  const [first = ''] = begun;
  const offset = Number(first.split('+')[1]);
  assert.ok(offset > 0 && offset < 600, first);
  assert.deepEqual(
    begun,
    ['08', '09', '10', '11', '12'].map((hour) => `${hour}:00:00+${offset}`),
  );
});

test('jitter is always shorter than what lies between two due times, and loses none', () => {
  for (const schedule of [every(60), cron('* * * * *')]) {
    const begun = beginsOn(
      snapshotItem('/data', { schedule }),
      3600,
      at('08:00'),
      at('08:59:59'),
      '07:59 ok',
    );
    assert.equal(begun.length, 60);
  }
});

test('what waits for its jitter says so; what is new begins for the time before', () => {
  const offset = Number(beginsOn(HOURLY, 600, at('08:00'), at('08:30'), '07:00 ok')[0]?.split('+')[1]);
  assert.ok(offset > 2);
  assert.equal(step('07:00 ok', '08:00:01', { jitterSeconds: 600 }).split(' ')[0], 'jitter');
  assert.equal(step('07:00 ok', '07:59', { jitterSeconds: 600 }).split(' ')[0], 'schedule');
  assert.equal(step(null, '08:00:01', { jitterSeconds: 600 }), 'due 07:00');
  // The jitter was made longer after it had begun: not again, and not for the time before.
  assert.match(step('08:00 ok', '08:00:01', { jitterSeconds: 600 }), /^schedule 09:/);
});

test('items of one subvolume are put off alike, those of others are not', () => {
  const offsetOf = (item: Item): string | undefined =>
    beginsOn(item, 600, at('08:00'), at('08:30'), '07:00 ok')[0];
  const own = offsetOf(HOURLY);
  assert.equal(offsetOf(retentionItem('/data')), own);
  assert.equal(offsetOf({ kind: 'task', task: task('t', '/data') }), own);
  assert.equal(offsetOf({ kind: 'task-snapshot', task: task('t', '/data') }), own);
  const others = new Set(['/a', '/b', '/c', '/d'].map((subvolume) => offsetOf(snapshotItem(subvolume))));
  assert.equal(others.size, 4);
});

test('what is done is not due, what is due is done once, and nobody waits for a time that has passed', () => {
  const schedule = fc.constantFrom(
    every(45),
    every(90),
    every(3600),
    every(86_400),
    cron('30 2 * * *', 'Europe/Berlin'),
  );
  const now = fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2027, 0, 1) });
  const jitter = fc.constantFrom(0, 0, 10, 3600);
  // Where the memory stands beside the clock: minutes to years before it, or after it was set back.
  const ago = fc.oneof(fc.constant(null), fc.integer({ min: -200_000_000, max: 400_000_000 }));
  fc.assert(
    fc.property(schedule, now, jitter, ago, (one, time, jitterSeconds, before) => {
      const item = snapshotItem('/data', { schedule: one });
      const last = before === null ? null : dueAtOrBefore(one, time - before);
      const remembered: ItemMemory | null =
        last === null ? null : { item: 'i', dueAt: new Date(last).toISOString(), attempt: 1, run: null };
      const said = nextStep({ item, memory: remembered, now: time, jitterSeconds });
      if (said.kind === 'wait') {
        assert.ok(Date.parse(said.until) > time);
        const counts = last ?? (one.kind === 'cron' ? dueAtOrBefore(one, time) : null);
        assert.ok(
          counts !== null && counts <= (dueAfter(one, time) ?? 0),
          'what is far ahead holds nothing back',
        );
        return;
      }
      assert.ok(said.kind === 'due' && Date.parse(said.dueAt) <= time && said.dueAt !== remembered?.dueAt);
      assert.equal(dueAtOrBefore(one, Date.parse(said.dueAt)), Date.parse(said.dueAt), 'on the grid');
      const after = nextStep({
        ...{ item, now: time, jitterSeconds },
        memory: { item: 'i', dueAt: said.dueAt, attempt: 1, run: null },
      });
      assert.equal(after.kind, 'wait');
    }),
    { numRuns: 500 },
  );
});

test('what there is to do: what is enabled; of a suspended task only its snapshots', () => {
  const items = itemsOf({
    snapshotPolicies: [snapshotPolicy('/data'), snapshotPolicy('/off', { enabled: false })],
    retentionPolicies: [retentionPolicy('/data'), retentionPolicy('/off', { enabled: false })],
    verifyPolicies: [verifyPolicy('/data'), verifyPolicy('/off', { enabled: false })],
    tasks: [
      task('covered', '/data'),
      task('own', '/other'),
      task('policy-off', '/off'),
      task('group', '/data /other'),
      task('suspended', '/srv', 'b', { suspended: true }),
      task('disabled', '/srv', 'b', { enabled: false }),
    ],
  });
  assert.deepEqual(items.map(itemKey), [
    'snapshot:/data',
    ...['own', 'policy-off', 'group', 'suspended'].map((name) => `task-snapshot:${name}`),
    ...['covered', 'own', 'policy-off', 'group'].map((name) => `task:${name}`),
    'retention:/data',
    'verify:/data',
  ]);
});

test('a comparison is chosen when it begins, bounded by its budget, and not tried again before its time', () => {
  const item = verifyItem('/data');
  assert.deepEqual(requestOf(item, '2026-11-20T08:00:00.000Z', []), {
    ...{ kind: 'verify', subvolume: '/data', level: 'metadata', share: null, budgetSeconds: 600 },
    ...{ pairs: null, unchosen: [] },
  });
  assert.equal(step('08:00 unreachable 08:01', '08:20', { item }), 'schedule 09:00');
  assert.equal(step('08:00 unreachable 08:01', '08:20'), 'due 08:00 #2');
  assert.equal(step('07:00 ok', '08:20', { item }), 'due 08:00');
});

test('never begun: by the clock it waits for its first time, with an interval it is due at once', () => {
  const item = snapshotItem('/data', { schedule: cron('0 3 * * *') });
  assert.equal(step(null, '12:00', { item }), 'schedule 2026-11-21T03:00');
  assert.equal(step('03:00 forgotten', '12:00', { item }), 'schedule 2026-11-21T03:00');
  assert.equal(step(null, '12:00'), 'due 12:00');
});

test('a task makes its own snapshots when nobody else makes them', () => {
  const policies = [snapshotPolicy('/data')];
  assert.equal(makesSnapshots(task('t', '/data'), policies), false);
  assert.equal(makesSnapshots(task('t', '/data2'), policies), true);
  assert.equal(makesSnapshots(task('t', '/data'), [snapshotPolicy('/data', { enabled: false })]), true);
  assert.equal(makesSnapshots(task('t', '/data /home'), policies), true);
});

test('around the snapshot of a group are the hooks of the enabled policies of its members, in their order', () => {
  const hook = (command: string) => ({ command, timeoutSeconds: 60 });
  const hooks = (word: string) => ({
    before: { ...hook(`stop ${word}`), required: true },
    after: hook(word),
  });
  const policies = [
    snapshotPolicy('/mail', { hooks: hooks('mail') }),
    snapshotPolicy('/db', { hooks: hooks('db') }),
    snapshotPolicy('/plain'),
    snapshotPolicy('/off', { hooks: hooks('off'), enabled: false }),
    snapshotPolicy('/other', { hooks: hooks('other') }),
  ];
  const item: Item = { kind: 'task-snapshot', task: task('group', '/db /plain /off /mail') };
  const request = requestOf(item, '2026-11-20T08:00:00.000Z', policies);
  assert.ok(request.kind === 'snapshot' && request.group);
  assert.deepEqual(request.hooks, [
    { subvolume: '/db', ...hooks('db') },
    { subvolume: '/mail', ...hooks('mail') },
  ]);
});
