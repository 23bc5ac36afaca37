import assert from 'node:assert/strict';
import { once } from 'node:events';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { fault } from '../../../../src/core/model/fault.ts';
import type { Job } from '../../../../src/core/model/runs/job.ts';
import { BY_HAND } from '../../../../src/core/model/runs/replication.ts';
import { NO_ORIGIN, type RunReport, type RunRequest } from '../../../../src/core/model/runs/run.ts';
import { snapshotByHand } from '../../../../src/core/model/runs/snapshot.ts';
import type { TargetResult } from '../../../../src/core/model/runs/target-result.ts';
import type { Holder } from '../../../../src/core/state/home/holder.ts';
import { type Journal, openJournal } from '../../../../src/core/state/journal/journal.ts';
import { NOTHING_MADE } from '../fixtures/reports.ts';
import { clockAt, faultOf, must, startWorker, stateHome, workerOutput } from '../fixtures/state-home.ts';

const me: Holder = { pid: 1, startTime: 1, host: 'here', bootId: 'boot' };
const other: Holder = { ...me, pid: 2 };
const alive = () => true;
const dead = () => false;

const SNAPSHOT: RunRequest = snapshotByHand(['/data', '/home'], true);
const REPLICATION: RunRequest = {
  kind: 'replication',
  subvolume: '/data',
  targets: [
    { server: 'b', mount: null },
    { server: 'c', mount: '/mnt/usb' },
  ],
  wanted: { mode: 'auto', snapshot: null, all: false },
  options: { path: 'auto', rateBytesPerSecond: null, compress: false, resumable: false },
  ...BY_HAND,
};
const DELETION: RunRequest = {
  kind: 'delete',
  subvolume: '/data',
  server: null,
  snapshots: [{ name: 'n', uuid: 'u' }],
};

const result = (server: string, more: Partial<TargetResult> = {}): TargetResult => ({
  server,
  mount: '/srv',
  status: 'ok',
  mode: 'incremental',
  snapshot: 's2',
  base: 's1',
  path: 'relay',
  sentBytes: 52_463_544,
  estimatedBytes: null,
  elapsedSeconds: 1.5,
  verified: true,
  fault: null,
  ...more,
});

const DONE: RunReport = { ...NOTHING_MADE, spreadSeconds: 0.001 };

const JOB: Job = {
  targets: [
    {
      target: 'b',
      progress: { phase: 'verifying', step: { snapshot: 's2', base: null, index: 1, count: 1 } },
      results: [],
    },
  ],
  notes: ['a note'],
  fault: null,
};

function setUp(t: TestContext) {
  const home = stateHome(t);
  const clock = clockAt('2026-11-20T08:00:00.000Z');
  const journal = must(openJournal({ home, clock }));
  t.after(() => journal.close());
  return { home, clock, journal };
}

const queue = (journal: Journal, request: RunRequest = SNAPSHOT) =>
  journal.createRun({ request, trigger: 'hand', state: 'queued', holder: me });

for (const rules of [
  { kind: 'per-period', timeZone: 'Europe/Berlin', minAgeSeconds: 3600, per: 'week', keep: 2 },
  {
    kind: 'ladder',
    timeZone: 'UTC',
    minAgeSeconds: 0,
    last: 1,
    hourly: 0,
    daily: 7,
    weekly: 4,
    monthly: 12,
    yearly: 0,
  },
] as const) {
  test(`a clean-up comes back as it was written (${rules.kind})`, (t) => {
    const { journal } = setUp(t);
    const only = [{ name: 'n', uuid: 'u' }];
    const where = { subvolume: '/data', server: null, mount: '/mnt', into: 'archive/data' };
    const request: RunRequest = { kind: 'cleanup', ...where, rules, only };
    const { id } = queue(journal, request);
    assert.deepEqual(journal.claimRun(me)?.request, request);
    const report: RunReport = {
      ...{ kind: 'cleanup', subvolume: '/data', server: 'a', deleted: [{ name: 'n' }] },
      kept: [{ name: 'm', reasons: ['newest', 'held'] }],
      failed: [{ name: 'o', fault: fault('held', 'It is held.', 'Release it.') }],
    };
    assert.deepEqual(must(journal.finishRun(id, 'failed', report)).report, report);
    assert.deepEqual(
      journal.listRuns({ kind: 'cleanup', server: 'a', subvolume: '/data', limit: 5 }).map((run) => run.id),
      [id],
    );
  });
}

