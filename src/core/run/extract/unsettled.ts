/** Decides which runs that bring files were cut off, and may have left what they staged: the next start takes it away. */
import type { FaultCode } from '../../model/fault.ts';
import type { OpenRestore } from '../../model/runs/restore.ts';
import type { Holder } from '../../state/home/holder.ts';
import type { Journal } from '../../state/journal/journal.ts';
import { type CutOff, type CutOffKind, openAmong, queueOpen, runsOf, toldOpen } from '../ground/cut-off.ts';

const EXTRACTS: CutOffKind<'extract'> = {
  kind: 'extract',
  isOpen: ({ outcome, report }) =>
    outcome === 'interrupted' ||
    (report?.kind === 'extract' && report.outcome === 'unknown') ||
    (report?.kind === 'fault' && CUT.includes(report.fault.code)),
  // It is away, or what it lay in is.
  isEnd: (report) =>
    report?.kind === 'extract' || (report?.kind === 'fault' && GONE.includes(report.fault.code)),
  // This machine is always there.
  liesOn: ({ server, live }) =>
    server === null || live === null ? null : { server, filesystem: live.filesystem },
};

/** What was staged until then may be there. */
const CUT: readonly FaultCode[] = ['interrupted', 'unreachable', 'stalled'];
const GONE: readonly FaultCode[] = ['no-such-subvolume', 'no-such-server'];

/** The oldest first. May throw `JournalFailure`. */
export const unsettledExtracts = (journal: Pick<Journal, 'listRuns'>): CutOff<'extract'>[] =>
  openAmong(runsOf(journal, EXTRACTS), EXTRACTS);

/** The same for people. */
export const openExtracts = (journal: Pick<Journal, 'listRuns'>): OpenRestore[] =>
  toldOpen(runsOf(journal, EXTRACTS), EXTRACTS);

/** As `queueOpen`. */
export const queueUnstaging = (
  journal: Pick<Journal, 'listRuns' | 'createRun' | 'lastSamples'>,
  holder: Holder,
  now: number,
): number => queueOpen(journal, EXTRACTS, holder, now);
