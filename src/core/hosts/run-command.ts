/** Decides how a quick command is run to its end over a stream: input, output in bounded memory, a time limit. */
import type { Command } from '../model/command.ts';
import { fault } from '../model/fault.ts';
import { failed, ok, type Result } from '../model/result.ts';
import { cancelledFault } from './connect-faults.ts';
import type { Completed, Host, HostStream, RunOptions } from './host.ts';
import { commandLabel } from './quote.ts';

const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;
const TIMEOUT_SECONDS = 120;

/** Faults: those of `open`, stalled (time limit), cancelled, command-failed (more output than 64 MiB). */
export async function runCommand(
  server: string,
  open: Host['stream'],
  command: Command,
  options: RunOptions = {},
): Promise<Result<Completed>> {
  const limit = { of: 'whole', seconds: options.timeoutSeconds ?? TIMEOUT_SECONDS } as const;
  const opened = await open(command, { limit, signal: options.signal });
  if (!opened.ok) return opened;
  const stream = opened.value;
  const label = commandLabel(command.argv);
  const output = collect(stream);
  stream.stdin.end(options.input ?? '');
  const ended = await stream.done;
  if (output.tooMuch()) {
    return failed(
      fault(
        'command-failed',
        `${label} on ${server} printed more than ${MAX_OUTPUT_BYTES / 1024 / 1024} MiB and was stopped.`,
        'This is far more than btrfleet expects; please report it.',
        { server },
      ),
    );
  }
  if (!ended.ok) return ended;
  if (options.signal?.aborted) return failed(cancelledFault(server, `running ${label}`));
  return ok({ ...ended.value, stdout: output.text(), stderr: stream.stderr() });
}

function collect(stream: HostStream): { text(): string; tooMuch(): boolean } {
  const chunks: Buffer[] = [];
  let size = 0;
  stream.stdout.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= MAX_OUTPUT_BYTES) chunks.push(chunk);
    else stream.stop();
  });
  return { text: () => Buffer.concat(chunks).toString('utf8'), tooMuch: () => size > MAX_OUTPUT_BYTES };
}
