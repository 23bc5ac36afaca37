/**
 * Runs a command that must not be broken off half-way: a cancel is passed on to it as a word on its stdin, and it is
 * given time to come to its end by itself. What it printed is handed back whole; this reads nothing in it.
 */
import type { HostStream } from '../hosts/host.ts';
import { type Fault, fault } from '../model/fault.ts';
import { failed, ok, type Result } from '../model/result.ts';

export interface RunToEnd {
  /** Until it is given up as `stalled`. */
  readonly seconds: number;
  /** From a cancel on, until it is waited for no more. */
  readonly graceSeconds: number;
  /** Written as a line when `signal` is aborted. */
  readonly stopWord: string;
  readonly signal: AbortSignal;
}

/** Faults: those of the connection; stalled and cancelled, when it was no longer waited for. */
export async function runToEnd(
  server: string,
  stream: HostStream,
  { seconds, graceSeconds, stopWord, signal }: RunToEnd,
): Promise<Result<{ readonly stdout: string; readonly stderr: string }>> {
  const decoder = new TextDecoder();
  let stdout = '';
  stream.stdout.on('data', (chunk: Uint8Array) => {
    stdout += decoder.decode(chunk, { stream: true });
  });
  let gaveUp: Fault | null = null;
  const giveUpAfter = (time: number, why: () => Fault): NodeJS.Timeout =>
    setTimeout(() => {
      gaveUp ??= why();
      stream.stop();
    }, time * 1000);
  const timers = [giveUpAfter(seconds, () => stalled(server, seconds))];
  const onCancel = (): void => {
    stream.stdin.write(`${stopWord}\n`);
    timers.push(giveUpAfter(graceSeconds, () => left(server)));
  };
  if (signal.aborted) onCancel();
  else signal.addEventListener('abort', onCancel, { once: true });
  const ended = await stream.done;
  signal.removeEventListener('abort', onCancel);
  for (const timer of timers) clearTimeout(timer);
  if (gaveUp) return failed(gaveUp);
  return ended.ok ? ok({ stdout, stderr: stream.stderr() }) : ended;
}

const stalled = (server: string, seconds: number): Fault =>
  fault(
    'stalled',
    `The command that was run on ${server} did not end within ${seconds} s and is waited for no longer.`,
    `${server} may be overloaded or its disk may hang: look at its load and at "dmesg" there.`,
    { server },
  );

const left = (server: string): Fault =>
  fault(
    'cancelled',
    `Cancelled; what was begun on ${server} had not come to its end and is waited for no longer.`,
    'Start it again when you want it.',
    { server },
  );
