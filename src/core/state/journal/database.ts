/**
 * Decides how the journal's file is opened and written: WAL, one writer at a time, and which writes must survive a
 * loss of power. It knows no table but those the schema makes.
 */
import { DatabaseSync, type SQLInputValue, type SQLOutputValue, type StatementSync } from 'node:sqlite';
import type { Clock } from '../../model/clock.ts';
import { type Fault, fault } from '../../model/fault.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import type { Home } from '../home/home.ts';
import { underHomeLock } from '../home/lock.ts';
import { ensurePrivateFile } from '../home/private-file.ts';
import { sqliteCode, sqliteFault } from '../home/sqlite-fault.ts';
import { errorText } from '../home/system-error.ts';
import { MIGRATIONS } from './schema.ts';
import { versionByTables } from './shape.ts';

export type Row = Readonly<Record<string, SQLOutputValue>>;

/**
 * Thrown by any use of an open journal when its file fails it: the disk is full, the file damaged, or another
 * process kept it busy for five seconds. Where a process ends, it is shown as the fault it carries.
 */
export class JournalFailure extends Error {
  override readonly name = 'JournalFailure';
  readonly fault: Fault;

  constructor(fault: Fault) {
    super(fault.message);
    this.fault = fault;
  }
}

/** For a `catch`: the fault of a journal that failed. Anything else is thrown on. */
export function journalFault(error: unknown): Result<never> {
  if (error instanceof JournalFailure) return failed(error.fault);
  throw error;
}

/** What the parts of the journal share. Every method may throw `JournalFailure`. */
export interface JournalDatabase {
  readonly clock: Clock;
  rows(sql: string, ...values: SQLInputValue[]): Row[];
  row(sql: string, ...values: SQLInputValue[]): Row | null;
  /** Returns how many rows it changed. */
  run(sql: string, ...values: SQLInputValue[]): number;
  /** All of `change` or nothing. A loss of power may undo it, a crash of btrfleet does not. */
  write<T>(change: () => T): T;
  /** As `write`, and on the disk when it returns. */
  writeDurably<T>(change: () => T): T;
  close(): void;
}

/** How long a write waits for its turn, and nothing else happens in this process; the second while the first was in vain. */
const BUSY_MILLISECONDS = 5_000;
const STILL_BUSY_MILLISECONDS = 50;

/** The WAL is cut back to this many bytes after a large write. */
const WAL_LIMIT_BYTES = 16 * 1024 * 1024;

/** Faults: `config-invalid` for a damaged, newer or unreadable file (left as it is), `locked`, `no-space`. */
export function openJournalDatabase(home: Home, clock: Clock): Result<JournalDatabase> {
  let database: DatabaseSync | null = null;
  try {
    ensurePrivateFile(home.journal);
    database = new DatabaseSync(home.journal, { timeout: BUSY_MILLISECONDS });
    const ready = prepare(database, home);
    if (!ready.ok) {
      database.close();
      return ready;
    }
    return ok(wrap(database, home.journal, clock));
  } catch (error) {
    database?.close();
    const known = sqliteFault(error, home.journal);
    if (known === null) throw error;
    return failed(known);
  }
}

/** Looks before it writes, so that a file that is no journal of ours is not touched. */
function prepare(database: DatabaseSync, home: Home): Result<void> {
  const version = versionOf(database);
  if (version > MIGRATIONS.length) return failed(newer(home.journal, version));
  if (version === MIGRATIONS.length) {
    configure(database);
    return ok(undefined);
  }
  // SQLite does not wait for its turn when two processes switch to WAL at once; under the home lock none can.
  return underHomeLock(home, () => {
    // Another process may have been here meanwhile.
    const told = versionOf(database);
    if (told > MIGRATIONS.length) return failed(newer(home.journal, told));
    const from = versionByTables(database) ?? told;
    if (from === 0 && hasTables(database)) return failed(foreign(home.journal));
    database.exec('PRAGMA journal_mode = WAL');
    configure(database);
    return migrate(database, home.journal, from);
  });
}

function configure(database: DatabaseSync): void {
  database.exec(`PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = ${WAL_LIMIT_BYTES}`);
}

/** All steps or none: a process that is killed in the middle leaves the journal as it was. */
function migrate(database: DatabaseSync, file: string, from: number): Result<void> {
  database.exec('BEGIN IMMEDIATE');
  try {
    for (const step of MIGRATIONS.slice(from)) database.exec(step);
    database.exec(`PRAGMA user_version = ${MIGRATIONS.length}; COMMIT`);
    return ok(undefined);
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    if (sqliteFault(error, file) !== null) throw error;
    return failed(mixed(file, from, error));
  }
}

const versionOf = (database: DatabaseSync): number =>
  Number(database.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);

const hasTables = (database: DatabaseSync): boolean =>
  database.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() !== undefined;

const foreign = (file: string): Fault =>
  fault(
    'config-invalid',
    `${file} is a database, but not a journal of btrfleet; it was left as it is.`,
    'Move it away, or choose another state directory with --home.',
  );

const mixed = (file: string, version: number, error: unknown): Fault =>
  fault(
    'config-invalid',
    `${file} cannot be brought up to date: its tables are not those of schema ${version}, which it says it has (${errorText(error)}). It was left as it is.`,
    `Put it back from a backup, or begin a new one: move it away together with its -wal and -shm, ${JSON.stringify(file)}*`,
  );

const newer = (file: string, version: number): Fault =>
  fault(
    'config-invalid',
    `${file} was written by a newer btrfleet (schema ${version}, this one knows ${MIGRATIONS.length}).`,
    'Use that version of btrfleet, or another state directory with --home.',
  );

function wrap(database: DatabaseSync, file: string, clock: Clock): JournalDatabase {
  const statements = new Map<string, StatementSync>();
  const statement = (sql: string): StatementSync => {
    const known = statements.get(sql);
    if (known !== undefined) return known;
    const prepared = database.prepare(sql);
    statements.set(sql, prepared);
    return prepared;
  };
  let isBusy = false;
  const expectBusy = (busy: boolean): void => {
    if (busy === isBusy) return;
    isBusy = busy;
    database.exec(`PRAGMA busy_timeout = ${busy ? STILL_BUSY_MILLISECONDS : BUSY_MILLISECONDS}`);
  };
  const guard = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      // Transfers of hours must not stand still at every try for as long as somebody else holds it.
      if (sqliteCode(error) === 'busy') expectBusy(true);
      const known = sqliteFault(error, file);
      throw known === null ? error : new JournalFailure(known);
    }
  };
  const write = <T>(change: () => T): T => {
    guard(() => database.exec('BEGIN IMMEDIATE'));
    try {
      const value = change();
      guard(() => database.exec('COMMIT'));
      expectBusy(false);
      return value;
    } catch (error) {
      if (database.isTransaction) database.exec('ROLLBACK');
      throw error;
    }
  };
  return {
    clock,
    rows: (sql, ...values) => guard(() => statement(sql).all(...values)),
    row: (sql, ...values) => guard(() => statement(sql).get(...values) ?? null),
    run: (sql, ...values) => guard(() => Number(statement(sql).run(...values).changes)),
    write,
    // NORMAL flushes the WAL at checkpoints only. Progress, four times a second and synchronous, must not wait for
    // a disk; a mark of what is being received, or an outcome, must not be lost with the power.
    writeDurably: (change) => {
      database.exec('PRAGMA synchronous = FULL');
      try {
        return write(change);
      } finally {
        database.exec('PRAGMA synchronous = NORMAL');
      }
    },
    close: () => database.close(),
  };
}
