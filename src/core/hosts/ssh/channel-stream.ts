/**
 * Decides how an ssh2 channel becomes a HostStream: plain streams with back-pressure both ways, one settled end.
 * ssh2's channel is not handed out itself: it never calls back a write after the channel closed, and its destroy()
 * destroys nothing, so a pipeline over it can hang for ever.
 */
import { Readable, Writable } from 'node:stream';
import type { ClientChannel } from 'ssh2';
import { type Fault, fault } from '../../model/fault.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import { type BeginMark, createBeginMark } from '../port/begin-mark.ts';
import { type Excess, MIB, readBounded, tooMuch } from '../port/bounded-output.ts';
import type { HostStream, StreamOptions } from '../port/host.ts';
import { cancelledFault, lostFault } from '../port/stream-faults.ts';
import { type TailBuffer, tailBuffer } from '../port/tail-buffer.ts';
import { watchTime } from '../port/time-limit.ts';
import { loginShellFault } from './connect-faults.ts';
import type { SshConnection } from './connection.ts';

/** ssh2 holds up to 2 MiB each way besides. */
const BUFFER_BYTES = 256 * 1024;
export const STDERR_BYTES = 64 * 1024;
/** No command has more to say on stderr, however long it runs: one that has is stopped. */
export const STDERR_BOUND = { bytes: 16 * MIB, lines: false };
/** More than what is under way when a channel is closed: who sends on after that does not keep to the protocol. */
const LATE_BYTES = 16 * MIB;

/**
 * After TERM and the closing of the channel the server has this long to confirm it. OpenSSH confirms when the
 * command has ended; one that neither reads, writes nor gets the signal (sshd passes none on for root) outlives it.
 */
const CLOSE_GRACE = 3;
const UNCONFIRMED = 'it did not confirm the end';

type Exit = { readonly code: number | null; readonly signal: string | null };

export interface StreamAbout extends StreamOptions {
  readonly server: string;
  /** `btrfs receive`: for the message when it is cut off. */
  readonly label: string;
}

export function channelStream(
  channel: ClientChannel,
  connection: SshConnection,
  about: StreamAbout,
): HostStream {
  const marks: Marks = { stdout: createBeginMark(), stderr: createBeginMark() };
  const { moved, count } = byteCount();
  const stdin = channelInput(channel, count);
  const onAbandoned = () => (marks.stdout.flooded ? giveUp() : stop());
  const { stdout, ended } = channelOutput(channel, marks.stdout, { count, onAbandoned });
  let whyStopped = cancelledFault(about.server, running(about));
  let exit: Exit | null = null;
  let [stopping, settled, outlived] = [false, false, false];
  const { promise: done, resolve: settle } = Promise.withResolvers<Result<Exit>>();
  let timer: NodeJS.Timeout | undefined;

  const end = (result: Result<Exit>) => {
    if (settled) return;
    settled = true;
    clearTimeout(timer);
    watch.end();
    stdin.destroy();
    settle(watch.fault ? failed(watch.fault) : result);
  };
  const lost = (why: string) => {
    // Output may still follow the exit status: only with both is nothing missing.
    if (settled) return;
    if (exit && ended()) return end(endOf(exit, about, marks));
    outlived = why === UNCONFIRMED;
    const cause = lostFault(about.server, running(about), why);
    end(failed(stopping ? whyStopped : cause));
    stdout.destroy(new Error(cause.message));
  };
  const stop = (graceSeconds = CLOSE_GRACE) => {
    if (settled || stopping) return;
    stopping = true;
    watch.end();
    if (!ended()) exit = null;
    endBoth(channel, connection, { stdin, stdout });
    timer = setTimeout(lost, graceSeconds * 1000, UNCONFIRMED);
  };
  const abort = () => {
    stop();
    if (!settled) timer = hurry(timer, lost);
  };

  /** The login shell prints without end: the command will not begin. */
  const giveUp = () => {
    if (settled) return;
    end(failed(neverBegan(about, marks)));
    terminate(channel, connection);
  };
  const watch = watchTime(about.limit, { moved, stop }, about);
  const errors = channelErrors(channel, marks.stderr, giveUp, (more) => {
    whyStopped = tooMuch(about.server, about.label, more);
    stop();
  });
  channel.stderr.on('data', count);
  const sawExit = (code: number | null | undefined, signal?: string) => {
    if (!stopping && code !== undefined) exit = { code, signal: signal ?? null };
  };
  channel.on('exit', sawExit);
  channel.on('close', (code?: number | null, signal?: string) => {
    // A command that ends as it begins has its exit in the packet that confirms its start: nobody listened yet.
    if (!exit) sawExit(code, signal);
    if (stopping) return end(exit ? ok(exit) : failed(whyStopped));
    const result = endOf(exit, about, marks);
    if (stdout.readableEnded || stdout.destroyed) return end(result);
    stdout.once('close', () => end(result));
  });
  void done.then(connection.onClosed(lost));
  void done.then(onAbort(about.signal, abort));
  return { stdin, stdout, stderr: () => errors.text(), done, outlived: () => outlived, stop };
}

