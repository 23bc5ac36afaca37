/** The terminal of the screen: what it can show, its keys one by one, and how it is given back in every case. */
import type { Instance } from 'ink';
import type { Theme } from '../components/theme.ts';
import { createKeyStream, type KeyStream } from './key-stream.ts';

export interface Terminal {
  readonly theme: Theme;
  readonly stdin: KeyStream;
  attach(instance: Instance): void;
  /** How Ink gives the terminal away for a while; after it, it draws everything anew. */
  lendBy(lend: Lend): void;
  quit(): void;
  redraw(): void;
  /** To the shell and back, as Ctrl-Z does. */
  suspend(): void;
  copy(text: string): void;
  /** Once is enough, more does no harm. */
  restore(): void;
}

export type Lend = (during: () => Promise<void>) => Promise<void>;

const SIGNALS = { SIGTERM: 143, SIGINT: 130, SIGHUP: 129, SIGQUIT: 131 } as const;

const AUTOWRAP_OFF = '\u001b[?7l';
/** Autowrap, cursor, no bracketed paste, attributes off. */
const RESTORED = '\u001b[?7h\u001b[?25h\u001b[?2004l\u001b[0m';
/** Milliseconds after which a process that is still at work was not stopped: there is no shell to go to. */
const STOPPED = 200;

export function openTerminal(): Terminal {
  let instance: Instance | null = null;
  let restored = false;
  let lend: Lend | null = null;
  let lent = false;
  /** Once at a time: a key held down asks for it again before it is back. */
  const giveAway = (during: () => Promise<void>): void => {
    if (lend === null || lent || restored) return;
    lent = true;
    void lend(during).finally(() => {
      lent = false;
    });
  };
  const suspend = (): void => giveAway(() => stopped(suspend));
  const redraw = (): void => giveAway(async () => undefined);
  const restore = (): void => {
    if (restored) return;
    restored = true;
    instance?.unmount();
    write(RESTORED);
    if (process.stdin.isTTY) process.stdin.setRawMode(false);
    for (const [name, handler] of handlers) process.off(name, handler);
    process.off('SIGTSTP', suspend);
    process.off('SIGCONT', redraw);
    process.off('uncaughtException', onCrash);
    process.off('unhandledRejection', onCrash);
  };
  const onCrash = (error: unknown): void => {
    restore();
    process.stderr.write(
      `btrfleet: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
    process.exit(1);
  };
  const handlers = Object.entries(SIGNALS).map(([name, code]) => {
    const handler = (): void => {
      restore();
      process.stderr.write(`btrfleet: ended by ${name}; what runs goes on in the background.\n`);
      process.exit(code);
    };
    process.on(name, handler);
    return [name, handler] as const;
  });
  process.on('SIGTSTP', suspend);
  // Whoever stopped it by force left the terminal as it was, and the shell has used it since.
  process.on('SIGCONT', redraw);
  process.on('uncaughtException', onCrash);
  process.on('unhandledRejection', onCrash);
  write(AUTOWRAP_OFF);
  return {
    theme: themeOf(process.env),
    stdin: createKeyStream(process.stdin),
    attach: (opened) => {
      instance = opened;
    },
    quit: () => instance?.unmount(),
    lendBy: (lender) => {
      lend = lender;
    },
    redraw,
    suspend,
    copy: (text) => write(`\u001b]52;c;${Buffer.from(text).toString('base64')}\u0007`),
    restore,
  };
}

/** Stops this process as the shell's Ctrl-Z does, and returns when it goes on; `onStop` handles that signal otherwise. */
async function stopped(onStop: () => void): Promise<void> {
  write(RESTORED);
  process.off('SIGTSTP', onStop);
  process.kill(process.pid, 'SIGTSTP');
  // Time stands still while it is stopped. Where no shell can continue it, the signal does nothing at all.
  await new Promise((resolve) => setTimeout(resolve, STOPPED));
  process.on('SIGTSTP', onStop);
  write(AUTOWRAP_OFF);
}

/** A terminal that is gone must not keep the program from ending. */
function write(text: string): void {
  try {
    process.stdout.write(text);
  } catch {
    // Nobody is there to read it.
  }
}

/** https://no-color.org: any value but the empty one. The locale decides what letters there are. */
export function themeOf(env: Readonly<Record<string, string | undefined>>): Theme {
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '';
  const color = (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
  return { color, unicode: /utf-?8/i.test(locale) };
}
