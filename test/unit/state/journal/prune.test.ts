/** What is forgotten of the history after its time, and what never is. */
import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import test, { type TestContext } from 'node:test';
import type { RunOrigin } from '../../../../src/core/model/runs/run.ts';
import { snapshotByHand } from '../../../../src/core/model/runs/snapshot.ts';
import { type Journal, openJournal } from '../../../../src/core/state/journal/journal.ts';
import { NOTHING_MADE } from '../fixtures/reports.ts';
import { clockAt, must, stateHome } from '../fixtures/state-home.ts';

const holder = { pid: 1, startTime: 1, host: 'here', bootId: 'boot' };
const LIMIT = '2026-11-20T08:00:00.000Z';

function setUp(t: TestContext) {
  const home = stateHome(t);
  const clock = clockAt('2026-11-20T07:00:00.000Z');
  const journal = must(openJournal({ home, clock }));
  t.after(() => journal.close());
  return { home, clock, journal };
}

function start(journal: Journal, origin: Partial<RunOrigin> = {}): number {
  const whole = { item: null, dueAt: null, parent: null, ...origin };
  const request = snapshotByHand(['/data']);
  return journal.createRun({ request, trigger: 'schedule', state: 'running', holder, origin: whole }).id;
}

const end = (journal: Journal, ...ids: readonly number[]): void => {
  for (const id of ids) must(journal.finishRun(id, 'ok', NOTHING_MADE));
};

/** A scheduled round with its parts, finished. */
function round(journal: Journal, item: string, parts = 2): readonly number[] {
  const request = { kind: 'task', task: item, snapshot: false } as const;
  const [last = null] = journal.itemMemories().filter((memory) => memory.item === item);
  const due = { item, dueAt: LIMIT, attempt: (last?.attempt ?? 0) + 1, after: last, request, holder };
  const id = journal.beginDueRun(due)?.id;
  assert.ok(id);
  const ids = Array.from({ length: parts }, () => start(journal, { item, parent: id }));
  end(journal, ...ids, id);
  return [id, ...ids];
}

const left = (journal: Journal): number[] =>
  journal
    .listRuns({ limit: 99 })
    .map(({ id }) => id)
    .toReversed();

test('of what an item did the last round stays, with its parts, however old it is', (t) => {
  const { journal, clock } = setUp(t);
  const [old, last, other] = [round(journal, 'task:t'), round(journal, 'task:t'), round(journal, 'task:u')];
  clock.pass(86_400 * 1000);
  assert.equal(journal.prune({ before: '2029-01-01T00:00:00.000Z' }), old.length);
  assert.deepEqual(left(journal), [...last, ...other]);
  assert.equal(journal.prune({ before: '2029-01-01T00:00:00.000Z' }), 0);
});

test('one by hand that is newer stays too: it is the last of the item', (t) => {
  const { journal, clock } = setUp(t);
  round(journal, 'task:t', 0);
  const scheduled = round(journal, 'task:t', 0);
  end(journal, start(journal, { item: 'task:t' }));
  const byHand = start(journal, { item: 'task:t' });
  end(journal, byHand);
  clock.pass(7200);
  assert.equal(journal.prune({ before: LIMIT }), 2);
  assert.deepEqual(left(journal), [...scheduled, byHand]);
});

test('a part is not forgotten before its whole, at whatever depth', (t) => {
  const { journal, clock } = setUp(t);
  const whole = start(journal);
  const part = start(journal, { parent: whole });
  const partOfPart = start(journal, { parent: part });
  end(journal, partOfPart, part);
  clock.pass(7200);
  assert.equal(journal.prune({ before: LIMIT }), 0, 'it still runs');
  end(journal, whole);
  assert.equal(journal.prune({ before: LIMIT }), 0, 'it ended later');
  clock.pass(7200);
  assert.equal(journal.prune({ before: '2026-11-20T10:00:00.000Z' }), 3);
  assert.deepEqual(left(journal), []);
});

test('a part that belongs to an item goes after a whole that belongs to none', (t) => {
  const { journal, clock } = setUp(t);
  const whole = start(journal);
  end(journal, start(journal, { item: 'task:t', parent: whole }), whole);
  clock.pass(7200);
  assert.equal(journal.prune({ before: LIMIT }), 2);
});

test('what waits and what runs stays, and so does what ended at that very moment', (t) => {
  const { journal, clock } = setUp(t);
  const request = snapshotByHand(['/data']);
  const queued = journal.createRun({ request, trigger: 'hand', state: 'queued', holder }).id;
  const running = start(journal);
  end(journal, start(journal));
  clock.pass(3600);
  const late = start(journal);
  end(journal, late);
  assert.equal(journal.prune({ before: LIMIT }), 1);
  assert.deepEqual(left(journal), [queued, running, late]);
});

test('years of history go at once, with all that hangs on them', (t) => {
  const { home, journal } = setUp(t);
  const [id] = round(journal, 'task:t', 0);
  assert.ok(id);
  const database = new DatabaseSync(home.journal);
  t.after(() => database.close());
  database.exec(`
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4999)
    INSERT INTO runs (kind, asked_by, request, state, outcome, created_at, finished_at, item, parent, report)
    SELECT kind, asked_by, request, state, outcome, created_at, finished_at, 'task:gone',
      CASE WHEN i % 2 = 0 THEN ${id} + i - 1 END, report
    FROM n, runs WHERE runs.id = ${id};
    INSERT INTO run_subjects SELECT id, 'server', 'b' FROM runs`);
  assert.equal(journal.prune({ before: LIMIT }), 4998);
  assert.deepEqual(left(journal), [id, id + 4999]);
  assert.equal(database.prepare('SELECT count(*) n FROM run_subjects').get()?.['n'], 2);
});
