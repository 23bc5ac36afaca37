/** Decides which runs that bring files were cut off, and may have left what they staged: the next start takes it away. */
import type { FaultCode } from '../../model/fault.ts';
import type { ExtractRequest } from '../../model/runs/extract.ts';
import type { Run } from '../../model/runs/run.ts';
import type { Holder } from '../../state/home/holder.ts';
import type { Journal } from '../../state/journal/journal.ts';
import { isSeenSince, isToBeTried } from '../restore/unsettled.ts';

export interface UnsettledExtract {
  /** Its run. */
  readonly id: number;
  readonly request: ExtractRequest & { readonly kind: 'extract' };
}

/** Far more than there are. */
const MOST = 1000;

/** The oldest first. May throw `JournalFailure`. */
export const unsettledExtracts = (journal: Pick<Journal, 'listRuns'>): UnsettledExtract[] =>
  openAmong(extractsIn(journal));

/** The newest first. */
const extractsIn = (journal: Pick<Journal, 'listRuns'>): Run[] =>
  journal.listRuns({ kind: 'extract', limit: MOST });

function openAmong(runs: readonly Run[]): UnsettledExtract[] {
  const settled = new Set(runs.flatMap((run) => (isEnd(run) ? settledBy(run) : [])));
  return runs
    .flatMap((run): UnsettledExtract[] => {
      const { id, request } = run;
      if (request.kind !== 'extract' || request.settles !== undefined || settled.has(id)) return [];
      return isCutOff(run) ? [{ id, request }] : [];
    })
    .toReversed();
}

const isCutOff = ({ outcome, report }: Run): boolean =>
  outcome === 'interrupted' ||
  (report?.kind === 'extract' && report.outcome === 'unknown') ||
  (report?.kind === 'fault' && CUT.includes(report.fault.code));

/** What was staged until then may be there. */
const CUT: readonly FaultCode[] = ['interrupted', 'unreachable', 'stalled'];

const settledBy = ({ request }: Run): number[] =>
  request.kind === 'extract' && request.settles !== undefined ? [request.settles] : [];

/** It is away, or what it lay in is. */
const isEnd = ({ report }: Run): boolean =>
  report?.kind === 'extract' ||
  (report?.kind === 'fault' && ['no-such-subvolume', 'no-such-server'].includes(report.fault.code));

/** Hands them to the engine, unless it has them already. `now`: milliseconds since 1970 UTC. May throw `JournalFailure`. */
export function queueUnstaging(
  journal: Pick<Journal, 'listRuns' | 'createRun' | 'lastSamples'>,
  holder: Holder,
  now: number,
): number {
  const runs = extractsIn(journal);
  const left = openAmong(runs).filter(({ id, request: { server, live } }) =>
    isToBeTried(
      runs.filter((run) => settledBy(run).includes(id)),
      now,
      // This machine is always there.
      (iso) =>
        server === null ||
        live === null ||
        isSeenSince(journal, { server, filesystem: live.filesystem }, iso),
    ),
  );
  for (const { id, request } of left)
    journal.createRun({ request: { ...request, settles: id }, trigger: 'schedule', state: 'queued', holder });
  return left.length;
}
