/** What is queued or running is found without reading what is finished, however many years of that there are. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import test, { type TestContext } from 'node:test';
import { snapshotByHand } from '../../../../src/core/model/runs/snapshot.ts';
import { JournalFailure } from '../../../../src/core/state/journal/database.ts';
import { type Journal, openJournal } from '../../../../src/core/state/journal/journal.ts';
import { NOTHING_MADE } from '../fixtures/reports.ts';
import { clockAt, must, stateHome } from '../fixtures/state-home.ts';

const HOLDER = { host: 'here', pid: 1, startTime: 1, bootId: 'boot' };
const SNAPSHOT = snapshotByHand(['/data']);

/** Everything but the first pages is noise: whoever reads a finished run fails. */
function unreadablePast(t: TestContext): Journal {
  const home = stateHome(t);
  const clock = clockAt('2026-11-20T12:00:00.000Z');
  const first = must(openJournal({ home, clock }));
  const { id } = first.createRun({ request: SNAPSHOT, trigger: 'hand', state: 'running', holder: HOLDER });
  first.finishRun(id, 'ok', NOTHING_MADE);
  first.close();
  const database = new DatabaseSync(home.journal);
  database.exec(`
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
    INSERT INTO runs (kind, asked_by, request, state, outcome, created_at, report)
    SELECT kind, asked_by, request, state, outcome, created_at, report FROM n, runs WHERE runs.id = ${id};
    PRAGMA wal_checkpoint(TRUNCATE)`);
  database.close();
  const whole = readFileSync(home.journal);
  const kept = 60 * 4096;
  assert.ok(whole.length > 2 * kept);
  const noise = Buffer.alloc(whole.length - 2 * kept, 0xa5);
  writeFileSync(home.journal, Buffer.concat([whole.subarray(0, kept), noise, whole.subarray(-kept)]));
  const journal = must(openJournal({ home, clock }));
  t.after(() => journal.close());
  return journal;
}

for (const [title, look] of [
  ['an idle engine that looks for work', (journal: Journal) => journal.claimRun(HOLDER)],
  [
    'looking for runs of dead processes',
    (journal: Journal) => journal.interruptDeadRuns(() => true)[0] ?? null,
  ],
  ['listing what runs', (journal: Journal) => journal.listRuns({ state: 'running', limit: 10 })[0] ?? null],
  [
    'listing what is queued',
    (journal: Journal) => journal.listRuns({ state: 'queued', limit: 10 })[0] ?? null,
  ],
  ['saying that a holder lives', (journal: Journal) => journal.touchHolder(HOLDER) ?? null],
] as const) {
  test(`${title} reads no finished run`, (t) => assert.equal(look(unreadablePast(t)), null));
}

test('listing what is finished would', (t) => {
  const journal = unreadablePast(t);
  assert.throws(() => journal.listRuns({ state: 'finished', limit: 5001 }), JournalFailure);
});
