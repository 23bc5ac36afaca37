// The screen on a real terminal, as a person has it: what is typed, what is written, how long it takes.

import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import xterm from '@xterm/headless';

const PROGRAM = join(import.meta.dirname, '../../dist/btrfleet.mjs');

export const milliseconds = async (work: () => Promise<unknown>): Promise<number> => {
  const from = performance.now();
  await work();
  return performance.now() - from;
};

const COLUMNS = 120;
const ROWS = 46;

/** A program on a terminal of 120 columns and 46 rows, made by script(1). */
export class Pty {
  readonly ended: Promise<void>;
  readyAfter = 0;
  bytes = 0;
  readonly #child: ChildProcess;
  #text = '';
  #drawing: InstanceType<typeof xterm.Terminal> | null = null;
  #wake: () => void = () => {};

  constructor(home: string, args: readonly string[]) {
    const words = [process.execPath, '--no-warnings', ...args].map((word) => `'${word}'`).join(' ');
    this.#child = spawn(
      'script',
      ['-qfec', `stty rows ${ROWS} cols ${COLUMNS}; exec ${words}`, '/dev/null'],
      {
        env: { ...process.env, BTRFLEET_HOME: home, HOME: home, TERM: 'xterm-256color', LANG: 'C.UTF-8' },
        stdio: ['pipe', 'pipe', 'ignore'],
      },
    );
    this.#child.stdout?.on('data', (chunk: Buffer) => {
      this.bytes += chunk.length;
      this.#text = (this.#text + chunk.toString('utf8')).slice(-1_000_000);
      this.#drawing?.write(chunk, () => this.#wake());
      this.#wake();
    });
    this.ended = new Promise((resolve) => {
      this.#child.once('close', () => {
        resolve();
        this.#wake();
      });
    });
  }

  /** `draws`: `lines` tells what stands on the terminal, which costs this process something. */
  static async open(
    home: string,
    ready: (pty: Pty) => boolean,
    { draws = false }: { readonly draws?: boolean } = {},
  ): Promise<Pty> {
    const from = performance.now();
    const pty = new Pty(home, [PROGRAM]);
    if (draws) pty.#drawing = new xterm.Terminal({ cols: COLUMNS, rows: ROWS, allowProposedApi: true });
    await pty.until(() => ready(pty));
    pty.readyAfter = performance.now() - from;
    return pty;
  }

  saw(text: string): boolean {
    return this.#text.includes(text);
  }

  /** The rows as they stand there now. */
  lines(): string[] {
    const { active } = this.#drawing?.buffer ?? {};
    return Array.from({ length: ROWS }, (_, row) => active?.getLine(row)?.translateToString(true) ?? '');
  }

  type(keys: string): void {
    this.#child.stdin?.write(keys);
  }

  async typeAndWait(key: string): Promise<void> {
    const before = this.bytes;
    this.type(key);
    await this.until(() => this.bytes > before);
  }

  async until(check: () => boolean): Promise<void> {
    const late = setTimeout(() => this.#child.kill('SIGKILL'), 20_000);
    while (!check()) {
      if (this.#child.exitCode !== null || this.#child.signalCode !== null)
        throw new Error(`the screen ended, showing: ${this.#text.slice(-2000)}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    clearTimeout(late);
  }

  /** Waits until nothing was written for so long. */
  async quiet(forMilliseconds = 200): Promise<void> {
    for (;;) {
      const before = this.bytes;
      await pause(forMilliseconds);
      if (this.bytes === before) return;
    }
  }

  /** Of the program, which is the child of script(1). */
  memoryMegabytes(): number {
    const pid = readdirSync('/proc').find((name) => parentOf(name) === this.#child.pid);
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? Number.NaN) / 1024;
  }

  async end(): Promise<void> {
    this.type('q');
    await Promise.race([this.ended, pause(3000)]);
    this.#child.kill('SIGKILL');
    await this.ended;
  }
}

function parentOf(name: string): number | null {
  if (!/^\d+$/.test(name)) return null;
  try {
    const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return null;
  }
}
