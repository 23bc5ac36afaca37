/** What the journal remembers of automation: what was begun when, and how it went on each target. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { DatabaseSync } from 'node:sqlite';
import test, { type TestContext } from 'node:test';
import type { ItemMemory } from '../../../../src/core/model/automation/automation.ts';
import type { TaskTargetMemory } from '../../../../src/core/model/automation/task.ts';
import { type Fault, fault } from '../../../../src/core/model/fault.ts';
import type { RunReport } from '../../../../src/core/model/runs/run.ts';
import type { RunOutcome } from '../../../../src/core/model/runs/spec.ts';
import type { TaskReport } from '../../../../src/core/model/runs/task.ts';
import type { DueRun, TaskTargetNews } from '../../../../src/core/state/journal/automation.ts';
import { type Journal, openJournal } from '../../../../src/core/state/journal/journal.ts';
import { NOTHING_MADE, roundReport } from '../fixtures/reports.ts';
import { clockAt, must, startWorker, stateHome, workerOutput } from '../fixtures/state-home.ts';

const holder = { pid: 1, startTime: 1, host: 'here', bootId: 'boot' };
const at = (minute: number): string => new Date(Date.UTC(2026, 10, 20, 8, minute)).toISOString();

const GONE = fault('unreachable', 'b cannot be reached.', 'Look at its network.');
const FULL = fault('no-space', 'There is no space.', 'Make some.');
assert.ok(GONE.retry && !FULL.retry);

function setUp(t: TestContext) {
  const home = stateHome(t);
  const clock = clockAt(at(0));
  const journal = must(openJournal({ home, clock }));
  t.after(() => journal.close());
  return { home, clock, journal };
}

const due = (minute: number, more: Partial<DueRun> = {}): DueRun => ({
  item: 'task:t',
  dueAt: at(minute),
  attempt: 1,
  after: null,
  request: { kind: 'task', task: 't', snapshot: false },
  holder,
  ...more,
});

function begin(journal: Journal, what: DueRun): number {
  const run = journal.beginDueRun(what);
  assert.ok(run, `${what.item} was not begun`);
  return run.id;
}

test('what is begun because it was due runs at once, in the name of the scheduler', (t) => {
  const { journal } = setUp(t);
  const run = journal.beginDueRun(due(0));
  assert.deepEqual(
    [run?.state, run?.trigger, run?.origin, run?.kind],
    ['running', 'schedule', { item: 'task:t', dueAt: at(0), parent: null }, 'task'],
  );
  assert.deepEqual(journal.listRuns({ limit: 9 }), [run]);
  assert.equal(journal.claimRun(holder), null);
});

for (const [title, after, begun] of [
  ['decided on what is remembered', { dueAt: at(5), attempt: 2 }, true],
  ['decided when it was never begun', null, false],
  ['decided before the last attempt', { dueAt: at(5), attempt: 1 }, false],
  ['decided before the last due time', { dueAt: at(0), attempt: 2 }, false],
] as const) {
  test(`who ${title} ${begun ? 'begins it' : 'is too late'}`, (t) => {
    const { journal } = setUp(t);
    begin(journal, due(0));
    begin(journal, due(5, { after: { dueAt: at(0), attempt: 1 } }));
    begin(journal, due(5, { attempt: 2, after: { dueAt: at(5), attempt: 1 } }));
    const run = journal.beginDueRun(due(10, { after }));
    assert.equal(run !== null, begun);
    assert.equal(journal.itemMemories()[0]?.dueAt, at(begun ? 10 : 5));
    assert.equal(journal.listRuns({ limit: 9 }).length, begun ? 4 : 3);
  });
}

test('a run that cannot be written leaves no trace, and the item is due as before', (t) => {
  const { journal } = setUp(t);
  const request = { ...due(0).request, snapshot: undefined } as unknown as DueRun['request'];
  assert.throws(() => journal.beginDueRun(due(0, { request })), /cannot be read back/);
  assert.deepEqual([journal.itemMemories(), journal.listRuns({ limit: 9 })], [[], []]);
  begin(journal, due(0));
});

test('4 processes begin 60 items twice each, and no item is begun twice for one due time', async (t) => {
  const { home, journal } = setUp(t);
  const workers = Array.from({ length: 4 }, () => startWorker('beginDue', home, '60'));
  const said = workers.map(workerOutput);
  await Promise.all(workers.map((worker) => once(worker.stdout ?? worker, 'data')));
  for (const worker of workers) worker.stdin?.end('go');
  const won = (await Promise.all(said)).flatMap((text): string[] =>
    JSON.parse(text.split('\n').at(-1) ?? ''),
  );
  const all = Array.from({ length: 60 }, (_, index) => [`item${index} 1`, `item${index} 2`]).flat();
  assert.deepEqual(won.toSorted(), all.toSorted());
  assert.equal(journal.listRuns({ limit: 999 }).length, 120);
  assert.deepEqual(
    journal.itemMemories().map(({ attempt, run }) => [attempt, run?.state]),
    Array.from({ length: 60 }, () => [2, 'running']),
  );
});

const round = (more: Partial<TaskReport>): RunReport => ({ kind: 'task', ...roundReport('t', more) });
const failedOn = (target: string, why: Fault) => ({ target, status: 'failed', fault: why }) as const;
const WHOLE = (why: Fault): RunReport => ({ kind: 'fault', fault: why });

for (const [title, outcome, report, want] of [
  [
    'it went well',
    'ok',
    round({ targets: [{ target: 'b', status: 'ok', fault: null }] }),
    { fault: null, retry: false },
  ],
  [
    'it went well on the whole',
    'ok',
    round({ targets: [{ target: 'b', status: 'absent', fault: GONE }] }),
    { fault: null, retry: false },
  ],
  ['it failed for now', 'failed', WHOLE(GONE), { fault: GONE, retry: true }],
  ['it failed for good', 'failed', WHOLE(FULL), { fault: FULL, retry: false }],
  [
    'one target failed for good, one for now',
    'failed',
    round({ targets: [failedOn('b', FULL), failedOn('c', GONE)] }),
    { fault: FULL, retry: true },
  ],
  [
    'a target that is left alone is no failure of this round',
    'failed',
    round({ targets: [{ target: 'b', status: 'suspended', fault: GONE }], faults: [FULL] }),
    { fault: FULL, retry: false },
  ],
  [
    'a snapshot of a group failed',
    'failed',
    { ...NOTHING_MADE, failed: [{ subvolume: '/data', fault: GONE }] },
    { fault: GONE, retry: true },
  ],
  ['it was interrupted', 'interrupted', WHOLE(GONE), { fault: GONE, retry: true }],
  ['it was cancelled', 'cancelled', round({}), { fault: null, retry: false }],
] as const satisfies readonly (readonly [string, RunOutcome, RunReport, object])[]) {
  test(`of the last run it is remembered that ${title}`, (t) => {
    const { journal, clock } = setUp(t);
    const id = begin(journal, due(0));
    clock.pass(60);
    must(journal.finishRun(id, outcome, report));
    const run = { id, state: 'finished', outcome, finishedAt: at(1), cancelRequested: false, ...want };
    assert.deepEqual(journal.itemMemories(), [{ item: 'task:t', dueAt: at(0), attempt: 1, run }]);
  });
}

test('of a run that goes on it is remembered that it does, and that it was asked to end', (t) => {
  const { journal } = setUp(t);
  const id = begin(journal, due(0));
  const going = { id, state: 'running', outcome: null, finishedAt: null, fault: null, retry: false } as const;
  const remembered = (): ItemMemory['run'] => journal.itemMemories()[0]?.run ?? null;
  assert.deepEqual(remembered(), { ...going, cancelRequested: false });
  must(journal.requestCancel(id));
  assert.deepEqual(remembered(), { ...going, cancelRequested: true });
});

/** Changes the file as another version of btrfleet, or a person, might. */
function sql(t: TestContext, file: string, text: string): void {
  const database = new DatabaseSync(file);
  t.after(() => database.close());
  database.exec(text);
}

