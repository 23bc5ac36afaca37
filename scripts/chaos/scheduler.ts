// The scheduler that the faults are done to: the built program as a process, started again when it ends, as systemd does.
import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, type WriteStream } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

/** In the environment of every btrfleet of a run, with the state directory: leaked ones are found by it. */
export const MARK = 'BTRFLEET_CHAOS';

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface SchedulerOptions {
  readonly program: string;
  readonly env: NodeJS.ProcessEnv;
  /** Takes what it says. */
  readonly logFile: string;
  /** Told of an end that nobody asked for, with its last words. */
  readonly onUnasked: (ending: Ending, words: string) => void;
}

const LAST_WORDS = 3;

/** Its log says this once it has read the configuration. */
const STARTED = / started; /u;

/** It ends with this where the configuration cannot be read at its start. */
const BAD_CONFIG = 2;

export class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #log: WriteStream;
  #child: ChildProcess | null = null;
  #ended: Promise<Ending> = Promise.resolve({ code: null, signal: null });
  /** Somebody ended it on purpose, or does not want it back. */
  #isAsked = false;
  #hasStarted = false;
  #words: string[] = [];

  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.#log = createWriteStream(options.logFile, { flags: 'a' });
  }

  get isUp(): boolean {
    return this.#child !== null;
  }

  start(): void {
    if (this.#child !== null) return;
    const { program, env, onUnasked } = this.#options;
    this.#isAsked = false;
    this.#hasStarted = false;
    this.#words = [];
    // In a group of its own: a Ctrl-C is for the chaos alone, which then ends it in good order.
    const child = spawn(process.execPath, ['--no-warnings', program, '--schedule'], {
      env,
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#child = child;
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#log.write(text);
      if (STARTED.test(text)) this.#hasStarted = true;
      this.#words = [...this.#words, ...text.split('\n').filter(Boolean)].slice(-LAST_WORDS);
    });
    this.#ended = new Promise((resolve) => {
      child.once('error', () => resolve({ code: 127, signal: null }));
      child.once('close', (code, signal) => resolve({ code, signal }));
    });
    void this.#ended.then(async (ending) => {
      this.#child = null;
      if (this.#isAsked) return;
      // Caught in its start by a broken configuration it says so and ends, as it is documented.
      if (this.#hasStarted || ending.code !== BAD_CONFIG) onUnasked(ending, this.#words.join(' | '));
      await pause(1000);
      if (!this.#isAsked) this.start();
    });
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  /** Ends it, and it is not started again before `start`. Null: it did not end within `seconds`, and was killed. */
  async end(signal: 'SIGTERM' | 'SIGKILL', seconds: number): Promise<Ending | null> {
    this.#isAsked = true;
    const child = this.#child;
    if (child === null) return { code: 0, signal: null };
    child.kill(signal);
    const late = new AbortController();
    const limit = pause(seconds * 1000, null, { signal: late.signal, ref: false }).catch(() => null);
    const ending = await Promise.race([this.#ended, limit]);
    late.abort();
    if (ending !== null) return ending;
    child.kill('SIGKILL');
    await this.#ended;
    return null;
  }

  close(): void {
    this.#log.end();
  }
}
