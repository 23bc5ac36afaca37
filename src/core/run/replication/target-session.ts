/**
 * Makes one target ready: connected, looked at, locked against everybody else, rid of what a broken run of ours
 * left, and planned. It sends nothing.
 */
import type { Host } from '../../hosts/port/host.ts';
import { type Fault, fault } from '../../model/fault.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import type { ReplicationPlan, ReplicationRequest } from '../../model/runs/replication.ts';
import { parentDirectory, type Snapshot } from '../../model/snapshot.ts';
import { formatTarget, type Target } from '../../model/target.ts';
import { snapshotsIn } from '../../plan/catalog/catalog.ts';
import { outlivedMarks, type TargetPlace } from '../../plan/catalog/target.ts';
import { planTarget } from '../../plan/replication/target-plan.ts';
import type { DriverContext } from '../ground/driver.ts';
import { lookAt, type Seen, serverNamed, takeInventory } from '../ground/fleet.ts';
import { awaitDeletions, MOST_LOOKS, neverStill } from '../ground/pins.ts';
import { THOROUGH } from '../ground/prove.ts';
import { placeOnTarget } from './back.ts';
import { lockKey, lockTarget, type TargetLocks } from './lock-target.ts';
import { noteFound } from './note-found.ts';
import { removeMark, removePartial, unmark } from './partial.ts';
import type { PinningContext } from './pins.ts';
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
  for (let looks = 1; ; looks += 1) {
    const opened = await openOnce(target, request, source, context);
    const from = await source;
    if (!opened.ok || !from.ok || opened.value.plan.kind === 'blocked') return opened;
    const { plan, label, place, since } = opened.value;
    freed ||= opened.value.freed;
    const met = await context.pins.take(label, plan, { source: from.value, place, since });
    if (met.ok && met.value.length === 0) return ok({ ...opened.value, freed });
    await opened.value.release();
    unclaim(target, context);
    if (!met.ok) return refused(met.fault, place.mount);
    if (looks >= MOST_LOOKS) return refused(neverStill(label), place.mount);
    const { filesystem, server } = from.value.place;
    const serverOn = (uuid: string) => (uuid === filesystem.uuid ? server : target.server);
    const stuck = await awaitDeletions(met.value, serverOn, context);
    if (stuck) return refused(stuck, place.mount);
    // It is waited for here, so that a journal that fails is told to whoever opens the target.
    source = Promise.resolve(await openSource(context.fleet, request, context.signal));
  }
}

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
  const { host, inventory } = seen.value;
  const place = placeOnTarget(server.value, inventory, target, from.value, request);
  if (!place.ok) return refused(place.fault);
  const key = lockKey(host, place.value);
  const twin = context.claimed.get(key);
  if (twin !== undefined) return refused(samePlace(target, twin), place.value.mount);
  context.claimed.set(key, formatTarget(target));
  const isFixed = request.into !== null || request.back !== undefined;
  const locked = await lockTarget(host, place.value, from.value, isFixed, context);
  if (!locked.ok) return refused(locked.fault, place.value.mount);
  const { locks } = locked.value;
  const session = await prepare(
    target,
    request,
    from.value,
    { ...seen.value, place: locked.value.place },
    locks,
    context,
  );
  const isTaken = isFirst && !isFixed && session.ok && wasTaken(session.value.plan);
  if (!session.ok || isTaken) await locks.release();
  if (!isTaken) return session;
  // Somebody else began there since it was looked at: of two, each gets a directory of its own.
  unclaim(target, context);
  return openOnce(target, request, source, context, false);
}

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
  const barred = journal.failingBases(source.place.path, place);
  const plan = planTarget(request.wanted, source, { ...settled.value, barred }, clock.now());
  if (plan.kind !== 'blocked') noteFound(source, settled.value, seen.moves, context);
  return ok({
    label: formatTarget(target),
    host: seen.host,
    place,
    owner: source.owners?.own ?? null,
    outlived: outlivedOf(source, settled.value),
    locked: locks.held,
    plan,
    since: seen.moves,
    freed,
    lost: locks.lost,
    release: locks.release,
  });
}

const outlivedOf = ({ owners, snapshots }: Source, { place, replicas }: Looked): string[] =>
  owners ? outlivedMarks(place.filesystem, place.directory, owners, replicas, snapshots) : [];

interface Looked {
  readonly place: TargetPlace;
  readonly replicas: readonly Snapshot[];
}

interface Settled extends Looked {
  readonly freed: boolean;
  /** What lies there and is no replica. */
  readonly otherNames: ReadonlySet<string>;
}

