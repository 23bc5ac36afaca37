/**
 * The program, standing ready: most of what a short command costs is its start, and tests give hundreds of them. It is
 * the bundle that users run, and what it is told goes through `main`; only the process is one that has been at work before.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { scriptArgv } from '../../script-argv.ts';
import type { Ended } from './fleet.ts';

export interface Command {
  readonly argv: readonly string[];
}

export interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const SCRIPT = join(import.meta.dirname, 'fixtures/standing-program.ts');

export class StandingProgram {
  readonly #program: string;
  readonly #env: NodeJS.ProcessEnv;
  #child: ChildProcess | null = null;
  #isBusy = false;

  constructor(program: string, env: NodeJS.ProcessEnv) {
    this.#program = program;
    this.#env = env;
  }

  /** Null: it is at another command. */
  run(argv: readonly string[]): Promise<Ended> | null {
    if (this.#isBusy) return null;
    this.#isBusy = true;
    const child = this.#begun();
    // The tests wait for it while it is at work, and only then.
    child.ref();
    child.channel?.ref();
    const { promise, resolve } = Promise.withResolvers<Ended>();
    const ended = (code: number | null): void => {
      this.#child = null;
      answer({ code, stdout: '', stderr: 'The standing program ended without a word.' });
    };
    const answer = (said: Ended): void => {
      child.off('exit', ended).off('message', answer);
      child.unref();
      child.channel?.unref();
      this.#isBusy = false;
      resolve(said);
    };
    child.once('exit', ended).once('message', answer);
    child.send({ argv } satisfies Command);
    return promise;
  }

  end(): void {
    this.#child?.kill();
  }

  #begun(): ChildProcess {
    if (this.#child) return this.#child;
    const child = spawn(process.execPath, ['--no-warnings', ...scriptArgv(SCRIPT), this.#program], {
      env: this.#env,
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    child.once('exit', () => {
      if (this.#child === child) this.#child = null;
    });
    this.#child = child;
    return child;
  }
}
