/**
 * Decides who may change the files of the state directory: one process at a time. The lock is SQLite's on an empty
 * file, so the kernel frees it when its holder dies. It is not re-entrant: never ask for it while holding it.
 */

import { DatabaseSync } from 'node:sqlite';
import { quoteWord } from '../../model/command-line.ts';
import { fault } from '../../model/fault.ts';
import { failed, type Result } from '../../model/result.ts';
import type { Home } from './home.ts';
import { ensurePrivateFile } from './private-file.ts';
import { sqliteCode, sqliteFault } from './sqlite-fault.ts';

const WAIT_MILLISECONDS = 5_000;

/**
 * Runs `change` while holding the lock. Faults: `locked` when another process kept it for five seconds, and
 * whatever `change` returns.
 */
export function underHomeLock<T>(home: Home, change: () => Result<T>): Result<T> {
  const lock = take(home);
  if (!lock.ok) return lock;
  try {
    return change();
  } finally {
    lock.value.close();
  }
}

function take(home: Home): Result<DatabaseSync> {
  let lock: DatabaseSync | null = null;
  try {
    ensurePrivateFile(home.lock);
    lock = new DatabaseSync(home.lock, { timeout: WAIT_MILLISECONDS });
    lock.exec('BEGIN EXCLUSIVE');
    return { ok: true, value: lock };
  } catch (error) {
    lock?.close();
    if (sqliteCode(error) === 'busy') return failed(taken(home));
    const known = sqliteFault(error, home.lock);
    if (known === null) throw error;
    return failed(known);
  }
}

const taken = (home: Home) =>
  fault(
    'locked',
    `Another btrfleet has been changing the state in ${home.directory} for more than five seconds.`,
    `Try again. If it stays so, see who has the file open: fuser ${quoteWord(home.lock)}`,
  );
