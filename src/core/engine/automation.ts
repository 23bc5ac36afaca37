/**
 * Runs automation on a fleet: one scheduler for each state directory, which is its engine, too. It takes the places,
 * has the loop work, and gives them back, whatever happened.
 */
import type { AutomationEvent } from '../model/automation/event.ts';
import { type Fault, fault } from '../model/fault.ts';
import { failed, ok, type Result } from '../model/result.ts';
import { executeRun } from '../run/execute.ts';
import type { Fleet } from '../run/ground/fleet.ts';
import { nap } from '../run/ground/nap.ts';
import { patiently } from '../run/ground/patiently.ts';
import { unlessJournalFails } from '../run/ground/unless-journal-fails.ts';
import { journalFault } from '../state/journal/database.ts';
import { type Lock, SCHEDULER_LOCK } from '../state/journal/locks.ts';
import { AutomationLoop, type AutomationPorts } from './automation-loop.ts';
import type { AutomationTotals } from './due-runs.ts';
import { rpoStates } from './rpo-states.ts';

export interface AutomationOptions {
  /** Ends it: nothing new is begun, and what runs has `graceSeconds` to end by itself before it is cancelled. */
  readonly signal: AbortSignal;
  /** Does what is due now, waits for it, and returns. */
  readonly once?: boolean;
  /** From 0 to 25; default: 10. All in all the end takes 25 s at most. */
  readonly graceSeconds?: number;
  readonly onEvent?: (event: AutomationEvent) => void;
  /** Called after every look, so about once a second: for a watchdog. */
  readonly onBeat?: () => void;
  /** Longest time between two looks at configuration and journal; default: 1000. */
  readonly lookMilliseconds?: number;
}

const GRACE_SECONDS = 10;
const LOOK = 1000;

/** It was told to end before it could begin. */
const NOTHING_DONE: AutomationTotals = { ran: 0, failed: 0 };

/**
 * Returns when it is told to end or, with `once`, when what was due is done. Faults: `locked` (another scheduler is at
 * work; it says which), what keeps the journal from being used and, with `once`, the configuration.
 */
export const runAutomation = (fleet: Fleet, options: AutomationOptions): Promise<Result<AutomationTotals>> =>
  automate(
    {
      ...fleet,
      execute: (run, signal) => executeRun(fleet, run, { signal }),
      rpoStates: () => rpoStates(fleet),
      sleep: nap,
    },
    options,
  );

/** As `runAutomation`, for a world that is handed in. */
export async function automate(
  ports: AutomationPorts,
  options: AutomationOptions,
): Promise<Result<AutomationTotals>> {
  try {
    const lock = await takeLock(ports, options);
    if (lock === null) return ok(NOTHING_DONE);
    return lock.ok ? await underLock(ports, options, lock.value) : lock;
  } catch (error) {
    return journalFault(error);
  }
}

async function underLock(
  ports: AutomationPorts,
  options: AutomationOptions,
  lock: Lock,
): Promise<Result<AutomationTotals>> {
  const { signal, once = false, graceSeconds = GRACE_SECONDS, lookMilliseconds = LOOK } = options;
  const { onEvent = () => {}, onBeat = () => {} } = options;
  const loop = new AutomationLoop(ports, { signal, once, onEvent, onBeat, lookMilliseconds });
  let isBug = true;
  try {
    const worked = await loop.work();
    isBug = false;
    const totals = await loop.stop(graceSeconds);
    return worked.ok ? { ok: true, value: totals } : worked;
  } finally {
    if (isBug) await loop.stop(0);
    // Else they are freed by this process' end.
    unlessJournalFails(() => ports.journal.releaseEngine(ports.holder));
    unlessJournalFails(() => lock.release());
  }
}

/**
 * Waits while the journal fails, but with `once`; not while another scheduler has it. Null: it was told to end
 * meanwhile. Throws `JournalFailure`.
 */
async function takeLock(
  { journal, holder, isAlive }: AutomationPorts,
  { signal, once = false, onEvent = () => {} }: AutomationOptions,
): Promise<Result<Lock> | null> {
  const owner = { holder, runId: null, what: 'btrfleet --schedule' };
  let isWaiting = false;
  const onWait = (why: Fault): void => {
    isWaiting = true;
    onEvent({ type: 'journal-failed', fault: why });
  };
  const insist = patiently({ signal, seconds: once ? 0 : Number.POSITIVE_INFINITY, onWait });
  const take = () =>
    isWaiting && signal.aborted ? null : journal.acquireLocks([SCHEDULER_LOCK], owner, isAlive);
  const lock = await insist(take);
  if (lock === null) return null;
  if (isWaiting) onEvent({ type: 'journal-works' });
  if (lock.ok) return lock;
  return failed(
    fault(
      'locked',
      lock.fault.message,
      'One scheduler does all the work of a state directory. Stop it first to run another one, or name another state ' +
        'directory with --home.',
    ),
  );
}
