/**
 * The sending part of a round: one replication for each member, with all targets in it. To a target without
 * room it is sent once more, if the task's own rules make some there.
 */

import { isGroup, type Task } from '../../model/automation/task.ts';
import type { Fault, FaultCode } from '../../model/fault.ts';
import { ok } from '../../model/result.ts';
import type { CleanupReport } from '../../model/runs/cleanup.ts';
import type { JobEvent } from '../../model/runs/job.ts';
import { inOrder, type ReplicationReport, type ReplicationRequest } from '../../model/runs/replication.ts';
import type { TargetResult } from '../../model/runs/target-result.ts';
import { formatTarget, type Target } from '../../model/target.ts';
import { beganAt, cameThrough, isFault, type MemberOutcome } from '../../plan/automation/round.ts';
import type { Replica } from '../../state/journal/replica.ts';
import { fewAtOnce } from '../ground/few-at-once.ts';
import { asLongAsTheFirst, readyTogether } from '../ground/ready-together.ts';
import { knownPath } from '../looks/settle-subvolumes.ts';
import { newestMoment, wantedBy } from './moment.ts';
import { type MakeRoom, roomMaker } from './room.ts';
import type { Round } from './round.ts';

/** Members of a group that are sent at once. */
const MEMBERS = 2;

/** What became of one member, everywhere. */
export interface MemberSent {
  /** Some target got its first replica of it. */
  readonly began: boolean;
  readonly report: ReplicationReport;
  /** What was let go to make room for it. */
  readonly cleanups: readonly CleanupReport[];
}

export interface Sendings {
  /** What became of all members on that target, as soon as it is known. */
  to(target: Target): Promise<readonly MemberOutcome[]>;
  /** When all of them are done everywhere, in the order of the task. */
  readonly members: Promise<readonly MemberSent[]>;
}

interface MemberSending {
  readonly ends: ReadonlyMap<Target, Promise<MemberOutcome['ended']>>;
  readonly done: Promise<MemberSent>;
}

/** How long others are waited for once the first target is done with a member, until the next one is begun beside it. */
const PATIENCE = { least: 3_000, most: 30_000 };

/** Members that are sent to one target at once, with those that are waited for there. */
const MOST_OPEN = 4;

/** That target waits for the next member: it has this one, or takes others though not this one. */
const isDoneWith = (end: MemberOutcome['ended']): boolean =>
  !isFault(end) &&
  (cameThrough(end) || end.some(({ fault: why }) => why !== null && OF_MEMBER.has(why.code)));

/** What is wrong with one member there, and with no other. */
const OF_MEMBER: ReadonlySet<FaultCode> = new Set([
  'directory-taken',
  'name-taken',
  'no-base',
  'replica-modified',
  'unsafe-path',
]);

export function sendMembers(round: Round, targets: readonly Target[]): Sendings {
  const { subvolumes } = round.task;
  if (targets.length === 0) return { to: async () => [], members: Promise.resolve([]) };
  const begun = subvolumes.map(() => Promise.withResolvers<MemberSending>());
  const sendAll = async (): Promise<void> => {
    const moment = isGroup(round.task) ? await newestMoment(round) : ok(null);
    const makeRoom = roomMaker(round);
    const places = placesOn(targets);
    await fewAtOnce([...subvolumes.entries()], MEMBERS, async ([index, subvolume]) => {
      const patience = asLongAsTheFirst(round.context.fleet.clock, PATIENCE);
      const send = (some: readonly Target[]): MemberSending =>
        moment.ok
          ? sendMember(round, { subvolume, moment: moment.value, makeRoom }, some)
          : unsent(subvolume, some, moment.fault);
      const { sending, now } = sendWhereThereIsAPlace(subvolume, targets, places, send);
      begun[index]?.resolve(sending);
      await readyTogether(await now, patience, isDoneWith);
    });
  };
  sendAll().catch((error: unknown) => {
    for (const { reject } of begun) reject(error);
  });
  const to = async (target: Target): Promise<readonly MemberOutcome[]> =>
    Promise.all(
      begun.map(async ({ promise }, index) => ({
        subvolume: subvolumes[index] ?? '',
        ended: (await (await promise).ends.get(target)) ?? [],
      })),
    );
  return { to, members: Promise.all(begun.map(async ({ promise }) => (await promise).done)) };
}

/** On each target, what is being sent to it. */
type Places = ReadonlyMap<Target, Set<Promise<unknown>>>;

const placesOn = (targets: readonly Target[]): Places =>
  new Map(targets.map((target) => [target, new Set()]));

/**
 * A target that as many members wait for as may gets this one when it is done with one of them: it may hang, and the others
 * have theirs now. `now`: what is being sent, once there is anything.
 */