test('of a run that is gone the due time is still remembered', (t) => {
  const { home, journal } = setUp(t);
  begin(journal, due(3));
  sql(t, home.journal, 'DELETE FROM runs');
  assert.deepEqual(journal.itemMemories(), [{ item: 'task:t', dueAt: at(3), attempt: 1, run: null }]);
  assert.equal(journal.beginDueRun(due(3)), null);
});

test('an outcome or a report that cannot be read is a failure, and one that is not tried again', (t) => {
  const { home, journal } = setUp(t);
  for (const item of ['report', 'outcome']) {
    must(journal.finishRun(begin(journal, due(0, { item })), 'failed', WHOLE(GONE)));
  }
  sql(t, home.journal, `UPDATE runs SET report = '{"kind":"task","task":7}' WHERE item = 'report'`);
  sql(t, home.journal, `UPDATE runs SET outcome = 'sideways' WHERE item = 'outcome'`);
  const [outcome, report] = journal.itemMemories().map(({ run }) => run);
  assert.deepEqual([outcome?.outcome, outcome?.retry], ['failed', false]);
  assert.deepEqual([report?.outcome, report?.fault?.code, report?.retry], ['failed', 'refused', false]);
  assert.match(report?.fault?.message ?? '', /another version/);
  const { report: shown } = must(journal.getRun(report?.id ?? 0));
  assert.deepEqual(shown, { kind: 'fault', fault: report?.fault });
});

