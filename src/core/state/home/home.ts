/**
 * Decides where btrfleet keeps its state and whether that directory can be trusted with it. It makes what is
 * missing and never changes the rights of a directory that was there before: it may be anybody's.
 */

import { accessSync, chmodSync, constants, mkdirSync, type Stats, statSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { quoteWord } from '../../model/command-line.ts';
import { type Fault, fault } from '../../model/fault.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import { shortageFault } from '../../model/shortage.ts';
import { type FilesystemKind, filesystemKind, sharedFilesystem } from './filesystem-kind.ts';
import { errorCode, errorText } from './system-error.ts';

/** The state directory and the files in it, absolute. */
export interface Home {
  readonly directory: string;
  readonly config: string;
  readonly vault: string;
  readonly vaultKey: string;
  readonly knownHosts: string;
  readonly journal: string;
  /** Held for the time of a change to the configuration or the vault (home-lock). */
  readonly lock: string;
  readonly logs: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** `--home`, else BTRFLEET_HOME, else XDG_CONFIG_HOME/btrfleet, else ~/.config/btrfleet. Fault `usage` when nothing tells. */
export function homeDirectory(from: {
  readonly flag: string | null;
  readonly env: Environment;
}): Result<string> {
  const { BTRFLEET_HOME: named, XDG_CONFIG_HOME: xdg, HOME: user } = from.env;
  const chosen = from.flag ?? (named || null);
  if (chosen === '') return failed(noHome('--home is empty.'));
  if (chosen !== null) return ok(resolve(chosen));
  // The XDG specification: a relative path in it is to be ignored.
  if (xdg !== undefined && isAbsolute(xdg)) return ok(join(xdg, 'btrfleet'));
  if (user !== undefined && isAbsolute(user)) return ok(join(user, '.config', 'btrfleet'));
  return failed(noHome('There is no place for the state: HOME is not set.'));
}

/**
 * Makes the directory (0700) if it is missing and checks that it is a directory of ours that others cannot write
 * to, on a filesystem that keeps locks. Faults: `config-invalid`.
 */
export function openHome({
  home,
  kindOf = filesystemKind,
}: {
  readonly home: string;
  readonly kindOf?: (path: string) => FilesystemKind;
}): Result<Home> {
  try {
    if (mkdirSync(home, { recursive: true, mode: 0o700 }) !== undefined) chmodSync(home, 0o700);
    const complaint = unfit(home, statSync(home)) ?? withoutLocks(home, sharedFilesystem(kindOf(home)));
    if (complaint !== null) return failed(complaint);
    accessSync(home, constants.R_OK | constants.W_OK | constants.X_OK);
    return ok(homeAt(home));
  } catch (error) {
    return failed(shortageFault(error) ?? unusable(home, error));
  }
}

const homeAt = (directory: string): Home => ({
  directory,
  config: join(directory, 'config.json'),
  vault: join(directory, 'vault.json'),
  vaultKey: join(directory, 'vault.key'),
  knownHosts: join(directory, 'known_hosts'),
  journal: join(directory, 'journal.db'),
  lock: join(directory, 'config.lock'),
  logs: join(directory, 'logs'),
});

function unfit(home: string, stats: Stats): Fault | null {
  if (!stats.isDirectory()) return invalid(`${home} is not a directory.`, CHOOSE);
  const me = process.geteuid?.() ?? null;
  if (me !== null && stats.uid !== me) {
    return invalid(
      `The state directory ${home} belongs to user id ${stats.uid}, and this is user id ${me}.`,
      `Run btrfleet as that user, or choose another directory with --home.`,
    );
  }
  if ((stats.mode & 0o022) !== 0) {
    return invalid(
      `Others may write to the state directory ${home}, so nothing in it can be trusted.`,
      `Take the right away: chmod go-w ${quoteWord(home)}`,
    );
  }
  return null;
}

const withoutLocks = (home: string, filesystem: string | null): Fault | null =>
  filesystem === null
    ? null
    : invalid(
        `The state directory ${home} lies on ${filesystem}, where the locks of the journal do not hold: two programs that write to it at once would damage it.`,
        `Keep it on a disk of this machine: --home DIR or BTRFLEET_HOME. What is in it moves with "cp -a ${quoteWord(home)}/. DIR", while no btrfleet runs.`,
      );

const unusable = (home: string, error: unknown): Fault =>
  errorCode(error) === 'EEXIST' || errorCode(error) === 'ENOTDIR'
    ? invalid(`${home} is not a directory.`, CHOOSE)
    : invalid(`The state directory ${home} cannot be used: ${errorText(error)}`, CHOOSE);

const CHOOSE = 'Choose a directory that you may write to, with --home DIR or BTRFLEET_HOME.';

const invalid = (message: string, hint: string): Fault => fault('config-invalid', message, hint);

const noHome = (message: string): Fault =>
  fault('usage', message, 'Name a directory: --home DIR or BTRFLEET_HOME.');
