/** A real terminal for the screen: a shell with job control in a tmux server of its own, driven by keys and read. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { run } from '../../../scripts/lab/run-command.ts';
import { ARMED } from '../../../src/store/app.ts';
import { patience, restBetween } from '../../patience.ts';
import { PROGRAM } from './bundle.ts';

export interface TerminalOptions {
  /** $HOME; the state directory is `state` in it. Default: a new one, removed with the terminal. */
  readonly home?: string;
  readonly columns?: number;
  readonly rows?: number;
  /** On top of a UTF-8 locale and 256 colours. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface ScreenOptions extends TerminalOptions {
  readonly args?: string;
  /** The program it is started by. */
  readonly by?: string;
}

/** Milliseconds between two keys of somebody who is quick; on a quick machine what they show is there sooner. */
const HAND = 80;

export class Terminal {
  readonly home: string;
  readonly #socket: string;
  readonly #temporary: string;
  /** Everything that was written to the terminal, as it was written. */
  readonly #record: string;
  #settings = '';
  /** The process that holds it. */
  #server = 0;
  #typedAt = Number.NEGATIVE_INFINITY;

  private constructor(home: string | undefined) {
    this.#temporary = mkdtempSync(join(tmpdir(), 'btrfleet-terminal-'));
    this.#socket = join(this.#temporary, 'tmux');
    this.#record = join(this.#temporary, 'record');
    this.home = home ?? this.#temporary;
  }

