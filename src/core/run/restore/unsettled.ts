/** Decides which restores were cut off and came to no end yet: the next start brings each to one. */
import type { OpenRestore } from '../../model/runs/restore.ts';
import type { Holder } from '../../state/home/holder.ts';
import type { Journal } from '../../state/journal/journal.ts';
import { type CutOff, type CutOffKind, openAmong, queueOpen, runsOf, toldOpen } from '../ground/cut-off.ts';

export type UnsettledRestore = CutOff<'restore'>;

type RestoreJournal = Pick<Journal, 'listRuns' | 'receivingPaths'>;

const restores = (journal: Pick<Journal, 'receivingPaths'>): CutOffKind<'restore'> => ({
  kind: 'restore',
  isOpen({ outcome, report }, { server, back }) {
    // In the subvolume's place its part changes something; it may have left what is half received.
    if (back) return outcome !== null && journal.receivingPaths(server).has(back.to);
    return outcome === 'interrupted' || (report?.kind === 'restore' && report.outcome === 'unknown');
  },
  // Whatever it came to, somebody was told; what nobody knows is asked again, unless somebody said that it is not to be.
  isEnd: (report, { forgets }) =>
    report?.kind === 'restore' && (report.outcome !== 'unknown' || forgets === true),
  liesOn: ({ server, filesystem }) => ({ server, filesystem }),
});

/** The oldest first. May throw `JournalFailure`. */
export function unsettledRestores(journal: RestoreJournal): UnsettledRestore[] {
  const kind = restores(journal);
  return openAmong(runsOf(journal, kind), kind);
}

/** The same for people. */
export function openRestores(journal: RestoreJournal): OpenRestore[] {
  const kind = restores(journal);
  return toldOpen(runsOf(journal, kind), kind);
}

/** As `queueOpen`. */
export const queueSettling = (
  journal: RestoreJournal & Pick<Journal, 'createRun' | 'lastSamples'>,
  holder: Holder,
  now: number,
): number => queueOpen(journal, restores(journal), holder, now);
