// Ends what a run of the tests left, the moment that run ends, however it ended: killed with -9, too. A process of its own,
// whose stdin the run holds open. It touches nothing of another run: processes are known by a mark in their environment,
// labs by an owner that is dead.
//   node reap.ts RUN DIRECTORY...   (the scratch directories of the run)
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { Lab } from '../lab/lab.ts';
import { MARK, TEST_LABS } from './reaper.ts';

const GRACE_MS = 5_000;

/** The processes of the run that are left. Without /proc none is known: the run itself ends its children there. */
function marked(run: string): number[] {
  const entries = process.platform === 'linux' ? readdirSync('/proc') : [];
  return entries.map(Number).filter((pid) => {
    if (!Number.isInteger(pid) || pid === process.pid) return false;
    try {
      return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`${MARK}=${run}`);
    } catch {
      return false;
    }
  });
}

function send(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // It ended by itself.
    }
  }
}

async function reap(run: string, directories: readonly string[]): Promise<void> {
  send(marked(run), 'SIGTERM');
  const until = performance.now() + GRACE_MS;
  while (marked(run).length > 0 && performance.now() < until) await pause(50);
  send(marked(run), 'SIGKILL');
  if (process.getuid?.() === 0) await Lab.sweep(TEST_LABS);
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
}

const [run = '', ...directories] = process.argv.slice(2);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
process.stdin.resume().once('close', () => void reap(run, directories));