test('an item that is forgotten is due as one that never was begun', (t) => {
  const { journal } = setUp(t);
  begin(journal, due(0));
  journal.forgetItem('task:t');
  assert.deepEqual(journal.itemMemories(), []);
  assert.equal(journal.beginDueRun(due(5, { after: { dueAt: at(0), attempt: 1 } })), null);
  begin(journal, due(0));
});

test('the last run of an item is the newest whole one that has ended, whoever asked for it', (t) => {
  const { journal } = setUp(t);
  const create = (item: string, parent: number | null) =>
    journal.createRun({
      request: { kind: 'task', task: 't', snapshot: true },
      trigger: 'hand',
      state: 'running',
      holder,
      origin: { item, dueAt: null, parent },
    }).id;
  const first = begin(journal, due(0));
  assert.equal(journal.lastRunOf('task:t'), null);
  const [part, other, byHand] = [create('task:t', first), create('task:u', null), create('task:t', null)];
  for (const id of [first, part, other]) must(journal.finishRun(id, 'ok', round({})));
  const last = { id: first, state: 'finished', outcome: 'ok', finishedAt: at(0) } as const;
  assert.deepEqual(journal.lastRunOf('task:t'), last);
  assert.deepEqual(journal.lastRoundOf('t'), { ...last, id: part });
  must(journal.finishRun(byHand, 'failed', WHOLE(FULL)));
  assert.deepEqual(journal.lastRunOf('task:t'), { ...last, id: byHand, outcome: 'failed' });
  assert.deepEqual(journal.lastRoundOf('t'), { ...last, id: byHand, outcome: 'failed' });
});

/** One word a round, a minute each; then how often it failed in a row, and what is said: `left`, `away`, both, `-`. */
for (const [rounds, failures, want] of [
  ['ok', 0, '-'],
  ['failed', 1, '-'],
  ['failed failed', 2, '-'],
  ['failed failed failed', 3, 'left since 2'],
  ['failed failed failed failed', 4, 'left since 2'],
  ['failed failed ok', 0, '-'],
  ['failed failed ok failed', 1, '-'],
  ['failed failed failed ok', 0, '-'],
  ['absent', 0, 'away since 0'],
  ['absent absent', 0, 'away since 0'],
  ['absent ok absent', 0, 'away since 2'],
  ['absent failed absent', 1, 'away since 2'],
  ['absent absent absent absent', 0, 'away since 0'],
  ['failed failed absent failed', 3, 'left since 3'],
  ['failed failed failed absent', 3, 'left since 2 away since 3'],
  ['failed failed failed absent ok', 0, '-'],
] as const) {
  test(`left alone after 3 failures: ${rounds}`, (t) => {
    const { journal, clock } = setUp(t);
    const minuteOf = (iso: string): number => new Date(iso).getUTCMinutes();
    let last: TaskTargetMemory | null = null;
    for (const word of rounds.split(' ')) {
      const status = word as TaskTargetNews['status'];
      const why = { ok: null, failed: FULL, absent: GONE }[status];
      last = journal.noteTaskTarget({ task: 't', target: 'b', status, fault: why, suspendAfter: 3 });
      assert.deepEqual([last.fault, last.triedAt], [why, new Date(clock.now()).toISOString()]);
      clock.pass(60);
    }
    assert.deepEqual(journal.taskTargets('t'), [last]);
    const said = [
      last?.suspendedAt ? `left since ${minuteOf(last.suspendedAt)}` : '',
      last?.absentSince ? `away since ${minuteOf(last.absentSince)}` : '',
    ];
    assert.equal(said.filter((text) => text !== '').join(' ') || '-', want);
    assert.equal(last?.failures, failures);
  });
}

const failOn = (journal: Journal, task: string, target: string, suspendAfter = 1) =>
  journal.noteTaskTarget({ task, target, status: 'failed', fault: FULL, suspendAfter });

const leftAlone = (journal: Journal): string[] =>
  journal
    .taskTargets()
    .flatMap(({ task, target, suspendedAt }) => (suspendedAt ? [`${task}/${target}`] : []));

