/**
 * Decides who gets at the secrets: kept sealed in vault.json, under a random key in vault.key or under a passphrase.
 * Nothing is read before it is needed, nothing is overwritten that could not be opened, and no fault holds a secret.
 */
import { rmSync } from 'node:fs';
import { fault } from '../../model/fault.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import type { Home } from '../home/home.ts';
import { underHomeLock } from '../home/lock.ts';
import { removeLeftovers } from '../home/private-file.ts';
import { sqliteFault } from '../home/sqlite-fault.ts';
import { keyFromPassphrase, newScrypt, type RandomBytes, type Sealed, seal, unseal } from './cipher.ts';
import {
  type Kdf,
  locked,
  readVaultFile,
  tampered,
  VAULT_VERSION,
  type VaultFile,
  writeVaultFile,
} from './file.ts';
import { ensureKeyFile, readKeyFile } from './key.ts';

/** Faults of all of it: `vault-locked`, `vault-tampered`; where it writes also `locked`, `no-space`. */
export interface Vault {
  /** Null: there is no such secret. */
  get(name: string): Result<string | null>;
  set(name: string, secret: string): Result<void>;
  /** Fine when there is none. */
  remove(name: string): Result<void>;
  /** Sorted; needs no key. */
  names(): Result<string[]>;
  /** Puts everything under this passphrase and removes vault.key. Fault `usage` for an empty one. */
  protect(passphrase: string): Result<void>;
  /** Puts everything under a random key in vault.key. */
  unprotect(): Result<void>;
  isProtected(): Result<boolean>;
}

export interface VaultOptions {
  readonly home: Home;
  /** Asked once it is needed; null: nobody can tell it. */
  readonly passphrase: () => string | null;
  readonly randomBytes: RandomBytes;
}

export function openVault({ home, passphrase, randomBytes }: VaultOptions): Vault {
  const keys = keyRing(home, passphrase);
  const writing = (change: () => Result<void>): Result<void> =>
    underHomeLock(home, () => guarded(home, change));
  const renew = (kdf: Kdf, key: () => Result<Uint8Array>): Result<void> => {
    const opened = openAll(home, keys);
    if (!opened.ok) return opened;
    const made = key();
    if (!made.ok) return made;
    writeVaultFile(home, sealAll(kdf, made.value, opened.value, randomBytes));
    return ok(undefined);
  };
  return {
    get: (name) => getSecret(home, keys, name),
    set: (name, secret) =>
      writing(() => {
        const vault = openOrMake(home, keys, randomBytes);
        if (!vault.ok) return vault;
        const { file, key } = vault.value;
        const entry = seal(key, placeOf(name), secret, randomBytes);
        writeVaultFile(home, { ...file, entries: withEntry(file.entries, name, entry) });
        return ok(undefined);
      }),
    remove: (name) => writing(() => removeSecret(home, name)),
    names: () => {
      const file = readVaultFile(home);
      return file.ok ? ok(Object.keys(file.value?.entries ?? {}).sort()) : file;
    },
    protect: (text) =>
      writing(() => {
        if (text === '') return failed(EMPTY);
        const kdf = newScrypt(randomBytes);
        const done = renew(kdf, () => ok(keys.learn(text, kdf)));
        // Only now that nothing needs it: with the key beside it an old copy of the vault could still be opened.
        if (done.ok) rmSync(home.vaultKey, { force: true });
        return done;
      }),
    unprotect: () => writing(() => renew({ kind: 'keyfile' }, () => ensureKeyFile(home, randomBytes))),
    isProtected: () => {
      const file = readVaultFile(home);
      return file.ok ? ok(file.value?.kdf.kind === 'scrypt') : file;
    },
  };
}

interface KeyRing {
  /** Null: it is to be in a file that is not there. */
  keyFor(kdf: Kdf): Result<Uint8Array | null>;
  learn(passphrase: string, kdf: Extract<Kdf, { kind: 'scrypt' }>): Uint8Array;
}

/** Remembers a key that took half a second to make; a key file is read anew, it may be another one by now. */
function keyRing(home: Home, passphrase: () => string | null): KeyRing {
  const known = new Map<string, Uint8Array>();
  const learn: KeyRing['learn'] = (text, kdf) => {
    const key = keyFromPassphrase(text, kdf);
    known.clear();
    known.set(kdf.salt, key);
    return key;
  };
  return {
    learn,
    keyFor: (kdf) => {
      if (kdf.kind === 'keyfile') return readKeyFile(home);
      const made = known.get(kdf.salt);
      if (made !== undefined) return ok(made);
      const text = passphrase();
      return text === null ? failed(needsPassphrase(home)) : ok(learn(text, kdf));
    },
  };
}

interface OpenVault {
  readonly file: VaultFile;
  readonly key: Uint8Array;
}

function getSecret(home: Home, keys: KeyRing, name: string): Result<string | null> {
  const file = readVaultFile(home);
  if (!file.ok) return file;
  const entry = file.value === null ? undefined : entryOf(file.value, name);
  if (file.value === null || entry === undefined) return ok(null);
  const key = unlock(home, keys, file.value);
  if (!key.ok) {
    // Another process may have put it under another key between the two reads.
    const again = readVaultFile(home);
    return again.ok && again.value?.check.iv !== file.value.check.iv ? getSecret(home, keys, name) : key;
  }
  return openEntry(home, key.value, name, entry);
}