/**
 * The directory as it is now that nobody else works in it: looked at again if it changed before it was locked,
 * without the partials of runs of ours that broke.
 */
async function settle(
  seen: { readonly host: Host; readonly place: TargetPlace },
  locks: TargetLocks,
  context: DriverContext,
): Promise<Result<Settled>> {
  const first = readDirectory(seen.place, context);
  if (!first.ok) return first;
  // What was being received while it was looked at, by somebody who had the lock, is something else by now.
  const isSettled = first.value.every(
    ({ state, doubt }) => state !== 'partial' && state !== 'modified' && doubt !== 'unchecked',
  );
  const same = isSettled && (locks.names === null || hasNames(locks.names, first.value));
  const now = same ? ok({ place: seen.place, replicas: first.value }) : await lookAgain(seen, context);
  if (!now.ok) return now;
  const stale = stalePartials(now.value, locks, context);
  await dropStaleMarks(seen.host, now.value, stale, locks, context);
  for (const { path } of stale) {
    const { journal } = context.fleet;
    const left = await removePartial({ ...now.value.place, host: seen.host, path, journal });
    if (left) return failed(left);
  }
  const settled = stale.length === 0 ? now : await lookAgain(seen, context);
  if (!settled.ok) return settled;
  const known = new Set([...stale, ...settled.value.replicas].map(({ name }) => name));
  const otherNames = new Set([...(locks.names ?? [])].filter((name) => !known.has(name)));
  return ok({ ...settled.value, otherNames, freed: stale.length > 0 });
}

const hasNames = (names: ReadonlySet<string>, replicas: readonly Snapshot[]): boolean =>
  names.size === replicas.length && replicas.every(({ name }) => names.has(name));

/**
 * Without the kernel's lock a mark on the target may be another manager's, at work this moment: only what our own
 * journal names is surely nobody's any more.
 */
function stalePartials(
  { place, replicas }: Looked,
  { held }: TargetLocks,
  { fleet }: DriverContext,
): Snapshot[] {
  const noted = fleet.journal.receivingPaths(place.server);
  return replicas.filter(({ state, path }) => state === 'partial' && (held || noted.has(path)));
}

/**
 * Marks of receives that are over: of what turned out whole, and of what was never made. Left lying, they would call
 * ours what somebody makes there later.
 */
async function dropStaleMarks(
  host: Host,
  { place, replicas }: Looked,
  stale: readonly Snapshot[],
  { held }: TargetLocks,
  { fleet }: DriverContext,
): Promise<void> {
  const noted = fleet.journal.receivingPaths(place.server);
  const there = new Set(place.filesystem.receiving);
  const marked = new Set(held ? [...there, ...noted] : noted);
  for (const path of marked) {
    const isHere = parentDirectory(path) === place.directory;
    const isStale = stale.some((partial) => partial.path === path);
    const isPartial = replicas.some((replica) => replica.path === path && replica.state === 'partial');
    if (!isHere || isStale || isPartial) continue;
    const partial = { ...place, host, path, journal: fleet.journal };
    // A receive that outlived its end may be about to make it: the next look, which finds no mark, knows it by our row.
    if (held && there.has(path)) await removeMark(partial);
    else await unmark(partial);
  }
}

async function lookAgain(
  { host, place }: { readonly host: Host; readonly place: TargetPlace },
  context: DriverContext,
): Promise<Result<Looked>> {
  const inventory = await takeInventory(context.fleet, host, context.signal, THOROUGH);
  if (!inventory.ok) return inventory;
  const filesystem = inventory.value.filesystems.find((one) => one.uuid === place.filesystem.uuid);
  if (!filesystem) {
    return failed(
      fault(
        'not-mounted',
        `${place.mount} on ${place.server} went away while it was being prepared.`,
        'Is the disk still plugged in and mounted?',
        { server: place.server },
      ),
    );
  }
  const now = { ...place, filesystem };
  const replicas = readDirectory(now, context);
  return replicas.ok ? ok({ place: now, replicas: replicas.value }) : replicas;
}

/** A partial is ours when its mark on the target says so, or our journal. */
const readDirectory = (place: TargetPlace, { fleet }: DriverContext): Result<Snapshot[]> =>
  snapshotsIn(place.filesystem, place.directory, fleet.journal.receivingPaths(place.server));

const samePlace = (target: Target, twin: string): Fault =>
  fault(
    'usage',
    `${formatTarget(target)} is the same place as ${twin}.`,
    'Name every target once; it was sent to once.',
    { server: target.server },
  );

const refused = (why: Fault, mount: string | null = null): OpenedTarget => failed({ fault: why, mount });
