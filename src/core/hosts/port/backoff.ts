/**
 * Decides when a server that could not be connected to is tried again. The first try of anything always happens;
 * only repeated ones within one process are held back, so that a dead server does not cost ten seconds each time
 * and a wrong password does not get this machine banned.
 */
import type { Fault } from '../../model/fault.ts';

export interface Failure {
  readonly fault: Fault;
  /** In a row. */
  readonly count: number;
  /** Milliseconds. */
  readonly at: number;
}

const MAX_SECONDS = 30;

/** Seconds after the failure: 1, 2, 4 … 30. */
export const backoffSeconds = (count: number): number => Math.min(MAX_SECONDS, 2 ** (count - 1));

/** The failure to answer with instead of a try, marked as such; null: try. */
export function heldBack(failure: Failure | undefined, now: number): Fault | null {
  if (!failure || !(failure.fault.retry || failure.fault.code === 'auth-failed')) return null;
  const left = failure.at / 1000 + backoffSeconds(failure.count) - now / 1000;
  if (left <= 0) return null;
  return {
    ...failure.fault,
    message: `${failure.fault.message} (Not tried again yet: next in ${Math.ceil(left)} s.)`,
  };
}
