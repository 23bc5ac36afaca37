/** Ends the processes that still work on the state of a play that is over: an engine, a scheduler, a command. */
import { existsSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import type { Holder, IsAlive } from '../../core/state/home/holder.ts';
import { openHome } from '../../core/state/home/home.ts';
import { openJournal } from '../../core/state/journal/journal.ts';

/** They are asked to end, and have so long to do it. */
const GRACE_MILLISECONDS = 5000;
const BEAT = 100;

/** `except`: a process that is not ended, such as this one. */
export async function endWorkers(directory: string, isAlive: IsAlive, except: number | null): Promise<void> {
  const holders = workersOn(directory, isAlive).filter(({ pid }) => pid !== except);
  for (const { pid } of holders) signal(pid, 'SIGTERM');
  const lives = (): Holder[] => holders.filter((holder) => isAlive(holder, new Date(0).toISOString()));
  for (let waited = 0; waited < GRACE_MILLISECONDS && lives().length > 0; waited += BEAT) await wait(BEAT);
  for (const { pid } of lives()) signal(pid, 'SIGKILL');
}

function workersOn(directory: string, isAlive: IsAlive): Holder[] {
  const home = openHome({ home: directory });
  if (!home.ok || !existsSync(home.value.journal)) return [];
  const journal = openJournal({ home: home.value, clock: { now: () => Date.now() } });
  if (!journal.ok) return [];
  try {
    const locks = journal.value.heldLocks('', isAlive).flatMap(({ holder }) => holder ?? []);
    const engine = journal.value.currentEngine(isAlive);
    return [...new Map([...locks, ...(engine ? [engine] : [])].map((one) => [one.pid, one])).values()];
  } finally {
    journal.value.close();
  }
}

function signal(pid: number, name: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(pid, name);
  } catch {
    // It is gone already.
  }
}
