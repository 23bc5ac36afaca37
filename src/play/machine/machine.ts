/** A simulated machine: its files, its programs, its clock and what runs on it. It knows nothing of btrfs or of SSH. */
import type { Files } from '../files/files.ts';
import { Process, type Program, type Spawning } from './process.ts';

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
