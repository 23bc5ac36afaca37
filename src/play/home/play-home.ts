/**
 * Decides where the state of a play lies and when it goes: a directory of its own, marked with who plays in it. It is
 * removed at the end; what a killed one left is swept by the next start, and never that of one which lives.
 */
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { quoteWord } from '../../core/model/command-line.ts';
import { fault } from '../../core/model/fault.ts';
import { failed, ok, type Result } from '../../core/model/result.ts';
import type { Holder, IsAlive } from '../../core/state/home/holder.ts';
import { openHome } from '../../core/state/home/home.ts';
import { errorCode, errorText } from '../../core/state/home/system-error.ts';
import { endWorkers } from './end-workers.ts';

const PREFIX = 'btrfleet-play-';
const MARK = 'play.json';

export interface PlayHomeSettings {
  /** Null: a new one in `temporary`. */
  readonly directory: string | null;
  /** The place for temporary directories. */
  readonly temporary: string;
  /** It stays when the play ends, and nobody sweeps it. */
  readonly keep: boolean;
  readonly holder: Holder;
  readonly isAlive: IsAlive;
}

export interface PlayHome {
  readonly directory: string;
  /** Ends what still works on it, and removes it unless it is to be kept. */
  end(): Promise<void>;
  /** Removes it at once, where there is no time for more. */
  readonly remove: () => void;
}

interface Mark {
  readonly holder: Holder;
  readonly keep: boolean;
}

/** Faults: locked (somebody plays there), config-invalid (not a play's, or it cannot be made). */
export async function openPlayHome(settings: PlayHomeSettings): Promise<Result<PlayHome>> {
  const { directory, temporary, keep, holder, isAlive } = settings;
  try {
    await sweep(temporary, isAlive);
    const isNew = directory === null || mkdirSync(directory, { recursive: true, mode: 0o700 }) !== undefined;
    // A link to it may be named; what is made is removed where it lies.
    const made = realpathSync(directory ?? mkdtempSync(join(temporary, PREFIX)));
    const refused = isNew ? null : await clear(made, isAlive);
    if (refused !== null) return failed(refused);
    writeFileSync(join(made, MARK), JSON.stringify({ holder, keep } satisfies Mark), { mode: 0o600 });
    const remove = (): void => {
      if (keep) return;
      if (isNew) rmSync(made, { recursive: true, force: true, maxRetries: 5 });
      else empty(made);
    };
    const end = async (): Promise<void> => {
      await endWorkers(made, isAlive, holder.pid);
      remove();
    };
    return ok({ directory: made, end, remove });
  } catch (error) {
    if (errorCode(error) === null) throw error;
    return failed(
      fault(
        'config-invalid',
        `There is no place for the state of a play: ${errorText(error)}.`,
        'Name a directory that you may write to: TMPDIR=DIR btrfleet play, or btrfleet play --home DIR.',
      ),
    );
  }
}

/** What an earlier play left in a directory that was named goes; anything else stays, and is no place for a play. */
async function clear(directory: string, isAlive: IsAlive) {
  const open = openHome({ home: directory });
  if (!open.ok) return open.fault;
  if (namesIn(directory).length === 0) return null;
  const mark = markIn(directory);
  if (mark === null) {
    return fault(
      'config-invalid',
      `${directory} is not empty, and no play made it.`,
      `Nothing was changed. Name another directory, or leave --home away. See what is there: ls -a ${quoteWord(directory)}`,
    );
  }
  if (isAlive(mark.holder, new Date(0).toISOString())) {
    return fault(
      'locked',
      `A play is going on in ${directory} (process ${mark.holder.pid}).`,
      `Use it: export BTRFLEET_HOME=${quoteWord(directory)}`,
    );
  }
  await endWorkers(directory, isAlive, null);
  empty(directory);
  return null;
}

function empty(directory: string): void {
  for (const name of namesIn(directory))
    rmSync(join(directory, name), { recursive: true, force: true, maxRetries: 5 });
}

async function sweep(temporary: string, isAlive: IsAlive): Promise<void> {
  for (const name of namesIn(temporary).filter((one) => one.startsWith(PREFIX))) {
    const directory = join(temporary, name);
    const mark = isOurs(directory) ? markIn(directory) : null;
    if (mark === null || mark.keep || isAlive(mark.holder, new Date(0).toISOString())) continue;
    await endWorkers(directory, isAlive, null);
    try {
      rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
    } catch {
      // It stays for a later start; it keeps nobody from playing.
    }
  }
}

/** Anybody may put a link, or a directory, of such a name into a place for temporary ones. */
function isOurs(directory: string): boolean {
  const stats = lstatSync(directory, { throwIfNoEntry: false });
  const me = process.geteuid?.();
  return stats?.isDirectory() === true && (me === undefined || stats.uid === me);
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

/** Null: there is none that can be read, as in the directory of another user. */
function markIn(directory: string): Mark | null {
  try {
    const read: unknown = JSON.parse(readFileSync(join(directory, MARK), 'utf8'));
    return isMark(read) ? read : null;
  } catch {
    return null;
  }
}

const isMark = (read: unknown): read is Mark =>
  typeof read === 'object' &&
  read !== null &&
  'keep' in read &&
  typeof read.keep === 'boolean' &&
  'holder' in read &&
  typeof read.holder === 'object' &&
  read.holder !== null &&
  'pid' in read.holder &&
  typeof read.holder.pid === 'number';
