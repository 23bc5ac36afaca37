/**
 * The sending part of a round: one replication for each member, with all targets in it. A target without room is
 * cleaned up by the task's own rules first, then sent to once more.
 */
import type { Fault } from '../model/fault.ts';
import type { JobEvent } from '../model/job.ts';
import type { ReplicationReport, ReplicationRequest, TargetResult, Wanted } from '../model/replication.ts';
import type { CleanupReport } from '../model/run.ts';
import { formatTarget, type Target } from '../model/target.ts';
import { isGroup, type Task } from '../model/task.ts';
import { wantedOf } from '../plan/catch-up.ts';
import { beganAt } from '../plan/round.ts';
import type { Replica } from '../state/journal-replicas.ts';
import { fewAtOnce } from './few-at-once.ts';
import { inOrder } from './result-order.ts';
import type { Round } from './round.ts';
import { cleanDirectory } from './round-cleanups.ts';
import { knownPath } from './settle-subvolumes.ts';
import { openSource } from './source.ts';
import { awaitRoom } from './target-room.ts';

/** Members of a group that are sent at once. */
const MEMBERS = 2;

/** What became of one member. */
export interface MemberSent {
  readonly subvolume: string;
  /** Why its replication failed as a whole; null: it did not. */
  readonly fault: Fault | null;
  /** By target, as the task names them. */
  readonly results: ReadonlyMap<string, readonly TargetResult[]>;
  /** Some target got its first replica of it. */
  readonly began: boolean;
  readonly report: ReplicationReport;
  /** What was let go to make room for it. */
  readonly cleanups: readonly CleanupReport[];
}

export async function sendMembers(round: Round, targets: readonly Target[]): Promise<MemberSent[]> {
  if (targets.length === 0) return [];
  const { subvolumes } = round.task;
  const moment = isGroup(round.task) ? await newestMoment(round) : null;
  return fewAtOnce(subvolumes, MEMBERS, (subvolume) => sendMember(round, { subvolume, moment }, targets));
}

interface Member {
  readonly subvolume: string;
  readonly moment: string | null;
}

/**
 * What a round brings of every member of a group: one that is sent later than the others must not be sent a later
 * moment, or none of them would be whole there. Null: not known; then each of them says why.
 */
async function newestMoment({ task, context }: Round): Promise<string | null> {
  const [subvolume] = task.subvolumes;
  const wanted = wantedBy(task, null);
  const source = await openSource(context.fleet, { subvolume, wanted }, context.signal);
  return source.ok ? (wantedOf(source.value).at(-1)?.name ?? null) : null;
}

async function sendMember(
  round: Round,
  { subvolume, moment }: Member,
  targets: readonly Target[],
): Promise<MemberSent> {
  const { fleet } = round.context;
  const known = fleet.journal.replicasOf(knownPath(fleet, subvolume));
  const request = requestFor(round.task, { subvolume, moment }, targets);
  const first = await send(round, request, known);
  const cleanups: CleanupReport[] = [];
  const roomy: Target[] = [];
  for (const target of targets) {
    const full = first.results.get(formatTarget(target))?.find((one) => one.fault?.code === 'no-space');
    if (full && (await makeRoom(round, subvolume, full, cleanups))) roomy.push(target);
  }
  if (roomy.length === 0) return memberOf(request, first, known, cleanups);
  const again = await send(round, { ...request, targets: roomy }, known);
  const results = new Map(first.results);
  for (const [target, more] of again.results) {
    // It told of nothing: that it had no room is still the last that is known.
    if (more.length === 0) continue;
    const good = (first.results.get(target) ?? []).filter(({ fault: why }) => why === null);
    results.set(target, [...good, ...more]);
  }
  return memberOf(request, { ...first, results }, known, cleanups);
}

type Sent = Pick<MemberSent, 'fault' | 'results'>;

function memberOf(
  request: ReplicationRequest,
  { fault, results }: Sent,
  known: readonly Replica[],
  cleanups: readonly CleanupReport[],
): MemberSent {
  const { subvolume } = request;
  const all = inOrder(request, [...results.values()].flat());
  return {
    subvolume,
    fault,
    results,
    began: beganAt(all, known),
    report: { subvolume, results: all },
    cleanups,
  };
}

const wantedBy = (task: Task, moment: string | null): Wanted => ({
  mode: 'catch-up',
  snapshot: moment,
  keep: task.retention,
  group: isGroup(task) ? task.subvolumes : null,
});

const requestFor = (
  task: Task,
  { subvolume, moment }: Member,
  targets: readonly Target[],
): ReplicationRequest => ({
  subvolume,
  targets,
  wanted: wantedBy(task, moment),
  options: task.options,
  into: task.into,
  absent: task.mode === 'sync' ? 'fail' : 'wait',
});

async function send(round: Round, request: ReplicationRequest, known: readonly Replica[]): Promise<Sent> {
  const { subvolume, targets } = request;
  round.note(`sending ${subvolume} to ${targets.map(formatTarget).join(', ')}`);
  const { report, job, unwritten } = await round.part(
    { kind: 'replication', ...request },
    firstTimes(round, subvolume, known),
  );
  // By the job and not by the report: it names the targets as the task does.
  const results = new Map(job.targets.map((one) => [one.target, one.results]));
  // Where the journal does not know how it ended, nobody can say that it went well.
  return { fault: report.kind === 'fault' ? report.fault : unwritten, results };
}

/** Says so when a target is sent everything because nothing is known to be there. */
function firstTimes({ task, note }: Round, subvolume: string, known: readonly Replica[]) {
  const told = new Set<string>();
  return (event: JobEvent): void => {
    if (event.type !== 'target' || event.progress.phase !== 'sending') return;
    const { target: label, progress } = event;
    if (progress.step.base !== null || told.has(label)) return;
    told.add(label);
    const target = task.targets.find((one) => formatTarget(one) === label);
    const isKnown = ({ server, mount }: Replica): boolean =>
      server === target?.server && (target.mount === null || mount === target.mount);
    if (!known.some(isKnown)) {
      note(`initializing ${label}: its first replica of ${subvolume} is sent in full`);
    }
  };
}

/** False: there was nothing to let go, or what was let go is not enough. */
async function makeRoom(
  round: Round,
  subvolume: string,
  { server, mount, estimatedBytes }: TargetResult,
  cleanups: CleanupReport[],
): Promise<boolean> {
  const { context, note } = round;
  if (round.task.retention === null || mount === null || context.signal.aborted) return false;
  const cleaned = await cleanDirectory(round, { subvolume, server, mount });
  if (!cleaned) return false;
  cleanups.push(cleaned);
  if (cleaned.deleted.length === 0) return false;
  note(`waiting for the room that what was deleted on ${server} gives back`);
  const full = await awaitRoom({ server, mount, uuid: null, payloadBytes: estimatedBytes }, context);
  return full === null && !context.signal.aborted;
}
