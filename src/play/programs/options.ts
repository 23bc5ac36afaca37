/** Decides how the words of a program are read, and how it says what failed. */
import { Errno } from '../errno.ts';
import { type OpenFile, toText } from '../files/open-file.ts';
import type { Process } from '../machine/machine.ts';
import { NotSimulated } from '../shell/not-simulated.ts';
import { openPath } from '../shell/redirect.ts';

export interface Options {
  readonly flags: ReadonlyMap<string, string>;
  readonly operands: readonly string[];
}

/**
 * @param spec the letters; a colon follows one that takes a word
 * @param stops nothing behind the first operand is ours: it is a command
 */
export function readOptions({ argv }: Process, spec: string, stops = false): Options {
  const flags = new Map<string, string>();
  const operands: string[] = [];
  const words = argv.slice(1);
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (word === '--') break;
    if (!/^-./.test(word)) {
      operands.push(word);
      if (stops) break;
      continue;
    }
    for (let rest = word.slice(1); rest !== ''; ) {
      const letter = rest.slice(0, 1);
      rest = rest.slice(1);
      const at = letter === ':' ? -1 : spec.indexOf(letter);
      if (at < 0) throw new NotSimulated(`${argv[0]} ${word}`);
      const takes = spec[at + 1] === ':';
      flags.set(letter, takes ? rest || (words.shift() ?? '') : '');
      if (takes) break;
    }
  }
  return { flags, operands: [...operands, ...words] };
}

/** As GNU programs quote a name in what they say. */
export const quoted = (name: string): string => (name.includes("'") ? `"${name}"` : `'${name}'`);

export const complain = (process: Process, text: string): Promise<void> =>
  process.complain(`${process.argv[0]}: ${text}`);

/** Does something with each name; what fails is said, and the others are done. */
export async function forEach(
  process: Process,
  names: readonly string[],
  failing: string,
  act: (name: string) => void | Promise<void>,
): Promise<number> {
  if (names.length === 0) {
    await complain(process, 'missing operand');
    return 1;
  }
  let code = 0;
  for (const name of names) {
    try {
      await act(name);
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
      code = 1;
      await complain(process, `${failing}${failing ? ` ${quoted(name)}` : name}: ${error.message}`);
    }
  }
  return code;
}

/** Opens each named file, `-` or none: stdin; what cannot be read is said, and the exit code is `code`. */
export async function forEachInput(
  process: Process,
  names: readonly string[],
  act: (file: OpenFile, name: string) => Promise<void>,
  code = 1,
): Promise<number> {
  const failed = await forEach(process, names.length > 0 ? names : ['-'], '', async (name) => {
    const input = name === '-' ? process.fds.get(0)?.retain() : openPath(process, name, 'read');
    if (input === undefined) throw new Errno('EBADF');
    try {
      await act(input, name);
    } finally {
      input.release();
    }
  });
  return failed === 0 ? 0 : code;
}

/** Chunk by chunk, to the end. */
export async function* chunks(process: Process, file: OpenFile): AsyncGenerator<Uint8Array> {
  for (;;) {
    const bytes = await file.read(65_536, process.signal);
    if (bytes.length === 0) return;
    yield bytes;
  }
}

export async function textOf(process: Process, file: OpenFile): Promise<string> {
  const parts: string[] = [];
  for await (const bytes of chunks(process, file)) parts.push(toText(bytes));
  return parts.join('');
}

/** A number of an option; anything else is not simulated. */
export function numberOf(process: Process, word: string): number {
  if (!/^\d+$/.test(word)) throw new NotSimulated(`${process.argv[0]} ${word}`);
  return Number(word);
}

/** `-5` is `-n 5` to `head` and `tail`. */
export const withCount = (argv: readonly string[]): string[] =>
  argv.flatMap((word, index) => (index > 0 && /^-\d+$/.test(word) ? ['-n', word.slice(1)] : [word]));
