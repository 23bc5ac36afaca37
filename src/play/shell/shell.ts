/** Runs parsed shell commands in a process; subshells, parts of pipelines and background commands get their own. */
import { setImmediate as breathe } from 'node:timers/promises';
import { type OpenFile, openPipe, toText } from '../files/open-file.ts';
import type { Process } from '../machine/machine.ts';
import { FunctionReturn, LoopJump, ShellExit } from './builtin.ts';
import { expandPattern, expandText, expandWords } from './expand.ts';
import { NotSimulated } from './not-simulated.ts';
import { parse } from './parse.ts';
import { matches } from './pattern.ts';
import { closeInput, redirect } from './redirect.ts';
import { ShellFault } from './shell-fault.ts';
import { isBuiltin, type Runs, redirected, runArgv, runSimple } from './simple-command.ts';
import { putFile, retained, startChild } from './start-child.ts';
import type { ShellState } from './state.ts';
import type { CaseCommand, Command, ForCommand, IfCommand, LoopCommand, Pipeline } from './syntax.ts';
import { Traps } from './traps.ts';

/** So many rounds of loops, then others have their turn. */
const ROUNDS_AT_ONCE = 256;

export class Shell implements Runs {
  readonly process: Process;
  readonly state: ShellState;
  readonly traps: Traps;
  readonly jobs = new Map<number, Promise<number>>();
  /** How many conditions we are in: in none of them does `set -e` end the shell. */
  #conditions: number;
  #rounds = 0;
  substituted = 0;

  constructor(process: Process, state: ShellState, ignored?: ReadonlyMap<string, string>, conditions = 0) {
    this.process = process;
    this.state = state;
    this.traps = new Traps(process, ignored);
    this.#conditions = conditions;
  }

  isBuiltin(name: string): boolean {
    return isBuiltin(name);
  }

