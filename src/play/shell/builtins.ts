/** What the commands that are built into the shell do; `exec` is the shell's own. */
import { Errno } from '../errno.ts';
import { SIGNALS } from '../machine/machine.ts';
import { type Builtin, FunctionReturn, LoopJump, type Running, ShellExit } from './builtin.ts';
import { kill } from './kill.ts';
import { NotSimulated } from './not-simulated.ts';
import { formatted, unescapeWord } from './printf.ts';
import { divided, readLine } from './read-line.ts';
import { ShellFault } from './shell-fault.ts';
import { isTrue } from './test-expression.ts';
import { signalNamed } from './traps.ts';

/** An error in one of them ends the shell, and what is assigned before one stays. */
export const SPECIAL: ReadonlySet<string> = new Set(
  ': break continue eval exec exit export readonly return set shift trap unset'.split(' '),
);
/** Known to a real shell; here each is answered as not simulated. */
const UNKNOWN = '. alias bg fc fg getopts hash jobs source times ulimit unalias'.split(' ');

function number(name: string, word: string): number {
  if (!/^\d+$/.test(word)) throw new ShellFault(`${name}: Illegal number: ${word}`);
  return Number(word);
}

const say = async ({ process, state }: Running, text: string): Promise<void> =>
  process.complain(`${state.name}: 1: ${text}`);

const test =
  (name: string): Builtin =>
  ({ process }, args) => {
    try {
      if (name === '[' && args.at(-1) !== ']') throw new ShellFault('missing ]');
      return isTrue(process, name === '[' ? args.slice(0, -1) : args) ? 0 : 1;
    } catch (error) {
      throw error instanceof ShellFault ? new ShellFault(`${name}: ${error.message}`) : error;
    }
  };

const jump =
  (kind: 'break' | 'continue'): Builtin =>
  (_, [levels = '1']) => {
    throw new LoopJump(kind, number(kind, levels));
  };

async function echo({ process }: Running, args: readonly string[]): Promise<number> {
  const isOpen = args[0] === '-n';
  const { text, ends } = unescapeWord(args.slice(isOpen ? 1 : 0).join(' '));
  await process.write(isOpen || ends ? text : `${text}\n`);
  return 0;
}

async function printf(shell: Running, args: readonly string[]): Promise<number> {
  const [format, ...words] = args[0] === '--' ? args.slice(1) : args;
  if (format === undefined) throw new ShellFault('printf: usage: printf format [arg ...]');
  const { text, complaints } = formatted(format, words);
  await shell.process.write(text);
  for (const complaint of complaints) await say(shell, `printf: ${complaint}`);
  return complaints.length > 0 ? 1 : 0;
}

async function read({ process, state }: Running, args: readonly string[]): Promise<number> {
  const isRaw = args[0] === '-r';
  const names = args.slice(isRaw ? 1 : 0);
  if (names.length === 0) throw new ShellFault('read: arg count');
  if (names.some((name) => name.startsWith('-'))) throw new NotSimulated(`read ${args.join(' ')}`);
  const line = await readLine(process, isRaw);
  const fields = divided(line, state.ifs, names.length);
  for (const [index, name] of names.entries()) state.set(name, fields[index] ?? '');
  return line.isWhole ? 0 : 1;
}

const OPTIONS: Readonly<Record<string, string>> = { errexit: 'e', noglob: 'f', nounset: 'u' };

function set({ state }: Running, args: readonly string[]): number {
  let at = 0;
  for (; /^[-+]./.test(args[at] ?? ''); at += 1) {
    const word = args[at] ?? '';
    if (word === '--') break;
    let letters = word.slice(1);
    if (letters === 'o') {
      at += 1;
      letters = OPTIONS[args[at] ?? ''] ?? '?';
    }
    if (!/^[efu]+$/.test(letters)) throw new NotSimulated(`set ${args.join(' ')}`);
    for (const letter of letters)
      if (word.startsWith('-')) state.options.add(letter);
      else state.options.delete(letter);
  }
  if (args.length === 0) throw new NotSimulated('set without words');
  if (args[at] === '--') state.args = args.slice(at + 1);
  else if (at < args.length) state.args = args.slice(at);
  return 0;
}

function shift({ state }: Running, [word = '1']: readonly string[]): number {
  const count = number('shift', word);
  if (count > state.args.length) throw new ShellFault("shift: can't shift that many");
  state.args = state.args.slice(count);
  return 0;
}

/** `export`, `readonly` and `local`: what is done with each name, and its value if it is given one. */
const declare =
  (command: string, act: (shell: Running, name: string, value: string | null) => void): Builtin =>
  (shell, args) => {
    if (args.length === 0 && command !== 'local') throw new NotSimulated(`${command} without names`);
    for (const arg of args) {
      const [, name, value = null] = /^([A-Za-z_]\w*)(?:=([\s\S]*))?$/.exec(arg) ?? [];
      if (name === undefined) throw new ShellFault(`${command}: ${arg}: bad variable name`);
      act(shell, name, value);
    }
    return 0;
  };

function unset({ state }: Running, args: readonly string[]): number {
  const isFunction = args[0] === '-f';
  for (const name of args.slice(/^-[fv]$/.test(args[0] ?? '') ? 1 : 0))
    if (isFunction) state.functions.delete(name);
    else state.unset(name);
  return 0;
}

function trap({ traps }: Running, args: readonly string[]): number {
  const words = args[0] === '--' ? args.slice(1) : args;
  if (words.length === 0 && traps.actions.size > 0) throw new NotSimulated('trap without words');
  const resets = words.length === 1 || words[0] === '-' || /^\d+$/.test(words[0] ?? '');
  const action = resets ? null : (words[0] ?? '');
  for (const word of resets && words[0] !== '-' ? words : words.slice(1)) {
    const name = word === 'EXIT' || word === '0' ? 'EXIT' : signalNamed(word);
    if (name === undefined) throw new NotSimulated(`trap ${word}`);
    traps.set(name, action);
  }
  return 0;
}

