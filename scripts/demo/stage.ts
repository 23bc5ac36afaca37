// What the demo plays on: a lab, a throw-away home, and the built program as a user runs it. It leaves nothing behind.
import { execFile, spawn } from 'node:child_process';
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Ground } from '../ground/ground.ts';
import { PlayGround } from '../ground/play-ground.ts';
import { Lab } from '../lab/lab.ts';
import { say } from './say.ts';

const ROOT = join(import.meta.dirname, '../..');
const PROGRAM = join(ROOT, 'dist/btrfleet.mjs');
export const MOUNT = '/srv/pool';

const execute = promisify(execFile);

/** Builds the program if its source is newer. */
export async function buildProgram(): Promise<void> {
  await execute(process.execPath, [join(ROOT, 'scripts/build.ts'), '--if-needed']);
}

export class Stage implements AsyncDisposable {
  readonly ground: Ground;
  readonly #home: string;
  readonly #signal: AbortSignal;

  private constructor(ground: Ground, home: string, signal: AbortSignal) {
    this.ground = ground;
    this.#home = home;
    this.#signal = signal;
  }

  static async onLab(name: string, signal: AbortSignal): Promise<Stage> {
    return await Stage.#on(await Lab.up({ name, servers: 4, size: '1G' }), signal);
  }

  /** On simulated servers: anywhere, without rights. */
  static async onPlay(signal: AbortSignal): Promise<Stage> {
    return await Stage.#on(await PlayGround.up(['a', 'b', 'c', 'd']), signal);
  }

  static async #on(ground: Ground, signal: AbortSignal): Promise<Stage> {
    const home = join(ground.directory, 'demo-home');
    const stage = new Stage(ground, home, signal);
    try {
      mkdirSync(join(home, '.ssh'), { recursive: true, mode: 0o700 });
      copyFileSync(ground.keyFile, join(home, '.ssh/id_ed25519'));
      return stage;
    } catch (error) {
      await stage[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Runs the program, its output straight to whoever watches; throws unless it ends with the expected exit code. */
  async btrfleet(args: readonly string[], expected = 0): Promise<void> {
    this.#signal.throwIfAborted();
    say.command(['btrfleet', ...args]);
    const env: NodeJS.ProcessEnv = { ...process.env, HOME: this.#home };
    delete env['BTRFLEET_HOME'];
    delete env['XDG_CONFIG_HOME'];
    const child = spawn(process.execPath, ['--no-warnings', PROGRAM, ...args], {
      env,
      stdio: ['ignore', 1, 2],
    });
    const stop = (): void => {
      child.kill('SIGINT');
    };
    this.#signal.addEventListener('abort', stop, { once: true });
    const { promise, resolve, reject } = Promise.withResolvers<number | null>();
    child.once('error', reject).once('exit', resolve);
    const code = await promise;
    this.#signal.removeEventListener('abort', stop);
    this.#signal.throwIfAborted();
    if (code !== expected) throw new Error(`btrfleet ${args.join(' ')}: exit ${code} instead of ${expected}`);
    say.line('');
  }

  /** Runs a line of shell as root on a server, as somebody logged in there would. */
  async on(server: string, line: string): Promise<string> {
    this.#signal.throwIfAborted();
    return await this.ground.must(server, line, { signal: this.#signal });
  }

  /** As `on`, and shown. */
  async shown(server: string, line: string): Promise<void> {
    say.command(['ssh', server, line]);
    await this.on(server, line);
    say.line('');
  }

  /** Puts files and folders of this project on a server: real files, of all sizes. */
  async fill(server: string, directory: string, names: readonly string[]): Promise<void> {
    await this.ground.fill(server, directory, { root: ROOT, names }, this.#signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // The home lies in the lab's directory and goes with it.
    await this.ground.down();
  }
}
