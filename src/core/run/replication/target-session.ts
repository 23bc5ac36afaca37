/**
 * Makes one target ready: connected, looked at, locked against everybody else, rid of what a broken run of ours
 * left, and planned. It sends nothing.
 */
import type { Host } from '../../hosts/port/host.ts';
import { type Fault, fault } from '../../model/fault.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import type { ReplicationPlan, ReplicationRequest } from '../../model/runs/replication.ts';
import { formatTarget, type Target } from '../../model/target.ts';
import { outlivedMarks, type TargetPlace } from '../../plan/catalog/target.ts';
import { planTarget, provingOf } from '../../plan/replication/target-plan.ts';
import type { DriverContext } from '../ground/driver.ts';
import { lookAt, type Seen, serverNamed } from '../ground/fleet.ts';
import { awaitDeletions, MOST_LOOKS, neverStill } from '../ground/pins.ts';
import { THOROUGH } from '../ground/prove.ts';
import { placeOnTarget } from './back.ts';
import { areBasesAsSeen } from './bases-as-seen.ts';
import { lockKey, lockTarget, type TargetLocks } from './lock-target.ts';
import { noteFound } from './note-found.ts';
import type { PinningContext } from './pins.ts';
import { choiceNote, proofChoice, proveBase, provenAt, unprovenStep } from './prove-base.ts';
import { barredAt } from './seed-source.ts';
import { type Looked, settle } from './settle-target.ts';
import { openSource, type Source } from './source.ts';

export interface TargetSession {
  /** The target as the request names it. */
  readonly label: string;
  readonly host: Host;
  readonly place: TargetPlace;
  /** The source's own mark: which one the replicas in this directory are of. Null: it is no directory of replicas. */
  readonly owner: string | null;
  /** Marks that this one takes the place of. */
  readonly outlived: readonly string[];
  /** Other managers are kept out of the directory. */
  readonly locked: boolean;
  readonly plan: ReplicationPlan;
  /** What it was planned from. */
  readonly source: Source;
  /** Moves before it was looked at. */
  readonly since: number;
  /** A partial was removed here, whose room may not be given back yet. */
  readonly freed: boolean;
  /** Aborted when the lock on the directory is lost. */
  readonly lost: AbortSignal;
  release(): Promise<void>;
}

/** A target that could not be made ready, with the mount if that much was known. */
export interface TargetRefusal {
  readonly fault: Fault;
  readonly mount: string | null;
}

/** What opening a target is given beside the run's own. */
export interface OpeningContext extends PinningContext {
  /** Which places this run has taken already, and for which target. */
  readonly claimed: Map<string, string>;
}

export type OpenedTarget = Result<TargetSession, TargetRefusal>;

/**
 * What its plan uses is pinned, and what it found there is not being deleted. Where other runs delete it, or did since it
 * was looked at, it is looked at and planned again.
 */
export async function openTarget(
  target: Target,
  request: ReplicationRequest,
  first: Promise<Result<Source>>,
  context: OpeningContext,
): Promise<OpenedTarget> {
  let source = first;
  let freed = false;
  let isProofTried = false;
  for (let looks = 1; ; looks += 1) {
    const opened = await openOnce(target, request, source, context);
    if (!opened.ok || opened.value.plan.kind === 'blocked') return opened;
    const { plan, label, place, since, source: from } = opened.value;
    const isFirst = !isProofTried;
    isProofTried = true;
    if (isFirst && (await isProvenFirst(opened.value, target, request, context))) {
      source = lookedAnew(request, context);
      await source;
      continue;
    }
    freed ||= opened.value.freed;
    const met = await context.pins.take(label, plan, { source: from, place, since });
    if (met.ok && met.value.length === 0) return ok({ ...opened.value, freed });
    await opened.value.release();
    unclaim(target, context);
    if (!met.ok) return refused(met.fault, place.mount);
    if (looks >= MOST_LOOKS) return refused(neverStill(label), place.mount);
    const { filesystem, server } = from.place;
    const serverOn = (uuid: string) => (uuid === filesystem.uuid ? server : target.server);
    const stuck = await awaitDeletions(met.value, serverOn, context);
    if (stuck) return refused(stuck, place.mount);
    source = lookedAnew(request, context);
    // It is waited for here, so that a journal that fails is told to whoever opens the target.
    await source;
  }
}

/** Others may work in its directory meanwhile: comparing takes long. True: it was tried, and all is to be looked at again. */
async function isProvenFirst(
  session: TargetSession,
  target: Target,
  request: ReplicationRequest,
  context: OpeningContext,
): Promise<boolean> {
  const step = unprovenStep(session.plan);
  const choice = await proofChoice(step, { ...session, request }, context.fleet, context.signal);
  if (!step || !choice) return false;
  context.emit({ type: 'note', message: `${session.label}: ${choiceNote(step, choice)}.` });
  if (!choice.proves) return false;
  await session.release();
  unclaim(target, context);
  await proveBase(step, choice, session, context);
  return true;
}