function openEntry(home: Home, key: Uint8Array, name: string, entry: Sealed): Result<string> {
  const secret = unseal(key, placeOf(name), entry);
  return secret === null ? failed(tampered(home.vault, `entries.${name}`)) : ok(secret);
}

/** The key that fits this file. */
function unlock(home: Home, keys: KeyRing, file: VaultFile): Result<Uint8Array> {
  const key = keys.keyFor(file.kdf);
  if (!key.ok) return key;
  if (key.value === null) return failed(keyMissing(home));
  if (unseal(key.value, CHECK_PLACE, file.check) !== CHECK_TEXT) return failed(wrongKey(home, file.kdf));
  return ok(key.value);
}

function openOrMake(home: Home, keys: KeyRing, randomBytes: RandomBytes): Result<OpenVault> {
  const there = readVaultFile(home);
  if (!there.ok) return there;
  const file = there.value;
  if (file !== null && (file.kdf.kind === 'scrypt' || Object.keys(file.entries).length > 0)) {
    const key = unlock(home, keys, file);
    return key.ok ? ok({ file, key: key.value }) : key;
  }
  // No secret is there yet, so none can be lost to a new key.
  const key = ensureKeyFile(home, randomBytes);
  if (!key.ok) return key;
  return ok({ file: sealAll({ kind: 'keyfile' }, key.value, new Map(), randomBytes), key: key.value });
}

/** Every secret, or the first fault. */
function openAll(home: Home, keys: KeyRing): Result<ReadonlyMap<string, string>> {
  const file = readVaultFile(home);
  if (!file.ok) return file;
  const secrets = new Map<string, string>();
  if (file.value === null) return ok(secrets);
  const key = unlock(home, keys, file.value);
  if (!key.ok)
    return Object.keys(file.value.entries).length === 0 && file.value.kdf.kind === 'keyfile'
      ? ok(secrets)
      : key;
  for (const [name, entry] of Object.entries(file.value.entries)) {
    const secret = openEntry(home, key.value, name, entry);
    if (!secret.ok) return secret;
    secrets.set(name, secret.value);
  }
  return ok(secrets);
}

const sealAll = (
  kdf: Kdf,
  key: Uint8Array,
  secrets: ReadonlyMap<string, string>,
  randomBytes: RandomBytes,
): VaultFile => ({
  version: VAULT_VERSION,
  kdf,
  check: seal(key, CHECK_PLACE, CHECK_TEXT, randomBytes),
  entries: Object.fromEntries(
    [...secrets].map(([name, secret]) => [name, seal(key, placeOf(name), secret, randomBytes)]),
  ),
});

/** Needs no key: a vault that cannot be opened can still lose what is not wanted any more. */
function removeSecret(home: Home, name: string): Result<void> {
  const file = readVaultFile(home);
  if (!file.ok) return file;
  if (file.value === null || entryOf(file.value, name) === undefined) return ok(undefined);
  const entries = Object.fromEntries(Object.entries(file.value.entries).filter(([other]) => other !== name));
  writeVaultFile(home, { ...file.value, entries });
  return ok(undefined);
}

const entryOf = ({ entries }: VaultFile, name: string): Sealed | undefined =>
  Object.hasOwn(entries, name) ? entries[name] : undefined;

const withEntry = (entries: VaultFile['entries'], name: string, entry: Sealed): VaultFile['entries'] =>
  Object.fromEntries([...Object.entries(entries).filter(([other]) => other !== name), [name, entry]]);

function guarded(home: Home, change: () => Result<void>): Result<void> {
  try {
    removeLeftovers(home.vault);
    removeLeftovers(home.vaultKey);
    return change();
  } catch (error) {
    const known = sqliteFault(error, home.vault);
    if (known === null) throw error;
    return failed(known);
  }
}

const PLACE = `btrfleet vault ${VAULT_VERSION}`;
const CHECK_PLACE = `${PLACE} check`;
const CHECK_TEXT = 'btrfleet';
const placeOf = (name: string): string => `${PLACE} entry ${name}`;

const EMPTY = fault(
  'usage',
  'The passphrase is empty.',
  'Choose one, or leave the vault under its key file.',
);

const needsPassphrase = ({ vault }: Home) =>
  locked(
    `The vault ${vault} is under a passphrase, and none was given.`,
    'Start btrfleet where it can ask for it, or name the file that holds it.',
  );

const keyMissing = ({ vault, vaultKey }: Home) =>
  locked(
    `The key of the vault, ${vaultKey}, is not there, so ${vault} cannot be opened.`,
    'Put vault.key back from a backup; or move vault.json away and enter the secrets again.',
  );

const wrongKey = ({ vault, vaultKey }: Home, kdf: Kdf) =>
  kdf.kind === 'scrypt'
    ? locked(`The passphrase does not open the vault ${vault}.`, 'Try again.')
    : locked(
        `The key ${vaultKey} does not open the vault ${vault}: the two do not belong together.`,
        'Put back the pair from one backup; or move vault.json away and enter the secrets again.',
      );
