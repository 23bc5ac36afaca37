/**
 * Waits for a journal that fails for a while, where something must be written down before the work goes on: its disk is
 * full, another process has it locked, its filesystem is read-only. It decides nothing about what is written.
 */
import type { Fault } from '../../model/fault.ts';
import { JournalFailure } from '../../state/journal/database.ts';
import { nap } from './nap.ts';

/** Tries `write` until the journal takes it. Throws `JournalFailure` where it fails for good, or for too long. */
export type Patiently = <T>(write: () => T) => Promise<T>;

export interface Patience {
  /** A cancel ends the wait. */
  readonly signal: AbortSignal;
  /** Longest wait for one write; 0: it is tried once. */
  readonly seconds: number;
  /** It has begun to wait. */
  readonly onWait: (why: Fault) => void;
}

/** Milliseconds between two tries. */
const PAUSE = 500;

export const patiently =
  ({ signal, seconds, onWait }: Patience): Patiently =>
  async (write) => {
    for (let waited = 0; ; waited += PAUSE) {
      try {
        return write();
      } catch (error) {
        const mayPass = error instanceof JournalFailure && error.fault.retry;
        if (!mayPass || signal.aborted || waited >= seconds * 1000) throw error;
        if (waited === 0) onWait(error.fault);
      }
      await nap(PAUSE, signal);
    }
  };
