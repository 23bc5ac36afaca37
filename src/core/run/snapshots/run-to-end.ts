/**
 * Runs a command that must not be broken off half-way: a cancel is passed on to it as a word on its stdin, and it is
 * given time to come to its end by itself. What it printed is handed back whole; this reads nothing in it.
 */
import { MIB, readOutput, wholeText } from '../../hosts/port/bounded-output.ts';
import type { HostStream } from '../../hosts/port/host.ts';
import { type Fault, fault } from '../../model/fault.ts';
import { failed, ok, type Result } from '../../model/result.ts';

export interface RunToEnd {
  /** From a cancel on, until it is waited for no more. */
  readonly graceSeconds: number;
  /** Written as a line when `signal` is aborted. */
  readonly stopWord: string;
  readonly signal: AbortSignal;
}

/** Faults: those of the stream; cancelled, when it was no longer waited for. */
export async function runToEnd(
  server: string,
  stream: HostStream,
  { graceSeconds, stopWord, signal }: RunToEnd,
): Promise<Result<{ readonly stdout: string; readonly stderr: string }>> {
  const stdout = wholeText();
  const about = { server, label: 'The command', bound: { bytes: 16 * MIB, lines: true } };
  const end = readOutput(stream, about, stdout.add);
  let gaveUp: Fault | null = null;
  let timer: NodeJS.Timeout | undefined;
  const giveUp = (): void => {
    gaveUp = left(server);
    stream.stop();
  };
  const onCancel = (): void => {
    stream.stdin.write(`${stopWord}\n`);
    timer = setTimeout(giveUp, graceSeconds * 1000);
  };
  if (signal.aborted) onCancel();
  else signal.addEventListener('abort', onCancel, { once: true });
  const ended = await end;
  signal.removeEventListener('abort', onCancel);
  clearTimeout(timer);
  if (gaveUp) return failed(gaveUp);
  return ended.ok ? ok({ stdout: stdout.text(), stderr: stream.stderr() }) : ended;
}

const left = (server: string): Fault =>
  fault(
    'cancelled',
    `Cancelled; what was begun on ${server} had not come to its end and is waited for no longer.`,
    'Start it again when you want it.',
    { server },
  );
