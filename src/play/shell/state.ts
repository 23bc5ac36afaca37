/** What a shell remembers: variables, functions, options, arguments; a subshell has a copy. */
import { ShellFault } from './shell-fault.ts';
import type { Command } from './syntax.ts';

export interface Variable {
  /** Null: declared, but without a value. */
  readonly value: string | null;
  readonly exported: boolean;
  readonly readonly: boolean;
}

const DEFAULT_IFS = ' \t\n';
const NONE: Variable = { value: null, exported: false, readonly: false };

/** Functions within functions. */
const MOST_CALLS = 1000;

export class ShellState {
  /** `$0`. */
  readonly name: string;
  /** `$$`: of the shell, in its subshells, too. */
  readonly pid: number;
  args: readonly string[];
  status = 0;
  lastBackground: number | null = null;
  readonly options: Set<string>;
  readonly functions: Map<string, Command>;
  readonly #variables: Map<string, Variable>;
  /** What `local` has hidden, for each function that runs. */
  readonly #hidden: Map<string, Variable | undefined>[] = [];

  constructor({ name, pid, args }: Pick<ShellState, 'name' | 'pid' | 'args'>, from?: ShellState) {
    this.name = name;
    this.pid = pid;
    this.args = args;
    this.options = new Set(from?.options);
    this.functions = new Map(from?.functions);
    this.#variables = new Map(from === undefined ? [] : from.#variables);
    if (from === undefined) return;
    this.status = from.status;
    this.lastBackground = from.lastBackground;
    this.#hidden.push(...from.#hidden.map((hidden) => new Map(hidden)));
  }

  copy(): ShellState {
    return new ShellState(this, this);
  }

  get(name: string): string | null {
    return this.#variables.get(name)?.value ?? null;
  }

  set(name: string, value: string | null, more: Partial<Variable> = {}): void {
    const before = this.#variables.get(name) ?? NONE;
    if (before.readonly && value !== null) throw new ShellFault(`${name}: is read only`);
    this.#variables.set(name, { ...before, value: value ?? before.value, ...more });
  }

  unset(name: string): void {
    if (this.#variables.get(name)?.readonly) throw new ShellFault(`${name}: is read only`);
    this.#variables.delete(name);
  }

  get ifs(): string {
    return this.get('IFS') ?? DEFAULT_IFS;
  }

  /** What programs are given. */
  exported(): Map<string, string> {
    const env = new Map<string, string>();
    for (const [name, { value, exported }] of this.#variables) {
      if (exported && value !== null) env.set(name, value);
    }
    return env;
  }

  /** What puts the variables back as they are. */
  remember(names: readonly string[]): () => void {
    const before = new Map(names.map((name) => [name, this.#variables.get(name)]));
    return () => this.#restore(before);
  }

  /** Throws RangeError where a real shell would run out of memory. */
  enterFunction(): void {
    if (this.#hidden.length >= MOST_CALLS) throw new RangeError('functions call each other too deeply');
    this.#hidden.push(new Map());
  }

  leaveFunction(): void {
    this.#restore(this.#hidden.pop() ?? new Map());
  }

  /** False: no function runs. */
  localize(name: string): boolean {
    const hidden = this.#hidden.at(-1);
    if (hidden === undefined) return false;
    if (!hidden.has(name)) hidden.set(name, this.#variables.get(name));
    return true;
  }

  #restore(before: ReadonlyMap<string, Variable | undefined>): void {
    for (const [name, variable] of before) {
      if (variable === undefined) this.#variables.delete(name);
      else this.#variables.set(name, variable);
    }
  }

  /** What `$name` is; null: nothing. `@` and `*` are joined. */
  parameter(name: string): string | null {
    switch (name) {
      case '@':
        return this.args.length > 0 ? this.args.join(' ') : null;
      case '*':
        return this.args.length > 0 ? this.args.join(this.ifs.slice(0, 1)) : null;
      case '#':
        return String(this.args.length);
      case '?':
        return String(this.status);
      case '$':
        return String(this.pid);
      case '!':
        return this.lastBackground === null ? null : String(this.lastBackground);
      case '-':
        return [...this.options].join('');
      case '0':
        return this.name;
      default:
        return /^\d/.test(name) ? (this.args[Number(name) - 1] ?? null) : this.get(name);
    }
  }
}
