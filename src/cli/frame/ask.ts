/** Asks before something is destroyed: on a terminal a person, elsewhere only `--yes` will do. */
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { type Fault, fault } from '../../core/model/fault.ts';
import { formatText } from '../../text/format.ts';

/** Where a person is asked: on stderr, since stdout is the result's. */
export interface AskTerminal {
  readonly stdin: Readable & { readonly isTTY?: boolean; setRawMode?(raw: boolean): unknown };
  readonly stderr: Writable & { readonly isTTY?: boolean };
}

export const interrupted = (): Fault => fault('cancelled', 'Interrupted; nothing was done.', '');

/**
 * Null: go on. Anything but a clear yes is a no, and so are Ctrl-D and no terminal. `what` lists exactly what will
 * happen. Faults: refused, cancelled (Ctrl-C, or `signal`).
 */
export async function confirm(
  what: string,
  yes: boolean,
  signal: AbortSignal,
  terminal: AskTerminal = process,
): Promise<Fault | null> {
  if (yes) return null;
  if (!terminal.stdin.isTTY || !terminal.stderr.isTTY) {
    return fault('refused', `${what}\nNobody is there to ask.`, 'Add --yes if that is what you want.');
  }
  terminal.stderr.write(`${formatText(what)}\n`);
  const answer = await question('Go on? [y/N] ', signal, terminal);
  if (answer.kind === 'interrupted') return interrupted();
  const isYes = answer.kind === 'line' && /^y(es)?$/i.test(answer.text.trim());
  return isYes ? null : fault('refused', 'Nothing was done.', 'Answer y to go on.');
}

type Answer =
  | { readonly kind: 'line'; readonly text: string }
  /** Ctrl-D, or the terminal is gone. */
  | { readonly kind: 'none' }
  | { readonly kind: 'interrupted' };

async function question(text: string, signal: AbortSignal, terminal: AskTerminal): Promise<Answer> {
  const { promise, resolve } = Promise.withResolvers<Answer>();
  const { stdin: input, stderr: output } = terminal;
  const lines = createInterface({ input, output, terminal: true });
  // The terminal is raw meanwhile: Ctrl-C comes as a key, not as a signal.
  const interrupt = (): void => resolve({ kind: 'interrupted' });
  lines.on('SIGINT', interrupt);
  lines.on('close', () => resolve({ kind: 'none' }));
  if (signal.aborted) interrupt();
  else signal.addEventListener('abort', interrupt, { once: true });
  lines.question(text, (line) => resolve({ kind: 'line', text: line }));
  const answer = await promise;
  signal.removeEventListener('abort', interrupt);
  lines.close();
  if (answer.kind !== 'line') output.write('\n');
  return answer;
}
