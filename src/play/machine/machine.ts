/**
 * A simulated machine: its files, its programs, its clock, and the processes that run on it, each with its words, open
 * files, and how it is ended by a signal. It knows nothing of btrfs or of SSH.
 */
import { setImmediate as breathe } from 'node:timers/promises';
import { Errno } from '../errno.ts';
import type { Files } from '../files/files.ts';
import { type OpenFile, toBytes, toText, unlessAborted } from '../files/open-file.ts';

export const SIGNALS = { HUP: 1, INT: 2, QUIT: 3, KILL: 9, PIPE: 13, TERM: 15 } as const;
export type SignalName = keyof typeof SIGNALS;

/** Ends a process: thrown in whatever it waits for. */
export class Killed extends Error {
  readonly signal: SignalName;
  constructor(signal: SignalName) {
    super(`killed by ${signal}`);
    this.signal = signal;
  }
}

/** What runs under a name. The number is the exit code, 0 to 255. */
export type Program = (process: Process) => Promise<number>;

export interface Spawning {
  /** Byte strings; the first is the name it was called by. */
  readonly argv: readonly string[];
  readonly env: ReadonlyMap<string, string>;
  /** Absolute. */
  readonly cwd: string;
  /** The rights that what it makes does not get; without: 022. */
  readonly umask?: number;
  /** Retained for it by whoever starts it; released when it ends. */
  readonly fds: ReadonlyMap<number, OpenFile>;
}

const READ = 65_536;
const USUAL_UMASK = 0o022;

/** Milliseconds that programs may go on for before everything else has its turn: they share one thread with the network. */
const TURN = 10;
let turnBegan = performance.now();

async function takeTurns(): Promise<void> {
  if (performance.now() - turnBegan < TURN) return;
  await breathe();
  turnBegan = performance.now();
}

export class Process {
  readonly pid: number;
  readonly machine: Machine;
  /** `exec` puts others in their place. */
  argv: readonly string[];
  readonly env: Map<string, string>;
  readonly fds: Map<number, OpenFile>;
  cwd: string;
  umask: number;
  /** Set by a shell with traps: true if it takes care of the signal itself. Never asked of KILL. */
  onSignal: ((signal: SignalName) => boolean) | null = null;
  /** The exit code; 128 and the number of the signal that ended it. */
  readonly ended: Promise<number>;
  readonly #abort = new AbortController();

  constructor(
    machine: Machine,
    pid: number,
    { argv, env, cwd, fds, umask = USUAL_UMASK }: Spawning,
    program: Program,
  ) {
    this.machine = machine;
    this.pid = pid;
    this.argv = argv;
    this.env = new Map(env);
    this.cwd = cwd;
    this.umask = umask;
    this.fds = new Map(fds);
    this.ended = this.#run(program);
  }

  /** Aborted when the process is killed. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  kill(signal: SignalName): void {
    if (signal !== 'KILL' && this.onSignal?.(signal) === true) return;
    this.#abort.abort(new Killed(signal));
  }

  /** Waits for something that a signal may cut short. */
  until<T>(promise: Promise<T>): Promise<T> {
    return unlessAborted(promise, this.signal);
  }

  sleep(milliseconds: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, milliseconds);
    return this.until(promise).finally(() => clearTimeout(timer));
  }

  /** At most `most` bytes of its input; none: the end, or it has no such file. */
  async read(fd = 0, most = READ): Promise<Uint8Array> {
    await takeTurns();
    return (await this.fds.get(fd)?.read(most, this.signal)) ?? new Uint8Array();
  }

  /** All of its input to the end. */
  async readAll(fd = 0): Promise<string> {
    const parts: string[] = [];
    for (let bytes = await this.read(fd); bytes.length > 0; bytes = await this.read(fd))
      parts.push(toText(bytes));
    return parts.join('');
  }

  /** To a pipe that nobody reads: ends the process as SIGPIPE does, unless it is trapped. */
  async write(bytes: Uint8Array | string, fd = 1): Promise<void> {
    const file = this.fds.get(fd);
    if (file === undefined) throw new Errno('EBADF');
    await takeTurns();
    try {
      await file.write(typeof bytes === 'string' ? toBytes(bytes) : bytes, this.signal);
    } catch (error) {
      if (error instanceof Errno && error.code === 'EPIPE' && this.onSignal?.('PIPE') !== true)
        throw new Killed('PIPE');
      throw error;
    }
  }

  /** A line on stderr. */
  async complain(text: string): Promise<void> {
    if (this.fds.has(2)) await this.write(`${text}\n`, 2);
  }

  /** A path as the process means it. */
  path(name: string): string {
    return name.startsWith('/') ? name : `${this.cwd === '/' ? '' : this.cwd}/${name}`;
  }

  /** Takes from what was just made the rights it shall not have. */
  mask(path: string, mode: number): void {
    if (this.umask !== USUAL_UMASK) this.machine.files.chmod(path, mode & ~this.umask);
  }

  async #run(program: Program): Promise<number> {
    // What starts it must hold it first.
    await Promise.resolve();
    try {
      return await program(this);
    } catch (error) {
      if (error instanceof Killed) return 128 + SIGNALS[error.signal];
      if (error instanceof Errno) {
        await this.complain(`${this.argv[0] ?? ''}: ${error.message}`).catch(() => undefined);
        return 1;
      }
      // Too deep, too long: what a real one would have run out of memory for. It ends this process alone.
      const why = error instanceof Error ? error.message : String(error);
      await this.complain(`play: ${this.argv[0] ?? ''}: ${why}`).catch(() => undefined);
      return 70;
    } finally {
      for (const file of this.fds.values()) file.release();
      this.fds.clear();
      this.machine.forget(this);
    }
  }
}

export interface MachineSettings {
  readonly hostname: string;
  readonly files: Files;
  /** Without directories: `sh`, `mkdir`. */
  readonly programs: ReadonlyMap<string, Program>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Where programs are: a path into any of them is the program of that name. */
const PATHS = /^\/(?:usr\/)?(?:local\/)?s?bin\/([^/]+)$/;

export class Machine {
  readonly hostname: string;
  readonly files: Files;
  readonly now: () => number;
  readonly booted: number;
  /** Locks of `flock`, by what names a file (device and inode). */
  readonly locks = new Map<string, Promise<void>>();
  readonly #programs: ReadonlyMap<string, Program>;
  readonly #processes = new Map<number, Process>();
  #lastPid = 100;

  constructor({ hostname, files, programs, now }: MachineSettings) {
    this.hostname = hostname;
    this.files = files;
    this.now = now;
    this.booted = now();
    this.#programs = programs;
  }

  /** What a word at the beginning of a command stands for; undefined: there is no such program here. */
  program(name: string): Program | undefined {
    const named = name.includes('/') ? PATHS.exec(name)?.[1] : name;
    return named === undefined ? undefined : this.#programs.get(named);
  }

  /** Starts a program, which lets go of its files when it ends. */
  spawn(spawning: Spawning, program: Program): Process {
    this.#lastPid += 1;
    const process = new Process(this, this.#lastPid, spawning, program);
    this.#processes.set(process.pid, process);
    return process;
  }

  process(pid: number): Process | undefined {
    return this.#processes.get(pid);
  }

  /** All that run. */
  get processes(): readonly Process[] {
    return [...this.#processes.values()];
  }

  forget(process: Process): void {
    this.#processes.delete(process.pid);
  }

  /** As a power cut does. */
  killAll(): void {
    for (const process of this.#processes.values()) process.kill('KILL');
  }
}
