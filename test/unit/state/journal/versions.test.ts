/** Journals as each earlier version made them, and such whose number or tables are not what they should be. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import type { Home } from '../../../../src/core/state/home/home.ts';
import { openJournal } from '../../../../src/core/state/journal/journal.ts';
import { MIGRATIONS } from '../../../../src/core/state/journal/schema.ts';
import { clockAt, faultOf, must, startWorker, stateHome, workerSays } from '../fixtures/state-home.ts';

const clock = clockAt('2026-11-20T08:00:00.000Z');

/** For columns that take no other word. */
const WORDS: Readonly<Record<string, string>> = { state: 'finished', kind: 'server', told: '{}' };
const OTHERS: Readonly<Record<string, Uint8Array>> = { BLOB: Buffer.from('b') };

const tablesOf = (database: DatabaseSync): string[] =>
  database
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name")
    .all()
    .map(({ name }) => String(name));

const rowsOf = (database: DatabaseSync, table: string) =>
  database.prepare(`SELECT * FROM ${table}`).all() as Record<string, unknown>[];

/** With a row in every table. */
function writeVersion(home: Home, version: number): DatabaseSync {
  const old = new DatabaseSync(home.journal);
  for (const step of MIGRATIONS.slice(0, version)) old.exec(step);
  old.exec(`PRAGMA user_version = ${version}; PRAGMA journal_mode = WAL; PRAGMA foreign_keys = OFF`);
  for (const table of tablesOf(old)) {
    const columns = old.prepare(`SELECT name, type FROM pragma_table_info('${table}')`).all();
    const values = columns.map(({ name, type }) =>
      type === 'TEXT' ? (WORDS[String(name)] ?? `some ${String(name)}`) : (OTHERS[String(type)] ?? 1),
    );
    old.prepare(`INSERT INTO ${table} VALUES (${values.map(() => '?')})`).run(...values);
  }
  return old;
}

/** Opened by the program, which brings it up to date; then looked at without it. */
function opened(t: TestContext, home: Home): DatabaseSync {
  must(openJournal({ home, clock })).close();
  const now = new DatabaseSync(home.journal);
  t.after(() => now.close());
  assert.equal(now.prepare('PRAGMA user_version').get()?.['user_version'], MIGRATIONS.length);
  return now;
}

for (const [index] of MIGRATIONS.entries())
  test(`a journal of version ${index + 1} is brought up to date, with every value that is in it`, (t) => {
    const home = stateHome(t);
    const old = writeVersion(home, index + 1);
    const before = tablesOf(old).map((table) => [table, rowsOf(old, table)] as const);
    old.close();
    const now = opened(t, home);
    for (const [table, rows] of before) {
      const [row = {}] = rowsOf(now, table);
      const kept = Object.entries(rows[0] ?? {}).filter(([column]) => column in row && column !== 'told');
      assert.ok(kept.length > 1);
      for (const [column, value] of kept) assert.deepEqual(row[column], value, `${table}.${column}`);
    }
  });

for (const told of [0, 1, 4])
  test(`a journal of today that says it is of version ${told} is what its tables are`, (t) => {
    const home = stateHome(t);
    const today = writeVersion(home, MIGRATIONS.length);
    today.exec(`PRAGMA user_version = ${told}`);
    const before = tablesOf(today).map((table) => rowsOf(today, table));
    today.close();
    const now = opened(t, home);
    assert.deepEqual(
      tablesOf(now).map((table) => rowsOf(now, table)),
      before,
    );
  });

test('tables of no version are said to be such, and left', (t) => {
  const home = stateHome(t);
  const odd = writeVersion(home, 2);
  odd.exec('DROP TABLE engine; CREATE TABLE alarms (x TEXT)');
  odd.close();
  const tables = () => {
    const file = new DatabaseSync(home.journal);
    const there = tablesOf(file);
    file.close();
    return there;
  };
  const before = tables();
  const { code, message } = faultOf(openJournal({ home, clock }));
  assert.equal(code, 'config-invalid');
  assert.match(message, /its tables are not those of schema 2.*left as it is/);
  assert.deepEqual(tables(), before);
});

test('a process that is killed while it brings a journal up to date leaves one that the next can', async (t) => {
  const home = stateHome(t);
  writeVersion(home, 1).close();
  const worker = startWorker('migrateHalf', home);
  await workerSays(worker, 'half');
  worker.kill('SIGKILL');
  await once(worker, 'close');
  assert.equal(rowsOf(opened(t, home), 'receiving').length, 1);
});

test('a newer journal is left, byte by byte, and said to be newer', (t) => {
  const home = stateHome(t);
  const newer = writeVersion(home, MIGRATIONS.length);
  newer.exec(`PRAGMA user_version = ${MIGRATIONS.length + 1}; CREATE TABLE future (x)`);
  newer.close();
  const before = readFileSync(home.journal);
  const { message, hint } = faultOf(openJournal({ home, clock }));
  assert.match(message, /was written by a newer btrfleet/);
  assert.match(hint, /Use that version/);
  assert.deepEqual(readFileSync(home.journal), before);
});
