/** The terminal of the screen: what it can show, its keys one by one, and how it is given back in every case. */
import type { Instance } from 'ink';
import type { Theme } from '../components/theme.ts';
import { createKeyStream } from './key-stream.ts';

export interface Terminal {
  readonly theme: Theme;
  readonly stdin: NodeJS.ReadStream;
  attach(instance: Instance): void;
  quit(): void;
  redraw(): void;
  /** To the shell and back, as Ctrl-Z does. */
  suspend(): void;
  copy(text: string): void;
  /** Once is enough, more does no harm. */
  restore(): void;
}

const SIGNALS = { SIGTERM: 143, SIGINT: 130, SIGHUP: 129, SIGQUIT: 131 } as const;

const AUTOWRAP_OFF = '\u001b[?7l';
/** Autowrap, cursor, no bracketed paste, attributes off. */
const RESTORED = '\u001b[?7h\u001b[?25h\u001b[?2004l\u001b[0m';

export function openTerminal(): Terminal {
  let instance: Instance | null = null;
  let restored = false;
  const restore = (): void => {
    if (restored) return;
    restored = true;
    instance?.unmount();
    write(RESTORED);
    if (process.stdin.isTTY) process.stdin.setRawMode(false);
    for (const [name, handler] of handlers) process.off(name, handler);
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
    redraw: () => redraw(),
    suspend: () => suspend(),
    copy: (text) => write(`\u001b]52;c;${Buffer.from(text).toString('base64')}\u0007`),
    restore,
  };
}

/** Ink draws everything anew after a change of the size; so it is told of one. */
function redraw(): void {
  write('\u001b[2J');
  process.stdout.emit('resize');
}

function suspend(): void {
  write(`${RESTORED}\u001b[?1049l`);
  process.stdin.setRawMode(false);
  process.once('SIGCONT', () => {
    process.stdin.setRawMode(true);
    write(`\u001b[?1049h\u001b[?2004h\u001b[?25l${AUTOWRAP_OFF}\u001b[2J`);
    process.stdout.emit('resize');
  });
  process.kill(process.pid, 'SIGTSTP');
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
