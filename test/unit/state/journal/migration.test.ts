/** A journal that an earlier btrfleet wrote is brought up to date, and all that is in it reads as it was meant. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import test from 'node:test';
import { NO_ORIGIN, type Run } from '../../../../src/core/model/runs/run.ts';
import { type Home, openHome } from '../../../../src/core/state/home/home.ts';
import { openJournal } from '../../../../src/core/state/journal/journal.ts';
import { MIGRATIONS } from '../../../../src/core/state/journal/schema.ts';
import { inventoryOf } from '../fixtures/inventory.ts';
import { NOTHING_MADE } from '../fixtures/reports.ts';
import { clockAt, must, startWorker, stateHome, workerOutput } from '../fixtures/state-home.ts';

const clock = clockAt('2026-11-20T08:00:00.000Z');
const holder = { pid: 1, startTime: 1, host: 'here', bootId: 'boot' };
const THEN = '2026-11-19T08:00:00.000Z';

/** What was released is in journals out there: a change to it would reach none of them. */
const RELEASED = ['6563a6f80b063c4104aedbc228934d0dafb94ca8de514403490977ee05a9b454'] as const;

test('the steps that were released are as they were', () => {
  const digests = MIGRATIONS.slice(0, RELEASED.length).map((step) =>
    createHash('sha256').update(step).digest('hex'),
  );
  assert.deepEqual(digests, RELEASED);
});

const RULES = { kind: 'per-period', timeZone: 'UTC', minAgeSeconds: 0, per: 'day', keep: 1 } as const;
const REPLICATION = {
  kind: 'replication',
  subvolume: '/data',
  targets: [{ server: 'b', mount: null }],
  wanted: { mode: 'auto', snapshot: null, all: false },
  options: { path: 'auto', rateBytesPerSecond: null, compress: false },
} as const;
const RESULT = {
  ...{ server: 'b', mount: '/srv', status: 'ok', mode: 'full', snapshot: 's', base: null, path: 'relay' },
  ...{ sentBytes: 1, estimatedBytes: null, elapsedSeconds: 2, verified: true, fault: null },
} as const;

/** As version 1 wrote them: request, report, and how both are read now. */
const OLD = [
  [
    { kind: 'snapshot', subvolumes: ['/data'], group: false },
    { kind: 'snapshot', snapshots: [], spreadSeconds: 0.5, failed: [] },
    { kind: 'snapshot', subvolumes: ['/data'], group: false, hooks: [], dueAt: null, sync: false },
    { ...NOTHING_MADE, spreadSeconds: 0.5 },
  ],
  [
    REPLICATION,
    { kind: 'replication', subvolume: '/data', results: [RESULT] },
    {
      ...REPLICATION,
      options: { ...REPLICATION.options, resumable: false },
      into: null,
      absent: 'fail',
    },
    { kind: 'replication', subvolume: '/data', results: [RESULT] },
  ],
  [
    { kind: 'cleanup', subvolume: '/data', server: 'b', rules: RULES, only: null },
    { kind: 'cleanup', subvolume: '/data', server: 'b', kept: [], deleted: [], failed: [] },
    { kind: 'cleanup', subvolume: '/data', server: 'b', mount: null, into: null, rules: RULES, only: null },
    { kind: 'cleanup', subvolume: '/data', server: 'b', kept: [], deleted: [], failed: [] },
  ],
  [
    { kind: 'delete', subvolume: '/data', server: null, snapshots: [{ name: 's', uuid: 'u' }] },
    { kind: 'delete', subvolume: '/data', server: 'a', results: [] },
    { kind: 'delete', subvolume: '/data', server: null, snapshots: [{ name: 's', uuid: 'u' }] },
    { kind: 'delete', subvolume: '/data', server: 'a', results: [] },
  ],
] as const;

