/** Decides which restores were cut off and came to no end yet: the next start brings each to one. */
import type { OpenRestore, RestoreRequest } from '../../model/runs/restore.ts';
import { faultsOf, type Run } from '../../model/runs/run.ts';
import type { Holder } from '../../state/home/holder.ts';
import type { Journal } from '../../state/journal/journal.ts';

export interface UnsettledRestore {
  /** Its run. */
  readonly id: number;
  readonly request: RestoreRequest & { readonly kind: 'restore' };
}

/** Far more than there are. */
const MOST = 1000;

/** The oldest first. May throw `JournalFailure`. */
export const unsettledRestores = (journal: RestoreJournal): UnsettledRestore[] =>
  openAmong(journal, restoresIn(journal));

/** The same for people, with what was tried. */
export function openRestores(journal: RestoreJournal): OpenRestore[] {
  const runs = restoresIn(journal);
  return openAmong(journal, runs).map(({ id, request: { subvolume, server } }) => {
    const ended = triesOf(runs, id).filter(({ finishedAt }) => finishedAt !== null);
    const [last] = ended;
    return {
      ...{ run: id, subvolume, server, tries: ended.length, isLeft: ended.length >= TRIES },
      fault: (last && faultsOf(last.report)[0]) ?? null,
    };
  });
}

type RestoreJournal = Pick<Journal, 'listRuns' | 'receivingPaths'>;

/** The newest first. */
const restoresIn = (journal: Pick<Journal, 'listRuns'>): Run[] =>
  journal.listRuns({ kind: 'restore', limit: MOST });

function openAmong(journal: RestoreJournal, runs: readonly Run[]): UnsettledRestore[] {
  const settled = new Set(runs.flatMap((run) => (isEnd(run) ? settledBy(run) : [])));
  return runs
    .flatMap(({ id, request, outcome, report }): UnsettledRestore[] => {
      if (request.kind !== 'restore' || request.settles !== undefined || settled.has(id)) return [];
      // In the subvolume's place its part changes something; it may have left what is half received.
      if (request.back) {
        const isHalf = outcome !== null && journal.receivingPaths(request.server).has(request.back.to);
        return isHalf ? [{ id, request }] : [];
      }
      const isOpen =
        outcome === 'interrupted' || (report?.kind === 'restore' && report.outcome === 'unknown');
      return isOpen ? [{ id, request }] : [];
    })
    .toReversed();
}

/** Milliseconds before the second try, twice as long before each further one, and at most. */
const REST = 60_000;
const LONGEST_REST = 86_400_000;
/** So often in about five days; then its filesystem must have been seen since. */
const TRIES = 15;

/** A server that is away is not asked without a rest, nor for ever for a filesystem that nobody sees any more. The newest first. */
export function isToBeTried(
  tries: readonly Run[],
  now: number,
  isSeenSince: (iso: string) => boolean,
): boolean {
  const [last] = tries;
  if (!last) return true;
  if (last.finishedAt === null) return false;
  const since = now - Date.parse(last.finishedAt);
  const isRested = since < 0 || since >= Math.min(REST * 2 ** (tries.length - 1), LONGEST_REST);
  return isRested && (tries.length < TRIES || isSeenSince(last.finishedAt));
}

/** As a sample of it tells. */
export const isSeenSince = (
  journal: Pick<Journal, 'lastSamples'>,
  about: { readonly server: string; readonly filesystem: string },
  iso: string,
): boolean =>
  journal
    .lastSamples()
    .some(
      ({ server, filesystem, takenAt }) =>
        server === about.server && filesystem === about.filesystem && takenAt > iso,
    );

/** Hands them to the engine, unless it has them already. `now`: milliseconds since 1970 UTC. May throw `JournalFailure`. */
export function queueSettling(
  journal: RestoreJournal & Pick<Journal, 'createRun' | 'lastSamples'>,
  holder: Holder,
  now: number,
): number {
  const runs = restoresIn(journal);
  const left = openAmong(journal, runs).filter(({ id, request: { server, filesystem } }) =>
    isToBeTried(triesOf(runs, id), now, (iso) => isSeenSince(journal, { server, filesystem }, iso)),
  );
  for (const { id, request } of left)
    journal.createRun({ request: { ...request, settles: id }, trigger: 'schedule', state: 'queued', holder });
  return left.length;
}

/** The newest first. */
const triesOf = (runs: readonly Run[], id: number): Run[] =>
  runs.filter((run) => settledBy(run).includes(id));

const settledBy = ({ request }: Run): number[] =>
  request.kind === 'restore' && request.settles !== undefined ? [request.settles] : [];

/** Whatever it came to, somebody was told; what nobody knows is asked again, unless somebody said that it is not to be. */
const isEnd = ({ request, report }: Run): boolean =>
  report?.kind === 'restore' &&
  (report.outcome !== 'unknown' || (request.kind === 'restore' && request.forgets === true));
