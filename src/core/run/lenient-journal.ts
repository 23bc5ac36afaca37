/**
 * Decides which writes of a driver may fail without ending what it does: those that remember what was done already.
 * A mark before a receive is none of them, since what may be left behind must be known as ours.
 */
import type { Fault } from '../model/fault.ts';
import { failed, ok } from '../model/result.ts';
import type { Journal } from '../state/journal.ts';
import { JournalFailure } from '../state/journal-database.ts';

/** `tell` hears of every write that was lost and matters later. A lock that cannot be written is not held. */
export function lenientJournal(journal: Journal, tell: (why: Fault) => void): Journal {
  const late =
    <Words extends readonly unknown[]>(write: (...words: Words) => void) =>
    (...words: Words): void =>
      unlessJournalFails(() => write(...words), tell);
  return {
    ...journal,
    noteReplica: late(journal.noteReplica),
    forgetReplica: late(journal.forgetReplica),
    forgetReceiving: late(journal.forgetReceiving),
    saveInventory: (inventory) => {
      let kept = inventory;
      unlessJournalFails(() => {
        kept = journal.saveInventory(inventory);
      });
      return kept;
    },
    acquireLocks: (keys, owner, isAlive) => {
      try {
        const lock = journal.acquireLocks(keys, owner, isAlive);
        return lock.ok ? ok({ ...lock.value, release: late(lock.value.release) }) : lock;
      } catch (error) {
        if (!(error instanceof JournalFailure)) throw error;
        return failed(error.fault);
      }
    },
  };
}

/** Without `tell`: what is written on the way, for those who watch. */
export function unlessJournalFails(write: () => unknown, tell?: (why: Fault) => void): void {
  try {
    write();
  } catch (error) {
    if (!(error instanceof JournalFailure)) throw error;
    tell?.(error.fault);
  }
}
