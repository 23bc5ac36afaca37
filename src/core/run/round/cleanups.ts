/**
 * The last part of a round: where all that was wanted, of all members, is on a target, the rules of the task say what
 * of its replicas there may go. A target that failed keeps all it has.
 */
import type { CleanupReport } from '../../model/runs/cleanup.ts';
import type { Target } from '../../model/target.ts';
import { cameThrough, isFault, type MemberOutcome } from '../../plan/automation/round.ts';
import type { Part } from '../ground/driver.ts';
import { fewAtOnce } from '../ground/few-at-once.ts';
import type { Round } from './round.ts';

/** Clean-ups at once. */
const CLEANUPS = 2;

export interface ReplicasAt {
  readonly subvolume: string;
  readonly server: string;
  readonly mount: string;
}

export async function cleanTarget(
  round: Round,
  target: Target,
  members: readonly MemberOutcome[],
): Promise<CleanupReport[]> {
  // Else what a group has of the last moment that is whole there would go, member by member.
  const isWhole = members.every(({ ended }) => !isFault(ended) && cameThrough(ended));
  if (round.task.retention === null || round.context.signal.aborted || !isWhole) return [];
  const places = members.flatMap(({ subvolume, ended }): ReplicasAt[] => {
    const last = isFault(ended) ? undefined : ended.at(-1);
    return last && last.mount !== null ? [{ subvolume, server: target.server, mount: last.mount }] : [];
  });
  // All of them by one look at what has come there.
  round.looks.forget(target.server);
  const cleaned = await fewAtOnce(places, CLEANUPS, (place) =>
    cleanDirectory(round, place, { look: round.looks.forPart() }),
  );
  return cleaned.flatMap((one) => one ?? []);
}

interface CleaningMore extends Pick<Part, 'look'> {
  /** Names that stay whatever the rules say. */
  readonly spare?: readonly string[];
}

/** Null: it could not be done; why is among the round's faults. */
export async function cleanDirectory(
  { task, context, note, part, faults }: Round,
  { subvolume, server, mount }: ReplicasAt,
  { spare = [], ...more }: CleaningMore,
): Promise<CleanupReport | null> {
  if (task.retention === null || context.signal.aborted) return null;
  note(`cleaning up the replicas of ${subvolume} on ${server}`);
  const about = { subvolume, server, mount, into: task.into, rules: task.retention, only: null, spare };
  const { report } = await part({ kind: 'cleanup', ...about }, more);
  if (report.kind === 'fault' && report.fault.code !== 'cancelled') faults.push(report.fault);
  if (report.kind !== 'cleanup') return null;
  const { kind: _, ...cleaned } = report;
  // What a replication uses was kept. That the server refused the rest, whatever it names as the reason, is told.
  const failures = cleaned.failed.map(({ fault: why }) => why);
  faults.push(...failures.filter(({ code }) => code !== 'cancelled'));
  return cleaned;
}
