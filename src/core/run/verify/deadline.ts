/** Decides how long a verification may take, and tells where that ended something. */
import type { Fault } from '../../model/fault.ts';
import { overBudget } from './content.ts';

/** Without a budget: nobody waits for a server for ever that gives a byte now and then. */
const MOST_SECONDS = 7 * 86_400;

export interface Deadline {
  /** Aborted by a cancel as well as by the time. */
  readonly signal: AbortSignal;
  /** Milliseconds since 1970 UTC. */
  readonly until: number;
  /** What a fault is called where the time was the reason of it. */
  told(why: Fault): Fault;
}

/** `now`: milliseconds since 1970 UTC. `signal`: of a cancel. */
export function deadlineOf(budgetSeconds: number | null, now: number, signal: AbortSignal): Deadline {
  const milliseconds = Math.min(budgetSeconds ?? MOST_SECONDS, MOST_SECONDS) * 1000;
  const time = AbortSignal.timeout(milliseconds);
  return {
    signal: AbortSignal.any([signal, time]),
    until: now + milliseconds,
    told: (why) => (why.code === 'cancelled' && time.aborted && !signal.aborted ? overBudget(null) : why),
  };
}
