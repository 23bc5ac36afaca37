/** Opens the screen on simulated servers, which run in a process beside it and end with it, however it ends. */
import { runBeside } from '../../core/hosts/port/beside.ts';

/** Set where the screen starts it: it ends when its input does, and prints nothing but the state directory. */
export const BESIDE = 'BTRFLEET_PLAY_BESIDE';

/** It ends what works on the state and removes that. */
const GRACE = 15_000;

/** @param words what `btrfleet play` is told */
export async function openPlayScreen(words: readonly string[], readOnly: boolean): Promise<void> {
  if (!process.stdin.isTTY || !process.stdout.isTTY) {
    process.stderr.write('btrfleet: there is no terminal here, so no screen. "btrfleet play" needs none.\n');
    process.exitCode = 2;
    return;
  }
  const self = [...process.execArgv, process.argv[1] ?? '', 'play', ...words];
  const servers = runBeside(process.execPath, self, { ...process.env, [BESIDE]: '1' });
  // Both take about as long to start.
  const [home, { openScreen }] = await Promise.all([servers.firstLine, import('../../terminal/screen.tsx')]);
  if (home === null) {
    await servers.end(0);
    process.stderr.write(servers.complaint());
    process.exitCode = 2;
    return;
  }
  try {
    await openScreen({ home, readOnly });
  } finally {
    await servers.end(GRACE);
  }
}
