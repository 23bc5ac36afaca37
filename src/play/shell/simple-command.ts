/** Runs a simple command: its redirections and assignments, then a function, a builtin or a program. */
import { Errno } from '../errno.ts';
import type { SignalName } from '../machine/machine.ts';
import { type Builtin, FunctionReturn, type Running, ShellExit } from './builtin.ts';
import { BUILTINS, SPECIAL } from './builtins.ts';
import { expandText, expandWords } from './expand.ts';
import { redirect } from './redirect.ts';
import { ShellFault } from './shell-fault.ts';
import { become, startChild } from './start-child.ts';
import type { Assignment, Command, Redirect, SimpleCommand, Word } from './syntax.ts';

/** What it needs of the shell. */
export interface Runs extends Running {
  /** The exit code of the last `$(…)` of a command. */
  substituted: number;
  run(command: Command): Promise<number>;
  /** A line on stderr, with the name of the shell. */
  say(text: string): Promise<void>;
}

type Before = Pick<SimpleCommand, 'assignments' | 'redirects'>;
const NOTHING: Before = { assignments: [], redirects: [] };

export const isBuiltin = (name: string): boolean => name === 'exec' || BUILTINS.has(name);

/** @param isLast a program may take the place of the shell */
export async function runSimple(shell: Runs, command: SimpleCommand, isLast: boolean): Promise<number> {
  shell.substituted = 0;
  const [name, ...args] = await expandCommand(shell, command.words);
  if (name === undefined) {
    return redirected(shell, command.redirects, async () => {
      await assign(shell, command.assignments, false);
      return shell.substituted;
    });
  }
  const body = shell.state.functions.get(name);
  if (body !== undefined) return applied(shell, command, true, () => call(shell, body, args));
  if (name === 'exec') return exec(shell, args, command);
  if (isLast && !BUILTINS.has(name) && !shell.traps.areSet) return exec(shell, [name, ...args], command);
  return runArgv(shell, [name, ...args], command);
}

/** Without functions. */
export async function runArgv(shell: Runs, argv: readonly string[], before = NOTHING): Promise<number> {
  const [name, ...args] = argv;
  if (name === undefined) return 0;
  if (name === 'exec') return exec(shell, args, before);
  const builtin = BUILTINS.get(name);
  if (builtin === undefined) return external(shell, argv, before);
  if (!SPECIAL.has(name)) return applied(shell, before, false, () => runBuiltin(shell, name, builtin, args));
  const special = async (): Promise<number> => {
    await assign(shell, before.assignments, false);
    return runBuiltin(shell, name, builtin, args);
  };
  return redirected(shell, before.redirects, special, true);
}

/** What `export`, `readonly` and `local` assign is not divided into fields. */
async function expandCommand(shell: Runs, words: readonly Word[]): Promise<string[]> {
  const [first] = words[0] ?? [];
  const declares = first?.kind === 'text' && /^(?:export|readonly|local)$/.test(first.text);
  if (!declares) return expandWords(shell, words);
  const argv: string[] = [];
  for (const word of words) {
    const [start] = word;
    const assigns = start?.kind === 'text' && !start.quoted && /^[A-Za-z_]\w*=/.test(start.text);
    argv.push(...(assigns ? [await expandText(shell, word)] : await expandWords(shell, [word])));
  }
  return argv;
}

async function assign(shell: Runs, assignments: readonly Assignment[], exports: boolean): Promise<void> {
  for (const { name, word } of assignments)
    shell.state.set(name, await expandText(shell, word), exports ? { exported: true } : {});
}

/** A redirection that fails is said, and nothing is run. @param isFatal it ends the shell instead */
export async function redirected<T>(
  shell: Runs,
  redirects: readonly Redirect[],
  act: () => Promise<T>,
  isFatal = false,
): Promise<T | number> {
  if (redirects.length === 0) return act();
  const done = await redirect(shell, redirects).catch(async (error: unknown) => {
    if (isFatal || !(error instanceof ShellFault)) throw error;
    await shell.say(error.message);
    return error.code;
  });
  if (typeof done === 'number') return done;
  try {
    return await act();
  } finally {
    done.undo();
  }
}

/** With the redirections and assignments that are for this command alone. */
const applied = <T>(shell: Runs, before: Before, exports: boolean, act: () => Promise<T>) =>
  redirected(shell, before.redirects, async () => {
    if (before.assignments.length === 0) return act();
    const restore = shell.state.remember(before.assignments.map(({ name }) => name));
    try {
      await assign(shell, before.assignments, exports);
      return await act();
    } finally {
      restore();
    }
  });

async function call(shell: Runs, body: Command, args: readonly string[]): Promise<number> {
  const { state } = shell;
  const outer = state.args;
  state.args = args;
  state.enterFunction();
  try {
    return await shell.run(body);
  } catch (error) {
    if (error instanceof FunctionReturn) return error.code;
    throw error;
  } finally {
    state.leaveFunction();
    state.args = outer;
  }
}

async function runBuiltin(
  shell: Runs,
  name: string,
  builtin: Builtin,
  args: readonly string[],
): Promise<number> {
  try {
    return await builtin(shell, args);
  } catch (error) {
    if (error instanceof ShellFault && !SPECIAL.has(name)) {
      await shell.say(error.message);
      return error.code;
    }
    if (!(error instanceof Errno)) throw error;
    await shell.say(`${name}: ${error.message}`);
    return 1;
  }
}

async function notFound(shell: Runs, name: string): Promise<number> {
  await shell.say(`${name}: not found`);
  return 127;
}

async function external(shell: Runs, argv: readonly string[], before: Before): Promise<number> {
  const { process, state, traps } = shell;
  // What was redirected is put back before the program has ended: no pipe may be held open by us.
  const started = await applied(shell, before, true, async () => {
    const program = process.machine.program(argv[0] ?? '');
    if (program === undefined) return notFound(shell, argv[0] ?? '');
    const ignored = traps.ignored();
    return startChild(process, { argv, env: state.exported() }, (child) => {
      if (ignored.size > 0) child.onSignal = (signal: SignalName) => ignored.has(signal);
      return program(child);
    });
  });
  return typeof started === 'number' ? started : process.until(started.ended);
}

/** Another program takes the place of the shell; without one only the redirections are made, for good. */
async function exec(shell: Runs, argv: readonly string[], before: Before): Promise<number> {
  const { process, state, traps } = shell;
  const done = await redirect(shell, before.redirects);
  done.keep();
  await assign(shell, before.assignments, argv.length > 0);
  if (argv.length === 0) return 0;
  if (process.machine.program(argv[0] ?? '') === undefined)
    throw new ShellExit(await notFound(shell, argv[0] ?? ''));
  traps.forget();
  process.env.clear();
  for (const [name, value] of state.exported()) process.env.set(name, value);
  throw new ShellExit((await become(process, argv)) ?? 127);
}
