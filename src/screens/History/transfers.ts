/**
 * Decides what was sent and received as the runs tell it: one transfer for each snapshot and target of a replication,
 * those that go on or never came to be among them.
 */
import { oncePer } from '../../core/model/once.ts';
import type { TargetProgress } from '../../core/model/runs/job.ts';
import { placeOf, type ReplicationRequest } from '../../core/model/runs/replication.ts';
import type { Run } from '../../core/model/runs/run.ts';
import type { TargetResult, TargetStatus } from '../../core/model/runs/target-result.ts';
import { formatTarget, type Target } from '../../core/model/target.ts';
import type { AppState } from '../../store/state.ts';
import { rememberLast } from '../lists/remember-last.ts';

export interface Transfer {
  readonly kind: 'transfer';
  /** The same from the wish to the outcome. */
  readonly key: string;
  readonly run: Run;
  readonly server: string;
  /** As `b` or `b:/mnt/usb`. */
  readonly target: string;
  /** Null: the server's own, not found out yet. */
  readonly mount: string | null;
  readonly status: TargetStatus | 'waiting' | 'running' | 'interrupted';
  /** Null: it was not decided yet, or never. */
  readonly mode: 'full' | 'incremental' | null;
  readonly snapshot: string | null;
  readonly base: string | null;
  /** Of the stream; null: nothing was sent yet. */
  readonly bytes: number | null;
  readonly seconds: number | null;
  readonly verified: boolean;
  readonly reason: { readonly message: string; readonly hint: string } | null;
  /** What is going on, in a word; null: nothing is. */
  readonly phase: TargetProgress['phase'] | null;
  /** By which way, once it is known. */
  readonly path: 'direct' | 'relay' | null;
}

const merged = rememberLast((runs: readonly Run[], older: readonly Run[]): readonly Run[] => {
  const followed = new Set(runs.map(({ id }) => id));
  return [...runs, ...older.filter(({ id }) => !followed.has(id))].toSorted((a, b) => b.id - a.id);
});

/** Newest first: those that are followed, then those that were read for this page. */
export const historyRuns = ({ runs, history }: AppState): readonly Run[] => merged(runs, history.older);

const transfersOf = oncePer(runTransfers);

const remembered = rememberLast((runs: readonly Run[]) => runs.flatMap(transfersOf));

/** Newest runs first. */
export const historyTransfers = (state: AppState): readonly Transfer[] => remembered(historyRuns(state));

/** When it ended, else began, else was asked for; milliseconds. */
export const runTime = ({ finishedAt, startedAt, createdAt }: Run): number =>
  Date.parse(finishedAt ?? startedAt ?? createdAt);

/** Seconds; null: it has not begun, or goes on. */
export const runSeconds = ({ startedAt, finishedAt }: Run): number | null =>
  startedAt === null || finishedAt === null
    ? null
    : Math.max(0, (Date.parse(finishedAt) - Date.parse(startedAt)) / 1000);

function runTransfers(run: Run): readonly Transfer[] {
  const { request, report, job } = run;
  if (request.kind !== 'replication') return [];
  return request.targets.flatMap((target, place) => {
    const label = formatTarget(target);
    const progress = job?.targets.find((one) => one.target === label);
    const results =
      report?.kind === 'replication'
        ? report.results.filter((result) => Math.max(0, placeOf(request.targets, result)) === place)
        : (progress?.results ?? []);
    const done = results.map((result, index) => ended(run, `${run.id} ${label} ${index}`, result));
    if (report?.kind === 'replication' || (progress?.progress.phase === 'finished' && done.length > 0))
      return done;
    return [
      ...done,
      open(run, request, target, `${run.id} ${label} ${done.length}`, progress?.progress ?? null),
    ];
  });
}

const ended = (run: Run, key: string, result: TargetResult): Transfer => ({
  ...result,
  kind: 'transfer',
  key,
  run,
  target: formatTarget(result),
  bytes: result.sentBytes,
  seconds: result.elapsedSeconds,
  reason: result.fault,
  phase: null,
});

/** Without a result: it waits, goes on, or its run ended before there was one. */
function open(
  run: Run,
  { wanted }: ReplicationRequest,
  target: Target,
  key: string,
  progress: TargetProgress | null,
): Transfer {
  const step = progress !== null && 'step' in progress ? progress.step : null;
  // With auto it is btrfleet that decides, when it knows what the target has.
  const decided = step === null ? wanted : { mode: sentAs(step.base), base: step.base };
  return {
    ...target,
    kind: 'transfer',
    key,
    run,
    target: formatTarget(target),
    status: openStatus(run),
    mode: decided.mode === 'auto' || decided.mode === 'catch-up' ? null : decided.mode,
    snapshot: step?.snapshot ?? wanted.snapshot,
    base: 'base' in decided ? decided.base : null,
    bytes: progress?.phase === 'sending' ? progress.sentBytes : null,
    seconds: null,
    verified: false,
    reason: run.report?.kind === 'fault' ? run.report.fault : null,
    phase: run.state === 'running' ? (progress?.phase ?? 'preparing') : null,
    path: null,
  };
}

const sentAs = (base: string | null): 'full' | 'incremental' => (base === null ? 'full' : 'incremental');

function openStatus({ state, outcome }: Run): Transfer['status'] {
  if (state === 'queued') return 'waiting';
  if (state === 'running') return 'running';
  return outcome === 'cancelled' || outcome === 'interrupted' ? outcome : 'failed';
}
