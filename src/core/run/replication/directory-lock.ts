/**
 * Holds the kernel's lock on a directory of a server for as long as its connection lives, so that two managers
 * never work in one directory at once. Where the login may not open the directory there is no lock, and it says so.
 */

import {
  createLockReader,
  LOCKED_ELSEWHERE,
  lockCommand,
  NO_DIRECTORY,
} from '../../btrfs/ask/lock-script.ts';
import { belowMount } from '../../btrfs/ask/way-script.ts';
import { classify } from '../../btrfs/messages/classify.ts';
import { eachLine, MIB, readOutput } from '../../hosts/port/bounded-output.ts';
import type { Host, HostStream } from '../../hosts/port/host.ts';
import { fault } from '../../model/fault.ts';
import { failed, ok, type Result } from '../../model/result.ts';

export interface DirectoryLock {
  /** False: it could not be taken, for want of a right or of flock; another manager is not kept out. */
  readonly held: boolean;
  /** What the directory held the moment it was locked; null when it could not be read. */
  readonly names: ReadonlySet<string> | null;
  /**
   * Aborted when the lock is lost without having been released. Never when it was not held. The reason is the fault, where
   * more is known than that its command ended.
   */
  readonly lost: AbortSignal;
  release(): Promise<void>;
}

/** It waits for eight seconds at most, and beats every five; making a directory waits for a commit of btrfs. */
const LIMIT = { of: 'silence', seconds: 120 } as const;
const RELEASE_MILLISECONDS = 15_000;

export interface LockPlace {
  readonly mount: string;
  /** Absolute path. */
  readonly directory: string;
}

/** Faults: locked (another manager), what mkdir said, unsafe-path, unreachable, stalled, cancelled. */
export async function lockDirectory(
  host: Host,
  { mount, directory }: LockPlace,
  nonce: string,
  signal: AbortSignal,
): Promise<Result<DirectoryLock>> {
  // Without the signal: once it is held, a cancel must not free it before what was begun has been cleaned up.
  const command = lockCommand({
    sudo: host.facts.sudo,
    directory: belowMount(mount, directory),
    nonce,
  });
  const opened = await host.stream(command, { limit: LIMIT });
  if (!opened.ok) return opened;
  const stream = opened.value;
  const stop = (): void => stream.stop();
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop, { once: true });
  const { said: words, ended } = follow(host, stream, nonce);
  const said = await words;
  signal.removeEventListener('abort', stop);
  if (said) {
    return ok({ held: true, names: said.names && new Set(said.names), ...watched(stream, ended) });
  }
  const end = await ended;
  if (!end.ok) return end;
  if (end.value.code === LOCKED_ELSEWHERE) return failed(lockedElsewhere(host, directory));
  if (end.value.code === NO_DIRECTORY) {
    return failed(
      classify({
        command: 'mkdir',
        stderr: stream.stderr(),
        code: end.value.code,
        server: host.server.name,
        subject: directory,
        sudoers: host.facts.sudoers,
      }),
    );
  }
  if (end.value.code === null) return failed(endedElsewhere(host, directory));
  return ok({ held: false, names: null, lost: new AbortController().signal, release: async () => {} });
}

/** The names of all that is in the largest directory, and the beats of months. */
const LOCK_BOUND = { bytes: 64 * MIB, lines: true };

type Said = { readonly names: readonly string[] | null };

/** Reads until the lock has said what it says first; afterwards the beats are read and forgotten. */
function follow({ server }: Host, stream: HostStream, nonce: string) {
  const { promise, resolve } = Promise.withResolvers<Said | null>();
  let settled = false;
  const read = createLockReader(nonce);
  const onChunk = eachLine((line) => {
    const said = settled ? null : read(line);
    if (!said) return;
    settled = true;
    resolve(said);
  });
  const about = { server: server.name, label: 'The lock command', bound: LOCK_BOUND };
  const ended = readOutput(stream, about, (chunk) => settled || onChunk(chunk));
  void ended.then(() => resolve(null));
  return { said: promise, ended };
}

function watched(stream: HostStream, ended: HostStream['done']): Pick<DirectoryLock, 'lost' | 'release'> {
  const lost = new AbortController();
  let released = false;
  void ended.then((end) => {
    if (!released) lost.abort(end.ok ? undefined : end.fault);
  });
  const release = async (): Promise<void> => {
    released = true;
    stream.stdin.end();
    // With its channel it goes in any case.
    const timer = setTimeout(() => stream.stop(), RELEASE_MILLISECONDS);
    await ended;
    clearTimeout(timer);
  };
  return { lost: lost.signal, release };
}

const endedElsewhere = (host: Host, directory: string) =>
  fault(
    'command-failed',
    `The command that was to lock ${directory} on ${host.server.name} was ended there by a signal.`,
    'Memory may be short there, or somebody ended it: see "dmesg". It is tried again.',
    { server: host.server.name, retry: true },
  );

const lockedElsewhere = (host: Host, directory: string) =>
  fault(
    'locked',
    `Another btrfleet is working in ${directory} on ${host.server.name}.`,
    'Wait for it to finish. If no other is running, its connection is still being given up: try again in a minute.',
    { server: host.server.name },
  );
