/** Decides how a quick command is run to its end over a stream: input, output in bounded memory, a time limit. */
import type { Command } from '../../model/command.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import { MIB, readOutput, wholeText } from './bounded-output.ts';
import type { Completed, Host, RunOptions } from './host.ts';
import { commandLabel } from './quote.ts';
import { cancelledFault } from './stream-faults.ts';

/** Far more than what a quick command says; who asks for lists gives more. */
const OUTPUT_BYTES = 16 * MIB;
const TIMEOUT_SECONDS = 120;

/** Faults: those of `open`, stalled (time limit), cancelled, command-failed (it printed too much). */
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
  const output = wholeText();
  const bound = { bytes: options.mostBytes ?? OUTPUT_BYTES, lines: true };
  const end = readOutput(stream, { server, label, bound }, output.add);
  stream.stdin.end(options.input ?? '');
  const ended = await end;
  if (!ended.ok) return ended;
  if (options.signal?.aborted) return failed(cancelledFault(server, `running ${label}`));
  return ok({ ...ended.value, stdout: output.text(), stderr: stream.stderr() });
}
