/**
 * Decides how a file of ours comes into being: readable by its owner alone, whatever the umask, and replaced as a
 * whole or not at all.
 */
import {
  chmodSync,
  closeSync,
  fchmodSync,
  fsyncSync,
  linkSync,
  lstatSync,
  openSync,
  readdirSync,
  renameSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { errorCode } from './system-error.ts';

const PRIVATE = 0o600;

/**
 * Makes an empty private file where there is none, and tightens one that others can read. It never opens a file
 * that exists: closing it would drop the locks SQLite holds on it in this process.
 */
export function ensurePrivateFile(path: string): void {
  try {
    const file = openSync(path, 'wx', PRIVATE);
    fchmodSync(file, PRIVATE);
    closeSync(file);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
    const { mode } = lstatSync(path);
    if ((mode & 0o077) !== 0) chmodSync(path, PRIVATE);
  }
}

/**
 * Makes a file that must not exist yet, as a whole or not at all; throws EEXIST where it does. The caller holds the
 * home lock, as for `replacePrivateFile`.
 */
export function createPrivateFile(path: string, content: string | Uint8Array): void {
  const temporary = writeTemporary(path, content);
  // A link, unlike a rename, never replaces what is there.
  try {
    linkSync(temporary, path);
  } finally {
    unlinkSync(temporary);
  }
  syncDirectory(dirname(path));
}

/**
 * Replaces a file as a whole: a reader sees the old or the new one, after a crash too. The caller holds the home
 * lock, so a temporary file that is found is what a killed process left.
 */
export function replacePrivateFile(path: string, content: string): void {
  renameSync(writeTemporary(path, content), path);
  syncDirectory(dirname(path));
}

/** On the disk when it returns. */
function writeTemporary(path: string, content: string | Uint8Array): string {
  removeLeftovers(path);
  const temporary = `${path}.tmp-new`;
  const file = openSync(temporary, 'wx', PRIVATE);
  try {
    fchmodSync(file, PRIVATE);
    writeFileSync(file, content);
    fsyncSync(file);
    return temporary;
  } catch (error) {
    unlinkSync(temporary);
    throw error;
  } finally {
    closeSync(file);
  }
}

/** Removes what writers of `path` left when they were killed. Only under the home lock. */
export function removeLeftovers(path: string): void {
  const prefix = `${basename(path)}.tmp-`;
  for (const name of readdirSync(dirname(path))) {
    if (name.startsWith(prefix)) unlinkSync(join(dirname(path), name));
  }
}

/** Makes a rename in the directory survive a loss of power. */
export function syncDirectory(directory: string): void {
  const handle = openSync(directory, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
