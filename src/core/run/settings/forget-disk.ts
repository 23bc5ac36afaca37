/**
 * Forgets what is remembered of a disk that will not come back, so that no base is kept for it any more. It touches
 * nothing on any server, and only a person can say that a disk in a drawer is gone for good.
 */
import { type Fault, fault } from '../../model/fault.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import type { ReplicaPlace } from '../../state/journal/replicas.ts';
import { type Fleet, serverNamed } from '../ground/fleet.ts';

/** The word for replicas of which it was not noted on which filesystem they are. */
export const UNKNOWN_DISK = 'unknown';

export interface RememberedDisk {
  readonly server: string;
  /** Uuid of its filesystem; null: not known. */
  readonly filesystem: string | null;
  /** Where it was mounted when replicas were sent to it. */
  readonly mounts: readonly string[];
  readonly replicas: number;
  /** When one of them was last seen, ISO 8601 UTC. */
  readonly seenAt: string;
}

/** `filesystem`: its uuid, in whatever case, or `unknown`: all of which none was noted, which may be several disks. Faults: no-such-server, refused (it is mounted), usage (nothing is remembered of it). */
export function rememberedDisk(fleet: Fleet, name: string, filesystem: string): Result<RememberedDisk> {
  const server = serverNamed(fleet, name);
  if (!server.ok) return server;
  const uuid = filesystem.toLowerCase() === UNKNOWN_DISK ? null : filesystem.toLowerCase();
  const mounted = fleet.journal.lastInventory(name)?.filesystems.find((one) => one.uuid === uuid);
  if (mounted) return failed(isMounted(name, filesystem, mounted.mount));
  const all = fleet.journal.replicaPlaces(name);
  const places = all.filter((place) => place.filesystem === uuid);
  const seenAt = places
    .map((place) => place.seenAt)
    .toSorted()
    .at(-1);
  if (seenAt === undefined) return failed(notRemembered(name, filesystem, all));
  return ok({
    server: name,
    filesystem: uuid,
    mounts: places.map(({ mount }) => mount),
    replicas: places.reduce((sum, place) => sum + place.replicas, 0),
    seenAt,
  });
}

/** As `rememberedDisk`; what it gave is forgotten. */
export function forgetDisk(fleet: Fleet, name: string, filesystem: string): Result<RememberedDisk> {
  const disk = rememberedDisk(fleet, name, filesystem);
  if (disk.ok) fleet.journal.forgetFilesystem(name, disk.value.filesystem);
  return disk;
}

const isMounted = (server: string, filesystem: string, mount: string): Fault =>
  fault(
    'refused',
    `The disk ${filesystem} was mounted at ${mount} when ${server} was last looked at.`,
    `Only a disk that is away can be forgotten. If it is away by now: "btrfleet server check ${server}", then try again.`,
    { server },
  );

function notRemembered(server: string, filesystem: string, all: readonly ReplicaPlace[]): Fault {
  const there = all.map(({ filesystem: uuid, mount }) => `${uuid ?? UNKNOWN_DISK} (${mount})`).join(', ');
  return fault(
    'usage',
    `No replica is remembered on a disk ${filesystem} of ${server}.`,
    all.length === 0 ? `None is remembered on ${server} at all.` : `Remembered on ${server}: ${there}.`,
    { server },
  );
}
