/** Opens the screen on a terminal, and leaves the terminal as it was found, whatever happens. */
import { render, useApp } from 'ink';
import { type ReactNode, useEffect } from 'react';
import { ThemeContext } from '../components/theme-context.ts';
import { keepHeapSmall } from '../process/memory.ts';
import { formatFault } from '../process/output.ts';
import { wireFleet } from '../process/wiring.ts';
import { AppView } from '../screens/frame/AppView.tsx';
import { type App, createApp, remember } from '../store/app.ts';
import { follow, readState, refresh } from '../store/refresh.ts';
import { screenDeps } from './screen-deps.ts';
import { openTerminal } from './terminal.ts';

const NO_TERMINAL = `btrfleet: there is no terminal here, so no screen.
  Every operation is a command too: "btrfleet --help" lists them, "--json" is for scripts.
`;

/** Returns what the user wants next. */
export async function openScreen(options: {
  readonly home: string | null;
  readonly readOnly: boolean;
}): Promise<'left' | 'try-out'> {
  if (!process.stdin.isTTY || !process.stdout.isTTY) {
    process.stderr.write(NO_TERMINAL);
    process.exitCode = 2;
    return 'left';
  }
  // The screen is filled in after it was made: the deps that quit it need the terminal, which needs nothing.
  let app: App | null = null;
  const wired = wireFleet(options.home, {
    onCommand: (record) => {
      const entry = { ...record, at: Date.now() };
      app?.store.setState((state) => ({ commands: [entry, ...state.commands].slice(0, 500) }));
    },
  });
  if (!wired.ok) {
    process.stderr.write(`${formatFault(wired.fault)}\n`);
    process.exitCode = 2;
    return 'left';
  }
  // The screen covers it, and it is there again when the screen is left.
  for (const note of wired.value.notes) process.stderr.write(`btrfleet: ${note}\n`);
  let next: 'left' | 'try-out' = 'left';
  const terminal = openTerminal();
  const opened = createApp(
    screenDeps(wired.value, terminal, {
      readOnly: options.readOnly,
      tryOut: () => {
        next = 'try-out';
        terminal.quit();
      },
    }),
  );
  app = opened;
  let stop: () => void = () => {};
  const keep = (): void => remember(opened);
  // A signal or a line that drops ends the process at once.
  process.once('exit', keep);
  try {
    readState(opened);
    stop = follow(opened);
    await show(opened, terminal);
  } catch (error) {
    process.exitCode = 1;
    terminal.restore();
    process.stderr.write(
      `btrfleet: the screen failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
  } finally {
    stop();
    terminal.restore();
    process.off('exit', keep);
    keep();
    sayGoodbye(opened);
    await wired.value.close();
  }
  return next;
}

async function show(app: App, terminal: ReturnType<typeof openTerminal>): Promise<void> {
  const instance = render(
    <ThemeContext value={terminal.theme}>
      <Lending terminal={terminal} />
      <AppView app={app} />
    </ThemeContext>,
    {
      stdin: terminal.stdin,
      alternateScreen: true,
      incrementalRendering: true,
      maxFps: 60,
      exitOnCtrlC: false,
      patchConsole: false,
      interactive: true,
    },
  );
  terminal.attach(instance);
  // After the first frame: reading the last known state leaves much behind at once, and is to be quick.
  await instance.waitUntilRenderFlush();
  keepHeapSmall();
  // The network comes after what is known already is on the screen.
  void refresh(app);
  await instance.waitUntilExit();
}

/** Only from inside can Ink be asked to give the terminal away. */
function Lending({ terminal }: { readonly terminal: ReturnType<typeof openTerminal> }): ReactNode {
  const { suspendTerminal } = useApp();
  useEffect(() => terminal.lendBy(suspendTerminal), [terminal, suspendTerminal]);
  return null;
}

function sayGoodbye(app: App): void {
  const { journal } = app.deps.fleet;
  const active = (['queued', 'running'] as const)
    .flatMap((state) => journal.listRuns({ state, limit: 200 }))
    .filter(({ origin }) => origin.parent === null).length;
  if (active > 0)
    process.stdout.write(
      `${active === 1 ? 'One job continues' : `${active} jobs continue`} in the background.\n`,
    );
}