/** Ends early, with 128 and its number, when a signal comes that is trapped. */
async function wait({ process, jobs, traps }: Running, args: readonly string[]): Promise<number> {
  let status = 0;
  for (const pid of args.length > 0 ? args.map((arg) => number('wait', arg)) : [...jobs.keys()]) {
    const job = jobs.get(pid);
    const ended = job && (await process.until(Promise.race([job, traps.arrived])));
    if (job !== undefined && ended === undefined) return 128 + SIGNALS[traps.first ?? 'TERM'];
    jobs.delete(pid);
    status = ended ?? 127;
  }
  return args.length > 0 ? status : 0;
}

async function killThem(shell: Running, args: readonly string[]): Promise<number> {
  const missing = kill(shell.process, args);
  for (const _ of missing) await say(shell, 'kill: No such process');
  return missing.length > 0 ? 1 : 0;
}

function cd({ process, state }: Running, args: readonly string[]): number {
  const isPhysical = args[0] === '-P';
  const words = isPhysical ? args.slice(1) : args;
  const [name = state.get('HOME') ?? ''] = words[0] === '--' ? words.slice(1) : words;
  if (name.startsWith('-')) throw new NotSimulated(`cd ${name}`);
  const parts: string[] = [];
  for (const part of process.path(name).split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  let path = `/${parts.join('/')}`;
  try {
    if (isPhysical) path = process.machine.files.realpath(process.path(name));
    if (process.machine.files.stat(path).kind !== 'directory') throw new Errno('ENOTDIR');
  } catch (error) {
    throw error instanceof Errno ? new ShellFault(`cd: can't cd to ${name}`) : error;
  }
  state.set('OLDPWD', process.cwd);
  process.cwd = path;
  state.set('PWD', path);
  return 0;
}

/** What stands behind a name; null: nothing. */
function found(shell: Running, name: string): string | null {
  if (shell.state.functions.has(name) || shell.isBuiltin(name)) return name;
  if (shell.process.machine.program(name) === undefined) return null;
  return name.includes('/') ? name : `/usr/bin/${name}`;
}

async function command(shell: Running, args: readonly string[]): Promise<number> {
  const [option = '', ...names] = args;
  if (option === '--') return shell.runWords(names);
  if (!option.startsWith('-')) return shell.runWords(args);
  if (option !== '-v') throw new NotSimulated(`command ${option}`);
  const paths = names.map((name) => found(shell, name));
  for (const path of paths) if (path !== null) await shell.process.write(`${path}\n`);
  return paths.includes(null) ? 127 : 0;
}

async function type(shell: Running, args: readonly string[]): Promise<number> {
  let status = 0;
  for (const name of args) {
    const path = found(shell, name);
    let is = `is ${path}`;
    if (path === null) is = 'not found';
    else if (shell.state.functions.has(name)) is = 'is a shell function';
    else if (path === name && !name.includes('/')) is = 'is a shell builtin';
    await shell.process.write(path === null ? `${name}: ${is}\n` : `${name} ${is}\n`);
    if (path === null) status = 127;
  }
  return status;
}

async function umask({ process }: Running, args: readonly string[]): Promise<number> {
  const [mask = ''] = args;
  if (args.length === 0) await process.write(`${process.umask.toString(8).padStart(4, '0')}\n`);
  else if (/^[0-7]{1,4}$/.test(mask)) process.umask = Number.parseInt(mask, 8);
  else if (mask === 'go-w') process.umask |= 0o022;
  else throw new NotSimulated(`umask ${args.join(' ')}`);
  return 0;
}

async function pwd({ process }: Running, args: readonly string[]): Promise<number> {
  if (args.length > 0) throw new NotSimulated(`pwd ${args.join(' ')}`);
  await process.write(`${process.cwd}\n`);
  return 0;
}

export const BUILTINS: ReadonlyMap<string, Builtin> = new Map<string, Builtin>([
  [':', () => 0],
  ['true', () => 0],
  ['false', () => 1],
  ['[', test('[')],
  ['test', test('test')],
  ['break', jump('break')],
  ['continue', jump('continue')],
  [
    'exit',
    ({ state }, [code = String(state.status)]) => {
      throw new ShellExit(number('exit', code) & 255);
    },
  ],
  [
    'return',
    ({ state }, [code = String(state.status)]) => {
      throw new FunctionReturn(number('return', code) & 255);
    },
  ],
  ['echo', echo],
  ['printf', printf],
  ['read', read],
  ['set', set],
  ['shift', shift],
  ['export', declare('export', ({ state }, name, value) => state.set(name, value, { exported: true }))],
  ['readonly', declare('readonly', ({ state }, name, value) => state.set(name, value, { readonly: true }))],
  [
    'local',
    declare('local', ({ state }, name, value) => {
      if (!state.localize(name)) throw new ShellFault('local: not in a function');
      if (value !== null) state.set(name, value);
    }),
  ],
  ['unset', unset],
  ['trap', trap],
  ['wait', wait],
  ['kill', killThem],
  ['cd', cd],
  ['pwd', pwd],
  ['command', command],
  ['type', type],
  ['umask', umask],
  ['eval', (shell, args) => shell.runText(args.join(' '))],
  ...UNKNOWN.map((name): [string, Builtin] => [
    name,
    () => {
      throw new NotSimulated(`sh: ${name}`);
    },
  ]),
]);
