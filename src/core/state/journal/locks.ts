/**
 * Decides who may work on what: locks by name between the processes of this machine, and the engine's one place.
 * What a dead process held is anybody's.
 */
import { isoTime } from '../../model/clock.ts';
import { type Fault, fault } from '../../model/fault.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import type { Holder, IsAlive } from '../home/holder.ts';
import { readHolder, writeHolder } from './codec.ts';
import type { JournalDatabase, Row } from './database.ts';

/** The lock that only one scheduler of a state directory has. */
export const SCHEDULER_LOCK = 'scheduler';

export interface LockOwner {
  readonly holder: Holder;
  /** The run it is for; null: none. */
  readonly runId: number | null;
  /** What is being done, as it reads after "is busy: ", for example `replication of /data to b`. */
  readonly what: string;
}

export interface Lock {
  readonly keys: readonly string[];
  /** Frees them; once is enough, more does no harm. */
  release(): void;
}

export interface LockHolder {
  /** Null: written by another version. */
  readonly holder: Holder | null;
  /** As `LockOwner` has it. */
  readonly what: string;
  /** ISO 8601 UTC. */
  readonly since: string;
}

/** A lock that somebody who lives has now. */
export interface HeldLock extends LockHolder {
  readonly key: string;
  /** The run it is for; null: none. */
  readonly runId: number | null;
}

export interface LockJournal {
  /** All or none. A key held by anybody, this process too, is a conflict. Fault: `locked`, naming who, what and since when. */
  acquireLocks(keys: readonly string[], owner: LockOwner, isAlive: IsAlive): Result<Lock>;
  /** Who holds it; null: nobody, or a dead one. */
  lockHolder(key: string, isAlive: IsAlive): LockHolder | null;
  /** When whoever has, or died with, a key last said that it lives, ISO 8601 UTC; null: it was given back. */
  lockBeat(key: string): string | null;
  /** Those whose key begins so and whose holder lives. */
  heldLocks(prefix: string, isAlive: IsAlive): HeldLock[];
  /** Makes `holder` the one engine; again by the same one is fine. Fault: `locked`. */
  takeEngine(holder: Holder, isAlive: IsAlive): Result<void>;
  releaseEngine(holder: Holder): void;
  /** Null: none, or a dead one. */
  currentEngine(isAlive: IsAlive): Holder | null;
}

export const lockJournal = (database: JournalDatabase): LockJournal => ({
  acquireLocks: (keys, owner, isAlive) => database.write(() => acquireLocks(database, keys, owner, isAlive)),
  lockHolder: (key, isAlive) => {
    const row = database.row('SELECT * FROM locks WHERE key = ?', key);
    if (row === null || !lives(row, isAlive)) return null;
    return lockHolderOf(row);
  },
  lockBeat: (key) => {
    const row = database.row('SELECT seen_at FROM locks WHERE key = ?', key);
    return row === null ? null : String(row['seen_at']);
  },
  heldLocks: (prefix, isAlive) =>
    database
      .rows('SELECT * FROM locks WHERE substr(key, 1, ?) = ?', prefix.length, prefix)
      .filter((row) => lives(row, isAlive))
      .map((row) => ({
        ...lockHolderOf(row),
        key: String(row['key']),
        runId: row['run_id'] === null ? null : Number(row['run_id']),
      })),
  takeEngine: (holder, isAlive) => database.write(() => takeEngine(database, holder, isAlive)),
  releaseEngine: (holder) => {
    database.run('DELETE FROM engine WHERE holder = ?', writeHolder(holder));
  },
  currentEngine: (isAlive) => {
    const row = database.row('SELECT * FROM engine');
    return row !== null && lives(row, isAlive) ? readHolder(row['holder']) : null;
  },
});

const lockHolderOf = (row: Row): LockHolder => ({
  holder: readHolder(row['holder']),
  what: String(row['what']),
  since: String(row['since']),
});

function acquireLocks(
  database: JournalDatabase,
  keys: readonly string[],
  { holder, runId, what }: LockOwner,
  isAlive: IsAlive,
): Result<Lock> {
  const wanted = [...new Set(keys)];
  for (const key of wanted) {
    const row = database.row('SELECT * FROM locks WHERE key = ?', key);
    if (row !== null && lives(row, isAlive)) return failed(taken(row));
  }
  sweep(database, isAlive);
  const now = isoTime(database.clock.now());
  const ids = wanted.map((key) => {
    database.run('DELETE FROM locks WHERE key = ?', key);
    const row = database.row(
      'INSERT INTO locks (key, holder, run_id, what, since, seen_at) VALUES (?, ?, ?, ?, ?, ?) RETURNING id',
      key,
      writeHolder(holder),
      runId,
      what,
      now,
      now,
    );
    return Number(row?.['id']);
  });
  const release = (): void => {
    for (const id of ids) database.run('DELETE FROM locks WHERE id = ?', id);
  };
  return ok({ keys: wanted, release });
}

/** What the dead left. Only of the scheduler's is it asked when it was last seen. */
function sweep(database: JournalDatabase, isAlive: IsAlive): void {
  for (const row of database.rows('SELECT * FROM locks WHERE key <> ?', SCHEDULER_LOCK))
    if (!lives(row, isAlive)) database.run('DELETE FROM locks WHERE id = ?', Number(row['id']));
}

function takeEngine(database: JournalDatabase, holder: Holder, isAlive: IsAlive): Result<void> {
  const row = database.row('SELECT * FROM engine');
  const me = writeHolder(holder);
  if (row !== null && row['holder'] !== me && lives(row, isAlive)) {
    return failed(
      fault(
        'locked',
        `An engine is running already: ${pidOf(row)}, since ${String(row['since'])}.`,
        'It does the work that is queued. Stop it first to run another one.',
      ),
    );
  }
  const now = isoTime(database.clock.now());
  database.run(
    'INSERT OR REPLACE INTO engine (id, holder, since, seen_at) VALUES (1, ?, ?, ?)',
    me,
    now,
    now,
  );
  return ok(undefined);
}

/** A holder that cannot be read was written by another version: it may well live. */
function lives(row: Row, isAlive: IsAlive): boolean {
  const holder = readHolder(row['holder']);
  return holder === null || isAlive(holder, String(row['seen_at']));
}

function taken(row: Row): Fault {
  const run = row['run_id'] === null ? '' : `run ${String(row['run_id'])}, `;
  return fault(
    'locked',
    `${String(row['key'])} is busy: ${String(row['what'])} (${run}${pidOf(row)}, since ${String(row['since'])}).`,
    run === ''
      ? 'Wait until it is done, then try again.'
      : `Wait until it is done, then try again: btrfleet run show ${String(row['run_id'])}`,
  );
}

function pidOf(row: Row): string {
  const holder = readHolder(row['holder']);
  return holder === null ? 'unknown process' : `pid ${holder.pid} on ${holder.host}`;
}
