/**
 * Decides whether a plan of a clean-up may still be carried out: not once another run that can move the bases has begun
 * or ended since, nor when it is old. What runs at the time of the plan has said what it uses, and that is in the plan.
 */
import {
  RUNS,
  type Run,
  type RunRequest,
  type RunState,
  serverOf,
  subvolumesOf,
  targetsOf,
} from '../../model/runs/run.ts';

/** What the journal said before anything was looked at. */
export interface JournalMark {
  /** Number of the newest run; 0: there was none. */
  readonly newest: number;
  /** How far each was that was not finished. */
  readonly unfinished: ReadonlyMap<number, Pick<Run, 'request' | 'state'>>;
}

/** What the plan is about. */
export interface PlannedFor {
  readonly isMeant: (subvolume: string) => boolean;
  /** The replicas on the server that has this name, or these; null: what is sent from, on the primary. */
  readonly isThere: ((server: string) => boolean) | null;
  readonly primary: string;
}

/** Milliseconds: what other managers do is in no journal of this machine. */
const GOOD_FOR = 60_000;

/** Milliseconds since 1970 UTC, by a clock that goes on while this process is stopped; one that was set back tells no age. */
export const isTooOld = (lookedAt: number, now: number): boolean => Math.abs(now - lookedAt) > GOOD_FOR;

/**
 * `unfinished`: those of now; `since`: all with a number above the mark's, finished or not. One that is only queued has
 * done nothing yet.
 */
export function hasMoved(
  mark: JournalMark,
  unfinished: ReadonlyMap<number, { readonly state: RunState }>,
  since: readonly Pick<Run, 'request' | 'state'>[],
  about: PlannedFor,
): boolean {
  const went = [...mark.unfinished].some(
    ([id, { request, state }]) => unfinished.get(id)?.state !== state && movesBases(request, about),
  );
  return went || since.some(({ request, state }) => state !== 'queued' && movesBases(request, about));
}

function movesBases(request: RunRequest, { isMeant, isThere, primary }: PlannedFor): boolean {
  if (!RUNS[request.kind].movesBases || !subvolumesOf(request).some(isMeant)) return false;
  // What goes on one target is nothing to the replicas on another.
  if (isThere === null) return true;
  const targets = targetsOf(request);
  if (targets.length > 0) return targets.some(({ server }) => isThere(server));
  const server = serverOf(request) ?? primary;
  return server === primary || isThere(server);
}
