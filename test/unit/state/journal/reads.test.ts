/** What is asked all the time is answered from an index, however many years of runs there are. */
import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import test, { type TestContext } from 'node:test';
import { type AutomationJournal, automationJournal } from '../../../../src/core/state/journal/automation.ts';
import { type JournalDatabase, openJournalDatabase } from '../../../../src/core/state/journal/database.ts';
import { type RunJournal, runJournal } from '../../../../src/core/state/journal/runs.ts';
import { clockAt, must, stateHome } from '../fixtures/state-home.ts';

type Journal = RunJournal & AutomationJournal;

/** The steps by which SQLite finds what is asked for, of every statement. */
function plansOf(t: TestContext, look: (journal: Journal) => unknown): string[] {
  const home = stateHome(t);
  const database = must(openJournalDatabase(home, clockAt('2026-11-20T08:00:00.000Z')));
  t.after(() => database.close());
  const asked = new Set<string>();
  const heard = <T>(ask: (sql: string, ...values: never[]) => T) =>
    ((sql, ...values) => {
      asked.add(sql);
      return ask(sql, ...values);
    }) as typeof ask;
  const listening: JournalDatabase = {
    ...database,
    rows: heard(database.rows),
    row: heard(database.row),
    run: heard(database.run),
  };
  look({ ...runJournal(listening), ...automationJournal(listening) });
  const file = new DatabaseSync(home.journal);
  t.after(() => file.close());
  return [...asked].flatMap((sql) =>
    file
      .prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .all()
      .map(({ detail }) => String(detail)),
  );
}

const holder = { pid: 1, startTime: 1, host: 'here', bootId: 'boot' };
const due = { item: 'task:t', dueAt: '2026-11-20T08:00:00.000Z', attempt: 1, after: null, holder };

for (const [title, look, index] of [
  [
    'what every item was begun for',
    (journal: Journal) => journal.itemMemories(),
    /runs USING INTEGER PRIMARY KEY/,
  ],
  [
    'the last run of an item',
    (journal: Journal) => journal.lastRunOf('task:t'),
    /INDEX runs_item \(item=\?\)/,
  ],
  ['the last round of a task', (journal: Journal) => journal.lastRoundOf('t'), /INDEX runs_item \(item=\?\)/],
  [
    'beginning what is due',
    (journal: Journal) =>
      journal.beginDueRun({ ...due, request: { kind: 'task', task: 't', snapshot: false } }),
    /items USING PRIMARY KEY/,
  ],
  [
    'the rounds of a task',
    (journal: Journal) => journal.listRuns({ task: 't', limit: 9 }),
    /runs_item \(item=\?\)/,
  ],
  [
    'the next page of them',
    (journal: Journal) => journal.listRuns({ task: 't', before: 99, limit: 9 }),
    /runs_item \(item=\? AND id<\?\)/,
  ],
  [
    'those that failed',
    (journal: Journal) => journal.listRuns({ task: 't', failed: true, limit: 9 }),
    /runs_item \(item=\?\)/,
  ],
  [
    'the parts of a run',
    (journal: Journal) => journal.listRuns({ parent: 7, limit: 9 }),
    /runs_parent \(parent=\?\)/,
  ],
  ['the targets of a task', (journal: Journal) => journal.taskTargets('t'), /task_targets USING PRIMARY KEY/],
  [
    'what may be forgotten',
    (journal: Journal) => journal.prune({ before: due.dueAt }),
    /runs_finished \(finished_at<\?\)/,
  ],
] as const) {
  test(`${title}: by an index, without a look at every run and without sorting`, (t) => {
    const plan = plansOf(t, look).join('\n');
    assert.match(plan, index);
    assert.doesNotMatch(plan, /SCAN (runs|newer|whole|task_targets)|TEMP B-TREE/);
  });
}