  /** A shell that waits for its first line. */
  static async open(options: TerminalOptions = {}): Promise<Terminal> {
    const terminal = new Terminal(options.home);
    const { columns = 80, rows = 24, env = {} } = options;
    const variables = {
      HOME: terminal.home,
      BTRFLEET_HOME: join(terminal.home, 'state'),
      PATH: process.env['PATH'] ?? '',
      LANG: 'C.UTF-8',
      TERM: 'tmux-256color',
      PS1: '$ ',
      ...env,
    };
    const shell = ['bash', '--norc', '--noprofile', '--noediting', '-i'];
    const words = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
    await terminal.#tmux('-f', '/dev/null', 'new-session', '-d', '-x', String(columns), '-y', String(rows), [
      'env',
      '-i',
      ...words,
      ...shell,
    ]);
    // Room for what a job says in the shell afterwards, and no line of tmux's own.
    await terminal.#tmux('set', '-g', 'status', 'off');
    await terminal.#tmux('resize-window', '-x', String(columns), '-y', String(rows));
    await terminal.#tmux('pipe-pane', `cat >>'${terminal.#record}'`);
    await terminal.until(/^\$$/m);
    terminal.#server = Number(await terminal.#ask('#{pid}'));
    terminal.#settings = await terminal.#stty();
    return terminal;
  }

  /** Starts the screen, by a program if one is named; what it shows is the caller's to wait for. */
  async start(args = '', by = ''): Promise<void> {
    await this.line(`${by} '${process.execPath}' --no-warnings '${PROGRAM}' ${args}; echo "exit=$?"`);
  }

  /** Types a line into the shell. */
  async line(text: string): Promise<void> {
    await this.type(text);
    await this.keys('Enter');
  }

  /** Keys by tmux's names (`j`, `Enter`, `C-z`, `Escape`), in one chunk, as far behind those before as a hand's are. */
  async keys(...keys: readonly string[]): Promise<void> {
    await this.#asByHand(() => this.#tmux('send-keys', '--', ...keys));
  }

  async #asByHand(send: () => Promise<unknown>): Promise<void> {
    const left = HAND - (performance.now() - this.#typedAt);
    if (left > 0) await pause(left);
    await send();
    this.#typedAt = performance.now();
  }

  /** Esc, and waits for what it closes to be gone: with the next key it would be Alt and that key. */
  async escape(from: RegExp | string): Promise<string> {
    await this.keys('Escape');
    return this.gone(from);
  }

  /** Letters, in one chunk: such a burst changes nothing without a question. An Enter that presses a button waits for it. */
  async type(text: string): Promise<void> {
    await this.#asByHand(() => this.#tmux('send-keys', '-l', '--', text));
  }

  /** As a person pastes: bracketed where the program asked for it. */
  async paste(text: string): Promise<void> {
    await this.#tmux('set-buffer', '--', text);
    await this.#tmux('paste-buffer', '-p', '-r', '-d');
  }

  /**
   * Answers a question that is on the screen; before it is armed it would not hear it. Each key but the last one must
   * show: together they would come faster than a hand types.
   */
  async answer(question: RegExp | string, ...keys: readonly string[]): Promise<string> {
    const text = await this.until(question);
    await pause(ARMED + 50);
    let shown = await this.text();
    for (const [index, key] of keys.entries()) {
      await this.keys(key);
      const before = shown;
      if (index < keys.length - 1)
        shown = await this.#wait(10, (now) => now !== before, `nothing shows of ${key}`);
    }
    return text;
  }

  /** What is on the screen now, row by row, without the blanks at the ends. */
  async text(): Promise<string> {
    return this.#tmux('capture-pane', '-p');
  }

  /** With its escape sequences for colours and attributes. */
  async painted(): Promise<string> {
    return this.#tmux('capture-pane', '-p', '-e');
  }

  /** Waits until the screen shows it; gives the screen. */
  async until(pattern: RegExp | string, seconds = 10): Promise<string> {
    return this.#wait(seconds, (text) => matches(text, pattern), `${pattern} is not shown`);
  }

  async gone(pattern: RegExp | string, seconds = 10): Promise<string> {
    return this.#wait(seconds, (text) => !matches(text, pattern), `${pattern} is still shown`);
  }

  async #wait(seconds: number, reached: (text: string) => boolean, complaint: string): Promise<string> {
    const end = performance.now() + patience(seconds);
    const rest = restBetween(150);
    for (;;) {
      const text = await this.text();
      if (reached(text)) return text;
      if (performance.now() > end) assert.fail(`${complaint} after ${seconds} s:\n${text.trimEnd()}\n`);
      await rest();
    }
  }

  async resize(columns: number, rows: number): Promise<void> {
    await this.#tmux('resize-window', '-x', String(columns), '-y', String(rows));
  }

  /** Waits for the end of the screen; its exit code. */
  async exitCode(seconds = 10): Promise<number> {
    const text = await this.until(/^exit=\d+$/m, seconds);
    return Number(/^exit=(\d+)$/m.exec(text)?.[1]);
  }

  /** The device it is. */
  tty(): Promise<string> {
    return this.#ask('#{pane_tty}');
  }

  /** The screen's process. */
  async pid(): Promise<number> {
    const shell = await this.#ask('#{pane_pid}');
    const children = readFileSync(`/proc/${shell}/task/${shell}/children`, 'utf8').trim();
    assert.match(children, /^\d+$/, 'the shell runs one program');
    return Number(children);
  }

  async kill(signal: NodeJS.Signals): Promise<void> {
    process.kill(await this.pid(), signal);
  }

  /** The terminal takes nothing any more: a write to it blocks. */
  async stall(): Promise<void> {
    const tty = await this.tty();
    process.kill(this.#server, 'SIGSTOP');
    // Filled, so that the very next write does.
    await run(['dd', 'if=/dev/zero', `of=${tty}`, 'bs=512', 'count=1000', 'oflag=nonblock', 'status=none']);
  }

  /** It takes what was written to it again. */
  unstall(): void {
    process.kill(this.#server, 'SIGCONT');
  }

  /** Fails unless the terminal is as the shell had it before the screen. */
  async assertClean(): Promise<void> {
    const format = '#{alternate_on} #{cursor_flag} #{wrap_flag} #{mouse_any_flag}';
    assert.equal(await this.#ask(format), '0 1 1 0', 'alternate screen, cursor, autowrap, mouse');
    assert.equal(await this.#stty(), this.#settings, 'settings of the line');
    const written = this.written();
    assert.ok(
      written.lastIndexOf('ESC[?2004l') >= written.lastIndexOf('ESC[?2004h'),
      'bracketed paste is off',
    );
    // Attributes too: what the shell writes next must look like a shell.
    await this.line('echo plain $((20 + 3))');
    await this.until(/^plain 23$/m);
    const line = (await this.painted()).split('\n').find((row) => row.includes('plain 23')) ?? '';
    assert.equal(line.trimEnd(), 'plain 23');
  }

  /** Everything that was written to the terminal so far; the byte that begins a sequence as `ESC`. */
  written(): string {
    return readFileSync(this.#record, 'utf8').replaceAll('\u001b', 'ESC');
  }

  /** Ends the shell, the screen, and the engines on this state that were started from here. */
  async close(): Promise<void> {
    if (this.#server === 0) return;
    await this.#tmux('kill-server');
    this.#server = 0;
    await endEngines(this.home);
    // What ends may still be writing there.
    rmSync(this.#temporary, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  }

  async #ask(format: string): Promise<string> {
    return (await this.#tmux('display-message', '-p', format)).trim();
  }

  async #stty(): Promise<string> {
    return (await run(['stty', '-g', '-F', await this.tty()])).stdout.trim();
  }

  async #tmux(...words: readonly (string | readonly string[])[]): Promise<string> {
    const { code, stdout, stderr } = await run(['tmux', '-S', this.#socket, ...words.flat()]);
    assert.equal(code, 0, `tmux ${words.flat().join(' ')}: ${stderr}`);
    return stdout;
  }
}

/** Opens screens for the tests of a file, and closes them after those. Called before what they work on is brought up. */
export function screens(): (options?: ScreenOptions) => Promise<Terminal> {
  const open: Terminal[] = [];
  after(() => Promise.all(open.map((terminal) => terminal.close())));
  return async (options = {}) => {
    const terminal = await Terminal.open(options);
    open.push(terminal);
    await terminal.start(options.args, options.by);
    return terminal;
  };
}

const matches = (text: string, pattern: RegExp | string): boolean =>
  typeof pattern === 'string' ? text.includes(pattern) : pattern.test(text);

/** Engines at work on a state below `home`. */
export function enginesOf(home: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      const words = commandOf(pid);
      return words.includes('engine') && words.some((word) => word.startsWith(`${home}/`));
    });
}

function commandOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return [];
  }
}

async function endEngines(home: string): Promise<void> {
  for (const pid of enginesOf(home)) process.kill(pid, 'SIGTERM');
  const end = performance.now() + patience(10);
  const rest = restBetween(150);
  while (enginesOf(home).length > 0) {
    assert.ok(performance.now() < end, 'an engine does not end');
    await rest();
  }
}
