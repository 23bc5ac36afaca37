/** Keeps a task from having two rounds at once, in whatever process of this machine. */
import { type Fault, fault } from '../model/fault.ts';
import { failed, type Result } from '../model/result.ts';
import type { Lock } from '../state/journal-locks.ts';
import type { DriverContext } from './driver.ts';
import { nap } from './nap.ts';

/** Milliseconds between two tries. */
const PAUSE = 250;

/** Faults: locked (and what the journal itself says). A patient run waits for the round that is at work; `cancelled`. */
export async function lockTask(name: string, context: DriverContext): Promise<Result<Lock>> {
  const { fleet, runId, signal, patient, emit } = context;
  const owner = { holder: fleet.holder, runId, what: 'a round of it' };
  let told = false;
  for (;;) {
    const lock = fleet.journal.acquireLocks([`task ${name}`], owner, fleet.isAlive);
    if (lock.ok || !patient || lock.fault.code !== 'locked') return lock;
    if (signal.aborted) return failed(cancelled(name));
    if (!told)
      emit({ type: 'note', message: `Waiting for the round that is at work: ${lock.fault.message}` });
    told = true;
    await nap(PAUSE, signal);
  }
}

const cancelled = (name: string): Fault =>
  fault(
    'cancelled',
    `Cancelled while a round of the task ${name} was waited for.`,
    `That round goes on; "btrfleet task run ${name}" runs one more.`,
  );