/** A journal of version 1: one finished run of each kind, one that runs, one that waits, and one of everything else. */
function writeOld(home: Home): void {
  const old = new DatabaseSync(home.journal);
  old.exec(`${MIGRATIONS[0]}; PRAGMA user_version = 1; PRAGMA journal_mode = WAL`);
  const insert = old.prepare(
    `INSERT INTO runs (kind, asked_by, request, state, outcome, created_at, started_at, finished_at, holder, seen_at, report)
     VALUES (?, 'hand', ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const who = JSON.stringify(holder);
  for (const [request, report] of OLD) {
    const [asked, came] = [JSON.stringify(request), JSON.stringify(report)];
    insert.run(request.kind, asked, 'finished', 'ok', THEN, THEN, THEN, null, THEN, came);
  }
  const [[request]] = OLD;
  insert.run('snapshot', JSON.stringify(request), 'running', null, THEN, THEN, null, who, THEN, null);
  insert.run('snapshot', JSON.stringify(request), 'queued', null, THEN, null, null, null, null, null);
  old.exec(`
    INSERT INTO run_subjects SELECT id, 'subvolume', '/data' FROM runs;
    INSERT INTO results VALUES (1, 2, 'b', '/srv', 'ok', 'full', 's', NULL, 'relay', 1, NULL, 2, 1, NULL, '${THEN}', '${THEN}');
    INSERT INTO receiving VALUES ('b', '/srv/.snapshots/data/s', 'o', 2, '${THEN}');
    INSERT INTO replicas VALUES ('b', '/srv/.snapshots/data/s', 'o', '/data', '/srv', 's', '${THEN}');
    INSERT INTO locks VALUES (1, 'k', '${who}', 5, 'replication', '${THEN}', '${THEN}');
    INSERT INTO engine VALUES (1, '${who}', '${THEN}', '${THEN}')`);
  old
    .prepare('INSERT INTO inventories VALUES (?, ?, 1, ?)')
    .run('b', THEN, JSON.stringify(inventoryOf('b', 3)));
  old.close();
}

test('a journal of version 1 keeps all that is in it', (t) => {
  const home = stateHome(t);
  writeOld(home);
  const journal = must(openJournal({ home, clock }));
  t.after(() => journal.close());
  const runs = journal.listRuns({ limit: 9 }).toReversed();
  assert.deepEqual(
    runs.map(({ id, state, outcome }) => [id, state, outcome]),
    [...OLD.map((_, index) => [index + 1, 'finished', 'ok']), [5, 'running', null], [6, 'queued', null]],
  );
  for (const [index, [, , request, report]] of OLD.entries()) {
    const run: Partial<Run> = runs[index] ?? {};
    assert.deepEqual([run.request, run.report, run.origin], [request, report, NO_ORIGIN]);
  }
  assert.equal(journal.unreadableRuns(), 0);
  assert.deepEqual(
    journal.listRuns({ subvolume: '/data', limit: 9 }).map(({ id }) => id),
    [6, 5, 4, 3, 2, 1],
  );
  assert.deepEqual(journal.resultsOf(2), [RESULT]);
  assert.deepEqual(
    journal.receivingOn('b').map(({ path }) => path),
    ['/srv/.snapshots/data/s'],
  );
  assert.deepEqual(
    journal.replicasOf('/data').map(({ filesystem, path }) => [filesystem, path]),
    [[null, '/srv/.snapshots/data/s']],
  );
  assert.deepEqual(journal.lastInventory('b'), inventoryOf('b', 3));
  assert.deepEqual(
    journal.currentEngine(() => true),
    holder,
  );
  assert.equal(journal.acquireLocks(['k'], { holder, runId: null, what: 'w' }, () => true).ok, false);
});

test('in a journal of version 1 work goes on: what waits is claimed, what died is told of', (t) => {
  const home = stateHome(t);
  writeOld(home);
  const journal = must(openJournal({ home, clock }));
  t.after(() => journal.close());
  assert.deepEqual([journal.itemMemories(), journal.taskTargets()], [[], []]);
  assert.deepEqual(
    journal.interruptDeadRuns(() => false).map(({ id, outcome }) => [id, outcome]),
    [[5, 'interrupted']],
  );
  assert.equal(journal.claimRun(holder)?.id, 6);
  const request = { kind: 'task', task: 't', snapshot: false } as const;
  const due = { item: 'task:t', dueAt: THEN, attempt: 1, after: null, request, holder };
  assert.equal(journal.beginDueRun(due)?.id, 7);
});

test('4 processes open 10 old journals at the same time', async (t) => {
  const home = stateHome(t);
  const homes = Array.from({ length: 10 }, (_, index) =>
    must(openHome({ home: join(home.directory, String(index)) })),
  );
  for (const own of homes) writeOld(own);
  const workers = Array.from({ length: 4 }, () => startWorker('openJournals', home, '10'));
  const said = workers.map(workerOutput);
  await Promise.all(workers.map((worker) => once(worker.stdout ?? worker, 'data')));
  for (const worker of workers) worker.stdin?.end('go');
  await Promise.all(said);
  for (const own of homes) {
    const journal = must(openJournal({ home: own, clock }));
    assert.equal(journal.listRuns({ limit: 99 }).length, 6 + 4);
    journal.close();
  }
});
