/** Classifies what SQLite reports, once: the only place that knows its result codes. */
import { closeSync, openSync } from 'node:fs';
import { quoteWord } from '../../model/command-line.ts';
import { type Fault, fault } from '../../model/fault.ts';
import { shortageFault } from '../../model/shortage.ts';
import { errorCode, errorText } from './system-error.ts';

/** The expected failures; anything else is a bug in a statement. */
export type SqliteCode = 'busy' | 'corrupt' | 'full' | 'inaccessible';

/** https://www.sqlite.org/rescode.html, primary codes. */
const CODES: Readonly<Record<number, SqliteCode>> = {
  3: 'inaccessible',
  5: 'busy',
  6: 'busy',
  8: 'inaccessible',
  10: 'inaccessible',
  11: 'corrupt',
  13: 'full',
  14: 'inaccessible',
  15: 'inaccessible',
  23: 'inaccessible',
  26: 'corrupt',
};

/** SQLITE_READONLY_DBMOVED. */
const MOVED = 1032;

const isMoved = (error: unknown): boolean =>
  error instanceof Error && 'errcode' in error && error.errcode === MOVED;

/** SQLITE_IOERR_SHMSIZE: what a full disk is called where the file beside the WAL cannot grow. */
const NO_ROOM_FOR_INDEX = 4874;

export function sqliteCode(error: unknown): SqliteCode | null {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return null;
  if (error.errcode === NO_ROOM_FOR_INDEX) return 'full';
  return CODES[error.errcode & 0xff] ?? null;
}

/** SQLITE_CANTOPEN, and what it is called for the file beside the WAL (SQLITE_IOERR_SHMOPEN). */
const isCannotOpen = (error: unknown): boolean =>
  error instanceof Error && 'errcode' in error && [14, 4618].includes(Number(error.errcode));

/** A database in WAL mode is three files, and a fourth for a moment; it closes what it has when it cannot have all. */
const FILES = 4;

/** SQLite does not tell why a file cannot be opened. */
function openingFault(): Fault | null {
  const files: number[] = [];
  try {
    while (files.length < FILES) files.push(openSync('/dev/null', 'r'));
    return null;
  } catch (error) {
    return shortageFault(error);
  } finally {
    for (const file of files) closeSync(file);
  }
}

const SYSTEM = new Set(['EACCES', 'EPERM', 'EROFS', 'EIO', 'EISDIR', 'ENOTDIR', 'ENOENT', 'ELOOP']);

/** The fault that an error on the database `file` means; null for a bug. */
export function sqliteFault(error: unknown, file: string): Fault | null {
  const shortage = shortageFault(error) ?? (isCannotOpen(error) ? openingFault() : null);
  if (shortage !== null) return shortage;
  const system = errorCode(error);
  if (system === 'ENOSPC' || system === 'EDQUOT') return full(file);
  if (system !== null && SYSTEM.has(system)) return inaccessible(file, error);
  switch (sqliteCode(error)) {
    case 'busy':
      return fault('locked', `Another btrfleet keeps ${file} busy.`, 'Try again in a few seconds.');
    case 'corrupt':
      return fault(
        'config-invalid',
        `${file} is damaged (${errorText(error)}); it was left as it is.`,
        `Put it back from a backup, or begin a new one: move it away together with its -wal and -shm, ${JSON.stringify(file)}*`,
      );
    case 'full':
      return full(file);
    case 'inaccessible':
      // A disk that fails may work again; a file that was moved away does not come back to who has it open.
      return { ...inaccessible(file, error), retry: !isMoved(error) };
    case null:
      return null;
  }
}

const full = (file: string): Fault =>
  fault(
    'no-space',
    `There is no space left to write ${file}.`,
    'Free some space on this machine, then try again.',
    // Somebody else may free it, or a file that filled it ends.
    { retry: true },
  );

const inaccessible = (file: string, error: unknown): Fault =>
  fault(
    'config-invalid',
    `${file} cannot be used: ${errorText(error)}.`,
    `See who may read and write it: ls -l ${quoteWord(file)}`,
  );