function hurry(timer: NodeJS.Timeout | undefined, lost: (why: string) => void): NodeJS.Timeout {
  clearTimeout(timer);
  return setTimeout(lost, CLOSE_GRACE * 1000, UNCONFIRMED);
}

/** At once where it is aborted already. Gives what takes it back. */
function onAbort(signal: AbortSignal | undefined, act: () => void): () => void {
  if (signal?.aborted) act();
  else signal?.addEventListener('abort', act, { once: true });
  return () => signal?.removeEventListener('abort', act);
}

function byteCount() {
  let moved = 0;
  const count = (chunk: Buffer): Buffer => {
    moved += chunk.length;
    return chunk;
  };
  return { moved: () => moved, count };
}

function endBoth(
  channel: ClientChannel,
  connection: SshConnection,
  { stdin, stdout }: { readonly stdin: Writable; readonly stdout: Readable },
): void {
  channel.signal('TERM');
  stdin.destroy();
  channel.end();
  stdout.destroy();
  close(channel, connection);
}

const running = ({ label }: StreamAbout): string => `running ${label}`;

/** The end of what it says on stderr. */
function channelErrors(
  channel: ClientChannel,
  mark: BeginMark,
  onNoBegin: () => void,
  onTooMuch: (excess: Excess) => void,
): TailBuffer {
  const errors = tailBuffer(STDERR_BYTES);
  const take = (chunk: Buffer) => {
    errors.add(mark.pass(chunk));
    if (mark.flooded) onNoBegin();
  };
  readBounded(channel.stderr, STDERR_BOUND, take, onTooMuch);
  return errors;
}

function terminate(channel: ClientChannel, connection: SshConnection): void {
  channel.signal('TERM');
  close(channel, connection);
}

/** One that goes on sending after that is ended with its connection. */
function close(channel: ClientChannel, connection: SshConnection): void {
  channel.close();
  let late = 0;
  const count = (chunk: Buffer) => {
    late += chunk.length;
    if (late > LATE_BYTES) connection.end();
  };
  channel.on('data', count);
  channel.stderr.on('data', count);
}

interface Marks {
  readonly stdout: BeginMark;
  readonly stderr: BeginMark;
}

function endOf(exit: Exit | null, about: StreamAbout, marks: Marks): Result<Exit> {
  // Not the same as a lost connection, but as little is known of the command.
  if (!exit) return failed(silentEnd(about));
  return marks.stdout.begun ? ok(exit) : failed(neverBegan(about, marks));
}

/** Whatever ended there, it was not the command: its exit code and text are the login shell's. */
const neverBegan = (about: StreamAbout, marks: Marks): Fault =>
  loginShellFault(about.server, `${marks.stderr.before()}\n${marks.stdout.before()}`);

const silentEnd = (about: StreamAbout): Fault =>
  fault(
    'unreachable',
    `${about.server} closed the channel while ${running(about)}, without saying how the command ended.`,
    'The sshd session there may have been killed; its log tells. Try again.',
    { server: about.server },
  );

function channelInput(channel: ClientChannel, count: (chunk: Buffer) => Buffer): Writable {
  const stdin = new Writable({
    highWaterMark: BUFFER_BYTES,
    write(chunk: Buffer, _encoding, done) {
      const taken = (): void => {
        count(chunk);
        done();
      };
      if (channel.write(chunk)) taken();
      else channel.once('drain', taken);
    },
    final(done) {
      channel.end();
      done();
    },
  });
  // `done` tells how it ended; without a listener an EPIPE would end the process.
  stdin.on('error', () => {});
  return stdin;
}

/** `onAbandoned`: the reader destroyed the stream before its end, as a closed pipe would tell the command. */
function channelOutput(
  channel: ClientChannel,
  mark: BeginMark,
  { count, onAbandoned }: { count(chunk: Buffer): Buffer; onAbandoned(): void },
): { readonly stdout: Readable; ended(): boolean } {
  let ended = false;
  const stdout = new Readable({
    highWaterMark: BUFFER_BYTES,
    read() {
      channel.resume();
    },
    destroy(error, done) {
      // What still comes is discarded, so that the channel can reach its end.
      channel.resume();
      done(error);
      if (!ended) onAbandoned();
    },
  });
  stdout.on('error', () => {});
  channel.on('data', (chunk: Buffer) => {
    const own = mark.pass(count(chunk));
    if (mark.flooded) stdout.destroy();
    if (own.length > 0 && !stdout.destroyed && !stdout.push(own)) channel.pause();
  });
  channel.on('end', () => {
    ended = true;
    if (stdout.destroyed) return;
    stdout.push(null);
    // Nothing is left to read: it ends also for somebody who never looks at it.
    if (stdout.readableLength === 0) stdout.read(0);
  });
  return { stdout, ended: () => ended };
}
