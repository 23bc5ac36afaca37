/**
 * Decides whether vault.key can be used, and makes it where there is none. It never overwrites one: a lost key is a
 * lost vault.
 */

import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { quoteWord } from '../../model/command-line.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import { shortageFault } from '../../model/shortage.ts';
import type { Home } from '../home/home.ts';
import { createPrivateFile } from '../home/private-file.ts';
import { errorCode, errorText } from '../home/system-error.ts';
import { KEY_BYTES, type RandomBytes } from './cipher.ts';
import { locked } from './file.ts';

/** Null: there is none. Fault: `vault-locked` (others may read it, not readable, not a key). */
export function readKeyFile({ vaultKey }: Home): Result<Uint8Array | null> {
  let file: number | null = null;
  try {
    file = openSync(vaultKey, 'r');
    if ((fstatSync(file).mode & 0o077) !== 0) {
      return failed(
        locked(
          `Others may read the key of the vault, ${vaultKey}, so it is not used.`,
          `Take the right away: chmod 600 ${quoteWord(vaultKey)}; if others had access, change the passwords that are in the vault.`,
        ),
      );
    }
    const key = readFileSync(file);
    if (key.length === KEY_BYTES) return ok(key);
    return failed(
      locked(
        `${vaultKey} is not a key: it has ${key.length} bytes, not ${KEY_BYTES}.`,
        'Put it back from a backup.',
      ),
    );
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return ok(null);
    const why = locked(`The key ${vaultKey} cannot be read: ${errorText(error)}.`, 'See who may read it.');
    return failed(shortageFault(error) ?? why);
  } finally {
    if (file !== null) closeSync(file);
  }
}

/** The key that is there, else a new one. Under the home lock only. */
export function ensureKeyFile(home: Home, randomBytes: RandomBytes): Result<Uint8Array> {
  const there = readKeyFile(home);
  if (!there.ok) return there;
  if (there.value !== null) return ok(there.value);
  const key = randomBytes(KEY_BYTES);
  createPrivateFile(home.vaultKey, key);
  return ok(key);
}