test('a run goes from the queue to its outcome', (t) => {
  const { journal, clock } = setUp(t);
  const queued = queue(journal, REPLICATION);
  assert.deepEqual(queued, {
    id: 1,
    origin: NO_ORIGIN,
    kind: 'replication',
    trigger: 'hand',
    request: REPLICATION,
    state: 'queued',
    outcome: null,
    createdAt: '2026-11-20T08:00:00.000Z',
    startedAt: null,
    finishedAt: null,
    cancelRequested: false,
    job: null,
    report: null,
  });
  clock.pass(1);
  const running = { ...queued, state: 'running', startedAt: '2026-11-20T08:00:01.000Z' };
  assert.deepEqual(journal.claimRun(me), running);
  assert.equal(journal.claimRun(me), null);
  journal.writeProgress(1, JOB);
  assert.deepEqual(must(journal.getRun(1)), { ...running, job: JOB });
  clock.pass(1);
  const report = { kind: 'replication', subvolume: '/data', results: [result('b')] } as const;
  const finished = {
    ...running,
    state: 'finished',
    outcome: 'ok',
    finishedAt: '2026-11-20T08:00:02.000Z',
    job: JOB,
    report,
  };
  assert.deepEqual(must(journal.finishRun(1, 'ok', report)), finished);
  journal.writeProgress(1, { ...JOB, notes: ['late'] });
  assert.deepEqual(must(journal.getRun(1)), finished);
  assert.equal(faultOf(journal.finishRun(1, 'failed', DONE)).code, 'refused');
});

test('progress as an older program writes it is read, without what it said of what it uses', (t) => {
  const { journal } = setUp(t);
  const { id } = journal.createRun({ request: REPLICATION, trigger: 'hand', state: 'running', holder: me });
  const [target] = JOB.targets;
  const steps = [{ snapshot: 'id-2', base: 'id-1' }];
  const moment = { subvolumes: ['/a', '/b'], snapshot: 's2' };
  journal.writeProgress(id, { ...JOB, targets: [{ ...target, steps }], moment } as never);
  assert.deepEqual(must(journal.getRun(id)).job, JOB);
});

test('what runs at once is never in the queue', (t) => {
  const { journal } = setUp(t);
  journal.createRun({ request: SNAPSHOT, trigger: 'schedule', state: 'running', holder: me });
  assert.equal(journal.claimRun(me), null);
  assert.deepEqual(
    journal.listRuns({ limit: 9 }).map(({ trigger, state }) => [trigger, state]),
    [['schedule', 'running']],
  );
});

test('4 processes claim 200 runs, each once, oldest first', async (t) => {
  const { home, journal } = setUp(t);
  for (let index = 0; index < 200; index += 1) queue(journal);
  const workers = Array.from({ length: 4 }, () => startWorker('claimAll', home));
  const said = workers.map(workerOutput);
  await Promise.all(workers.map((worker) => once(worker.stdout ?? worker, 'data')));
  for (const worker of workers) worker.stdin?.end('go');
  const claimed = (await Promise.all(said)).map((text): number[] =>
    JSON.parse(text.split('\n').at(-1) ?? ''),
  );
  for (const ids of claimed)
    assert.deepEqual(
      ids,
      ids.toSorted((one, two) => one - two),
    );
  assert.deepEqual(
    claimed.flat().toSorted((one, two) => one - two),
    Array.from({ length: 200 }, (_, index) => index + 1),
  );
});

