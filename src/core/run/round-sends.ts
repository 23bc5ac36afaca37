/**
 * The sending part of a round: one replication for each member, with all targets in it. To a target without
 * room it is sent once more, if the task's own rules make some there.
 */
import type { Fault } from '../model/fault.ts';
import type { JobEvent } from '../model/job.ts';
import type { ReplicationReport, ReplicationRequest, TargetResult, Wanted } from '../model/replication.ts';
import { ok, type Result } from '../model/result.ts';
import type { CleanupReport } from '../model/run.ts';
import { formatTarget, type Target } from '../model/target.ts';
import { isGroup, type Task } from '../model/task.ts';
import { wantedOf } from '../plan/catch-up.ts';
import { beganAt } from '../plan/round.ts';
import type { Replica } from '../state/journal-replicas.ts';
import { lookPastDeletions } from './deletion.ts';
import { fewAtOnce } from './few-at-once.ts';
import { inOrder } from './result-order.ts';
import type { Round } from './round.ts';
import { type MakeRoom, roomMaker } from './round-room.ts';
import { knownPath } from './settle-subvolumes.ts';
import { openSource } from './source.ts';

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
  const moment = isGroup(round.task) ? await newestMoment(round) : ok(null);
  if (!moment.ok) return subvolumes.map((subvolume) => unsent(subvolume, moment.fault));
  const makeRoom = roomMaker(round);
  return fewAtOnce(subvolumes, MEMBERS, (subvolume) =>
    sendMember(round, { subvolume, moment: moment.value, makeRoom }, targets),
  );
}

interface Member {
  readonly subvolume: string;
  readonly moment: string | null;
  readonly makeRoom: MakeRoom;
}

/**
 * What a round brings of every member of a group: one that is sent later than the others must not be sent a later
 * moment, or none of them would be whole there. So no clean-up may let go of any while it is chosen, and that one not
 * until it was sent. Null: there is none, which each of them says.
 */
async function newestMoment({ task, context }: Round): Promise<Result<string | null>> {
  const { subvolumes } = task;
  const say = (snapshot: string | null): void =>
    context.emit({ type: 'moment', moment: { subvolumes, snapshot } });
  say(null);
  const request = { subvolume: subvolumes[0], wanted: wantedBy(task, null) };
  const source = await openSource(context.fleet, request, (server, chosenFrom) =>
    lookPastDeletions(context, server, chosenFrom),
  );
  if (!source.ok) return source;
  const snapshot = wantedOf(source.value).at(-1)?.name ?? null;
  say(snapshot);
  return ok(snapshot);
}

const unsent = (subvolume: string, why: Fault): MemberSent => ({
  subvolume,
  fault: why,
  results: new Map(),
  began: false,
  report: { subvolume, results: [] },
  cleanups: [],
});

async function sendMember(
  round: Round,
  { subvolume, moment, makeRoom }: Member,
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
    if (!full) continue;
    const made = await makeRoom(full);
    cleanups.push(...made.cleanups);
    if (made.hasRoom) roomy.push(target);
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
  { subvolume, moment }: Pick<Member, 'subvolume' | 'moment'>,
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
