// The world that a chaos run breaks: a lab, a manager's state on a small disk of its own, its scheduler, and the books of
// what must survive and of what was done by hand. It decides nothing about faults.
import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Lab } from '../lab/lab.ts';
import { must, run } from '../lab/run-command.ts';
import { Books } from './books.ts';
import { MARK, Scheduler } from './scheduler.ts';

const execute = promisify(execFile);

const PROGRAM = join(import.meta.dirname, '../../dist/btrfleet.mjs');

/** Of the disk that holds the state directory. */
const HOME_SIZE = '64m';

const MOST_PACE = 4;

/** No command of the chaos itself takes longer on a quiet machine. */
const COMMAND_SECONDS = 30;

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export class World {
  readonly lab: Lab;
  readonly directory: string;
  readonly books: Books;
  readonly scheduler: Scheduler;
  /** How many times slower the machine is than a quiet one; the largest that was measured. */
  slowness: number;
  /** How many times longer the intervals are than on a quiet machine, so that most of one is rest. */
  readonly pace: number;
  readonly #env: NodeJS.ProcessEnv;

  private constructor(lab: Lab, slowness: number) {
    this.lab = lab;
    // With the lab it goes, however this process ends.
    this.directory = join(lab.directory, 'manager');
    mkdirSync(this.home, { recursive: true, mode: 0o700 });
    this.slowness = slowness;
    this.pace = Math.min(MOST_PACE, Math.max(1, slowness));
    this.books = new Books();
    const { SSH_AUTH_SOCK: _, ...env } = process.env;
    this.#env = {
      ...env,
      HOME: this.directory,
      BTRFLEET_HOME: this.home,
      NO_COLOR: '1',
      [MARK]: this.home,
    };
    this.scheduler = new Scheduler({
      program: PROGRAM,
      env: this.#env,
      logFile: join(this.directory, 'scheduler.log'),
      onUnasked: ({ code, signal }, words) =>
        this.books.found('the scheduler goes on', `it ended by itself: exit ${code ?? signal}; ${words}`),
    });
  }

  /** Throws with what failed; nothing stays then. */
  static async make(name: string, size: string, slowness: number): Promise<World> {
    const lab = await Lab.up({ name, servers: 4, size });
    try {
      const world = new World(lab, slowness);
      await must(['mount', '-t', 'tmpfs', '-o', `size=${HOME_SIZE},mode=700`, 'btrfleet-chaos', world.home]);
      return world;
    } catch (error) {
      await lab.down();
      throw error;
    }
  }

  get home(): string {
    return join(this.directory, 'state');
  }
  get journalFile(): string {
    return join(this.home, 'journal.db');
  }

  /** In milliseconds; `seconds` is what is more than enough on a quiet machine. */
  patience(seconds: number): number {
    return Math.round(seconds * 1000 * Math.max(1, this.slowness));
  }

  /** Runs a script of sh as root on a server, past its sshd, with `words` as its arguments; gives what it printed. */
  async on(server: string, script: string, words: readonly string[] = []): Promise<string> {
    const signal = AbortSignal.timeout(this.patience(COMMAND_SECONDS));
    return this.lab.must(server, ['sh', '-euc', script, 'sh', ...words], { signal });
  }

  /** Runs btrfleet as a person does. */
  async btrfleet(args: readonly string[]): Promise<Ran> {
    const options = { env: this.#env, timeout: this.patience(60), maxBuffer: 2 ** 26 };
    try {
      const ran = await execute(process.execPath, ['--no-warnings', PROGRAM, ...args], options);
      return { code: 0, ...ran };
    } catch (error) {
      const {
        code,
        stdout = '',
        stderr = '',
      } = error as { code?: unknown; stdout?: string; stderr?: string };
      return { code: typeof code === 'number' ? code : 255, stdout, stderr };
    }
  }

  async mustBtrfleet(args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.btrfleet(args);
    if (code !== 0) throw new Error(`btrfleet ${args.join(' ')}: exit ${code}\n${stdout}${stderr}`);
    return stdout;
  }

  /** Takes all of it down, whatever state it is in. `keep`: the log of the scheduler and its journal stay. */
  async down(keep: string | null): Promise<void> {
    await this.scheduler.end('SIGKILL', 10);
    this.scheduler.close();
    if (keep !== null) {
      mkdirSync(keep, { recursive: true });
      await run(['cp', '-a', join(this.directory, 'scheduler.log'), `${this.home}/.`, keep]);
    }
    const unmounted = await run(['umount', this.home]);
    if (unmounted.code !== 0) await run(['umount', '--lazy', this.home]);
    await this.lab.down();
  }
}