test('cancel: a queued run ends at once, a running one is asked, a finished one refuses', (t) => {
  const { journal } = setUp(t);
  queue(journal);
  const cancelled = must(journal.requestCancel(1));
  assert.deepEqual(
    [cancelled.state, cancelled.outcome, cancelled.cancelRequested],
    ['finished', 'cancelled', true],
  );
  assert.equal(journal.claimRun(me), null);
  queue(journal);
  journal.claimRun(me);
  assert.equal(journal.isCancelRequested(2), false);
  assert.equal(must(journal.requestCancel(2)).state, 'running');
  assert.equal(journal.isCancelRequested(2), true);
  must(journal.finishRun(2, 'cancelled', DONE));
  assert.equal(faultOf(journal.requestCancel(2)).code, 'refused');
  assert.equal(faultOf(journal.requestCancel(99)).code, 'no-such-run');
  assert.equal(faultOf(journal.getRun(99)).code, 'no-such-run');
  assert.equal(faultOf(journal.finishRun(99, 'ok', DONE)).code, 'no-such-run');
  assert.equal(journal.isCancelRequested(99), false);
});

test('lists newest first, by everything people ask for', (t) => {
  const { journal } = setUp(t);
  for (const request of [SNAPSHOT, REPLICATION, DELETION, { ...REPLICATION, subvolume: '/data2' }]) {
    queue(journal, request);
    journal.claimRun(me);
  }
  must(journal.finishRun(2, 'failed', { kind: 'replication', subvolume: '/data', results: [] }));
  must(journal.finishRun(3, 'ok', { kind: 'delete', subvolume: '/data', server: 'a', results: [] }));
  journal.interruptDeadRuns((holder) => holder.pid !== me.pid);
  queue(journal);
  for (const [title, filter, want] of [
    ['all', {}, [5, 4, 3, 2, 1]],
    ['kind', { kind: 'replication' }, [4, 2]],
    ['a server that was a target', { server: 'c' }, [4, 2]],
    ['a server that only the report names', { server: 'a' }, [3]],
    ['subvolume, of a group too, and never a sibling', { subvolume: '/data' }, [5, 3, 2, 1]],
    ['failed and interrupted', { failed: true }, [4, 2, 1]],
    ['state', { state: 'queued' }, [5]],
    ['the next page', { before: 4 }, [3, 2, 1]],
    ['several at once', { kind: 'replication', failed: true, before: 4 }, [2]],
  ] as const) {
    assert.deepEqual(
      journal.listRuns({ limit: 10, ...filter }).map(({ id }) => id),
      want,
      title,
    );
  }
  assert.deepEqual(
    journal.listRuns({ limit: 2 }).map(({ id }) => id),
    [5, 4],
  );
});

test('results given while it runs outlive a crash, and the report replaces them', (t) => {
  const { journal, clock } = setUp(t);
  queue(journal, REPLICATION);
  journal.claimRun(me);
  const ofB = result('b', {
    fault: fault('stalled', 'm', 'h', { server: 'b' }),
    estimatedBytes: 7,
    verified: false,
  });
  journal.addResult(1, ofB);
  journal.interruptDeadRuns(dead);
  assert.deepEqual(journal.resultsOf(1), [ofB]);
  clock.pass(5);
  const results = [ofB, result('c', { mount: null, snapshot: null, base: null })];
  must(journal.finishRun(1, 'ok', { kind: 'replication', subvolume: '/data', results }));
  assert.deepEqual(journal.resultsOf(1), results);
});

test('marks the runs of the dead as interrupted, and lets a late finisher say what became of it', (t) => {
  const { journal } = setUp(t);
  for (const holder of [me, other])
    journal.createRun({ request: SNAPSHOT, trigger: 'hand', state: 'running', holder });
  queue(journal);
  const [marked, ...rest] = journal.interruptDeadRuns((holder) => holder.pid === other.pid);
  assert.deepEqual(rest, []);
  assert.deepEqual([marked?.id, marked?.state, marked?.outcome], [1, 'finished', 'interrupted']);
  assert.equal(marked?.report?.kind === 'fault' && marked.report.fault.code, 'interrupted');
  assert.deepEqual(journal.interruptDeadRuns(alive), []);
  assert.equal(must(journal.finishRun(1, 'ok', DONE)).outcome, 'ok');
});

