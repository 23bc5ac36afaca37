/** Takes the locks on the directory of a target: first the journal's (between processes here), then the kernel's (between managers). */
import { receivingMark } from '../../btrfs/ask/marks.ts';
import type { Host } from '../../hosts/port/host.ts';
import { ok, type Result } from '../../model/result.ts';
import { joinPath, parentDirectory } from '../../model/snapshot.ts';
import { insidePath } from '../../plan/catalog/catalog.ts';
import { ownDirectory, type SourceMarks, type TargetPlace } from '../../plan/catalog/target.ts';
import type { DriverContext } from '../ground/driver.ts';
import { takeLocks } from '../ground/take-locks.ts';
import { type LockPlace, lockDirectory } from './directory-lock.ts';
import type { Source } from './source.ts';

export interface TargetLocks {
  /** Other managers are kept out too. */
  readonly held: boolean;
  /** What lay in the directory the moment it was locked; null when nobody could read it. */
  readonly names: ReadonlySet<string> | null;
  /** Others may have had it before, or the journal could not give it: what was seen before that is old. */
  readonly waited: boolean;
  readonly lost: AbortSignal;
  release(): Promise<void>;
}

/**
 * The directory by its filesystem and the path in it, so that two mounts, or two names of one address, are one; with
 * the address, as machines made from one image have filesystems with one uuid.
 */
export const lockKey = ({ server }: Host, { filesystem, directory }: TargetPlace): string =>
  `replicate ${server.host}:${server.port} ${filesystem.uuid} ${insidePath(filesystem, directory) ?? directory}`;

export interface LockedTarget {
  readonly place: TargetPlace;
  readonly locks: TargetLocks;
}

/**
 * Where another subvolume is being sent to that directory for the first time, nothing of it is to be seen there yet: then
 * this one goes to a directory of its own at once. `isFixed`: there is no other.
 */
export async function lockTarget(
  host: Host,
  place: TargetPlace,
  source: Source,
  isFixed: boolean,
  context: DriverContext,
): Promise<Result<LockedTarget>> {
  const { journal, isAlive } = context.fleet;
  const sent = { path: source.place.path, owners: source.owners };
  const locks = await lockBoth(host, place, sent, context);
  if (locks.ok) return ok({ place, locks: locks.value });
  const holder = journal.lockHolder(lockKey(host, place), isAlive);
  const own = ownDirectory(place, source.place);
  const isOthers = holder !== null && !holder.what.startsWith(replicationOf(source.place.path));
  if (locks.fault.code !== 'locked' || isFixed || !isOthers || own === place.directory) return locks;
  const beside = { ...place, directory: own };
  const again = await lockBoth(host, beside, sent, context);
  return again.ok ? ok({ place: beside, locks: again.value }) : again;
}

/** Milliseconds in which a lock is given that nobody has. */
const AT_ONCE = 1000;

const replicationOf = (path: string): string => `replication of ${path} to `;

/** Where what is received into that directory is marked. */
const marksBeside = ({ mount, directory }: TargetPlace): LockPlace => ({
  mount,
  directory: parentDirectory(receivingMark(mount, joinPath(directory, 'any'))),
});

/** Of what is sent: its path, and its marks, as `SourceState` has them. */
interface Sent {
  readonly path: string;
  readonly owners: SourceMarks | null;
}

/** Faults: locked, and what the server says of the directory. */
export async function lockBoth(
  host: Host,
  place: TargetPlace,
  source: Sent,
  context: DriverContext,
): Promise<Result<TargetLocks>> {
  const what = `${replicationOf(source.path)}${place.server}:${place.mount}`;
  const { fleet, signal, emit } = context;
  const asked = fleet.clock.now();
  const mine = await takeLocks(context, [lockKey(host, place)], what);
  if (!mine.ok) return mine;
  // In the directory of its own snapshots whoever makes one takes that lock, and waits for no transfer.
  const isOwn = source.owners === null;
  const at = isOwn ? marksBeside(place) : place;
  const kernel = await lockDirectory(host, at, fleet.nonce(), signal);
  if (!kernel.ok) {
    mine.value.release();
    return kernel;
  }
  if (!kernel.value.held) {
    emit({
      type: 'note',
      message: `${place.directory} on ${place.server} could not be locked against other managers.`,
    });
  }
  return ok({
    held: kernel.value.held,
    names: isOwn ? null : kernel.value.names,
    waited: Math.abs(fleet.clock.now() - asked) > AT_ONCE,
    lost: kernel.value.lost,
    release: async () => {
      await kernel.value.release();
      mine.value.release();
    },
  });
}