const lookedAnew = (
  request: ReplicationRequest,
  { fleet, signal }: OpeningContext,
): Promise<Result<Source>> => openSource(fleet, request, signal);

function unclaim(target: Target, { claimed }: OpeningContext): void {
  for (const [key, label] of claimed) if (label === formatTarget(target)) claimed.delete(key);
}

async function openOnce(
  target: Target,
  request: ReplicationRequest,
  source: Promise<Result<Source>>,
  context: OpeningContext,
  isFirst = true,
): Promise<OpenedTarget> {
  const server = serverNamed(context.fleet, target.server);
  if (!server.ok) return refused(server.fault);
  const seen = await lookAt(context.fleet, target.server, context.signal, THOROUGH);
  if (!seen.ok) return refused(seen.fault);
  const from = await source;
  if (!from.ok) return refused(from.fault);
  const { host, inventory, isHanded = false } = seen.value;
  const isOld = isHanded || from.value.isHanded === true;
  const again = async (freed = false): Promise<OpenedTarget> => {
    unclaim(target, context);
    const anew = from.value.isHanded ? lookedAnew(request, context) : source;
    await anew;
    const next = await openOnce(target, request, anew, context, isFirst && isOld);
    return next.ok ? ok({ ...next.value, freed: freed || next.value.freed }) : next;
  };
  const place = placeOnTarget(server.value, inventory, target, from.value, request);
  // What speaks against it may be over since another part of the round looked.
  if (!place.ok) return isOld ? again() : refused(place.fault);
  const key = lockKey(host, place.value);
  const twin = context.claimed.get(key);
  if (twin !== undefined) return refused(samePlace(target, twin), place.value.mount);
  context.claimed.set(key, formatTarget(target));
  const isFixed = request.into !== null || request.back !== undefined;
  const locked = await lockTarget(host, place.value, from.value, isFixed, context);
  if (!locked.ok)
    return isHanded && !OF_OTHERS.has(locked.fault.code) ? again() : refused(locked.fault, place.value.mount);
  const { locks } = locked.value;
  const at = { ...seen.value, place: locked.value.place };
  const session = await prepare(target, request, from.value, at, locks, context);
  const isSound =
    session.ok &&
    session.value.plan.kind !== 'blocked' &&
    (await areBasesAsSeen(session.value.plan, from.value, { ...session.value, isHanded }, context));
  // Somebody else may have begun there since it was looked at: of two, each gets a directory of its own.
  const isTaken = isFirst && !isFixed && session.ok && wasTaken(session.value.plan);
  const isRefused = isTaken || (isOld && !isSound);
  if (!session.ok || isRefused) await locks.release();
  return isRefused ? again(session.ok && session.value.freed) : session;
}

/** Why a directory was not locked that a new look would not mend. */
const OF_OTHERS: ReadonlySet<Fault['code']> = new Set(['locked', 'cancelled', 'stalled']);

const wasTaken = (plan: ReplicationPlan): boolean =>
  plan.kind === 'blocked' && plan.fault.code === 'directory-taken';

async function prepare(
  target: Target,
  request: ReplicationRequest,
  source: Source,
  seen: Seen & { readonly place: TargetPlace },
  locks: TargetLocks,
  context: DriverContext,
): Promise<OpenedTarget> {
  const settled = await settle(seen, locks, context);
  if (!settled.ok) return refused(settled.fault, seen.place.mount);
  const { place, freed } = settled.value;
  const { journal, clock } = context.fleet;
  const barred = barredAt(journal, request, source, place);
  const proven = provenAt(journal, source, place);
  const plan = planTarget(request.wanted, source, { ...settled.value, barred, proven }, clock.now());
  if (plan.kind !== 'blocked') noteFound(source, settled.value, seen.moves, context);
  return ok({
    label: formatTarget(target),
    host: seen.host,
    place,
    owner: source.owners?.own ?? null,
    outlived: outlivedOf(source, settled.value),
    locked: locks.held,
    plan,
    source,
    since: seen.moves,
    freed,
    lost: locks.lost,
    release: locks.release,
  });
}

const outlivedOf = (source: Source, { place: { filesystem, directory }, replicas }: Looked): string[] =>
  source.owners ? outlivedMarks(filesystem, directory, source.owners, replicas, provingOf(source)) : [];

const samePlace = (target: Target, twin: string): Fault =>
  fault(
    'usage',
    `${formatTarget(target)} is the same place as ${twin}.`,
    'Name every target once; it was sent to once.',
    { server: target.server },
  );

const refused = (why: Fault, mount: string | null = null): OpenedTarget => failed({ fault: why, mount });