  /** Runs all there is, then the trap of EXIT. */
  async finish(body: () => Command): Promise<number> {
    const code = await this.#ending(() => this.run(body(), true));
    const action = this.traps.actions.get('EXIT');
    if (action === undefined) return code;
    this.traps.set('EXIT', null);
    this.state.status = code;
    return this.#ending(async () => {
      await this.runText(action);
      return code;
    });
  }

  async #ending(run: () => Promise<number>): Promise<number> {
    try {
      return await run();
    } catch (error) {
      if (error instanceof ShellExit || error instanceof FunctionReturn) return error.code;
      if (error instanceof LoopJump) return 0;
      if (error instanceof NotSimulated) await this.process.complain(error.message);
      else if (error instanceof ShellFault) await this.say(error.message);
      else throw error;
      return error instanceof ShellFault ? error.code : 2;
    }
  }

  runWords(argv: readonly string[]): Promise<number> {
    return runArgv(this, argv);
  }

  say(text: string): Promise<void> {
    return this.process.complain(`${this.state.name}: 1: ${text}`);
  }

  runText(text: string): Promise<number> {
    return this.run(parse(text));
  }

  /** @param isLast nothing comes after it: a program may take the place of the shell */
  async run(command: Command, isLast = false): Promise<number> {
    this.process.signal.throwIfAborted();
    const status = await this.#execute(command, isLast);
    this.state.status = status;
    while (this.traps.arePending) await this.#runTrap();
    const { kind } = command;
    const counts = kind === 'simple' || kind === 'subshell' || (kind === 'pipeline' && !command.negated);
    if (status !== 0 && counts && this.#conditions === 0 && this.state.options.has('e'))
      throw new ShellExit(status);
    return status;
  }

  async #runTrap(): Promise<void> {
    const { status } = this.state;
    await this.runText(this.traps.next()?.action ?? '');
    this.state.status = status;
  }

  async #condition(command: Command): Promise<boolean> {
    this.#conditions += 1;
    try {
      return (await this.run(command)) === 0;
    } finally {
      this.#conditions -= 1;
    }
  }

  async #execute(command: Command, isLast: boolean): Promise<number> {
    switch (command.kind) {
      case 'simple':
        return runSimple(this, command, isLast);
      case 'pipeline':
        return this.#pipeline(command);
      case 'list':
        return this.#list(command.items, isLast);
      case 'and':
      case 'or': {
        const is = await this.#condition(command.left);
        return is === (command.kind === 'and') ? this.run(command.right, isLast) : this.state.status;
      }
      case 'subshell':
        if (isLast && !this.traps.areSet) return this.run(command.body, true);
        return this.process.until(this.#fork(command.body).ended);
      case 'redirected':
        if (!isLast || this.traps.areSet)
          return redirected(this, command.redirects, () => this.run(command.body));
        // What was there before is let go at once: others may wait for its end.
        (await redirect(this, command.redirects)).keep();
        return this.run(command.body, true);
      case 'function':
        this.state.functions.set(command.name, command.body);
        return 0;
      case 'if':
        return this.#if(command, isLast);
      case 'loop':
        return this.#loop(command);
      case 'for':
        return this.#for(command);
      case 'case':
        return this.#case(command, isLast);
    }
  }

  async #list(items: readonly { command: Command; background: boolean }[], isLast: boolean): Promise<number> {
    let status = 0;
    for (const [index, { command, background }] of items.entries()) {
      if (background) this.#start(command);
      status = background ? 0 : await this.run(command, isLast && index === items.length - 1);
    }
    return status;
  }

  async #if({ branches, otherwise }: IfCommand, isLast: boolean): Promise<number> {
    for (const { test, body } of branches) {
      if (await this.#condition(test)) return this.run(body, isLast);
    }
    return otherwise ? this.run(otherwise, isLast) : 0;
  }

  async #case({ word, items }: CaseCommand, isLast: boolean): Promise<number> {
    const text = await expandText(this, word);
    for (const { patterns, body } of items) {
      for (const pattern of patterns) {
        if (matches(await expandPattern(this, pattern), text)) return this.run(body, isLast);
      }
    }
    return 0;
  }

  async #loop({ until, test, body }: LoopCommand): Promise<number> {
    let status = 0;
    const round = async (): Promise<boolean> => {
      if ((await this.#condition(test)) === until) return false;
      status = await this.run(body);
      return true;
    };
    while (await this.#round(round));
    return status;
  }

  async #for({ name, words, body }: ForCommand): Promise<number> {
    let status = 0;
    for (const value of words === null ? this.state.args : await expandWords(this, words)) {
      this.state.set(name, value);
      const goesOn = await this.#round(async () => {
        status = await this.run(body);
        return true;
      });
      if (!goesOn) break;
    }
    return status;
  }

  /** Whether the loop goes on. */
  async #round(run: () => Promise<boolean>): Promise<boolean> {
    this.#rounds += 1;
    if (this.#rounds % ROUNDS_AT_ONCE === 0) await breathe();
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof LoopJump)) throw error;
      if (error.levels > 1) throw new LoopJump(error.kind, error.levels - 1);
      return error.kind === 'continue';
    }
  }

  /** A process that runs `body` in a copy of this shell. The files are handed over to it. */
  #fork(body: Command, fds = retained(this.process.fds), isBackground = false): Process {
    const state = this.state.copy();
    const ignored = new Map(this.traps.ignored());
    if (isBackground) for (const name of ['INT', 'QUIT']) ignored.set(name, '');
    const conditions = this.#conditions;
    return startChild(this.process, { argv: this.process.argv, fds }, (process) =>
      new Shell(process, state, ignored, conditions).finish(() => body),
    );
  }

  #start(command: Command): void {
    const isPipeline = command.kind === 'pipeline' && !command.negated;
    const children = this.#forkAll(isPipeline ? command.parts : [command], true);
    const last = children.at(-1);
    if (last === undefined) return;
    this.state.lastBackground = last.pid;
    this.jobs.set(last.pid, last.ended);
  }

  #forkAll(parts: readonly Command[], isBackground: boolean): Process[] {
    let input: OpenFile | null = null;
    return parts.map((part, index) => {
      const fds = retained(this.process.fds);
      if (input !== null) putFile(fds, 0, input);
      else if (isBackground) closeInput(fds);
      if (index < parts.length - 1) {
        const [reads, writes] = openPipe();
        putFile(fds, 1, writes);
        input = reads;
      }
      return this.#fork(part, fds, isBackground);
    });
  }

  async #pipeline({ parts, negated }: Pipeline): Promise<number> {
    const [only] = parts;
    if (negated && parts.length === 1 && only) return (await this.#condition(only)) ? 1 : 0;
    const ended = Promise.all(this.#forkAll(parts, false).map((child) => child.ended));
    const code = (await this.process.until(ended)).at(-1) ?? 0;
    return negated ? Number(code === 0) : code;
  }

  async substitute(body: Command): Promise<string> {
    const [reads, writes] = openPipe();
    const fds = retained(this.process.fds);
    putFile(fds, 1, writes);
    const child = this.#fork(body, fds);
    const texts: string[] = [];
    try {
      for (;;) {
        const bytes = await reads.read(65_536, this.process.signal);
        if (bytes.length === 0) break;
        texts.push(toText(bytes));
      }
    } finally {
      reads.release();
    }
    this.substituted = await this.process.until(child.ended);
    return texts.join('').replaceAll('\0', '').replace(/\n+$/, '');
  }
}
