/** Decides what a shell does with signals: those with a trap are kept until a command has ended. */
import { type Process, SIGNALS, type SignalName } from '../machine/machine.ts';

const NAMES = Object.keys(SIGNALS) as SignalName[];

/** `TERM`, `SIGTERM` or `15`; undefined: not one we know. */
export function signalNamed(word: string): SignalName | undefined {
  const name = word.replace(/^SIG/, '');
  return NAMES.find((known) => known === name || String(SIGNALS[known]) === word);
}

export class Traps {
  /** Texts of commands, by signal and `EXIT`; empty: the signal is ignored. */
  readonly #actions: Map<string, string>;
  readonly #pending: SignalName[] = [];
  #arrived = Promise.withResolvers<void>();

  /** @param process which is asked from now on */
  constructor(process: Process, actions: ReadonlyMap<string, string> = new Map()) {
    this.#actions = new Map(actions);
    const inherited = process.onSignal;
    process.onSignal = (signal) => this.#take(signal) || inherited?.(signal) === true;
  }

  get actions(): ReadonlyMap<string, string> {
    return this.#actions;
  }

  /** Whether any is more than to be ignored. */
  get areSet(): boolean {
    return [...this.#actions.values()].some((action) => action !== '');
  }

  get arePending(): boolean {
    return this.#pending.length > 0;
  }

  get first(): SignalName | undefined {
    return this.#pending[0];
  }

  /** Resolves when a signal that is trapped arrives. */
  get arrived(): Promise<void> {
    return this.#arrived.promise;
  }

  /** Null: back to what it was. */
  set(name: string, action: string | null): void {
    if (action === null) this.#actions.delete(name);
    else this.#actions.set(name, action);
  }

  /** Those that children ignore, too; all others are back to what they were in them. */
  ignored(): ReadonlyMap<string, string> {
    return new Map([...this.#actions].filter(([name, action]) => action === '' && name !== 'EXIT'));
  }

  /** As before another program takes the place of the shell. */
  forget(): void {
    const ignored = this.ignored();
    for (const name of this.#actions.keys()) if (!ignored.has(name)) this.#actions.delete(name);
  }

  next(): { readonly signal: SignalName; readonly action: string } | undefined {
    const signal = this.#pending.shift();
    if (this.#pending.length === 0) this.#arrived = Promise.withResolvers<void>();
    return signal && { signal, action: this.#actions.get(signal) ?? '' };
  }

  #take(signal: SignalName): boolean {
    const action = this.#actions.get(signal);
    if (action === undefined) return false;
    if (action !== '') {
      this.#pending.push(signal);
      this.#arrived.resolve();
    }
    return true;
  }
}
