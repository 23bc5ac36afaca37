/**
 * Decides which runs of a kind were cut off and came to no end yet, and when somebody tries again to bring each to one. What
 * is known of a kind, `restore` or `extract`, is handed in.
 */
import { HERE, type OpenRestore } from '../../model/runs/restore.ts';
import { faultsOf, type Run, type RunReport, type RunRequest } from '../../model/runs/run.ts';
import type { Holder } from '../../state/home/holder.ts';
import type { Journal } from '../../state/journal/journal.ts';

/** Those whose requests can have `settles`: the run that is brought to an end. */
type Settled = 'restore' | 'extract';
type RequestOf<K extends Settled> = Extract<RunRequest, { readonly kind: K }>;

/** Its run. */
export interface CutOff<K extends Settled> {
  readonly id: number;
  readonly request: RequestOf<K>;
}

export interface CutOffKind<K extends Settled> {
  readonly kind: K;
  /** A run that may have left something open. */
  isOpen(run: Run, request: RequestOf<K>): boolean;
  /** What one that settles came to says the last word. */
  isEnd(report: RunReport | null, request: RequestOf<K>): boolean;
  /** What must have been seen since, after many tries in vain; null: it is always there. */
  liesOn(request: RequestOf<K>): { readonly server: string; readonly filesystem: string } | null;
}

/** Far more than there are. */
const MOST = 1000;

/** Of that kind, the newest first. */
export const runsOf = (journal: Pick<Journal, 'listRuns'>, { kind }: { readonly kind: Settled }): Run[] =>
  journal.listRuns({ kind, limit: MOST });

/** The oldest first. */
export function openAmong<K extends Settled>(runs: readonly Run[], of: CutOffKind<K>): CutOff<K>[] {
  const asked = runs.flatMap((run) => (isOf(run.request, of.kind) ? [{ run, request: run.request }] : []));
  const settled = new Set(
    asked.map(({ run, request }) => (of.isEnd(run.report, request) ? settlesOf(request) : undefined)),
  );
  return asked
    .filter(
      ({ run, request }) =>
        settlesOf(request) === undefined && !settled.has(run.id) && of.isOpen(run, request),
    )
    .map(({ run: { id }, request }) => ({ id, request }))
    .toReversed();
}

/** The same for people, with what was tried. */
export const toldOpen = <K extends Settled>(runs: readonly Run[], of: CutOffKind<K>): OpenRestore[] =>
  openAmong(runs, of).map(({ id, request }) => {
    const { subvolume, server }: Pick<RequestOf<Settled>, 'subvolume' | 'server'> = request;
    const ended = triesOf(runs, id).filter(({ finishedAt }) => finishedAt !== null);
    const [last] = ended;
    return {
      ...{
        run: id,
        brings: of.kind === 'extract' ? 'files' : 'subvolume',
        subvolume,
        server: server ?? HERE,
      },
      ...{ tries: ended.length, isLeft: ended.length >= TRIES },
      fault: (last && faultsOf(last.report)[0]) ?? null,
    };
  });

const isOf = <K extends Settled>(request: RunRequest, kind: K): request is RequestOf<K> =>
  request.kind === kind;

/** To settle that run, the newest first. */
const triesOf = (runs: readonly Run[], id: number): Run[] =>
  runs.filter(({ request }) => settlesOf(request) === id);

/** The run that it is to bring to an end. */
const settlesOf = (request: RunRequest): number | undefined =>
  'settles' in request ? request.settles : undefined;

/** Milliseconds before the second try, twice as long before each further one, and at most. */
const REST = 60_000;
const LONGEST_REST = 86_400_000;
/** So often in about five days; then what it lies on must have been seen since. */
const TRIES = 15;

/** A server that is away is not asked without a rest, nor for ever for a filesystem that nobody sees any more. The newest first. */
function isToBeTried(tries: readonly Run[], now: number, isSeenSince: (iso: string) => boolean): boolean {
  const [last] = tries;
  if (!last) return true;
  if (last.finishedAt === null) return false;
  const since = now - Date.parse(last.finishedAt);
  const isRested = since < 0 || since >= Math.min(REST * 2 ** (tries.length - 1), LONGEST_REST);
  return isRested && (tries.length < TRIES || isSeenSince(last.finishedAt));
}

/** Hands them to the engine, unless it has them already. `now`: milliseconds since 1970 UTC. May throw `JournalFailure`. */
export function queueOpen<K extends Settled>(
  journal: Pick<Journal, 'listRuns' | 'createRun' | 'lastSamples'>,
  of: CutOffKind<K>,
  holder: Holder,
  now: number,
): number {
  const runs = runsOf(journal, of);
  const left = openAmong(runs, of).filter(({ id, request }) => {
    const place = of.liesOn(request);
    const isSeenSince = (iso: string): boolean => place === null || isSampledSince(journal, place, iso);
    return isToBeTried(triesOf(runs, id), now, isSeenSince);
  });
  for (const { id, request } of left)
    journal.createRun({ request: { ...request, settles: id }, trigger: 'schedule', state: 'queued', holder });
  return left.length;
}

const isSampledSince = (
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
