/**
 * Settles what a target's directory holds now that it is locked: it is looked at again where it may have changed since, and
 * what broken runs of ours left is removed. It deletes only what the look after the lock shows as a partial of ours.
 */
import type { Host } from '../../hosts/port/host.ts';
import { fault } from '../../model/fault.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import { parentDirectory, type Snapshot } from '../../model/snapshot.ts';
import { snapshotsIn } from '../../plan/catalog/catalog.ts';
import type { TargetPlace } from '../../plan/catalog/target.ts';
import type { Journal } from '../../state/journal/journal.ts';
import type { DriverContext } from '../ground/driver.ts';
import { type Seen, takeInventory } from '../ground/fleet.ts';
import { THOROUGH } from '../ground/prove.ts';
import type { TargetLocks } from './lock-target.ts';
import { removeMark, removePartial, unmark } from './partial.ts';

export interface Looked {
  readonly place: TargetPlace;
  /** When that look was begun, ISO 8601 UTC. */
  readonly takenAt: string;
  readonly replicas: readonly Snapshot[];
}

export interface Settled extends Looked {
  readonly freed: boolean;
  /** What lies there and is no replica. */
  readonly otherNames: ReadonlySet<string>;
}

/**
 * The directory as it is now that nobody else works in it: looked at again if it changed before it was locked,
 * without the partials of runs of ours that broke.
 */
export async function settle(
  seen: Seen & { readonly place: TargetPlace },
  locks: TargetLocks,
  context: DriverContext,
): Promise<Result<Settled>> {
  const first = readDirectory(seen.place, context);
  if (!first.ok) return first;
  // What was being received while it was looked at, by somebody who had the lock, is something else by now.
  const isSettled = first.value.every(
    ({ state, doubt }) => state !== 'partial' && state !== 'modified' && doubt !== 'unchecked',
  );
  const { place, inventory } = seen;
  const same = isSettled && isAsSeen(seen, locks, first.value, context);
  const now = same
    ? ok({ place, takenAt: inventory.takenAt, replicas: first.value })
    : await lookAgain(seen, context);
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

/**
 * A look that was handed on is older than what others did before they gave the lock to us, and than a disk that took the
 * place of another: names may be the same on both.
 */
function isAsSeen(
  { place, isHanded }: { readonly place: TargetPlace } & Pick<Seen, 'isHanded'>,
  { names, waited }: TargetLocks,
  replicas: readonly Snapshot[],
  { fleet }: DriverContext,
): boolean {
  if (names === null) return !isHanded;
  if (isHanded && (waited || disksTakeTurns(place, fleet.journal))) return false;
  return hasNames(names, replicas);
}

const disksTakeTurns = ({ server, mount, filesystem }: TargetPlace, journal: Journal): boolean =>
  journal
    .replicaPlaces(server)
    .some((one) => one.mount === mount && one.filesystem !== null && one.filesystem !== filesystem.uuid);

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
  const { takenAt } = inventory.value;
  return replicas.ok ? ok({ place: now, takenAt, replicas: replicas.value }) : replicas;
}

/** A partial is ours when its mark on the target says so, or our journal. */
const readDirectory = (place: TargetPlace, { fleet }: DriverContext): Result<Snapshot[]> =>
  snapshotsIn(place.filesystem, place.directory, fleet.journal.receivingPaths(place.server));
