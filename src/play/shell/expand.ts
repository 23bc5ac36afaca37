/** Decides what words come to: parameters, commands, arithmetic, then fields, then paths. */
import type { Process } from '../machine/machine.ts';
import { evaluate } from './arithmetic.ts';
import { cutOff, escapePattern, isGlob, pathsMatching } from './pattern.ts';
import { ShellFault } from './shell-fault.ts';
import type { ShellState } from './state.ts';
import type { Change, Command, Part, Word } from './syntax.ts';

/** What expansion needs of a shell. */
export interface Expanding {
  readonly state: ShellState;
  readonly process: Process;
  /** What a command prints, without newlines at its end. */
  substitute(body: Command): Promise<string>;
}

/** The text, and the same as a pattern in which what was quoted has backslashes. */
interface Field {
  text: string;
  pattern: string;
}

class Fields {
  readonly done: Field[] = [];
  readonly #splits: boolean;
  readonly #ifs: string;
  #open: Field | null = null;
  /** A blank of IFS ended the last field: a sign of IFS that follows belongs to it. */
  #afterBlank = false;

  constructor(splits: boolean, ifs: string) {
    this.#splits = splits;
    this.#ifs = ifs;
  }

  add(text: string, quoted: boolean): void {
    this.#open ??= { text: '', pattern: '' };
    this.#open.text += text;
    this.#open.pattern += quoted ? escapePattern(text) : text;
  }

  /** What came from an expansion. */
  value(text: string, quoted: boolean): void {
    if (quoted || !this.#splits) this.add(text, quoted);
    else if (this.#ifs === '') {
      if (text !== '') this.add(text, false);
    } else this.#split(text);
  }

  #split(text: string): void {
    for (const char of text) {
      if (!this.#ifs.includes(char)) {
        this.add(char, false);
        this.#afterBlank = false;
        continue;
      }
      const isBlank = char === ' ' || char === '\t' || char === '\n';
      if (this.#open !== null) this.end();
      else if (!isBlank && !this.#afterBlank) this.done.push({ text: '', pattern: '' });
      else if (isBlank) continue;
      this.#afterBlank = isBlank;
    }
  }

  end(): void {
    if (this.#open !== null) this.done.push(this.#open);
    this.#open = null;
  }

  each(args: readonly string[], quoted: boolean): void {
    if (!this.#splits) {
      if (args.length > 0) this.add(args.join(' '), quoted);
      return;
    }
    for (const [index, arg] of args.entries()) {
      if (index > 0) this.end();
      this.value(arg, quoted);
    }
  }
}

async function expanded(shell: Expanding, word: Word, splits: boolean): Promise<Field[]> {
  const fields = new Fields(splits, shell.state.ifs);
  const [first] = word;
  const home = shell.state.get('HOME');
  if (first?.kind === 'text' && !first.quoted && /^~(?:\/|$)/.test(first.text) && home !== null) {
    fields.add(home, true);
    fields.add(first.text.slice(1), false);
    await addParts(shell, word.slice(1), fields, false);
  } else await addParts(shell, word, fields, false);
  fields.end();
  return fields.done;
}

async function addParts(shell: Expanding, word: Word, fields: Fields, nested: boolean): Promise<void> {
  for (const part of word) {
    if (part.kind === 'text') {
      // In `${x:-a b}` what is not quoted is split.
      if (nested) fields.value(part.text, part.quoted);
      else fields.add(part.text, part.quoted);
    } else if (part.kind === 'command') fields.value(await shell.substitute(part.body), part.quoted);
    else if (part.kind === 'arithmetic') {
      const text = await expandText(shell, part.word);
      fields.value(evaluate(text, shell.state), part.quoted);
    } else if (part.kind === 'length') fields.value(String(known(shell, part.name).length), part.quoted);
    else await addParameter(shell, part, fields);
  }
}

/** Its value; with `set -u` there must be one. */
function known({ state }: Expanding, name: string): string {
  const value = state.parameter(name);
  if (value === null && state.options.has('u') && !/^[@*]$/.test(name))
    throw new ShellFault(`${name}: parameter not set`);
  return value ?? '';
}

async function addParameter(
  shell: Expanding,
  { name, quoted, change }: Part & { kind: 'parameter' },
  fields: Fields,
): Promise<void> {
  const { state } = shell;
  const value = state.parameter(name);
  const isThere = value !== null && !(change?.orEmpty && value === '');
  const operator = change?.operator;
  // In quotes it is a word even where nothing comes of it.
  if (change !== null && quoted && (operator === '+' || (operator === '-' && !isThere))) fields.add('', true);
  if (change !== null && operator === '+') {
    if (isThere) await addParts(shell, change.word, fields, true);
    return;
  }
  if (change !== null && !isThere && (operator === '-' || operator === '=' || operator === '?')) {
    if (operator === '-') return addParts(shell, change.word, fields, true);
    return fields.value(await assigned(shell, name, change), quoted);
  }
  if (change !== null && (operator === '%' || operator === '%%' || operator === '#' || operator === '##')) {
    const pattern = await expandPattern(shell, change.word);
    fields.value(cutOff(known(shell, name), operator, pattern), quoted);
  } else if (name === '@' || (name === '*' && !quoted)) fields.each(state.args, quoted);
  else fields.value(known(shell, name), quoted);
}

async function assigned(shell: Expanding, name: string, { operator, word }: Change): Promise<string> {
  const text = await expandText(shell, word);
  if (operator === '?') throw new ShellFault(`${name}: ${text || 'parameter not set'}`);
  if (!/^[A-Za-z_]/.test(name)) throw new ShellFault(`${name}: bad variable name`);
  shell.state.set(name, text);
  return text;
}

/** One text, without fields and paths: what is assigned, a file of a redirection. */
export async function expandText(shell: Expanding, word: Word): Promise<string> {
  const [only] = word;
  if (word.length === 1 && only?.kind === 'text' && !only.text.startsWith('~')) return only.text;
  return (await expanded(shell, word, false)).map(({ text }) => text).join(' ');
}

/** A pattern for `matches`. */
export const expandPattern = async (shell: Expanding, word: Word): Promise<string> =>
  (await expanded(shell, word, false)).map(({ pattern }) => pattern).join(' ');

/** The words of a command. */
export async function expandWords(shell: Expanding, words: readonly Word[]): Promise<string[]> {
  const texts: string[] = [];
  for (const word of words) {
    for (const { text, pattern } of await expanded(shell, word, true)) {
      const paths =
        isGlob(pattern) && !shell.state.options.has('f') ? pathsMatching(shell.process, pattern) : [];
      if (paths.length > 0) texts.push(...paths);
      else texts.push(text);
    }
  }
  return texts;
}
