/** Decides how commands run on this machine, without SSH and without a shell, so that it feels like any server. */
import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { type Fault, fault } from '../model/fault.ts';
import { failed, ok, type Result } from '../model/result.ts';
import type { Server } from '../model/server.ts';
import { shortageFault } from '../model/shortage.ts';
import { readBounded, tooMuch } from './port/bounded-output.ts';
import type { HostStream, StreamOptions } from './port/host.ts';
import { commandLabel, SYSTEM_PATHS } from './port/quote.ts';
import { cancelledFault } from './port/stream-faults.ts';
import { tailBuffer } from './port/tail-buffer.ts';
import { watchTime } from './port/time-limit.ts';
import { STDERR_BOUND, STDERR_BYTES } from './ssh/channel-stream.ts';
import type { CommandRunner } from './ssh/remote.ts';

/** After TERM; then KILL. */
const TERM_GRACE_MS = 2_000;

/**
 * @param path PATH of this process
 * @param sudo the words in front of a command that needs root, asked for at each command
 */
export function createLocalRunner(
  server: Server,
  path: string,
  sudo: () => readonly string[],
): CommandRunner {
  const running = new Set<HostStream>();
  return {
    async stream(command, options) {
      const label = commandLabel(command.argv);
      const words = [...(command.root ? sudo() : []), ...command.argv];
      if (options.signal?.aborted) {
        return failed(cancelledFault(server.name, `starting ${label}`));
      }
      const started = await start(server, words, label, path, options);
      if (started.ok) {
        const stream = started.value;
        running.add(stream);
        void stream.done.then(() => running.delete(stream));
      }
      return started;
    },
    forward: null,
    speak() {
      // There is no shell between.
    },
    onClosed() {
      // This machine does not go away.
    },
    retire() {
      // Nothing is kept open.
    },
    end() {
      for (const stream of running) stream.stop();
    },
  };
}

async function start(
  server: Server,
  words: readonly string[],
  label: string,
  path: string,
  options: StreamOptions,
): Promise<Result<HostStream>> {
  const [program = '', ...args] = words;
  try {
    const child = spawn(program, args, {
      // A group of its own: TERM reaches all of it, and Ctrl-C on btrfleet's terminal none of it.
      detached: true,
      env: { TZ: 'UTC', LC_ALL: 'C', PATH: `${path}:${SYSTEM_PATHS}` },
    });
    // Where there is no pipe for it, there is nothing of it but the error that comes.
    if (child.stdout === undefined) return failed(startFault(server.name, label, await errorOf(child)));
    return ok(childStream(server.name, child, label, options));
  } catch (error) {
    const shortage = shortageFault(error, server.name);
    if (shortage !== null) return failed(shortage);
    const message = error instanceof Error ? error.message : String(error);
    return failed(
      fault('unsupported-name', `${label} cannot be started: ${message}.`, 'Rename the file or subvolume.', {
        server: server.name,
      }),
    );
  }
}

type Exit = { readonly code: number | null; readonly signal: string | null };

function childStream(
  server: string,
  child: ChildProcessWithoutNullStreams,
  label: string,
  { limit, signal }: StreamOptions,
): HostStream {
  const errors = tailBuffer(STDERR_BYTES);
  let stopping = false;
  let timer: NodeJS.Timeout | undefined;
  const stop = () => {
    if (stopping) return;
    stopping = true;
    watch.end();
    killGroup(child, 'SIGTERM');
    child.stdin.destroy();
    child.stdout.destroy();
    timer = setTimeout(() => {
      killGroup(child, 'SIGKILL');
      // What runs as root cannot be killed by us, and holds the pipe: let go of it.
      child.stderr.destroy();
      timer = setTimeout(leave, TERM_GRACE_MS);
    }, TERM_GRACE_MS);
  };
  const { stdin, stdout } = child;
  let said = 0;
  const take = (chunk: Buffer): void => {
    said += chunk.length;
    errors.add(chunk);
  };
  let left = false;
  let excess: Fault | null = null;
  readBounded(child.stderr, STDERR_BOUND, take, (more) => {
    excess = tooMuch(server, label, more);
    stop();
  });
  for (const stream of [child.stdin, child.stdout, child.stderr]) stream.on('error', () => {});
  const watch = watchTime(
    limit,
    { moved: () => said + bytesOf(stdout) + bytesOf(stdin), stop },
    { server, label },
  );
  if (signal?.aborted) stop();
  signal?.addEventListener('abort', stop, { once: true });
  const { promise: done, resolve } = Promise.withResolvers<Result<Exit>>();
  const end = (result: Result<Exit>) => {
    clearTimeout(timer);
    watch.end();
    signal?.removeEventListener('abort', stop);
    resolve(watch.fault ? failed(watch.fault) : result);
  };
  const stopped = () => excess ?? cancelledFault(server, `running ${label}`);
  /** It waits for a disk that hangs, so that no signal reaches it: nobody waits for it any more. */
  const leave = () => {
    left = true;
    child.unref();
    end(failed(stopped()));
  };
  child.on('error', (error: NodeJS.ErrnoException) => end(failed(startFault(server, label, error))));
  child.on('close', (code, ended) => end(stopping ? failed(stopped()) : ok({ code, signal: ended })));
  return { stdin, stdout, stderr: () => errors.text(), done, outlived: () => left, stop };
}

/** Pipes of a child are sockets, which count. */
const bytesOf = (pipe: Readable | Writable): number =>
  pipe instanceof Socket ? pipe.bytesRead + pipe.bytesWritten : 0;

const errorOf = (child: ChildProcess): Promise<NodeJS.ErrnoException> =>
  new Promise((resolve) => child.once('error', resolve));

function startFault(server: string, label: string, error: NodeJS.ErrnoException): Fault {
  const shortage = shortageFault(error, server);
  if (shortage !== null) return shortage;
  const why = error.code === 'ENOENT' ? 'there is no such program' : error.message;
  const message = `${label} cannot be started on ${server}: ${why}.`;
  return fault('tool-missing', message, 'Install it on this machine.', { server });
}

function killGroup(child: ChildProcessWithoutNullStreams, name: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, name);
  } catch {
    // It has ended already, or is root's: then closing its pipes is what ends it.
  }
}