test('a run that is finished ends its parts with it, and holds nothing any more', (t) => {
  const { journal } = setUp(t);
  const begin = (parent: number | null) => {
    const origin = { item: null, dueAt: null, parent };
    return journal.createRun({ request: SNAPSHOT, trigger: 'hand', state: 'running', holder: me, origin }).id;
  };
  const [whole, other] = [begin(null), begin(null)];
  const [ended, lost] = [begin(whole), begin(whole)];
  const lower = begin(lost);
  must(journal.finishRun(ended, 'ok', DONE));
  for (const runId of [whole, lower, other])
    must(journal.acquireLocks([`key ${runId}`], { holder: me, runId, what: 'w' }, alive));
  must(journal.finishRun(whole, 'ok', DONE));
  const outcomes = [whole, ended, lost, lower, other].map((id) => must(journal.getRun(id)).outcome);
  assert.deepEqual(outcomes, ['ok', 'ok', 'interrupted', 'interrupted', null]);
  assert.deepEqual(
    journal.heldLocks('key ', alive).map(({ runId }) => runId),
    [other],
  );
  assert.equal(
    must(journal.finishRun(lost, 'failed', DONE)).outcome,
    'failed',
    'it may still say how it ended',
  );
});

test('hands the time a holder was last seen to whoever asks whether it lives', (t) => {
  const { journal, clock } = setUp(t);
  journal.createRun({ request: SNAPSHOT, trigger: 'hand', state: 'running', holder: me });
  must(journal.takeEngine(me, alive));
  clock.pass(60);
  journal.touchHolder(other);
  const seen: string[] = [];
  const look = (_: Holder, seenAt: string) => seen.push(seenAt) > 0;
  journal.interruptDeadRuns(look);
  journal.touchHolder(me);
  journal.interruptDeadRuns(look);
  journal.currentEngine(look);
  assert.deepEqual(seen, [
    '2026-11-20T08:00:00.000Z',
    '2026-11-20T08:01:00.000Z',
    '2026-11-20T08:01:00.000Z',
  ]);
});

test('a run of a newer version does not break the list, and is not claimed', (t) => {
  const { home, journal } = setUp(t);
  for (let index = 0; index < 5; index += 1) queue(journal);
  const raw = new DatabaseSync(home.journal);
  raw.exec(`UPDATE runs SET kind = 'failover', request = '{"kind":"failover"}' WHERE id = 1;
    UPDATE runs SET request = '{"kind":"snapshot","subvolumes":7}' WHERE id = 2;
    UPDATE runs SET state = 'finished', outcome = 'ok', report = '{"kind":"poem"}', job = '{' WHERE id = 3;
    UPDATE runs SET state = 'finished', outcome = 'failed',
      report = '{"kind":"fault","fault":{"code":"new-code","message":"m","hint":"h","server":null,"retry":false}}' WHERE id = 4`);
  raw.close();
  assert.deepEqual(
    journal.listRuns({ limit: 9 }).map(({ id }) => id),
    [5, 4, 3],
  );
  assert.equal(journal.unreadableRuns(), 1);
  assert.equal(faultOf(journal.getRun(1)).code, 'refused');
  const { report, job } = must(journal.getRun(3));
  assert.equal(job, null);
  assert.match((report?.kind === 'fault' && report.fault.message) || '', /another version/);
  const { report: coded } = must(journal.getRun(4));
  assert.equal(coded?.kind === 'fault' && coded.fault.message, 'm');
  assert.equal(journal.claimRun(me)?.id, 5);
});

test('prunes what is finished and old, with its results, and nothing else', (t) => {
  const { journal, clock } = setUp(t);
  const finish = (id: number) => {
    queue(journal, REPLICATION);
    journal.claimRun(me);
    must(journal.finishRun(id, 'ok', { kind: 'replication', subvolume: '/data', results: [result('b')] }));
  };
  finish(1);
  queue(journal);
  journal.claimRun(me);
  queue(journal);
  clock.pass(60);
  finish(4 - 1);
  must(journal.requestCancel(2));
  clock.pass(60);
  assert.equal(journal.prune({ before: '2026-11-20T08:01:00.000Z' }), 1);
  assert.deepEqual(journal.resultsOf(1), []);
  assert.deepEqual(
    journal.listRuns({ limit: 9 }).map(({ id }) => id),
    [4, 3, 2],
  );
  assert.equal(queue(journal).id, 5);
});
