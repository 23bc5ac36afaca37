/**
 * Decides which writes of a driver may fail without ending what it does: those that remember what was done already.
 * A mark before a receive is none of them, since what may be left behind must be known as ours.
 */
import type { Fault } from '../model/fault.ts';
import { failed, ok } from '../model/result.ts';
import type { Journal } from '../state/journal.ts';
import { JournalFailure } from '../state/journal-database.ts';
import type { OwedWrites } from './owed-writes.ts';

/**
 * `tell` hears of every write that was lost and matters later. A lock that cannot be written is not held, and one that
 * cannot be given back is `owed`: it is free before the next one is taken.
 */
export function lenientJournal(journal: Journal, tell: (why: Fault) => void, owed: OwedWrites): Journal {
  const late =
    <Words extends readonly unknown[]>(write: (...words: Words) => void) =>
    (...words: Words): void =>
      unlessJournalFails(() => write(...words), tell);
  return {
    ...journal,
    noteReplica: late(journal.noteReplica),
    noteFound: late(journal.noteFound),
    forgetReplica: late(journal.forgetReplica),
    forgetGone: late(journal.forgetGone),
    forgetReceiving: late(journal.forgetReceiving),
    rememberProofs: late(journal.rememberProofs),
    forgetProofs: late(journal.forgetProofs),
    proofs: (server, filesystem) =>
      readOr<ReturnType<Journal['proofs']>>(new Map(), () => journal.proofs(server, filesystem)),
    saveInventory: (inventory, answer) => {
      let kept = inventory;
      unlessJournalFails(() => {
        kept = journal.saveInventory(inventory, answer);
      });
      return kept;
    },
    // What cannot be read there is read from what the server says.
    lastAnswer: (server) => readOr(null, () => journal.lastAnswer(server)),
    hasReplicasSince: (server, since) => readOr(true, () => journal.hasReplicasSince(server, since)),
    acquireLocks: (keys, owner, isAlive) => {
      try {
        owed.settle();
        const lock = journal.acquireLocks(keys, owner, isAlive);
        if (!lock.ok) return lock;
        const { keys: held, release } = lock.value;
        return ok({ keys: held, release: () => owed.write(release) });
      } catch (error) {
        if (!(error instanceof JournalFailure)) throw error;
        return failed(error.fault);
      }
    },
  };
}

function readOr<T>(otherwise: T, read: () => T): T {
  let found = otherwise;
  unlessJournalFails(() => {
    found = read();
  });
  return found;
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
