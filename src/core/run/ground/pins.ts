/**
 * Pins what a run will use, so that no run of this journal deletes it, and waits for deletions that are in the way of
 * what it has chosen.
 */
import { type Fault, fault } from '../../model/fault.ts';
import type { Result } from '../../model/result.ts';
import { journalFault } from '../../state/journal/database.ts';
import type { Journal } from '../../state/journal/journal.ts';
import { type Claim, isSameSnapshot, type Pin } from '../../state/journal/pins.ts';
import type { DriverContext } from './driver.ts';
import { nap } from './nap.ts';
import { unlessJournalFails } from './unless-journal-fails.ts';

/** How often in a row it is looked and chosen again where other runs move what was chosen each time. */
export const MOST_LOOKS = 20;

/** Milliseconds between two looks whether a deletion is over. */
const PAUSE = 50;
/** Seconds deletions are waited for: what is done in one go has 515 s, so what takes longer hangs. */
const LONGEST = 540;

/** Pins or dooms, once the runs of dead processes claim nothing any more. Faults: theirs, and why the journal takes none. */
export async function claimed<T>(
  { fleet, patiently: insist }: Pick<DriverContext, 'fleet' | 'patiently'>,
  write: (journal: Journal) => Result<T>,
): Promise<Result<T>> {
  const { journal, isAlive } = fleet;
  try {
    return await insist(() => {
      journal.interruptDeadRuns(isAlive);
      return write(journal);
    });
  } catch (error) {
    return journalFault(error);
  }
}

export const pinKey = ({ filesystem, origin }: Pin): string => `${filesystem} ${origin}`;

/** Which of these is that snapshot. */
export function pinnedAmong(pins: readonly Claim[]): (snapshot: Pin) => Claim | undefined {
  const byOrigin = Map.groupBy(pins, ({ origin }) => origin);
  return (snapshot) =>
    [snapshot.origin, '']
      .flatMap((origin) => byOrigin.get(origin) ?? [])
      .find((one) => isSameSnapshot(one, snapshot));
}

/**
 * Null: they are over. `serverOn`: the name of the server that a filesystem is on, if it is known. Faults: `cancelled`;
 * `locked`, when one does not end for 540 s.
 */
export async function awaitDeletions(
  met: readonly Claim[],
  serverOn: (filesystem: string) => string | null,
  { fleet, signal, emit }: Pick<DriverContext, 'fleet' | 'signal' | 'emit'>,
): Promise<Fault | null> {
  const { journal, isAlive } = fleet;
  const keyOf = (one: Claim): string => `${pinKey(one)} ${one.run}`;
  const keys = new Set(met.flatMap((one) => (one.ended === null ? keyOf(one) : [])));
  const left = () => {
    // As long as that fails it is waited for them as well.
    unlessJournalFails(() => journal.interruptDeadRuns(isAlive));
    return journal.doomed().find((one) => keys.has(keyOf(one)));
  };
  let last = left();
  const what = last && snapshotOn(serverOn(last.filesystem));
  if (what) emit({ type: 'note', message: `waiting until a ${what} is deleted` });
  for (let waited = 0; last && !signal.aborted; waited += PAUSE) {
    if (waited >= LONGEST * 1000) return stuckFault(last, serverOn(last.filesystem));
    await nap(PAUSE, signal);
    last = left();
  }
  return signal.aborted ? cancelled : null;
}

const snapshotOn = (server: string | null): string => `snapshot${server === null ? '' : ` on ${server}`}`;

const cancelled = fault('cancelled', 'Cancelled before it was begun.', 'Nothing was changed.');

const stuckFault = (
  { run, since, holder }: ReturnType<Journal['doomed']>[number],
  server: string | null,
): Fault => {
  const who = [`run ${run}`, ...(holder === null ? [] : [`pid ${holder.pid} on ${holder.host}`])];
  return fault(
    'locked',
    `A ${snapshotOn(server)} that this would choose from is being deleted since ${since} (${who.join(', ')}), and that does not end.`,
    'Look whether that process is stopped or the disk there hangs; it is tried again once that has ended.',
    server === null ? {} : { server },
  );
};

/** It must end. */
export const neverStill = (subject: string): Fault =>
  fault(
    'stalled',
    `Other runs kept sending or deleting what was chosen for ${subject}, so it could not be made sure of.`,
    'Try again when fewer of them are at work: btrfleet run list shows them.',
  );