test('with 0 a target is never left alone', (t) => {
  const { journal } = setUp(t);
  for (let turn = 0; turn < 50; turn += 1) failOn(journal, 't', 'b', 0);
  assert.deepEqual(leftAlone(journal), []);
  assert.equal(journal.taskTargets()[0]?.failures, 50);
});

test('each target of each task is remembered by itself', (t) => {
  const { journal } = setUp(t);
  failOn(journal, 't', 'b');
  failOn(journal, 't', 'b:/mnt/usb', 2);
  failOn(journal, 'u', 'b');
  assert.deepEqual(leftAlone(journal), ['t/b', 'u/b']);
  assert.deepEqual(
    journal.taskTargets('t').map(({ target }) => target),
    ['b', 'b:/mnt/usb'],
  );
  assert.deepEqual(journal.taskTargets('nobody'), []);
});

test('a task that is resumed is tried on every target, with its failures counted anew', (t) => {
  const { journal } = setUp(t);
  for (const [task, target] of [
    ['t', 'b'],
    ['t', 'c'],
    ['u', 'b'],
  ] as const)
    failOn(journal, task, target);
  journal.resumeTask('t');
  assert.deepEqual(leftAlone(journal), ['u/b']);
  assert.deepEqual(
    journal.taskTargets('t').map(({ failures, fault: why }) => [failures, why]),
    [
      [0, FULL],
      [0, FULL],
    ],
  );
  assert.equal(failOn(journal, 't', 'b', 2).suspendedAt, null);
  assert.equal(failOn(journal, 't', 'b', 2).suspendedAt, at(0));
});

test('a task that is forgotten leaves nothing to one that takes its name, and others alone', (t) => {
  const { journal } = setUp(t);
  for (const item of ['task:t', 'task-snapshot:t', 'task:tt']) begin(journal, due(0, { item }));
  failOn(journal, 't', 'b');
  failOn(journal, 'tt', 'b');
  journal.forgetTask('t');
  assert.deepEqual(
    journal.itemMemories().map(({ item }) => item),
    ['task:tt'],
  );
  assert.deepEqual(leftAlone(journal), ['tt/b']);
  assert.equal(journal.listRuns({ task: 't', limit: 9 }).length, 2, 'what it did stays in the history');
});

test('targets that a task no longer has are forgotten, those it keeps are not', (t) => {
  const { journal } = setUp(t);
  for (const target of ['b', 'b:/mnt/usb', 'c']) failOn(journal, 't', target);
  failOn(journal, 'u', 'c');
  journal.keepTaskTargets('t', ['b:/mnt/usb', 'new']);
  assert.deepEqual(leftAlone(journal), ['t/b:/mnt/usb', 'u/c']);
  journal.keepTaskTargets('t', []);
  assert.deepEqual(leftAlone(journal), ['u/c']);
});

test('a failure of a target that cannot be read is still a failure', (t) => {
  const { home, journal } = setUp(t);
  failOn(journal, 't', 'b');
  sql(t, home.journal, `UPDATE task_targets SET fault = '{"why":"?"}'`);
  const [memory] = journal.taskTargets('t');
  assert.match(memory?.fault?.message ?? '', /another version/);
  assert.equal(memory?.failures, 1);
});

test('from when an item counts: a later time it was begun for stays, and so does a run that has not ended', (t) => {
  const { journal } = setUp(t);
  const remembered = () =>
    journal.itemMemories().map(({ dueAt, attempt, run }) => [dueAt, attempt, run?.state]);
  journal.startNewItem('task:t', at(-9));
  journal.startNewItem('task:t', at(-8));
  assert.deepEqual(remembered(), [[at(-9), 0, undefined]]);
  journal.startItem('task:t', at(-5));
  journal.startItem('task:t', at(-7));
  assert.deepEqual(remembered(), [[at(-5), 0, undefined]]);
  const id = begin(journal, due(-4, { after: { dueAt: at(-5), attempt: 0 } }));
  journal.startItem('task:t', at(-3));
  assert.deepEqual(remembered(), [[at(-3), 1, 'running']]);
  must(journal.finishRun(id, 'failed', { kind: 'fault', fault: GONE }));
  // It is not tried again for a time that nobody wants any more.
  journal.startItem('task:t', at(-2));
  assert.deepEqual(remembered(), [[at(-2), 0, undefined]]);
  // Noted before somebody set the clock back.
  journal.startItem('task:t', at(30));
  journal.startItem('task:t', at(-1));
  assert.deepEqual(remembered(), [[at(-1), 0, undefined]]);
});