function sendWhereThereIsAPlace(
  subvolume: string,
  targets: readonly Target[],
  places: Places,
  send: (some: readonly Target[]) => MemberSending,
): { readonly sending: MemberSending; readonly now: Promise<MemberSending['ends']> } {
  const sendNow = (some: readonly Target[]): MemberSending => {
    const begun = send(some);
    for (const [target, end] of begun.ends) {
      const at = places.get(target);
      const over = Promise.allSettled([end]);
      at?.add(over);
      void over.then(() => at?.delete(over));
    }
    return begun;
  };
  const isFree = (target: Target): boolean => (places.get(target)?.size ?? 0) < MOST_OPEN;
  const sendLater = async (target: Target): Promise<MemberSending> => {
    while (!isFree(target)) await Promise.race(places.get(target) ?? []);
    return sendNow([target]);
  };
  const free = targets.filter(isFree);
  const first = free.length === 0 ? null : Promise.resolve(sendNow(free));
  const begun = new Map(
    targets.map((target) => [target, first && free.includes(target) ? first : sendLater(target)]),
  );
  const parts = new Set(begun.values());
  const ends = new Map(
    targets.map((target) => {
      const end = async () => (await (await begun.get(target))?.ends.get(target)) ?? [];
      return [target, end()];
    }),
  );
  // Whoever waits for them is told; nobody may wait yet.
  for (const one of [...parts, ...ends.values()]) one.catch(() => {});
  const now = Promise.race(parts).then((one) => one.ends);
  return { sending: { ends, done: joined(subvolume, targets, [...parts]) }, now };
}

async function joined(
  subvolume: string,
  targets: readonly Target[],
  parts: readonly Promise<MemberSending>[],
): Promise<MemberSent> {
  const sent = await Promise.all(parts.map(async (one) => (await one).done));
  return {
    began: sent.some(({ began }) => began),
    report: {
      subvolume,
      results: inOrder(
        { targets },
        sent.flatMap(({ report }) => report.results),
      ),
    },
    cleanups: sent.flatMap(({ cleanups }) => cleanups),
  };
}

interface Member {
  readonly subvolume: string;
  readonly moment: string | null;
  readonly makeRoom: MakeRoom;
}

function unsent(subvolume: string, targets: readonly Target[], why: Fault): MemberSending {
  const sent = { began: false, report: { subvolume, results: [] }, cleanups: [] };
  return {
    ends: new Map(targets.map((target) => [target, Promise.resolve(why)])),
    done: Promise.resolve(sent),
  };
}

function sendMember(
  round: Round,
  { subvolume, moment, makeRoom }: Member,
  targets: readonly Target[],
): MemberSending {
  const { fleet } = round.context;
  const known = fleet.journal.replicasOf(knownPath(fleet, subvolume));
  const request = requestFor(round.task, { subvolume, moment }, targets);
  const first = send(round, request, known);
  const cleanups: CleanupReport[] = [];
  const bring = async (target: Target): Promise<MemberOutcome['ended']> => {
    const results = await first.endOn(target);
    // One that names no server is about this machine's own disk, and nothing on the target makes room there.
    const full = isFault(results)
      ? undefined
      : results.find((one) => one.fault?.code === 'no-space' && one.fault.server !== null);
    if (isFault(results) || !full) return results;
    const made = await makeRoom(full);
    cleanups.push(...made.cleanups);
    if (!made.hasRoom) return results;
    const again = await send(round, { ...request, targets: [target] }, known).endOn(target);
    // It told of nothing: that it had no room is still the last that is known.
    if (isFault(again) || again.length === 0) return results;
    return [...results.filter(({ fault: why }) => why === null), ...again];
  };
  const ends = new Map(targets.map((target) => [target, bring(target)]));
  const gather = async (): Promise<MemberSent> => {
    const told = await Promise.all(
      [...ends].map(async ([target, end]) => {
        const results = await end;
        return isFault(results) ? (first.told.get(formatTarget(target)) ?? []) : results;
      }),
    );
    const all = inOrder(request, told.flat());
    return { began: beganAt(all, known), report: { subvolume, results: all }, cleanups };
  };
  return { ends, done: gather() };
}

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

/** One replication: how it ended at each target, as the task names it, which may be before all of it has ended. */
interface Sent {
  readonly endOn: (target: Target) => Promise<MemberOutcome['ended']>;
  /** All that was told so far. By the events and not by the report: they name the targets as the task does. */
  readonly told: ReadonlyMap<string, readonly TargetResult[]>;
}

function send(round: Round, request: ReplicationRequest, known: readonly Replica[]): Sent {
  const { subvolume, targets } = request;
  const labels = targets.map(formatTarget);
  round.note(`sending ${subvolume} to ${labels.join(', ')}`);
  const told = new Map(labels.map((label): [string, TargetResult[]] => [label, []]));
  const ends = new Map(labels.map((label) => [label, Promise.withResolvers<MemberOutcome['ended']>()]));
  const tellFirst = firstTimes(round, subvolume, known);
  const onEvent = (event: JobEvent): void => {
    tellFirst(event);
    if (event.type === 'result') {
      told.get(event.target)?.push(event.result);
      round.looks.sent(event.result);
    }
    const isOver = event.type === 'target' && event.progress.phase === 'finished';
    if (isOver) ends.get(event.target)?.resolve(told.get(event.target) ?? []);
  };
  const sending = async (): Promise<void> => {
    const { report, unwritten } = await round.part(
      { kind: 'replication', ...request },
      { look: round.looks.forPart(), onEvent },
    );
    // Where the journal does not know how it ended, nobody can say that it went well.
    const why = report.kind === 'fault' ? report.fault : unwritten;
    for (const [label, end] of ends) end.resolve(why ?? told.get(label) ?? []);
  };
  sending().catch((error: unknown) => {
    for (const end of ends.values()) end.reject(error);
  });
  return { endOn: async (target) => (await ends.get(formatTarget(target))?.promise) ?? [], told };
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
