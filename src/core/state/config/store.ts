/**
 * Decides how the configuration is read and changed: read, modified and written under a lock, so that no change is
 * lost, and never written over a file that could not be understood.
 */

import { chmodSync, readFileSync, statSync } from 'node:fs';
import Conf from 'conf';
import { quoteWord } from '../../model/command-line.ts';
import { type Fault, fault } from '../../model/fault.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import { shortageFault } from '../../model/shortage.ts';
import type { Home } from '../home/home.ts';
import { underHomeLock } from '../home/lock.ts';
import { removeLeftovers, syncDirectory } from '../home/private-file.ts';
import { errorCode, errorText } from '../home/system-error.ts';
import { parseJson } from './json-text.ts';
import {
  type Config,
  type ConfigFlaw,
  EMPTY_CONFIG,
  migrateConfig,
  parseConfig,
  type ReadConfig,
} from './schema.ts';
import { withUnknownKeys } from './unknown-keys.ts';

export interface ConfigStore {
  /** A missing file is an empty configuration. Cheap while the file stays the same. Fault: `config-invalid`. */
  read(): Result<ReadConfig>;
  /**
   * Hands the newest configuration to `edit` and writes what it returns; returns what is now on the disk. `edit`
   * runs under the lock: it must be quick and must not change this or the vault itself. Faults: `config-invalid`
   * (the file, or what `edit` made of it; nothing was written), `locked`, `no-space`, and those of `edit`.
   */
  change(edit: (config: Config) => Result<Config>): Result<Config>;
  /** A stamp of the file as it is now; another one after every change by anybody. */
  version(): string;
  /** Whether the file is another one than at `version`. */
  changed(version: string): boolean;
}

export function createConfigStore(home: Home): ConfigStore {
  let last: { readonly version: string; readonly content: Result<Content> } | null = null;
  const version = (): string => stamp(home.config);
  const current = (): Result<Content> => {
    // Taken before reading: a change in between makes the next read read again.
    const now = version();
    if (last?.version === now) return last.content;
    const content = load(home.config);
    // One that could not be read may be readable as it is in a moment: too many files are open, the disk fails.
    last = content.ok ? { version: now, content } : null;
    return content;
  };
  return {
    read: current,
    change: (edit) =>
      underHomeLock(home, () => {
        const content = load(home.config);
        if (!content.ok) return content;
        const edited = edit(content.value.config);
        return edited.ok ? save(home, content.value, edited.value) : edited;
      }),
    version,
    changed: (since) => version() !== since,
  };
}

interface Content extends ReadConfig {
  /** With the keys that this version does not know; null: there is no file. */
  readonly raw: Readonly<Record<string, unknown>> | null;
}

function load(file: string): Result<Content> {
  const bytes = bytesOf(file);
  if (!bytes.ok) return bytes;
  if (bytes.value === null) return ok({ config: EMPTY_CONFIG, warnings: [], raw: null });
  const json = parseJson(bytes.value);
  if (!json.ok) {
    const { line, column, reason } = json.fault;
    return failed(unreadable(file, `line ${line}, column ${column}: ${reason}`));
  }
  const raw = migrateConfig(json.value);
  if (!raw.ok) return failed(unreadable(file, flawText([raw.fault])));
  const read = parseConfig(raw.value);
  return read.ok ? ok({ ...read.value, raw: raw.value }) : failed(unreadable(file, flawText(read.fault)));
}

/** Null: there is no file. */
function bytesOf(file: string): Result<Uint8Array | null> {
  try {
    return ok(readFileSync(file));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return ok(null);
    return failed(shortageFault(error) ?? unreadable(file, errorText(error)));
  }
}

function save(home: Home, before: Content, next: Config): Result<Config> {
  const merged = withUnknownKeys(before.raw, before.config, next);
  const raw = migrateConfig(merged);
  const checked = raw.ok ? parseConfig(raw.value) : failed([raw.fault]);
  if (!raw.ok || !checked.ok) {
    const flaws = checked.ok ? [] : checked.fault;
    return failed(
      fault(
        'config-invalid',
        `The change would make the configuration invalid: ${flawText(flaws)}.`,
        'Nothing was changed. Ask for something that fits.',
      ),
    );
  }
  if (JSON.stringify(raw.value) === JSON.stringify(before.raw ?? EMPTY_CONFIG))
    return ok(checked.value.config);
  try {
    write(home, raw.value);
    return ok(checked.value.config);
  } catch (error) {
    const code = errorCode(error);
    if (code === null) throw error;
    return failed(shortageFault(error) ?? unwritable(home.config, code, error));
  }
}

/** Through conf, which writes a temporary file, flushes it and renames it over the old one. */
function write(home: Home, raw: Readonly<Record<string, unknown>>): void {
  removeLeftovers(home.config);
  const conf = new Conf<Record<string, unknown>>({
    cwd: home.directory,
    configName: 'config',
    configFileMode: 0o600,
    clearInvalidConfig: false,
    accessPropertiesByDotNotation: false,
    serialize: (value) => `${JSON.stringify(value, null, 2)}\n`,
  });
  withoutSnap(() => {
    conf.store = raw;
  });
  // conf takes the umask off the mode it was given.
  chmodSync(home.config, 0o600);
  syncDirectory(home.directory);
}

/**
 * Where SNAP is set conf writes in place, and a crash would leave half a file. Every terminal that came as a snap
 * sets it, and btrfleet is not one.
 */
function withoutSnap(work: () => void): void {
  // house: hidden-input conf itself looks there, and only there can it be kept from it
  const environment = process.env;
  const snap = environment['SNAP'];
  delete environment['SNAP'];
  try {
    work();
  } finally {
    if (snap !== undefined) environment['SNAP'] = snap;
  }
}

function stamp(file: string): string {
  try {
    const stats = statSync(file, { bigint: true, throwIfNoEntry: false });
    return stats === undefined ? 'none' : `${stats.ino}.${stats.mtimeNs}.${stats.size}`;
  } catch (error) {
    return `unreadable: ${errorText(error)}`;
  }
}

const FLAWS_SHOWN = 5;

function flawText(flaws: readonly ConfigFlaw[]): string {
  const shown = flaws
    .slice(0, FLAWS_SHOWN)
    .map(({ path, reason }) => (path === '' ? reason : `${path}: ${reason}`));
  const more = flaws.length - shown.length;
  return [...shown, ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
}

const unreadable = (file: string, reason: string): Fault =>
  fault(
    'config-invalid',
    `The configuration ${file} cannot be read: ${reason}.`,
    'Mend the file or put it back from a backup. It was left as it is, and nothing will be written to it until then.',
  );

const unwritable = (file: string, code: string, error: unknown): Fault =>
  code === 'ENOSPC' || code === 'EDQUOT'
    ? fault(
        'no-space',
        `There is no space left to write ${file}; the old one is still there.`,
        'Free some space on this machine, then try again.',
      )
    : fault(
        'config-invalid',
        `The configuration ${file} cannot be written: ${errorText(error)}.`,
        `See who may write there: ls -ld ${quoteWord(file)}`,
      );
