/**
 * Writes of what was done that the journal did not take: a replica was received, a lock is free, a part has ended. They
 * are owed to it, and tried again until it takes them, as long as the run they belong to is at work.
 */
import { unlessJournalFails } from './unless-journal-fails.ts';

export interface OwedWrites {
  /** Does it now or, where the journal fails, when it is settled. */
  write(change: () => unknown): void;
  /** Does what is owed, in its order, up to the first that fails again. Throws `JournalFailure`. */
  settle(): void;
}

export function owedWrites(): OwedWrites {
  let owed: readonly (() => unknown)[] = [];
  const settle = (): void => {
    for (let next = owed[0]; next !== undefined; next = owed[0]) {
      next();
      owed = owed.slice(1);
    }
  };
  return {
    settle,
    write: (change) => {
      owed = [...owed, change];
      unlessJournalFails(settle);
    },
  };
}
