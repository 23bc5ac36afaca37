/** Opens the screen on a terminal in this process, over a fleet that is made up, and drives it by keys. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { render } from 'ink';
import type { Theme } from '../../../src/components/theme.ts';
import { ThemeContext } from '../../../src/components/theme-context.ts';
import { AppView } from '../../../src/screens/frame/AppView.tsx';
import { type App, createApp } from '../../../src/store/app.ts';
import { follow, readState } from '../../../src/store/refresh.ts';
import type { AppState, Look, PageId } from '../../../src/store/state.ts';
import { createKeyStream, splitKeys } from '../../../src/terminal/key-stream.ts';
import { patience } from '../../patience.ts';
import { facts, fleetWorld, type Seed, type World } from './fleet-world.ts';
import { type Attributes, FakeStdin, FakeStdout } from './virtual-terminal.ts';

export interface ScreenOptions extends Seed {
  readonly columns?: number;
  readonly rows?: number;
  readonly theme?: Theme;
  /** What the store holds beyond what the seed makes. */
  readonly state?: Partial<AppState>;
  /** Where it stands. Default: Servers; null: where the program begins, or where it was left. */
  readonly page?: PageId | null;
  /** The journal and the configuration are followed, as in the program. */
  readonly follow?: boolean;
}

export interface Screen {
  readonly app: App;
  readonly world: World;
  /** One chunk of bytes. */
  keys(text: string): Promise<void>;
  /** One chunk, without waiting for what is drawn: for tests that stop the timers. */
  keysOnly(text: string): Promise<void>;
  /** One chunk that need not be whole letters. */
  bytesIn(bytes: Buffer): Promise<void>;
  /** One chunk after the other. */
  chunks(...texts: readonly string[]): Promise<void>;
  /** As a terminal with bracketed paste sends it. */
  paste(text: string): Promise<void>;
  text(): string[];
  /** All rows as one text, without blanks at the ends. */
  frame(): string;
  row(part: string): string;
  attributes(row: number, column: number): Attributes;
  resize(columns: number, rows: number): Promise<void>;
  /** Until what is shown is so. */
  until(shown: string | ((frame: string) => boolean)): Promise<void>;
  set(patch: Partial<AppState>): Promise<void>;
  settle(): Promise<void>;
  /** Rows that are the end of a line which was too long. */
  wrapped(): number;
  bytes(): number;
  written(): string;
  /** Settles as the program would when the screen ends. */
  readonly exit: Promise<unknown>;
}

const COLORS: Theme = { color: true, unicode: true };

// Each open screen listens for the end of the process, and some tests open a dozen.
process.setMaxListeners(100);

const immediate = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export async function openScreen(test: TestContext, options: ScreenOptions = {}): Promise<Screen> {
  const { columns = 80, rows = 24, theme = COLORS } = options;
  const world = fleetWorld(test, options);
  const stdout = new FakeStdout(columns, rows);
  const stdin = new FakeStdin();
  // A test types faster than a hand: only one chunk is a burst here.
  const keyStream = createKeyStream(stdin as unknown as NodeJS.ReadStream, 0);
  // As openTerminal does.
  stdout.terminal.write('\u001b[?7l');
  let end: () => void = () => {};
  const app = createApp({
    ...world.deps,
    typing: keyStream.typing,
    quit: () => {
      world.asked.push('quit');
      end();
    },
  });
  readState(app);
  app.store.setState({ looks: seenLooks(app.store.getState(), world), sizes: options.sizes ?? {} });
  const { page = options.remembered ? null : 'servers' } = options;
  if (page !== null) app.store.setState({ page });
  if (options.state) app.store.setState(options.state);
  const stop = options.follow ? follow(app) : () => {};
  const instance = render(
    <ThemeContext value={theme}>
      <AppView app={app} />
    </ThemeContext>,
    {
      stdin: keyStream,
      stdout: stdout as unknown as NodeJS.WriteStream,
      alternateScreen: true,
      incrementalRendering: true,
      maxFps: 60,
      exitOnCtrlC: false,
      patchConsole: false,
      interactive: true,
    },
  );
  end = () => instance.unmount();
  const exit = instance.waitUntilExit().catch((error: unknown) => error);
  test.after(() => {
    stop();
    instance.unmount();
  });
  const settle = async (turns = 6): Promise<void> => {
    for (let turn = 0; turn < turns; turn += 1) await immediate();
    app.shown.flush();
    await instance.waitUntilRenderFlush();
    await stdout.drawn();
  };
  const keys = async (text: string): Promise<void> => {
    stdin.write(text);
    // Each key has a turn of its own, and Ink one more to hand it on.
    await settle(3 * splitKeys(text).keys.length + 6);
    await settle();
  };
  const bytesIn = async (bytes: Buffer): Promise<void> => {
    stdin.write(bytes);
    await settle(9);
  };
  await settle();
  return {
    app,
    world,
    keys,
    bytesIn,
    keysOnly: async (text) => {
      stdin.write(text);
      for (let turn = 0; turn < 3 * text.length + 9; turn += 1) await immediate();
    },
    chunks: async (...texts) => {
      for (const text of texts) await keys(text);
    },
    paste: (text) => keys(`\u001b[200~${text}\u001b[201~`),
    text: () => stdout.lines(),
    frame: () => frameOf(stdout),
    row: (part) => {
      const found = stdout.lines().find((line) => line.includes(part));
      assert.ok(found !== undefined, `"${part}" is not on the screen:\n${frameOf(stdout)}`);
      return found;
    },
    attributes: (row, column) => stdout.attributes(row, column),
    resize: async (wide, high) => {
      stdout.resizeTo(wide, high);
      await settle();
      await settle();
    },
    until: (shown) => until(test, stdout, shown),
    set: async (patch) => {
      app.store.setState(patch);
      await settle();
    },
    settle,
    wrapped: () => stdout.wrapped(),
    bytes: () => Buffer.byteLength(stdout.written),
    written: () => stdout.written,
    exit,
  };
}

const frameOf = (stdout: FakeStdout): string => stdout.lines().join('\n').trimEnd();

async function until(
  test: TestContext,
  stdout: FakeStdout,
  shown: string | ((frame: string) => boolean),
): Promise<void> {
  const holds = (): boolean => {
    const frame = frameOf(stdout);
    return typeof shown === 'string' ? frame.includes(shown) : shown(frame);
  };
  await stdout.drawn();
  if (holds()) return;
  await new Promise<void>((resolve, reject) => {
    const limit = setTimeout(() => {
      reject(new Error(`not shown in ${test.name}: ${String(shown)}\n${frameOf(stdout)}`));
    }, patience(5));
    const listener = stdout.terminal.onWriteParsed(() => {
      if (!holds()) return;
      clearTimeout(limit);
      listener.dispose();
      resolve();
    });
  });
}

/** Servers with an inventory were seen just now, the others as the seed says. */
function seenLooks(state: AppState, { seed, clock }: World): Readonly<Record<string, Look>> {
  return Object.fromEntries(
    Object.entries(state.looks).map(([name, look]): [string, Look] => {
      const seen: Partial<Look> =
        look.inventory === null
          ? {}
          : {
              status: 'online',
              latencySeconds: facts.latencySeconds,
              kernel: facts.kernel,
              btrfsProgs: facts.btrfsProgs,
              privilege: facts.privilege,
              checkedAt: clock.now(),
            };
      return [name, { ...look, ...seen, ...seed.looks?.[name] }];
    }),
  );
}
