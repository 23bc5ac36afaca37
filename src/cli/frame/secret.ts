/** Reads a secret from stdin: typed on a terminal it is not shown. It keeps nothing and prints only the question. */
import { emitKeypressEvents, type Key } from 'node:readline';
import { type Fault, fault } from '../../core/model/fault.ts';
import { failed, ok, type Result } from '../../core/model/result.ts';
import { type AskTerminal, interrupted } from './ask.ts';

/**
 * `what`: `password` or `passphrase`. Not from a terminal it is all of stdin without the last line end.
 * Faults: usage (it is empty), cancelled (Ctrl-C, or `signal`).
 */
export async function readSecret(
  what: string,
  signal: AbortSignal,
  terminal: AskTerminal = process,
): Promise<Result<string>> {
  if (signal.aborted) return failed(interrupted());
  const read = terminal.stdin.isTTY
    ? await readHidden(`The ${what}: `, signal, terminal)
    : await readAll(signal, terminal);
  return read.ok && read.value === '' ? failed(nothing(what)) : read;
}

const nothing = (what: string): Fault =>
  fault(
    'usage',
    `No ${what} came from stdin; nothing was changed.`,
    `Type it when asked, or give it there: btrfleet … --${what}-stdin <FILE`,
  );

async function readAll(signal: AbortSignal, { stdin }: AskTerminal): Promise<Result<string>> {
  const stop = (): void => void stdin.destroy();
  signal.addEventListener('abort', stop, { once: true });
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of stdin) chunks.push(Buffer.from(chunk as Uint8Array));
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    signal.removeEventListener('abort', stop);
  }
  if (signal.aborted) return failed(interrupted());
  return ok(
    Buffer.concat(chunks)
      .toString('utf8')
      .replace(/\r?\n$/, ''),
  );
}

/** Node's own reader of keys knows which bytes are an arrow and which are a letter: only letters are kept. */
async function readHidden(
  prompt: string,
  signal: AbortSignal,
  { stdin, stderr }: AskTerminal,
): Promise<Result<string>> {
  const { promise, resolve } = Promise.withResolvers<Result<string>>();
  let typed: readonly string[] = [];
  const interrupt = (): void => resolve(failed(interrupted()));
  const end = (): void => resolve(ok(''));
  const onKey = (text: string | undefined, key: Key): void => {
    const act = press(typed, text, key);
    if (act.kind === 'typed') typed = act.typed;
    else if (act.kind === 'interrupt') interrupt();
    else resolve(ok(typed.join('')));
  };
  stderr.write(prompt);
  emitKeypressEvents(stdin);
  stdin.setRawMode?.(true);
  stdin.on('keypress', onKey).once('end', end);
  signal.addEventListener('abort', interrupt, { once: true });
  stdin.resume();
  const read = await promise;
  signal.removeEventListener('abort', interrupt);
  stdin.off('keypress', onKey).off('end', end);
  stdin.setRawMode?.(false);
  stdin.pause();
  stderr.write('\n');
  return read;
}

type Act =
  | { readonly kind: 'typed'; readonly typed: readonly string[] }
  | { readonly kind: 'done' }
  | { readonly kind: 'interrupt' };

function press(typed: readonly string[], text: string | undefined, key: Key): Act {
  if (key.ctrl && key.name === 'c') return { kind: 'interrupt' };
  if (key.name === 'return' || key.name === 'enter') return { kind: 'done' };
  // As everywhere: at the beginning of a line it ends the input, later it does nothing.
  if (key.ctrl && key.name === 'd' && typed.length === 0) return { kind: 'done' };
  if (key.ctrl && key.name === 'u') return { kind: 'typed', typed: [] };
  if (key.name === 'backspace') return { kind: 'typed', typed: typed.slice(0, -1) };
  const isLetter = text !== undefined && !key.ctrl && !key.meta && !/\p{Cc}/u.test(text);
  return { kind: 'typed', typed: isLetter ? [...typed, text] : typed };
}
