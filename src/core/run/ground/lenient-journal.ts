/**
 * Decides which writes of a driver may fail without ending what it does: those that remember what was done already.
 * They are owed to the journal, in their order. A mark before a receive is none of them, since what may be left behind
 * must be known as ours.
 */
import { ok } from '../../model/result.ts';
import type { Journal } from '../../state/journal/journal.ts';
import type { OwedWrites } from './owed-writes.ts';
import { unlessJournalFails } from './unless-journal-fails.ts';

/** A lock that cannot be given back is `owed` as well: it is free before the next one is taken. */
export function lenientJournal(journal: Journal, owed: OwedWrites): Journal {
  const late =
    <Words extends readonly unknown[]>(write: (...words: Words) => void) =>
    (...words: Words): void =>
      owed.write(() => write(...words));
  const different = new Map<string, ReturnType<Journal['differentOn']>>();
  return {
    ...journal,
    noteReplica: late(journal.noteReplica),
    noteFound: late(journal.noteFound),
    forgetReplica: late(journal.forgetReplica),
    forgetGone: late(journal.forgetGone),
    forgetReceiving: late(journal.forgetReceiving),
    rememberProofs: late(journal.rememberProofs),
    forgetProofs: late(journal.forgetProofs),
    rememberPart: late(journal.rememberPart),
    forgetParts: late(journal.forgetParts),
    tendDifferent: late(journal.tendDifferent),
    addStorageSample: late(journal.addStorageSample),
    proofs: (server, filesystem) =>
      readOr<ReturnType<Journal['proofs']>>(new Map(), () => journal.proofs(server, filesystem)),
    // What was read before is safer than none: what differs would be built on.
    differentOn: (server, filesystem) => {
      const key = `${server} ${filesystem}`;
      unlessJournalFails(() => different.set(key, journal.differentOn(server, filesystem)));
      return different.get(key) ?? journal.differentOn(server, filesystem);
    },
    differentStamp: () => readOr('', () => journal.differentStamp()),
    // The next look writes a newer one.
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
    // It was not seen what was over by then.
    moves: () => readOr(0, () => journal.moves()),
    unpin: late(journal.unpin),
    lift: late(journal.lift),
    // What is owed for those before is done first: it would be done to these.
    pin: (...words) => {
      owed.settle();
      return journal.pin(...words);
    },
    doom: (...words) => {
      owed.settle();
      return journal.doom(...words);
    },
    acquireLocks: (keys, owner, isAlive) => {
      owed.settle();
      const lock = journal.acquireLocks(keys, owner, isAlive);
      if (!lock.ok) return lock;
      const { keys: held, release } = lock.value;
      return ok({ keys: held, release: () => owed.write(release) });
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
