/** Decides which filesystem and directory a target means, and whether the replicas of a subvolume may go there. */
import { type Fault, fault } from '../model/fault.ts';
import type { Filesystem, Inventory } from '../model/inventory.ts';
import { failed, ok, type Result } from '../model/result.ts';
import type { Server } from '../model/server.ts';
import { pathBelow, type Snapshot, snapshotDirectory } from '../model/snapshot.ts';
import type { Place } from './catalog.ts';

export interface TargetPlace {
  readonly server: string;
  readonly filesystem: Filesystem;
  readonly mount: string;
  /** Absolute directory the replicas go to. */
  readonly directory: string;
}

/**
 * The filesystem a target means: the mount it names, else the server's default, else the only one there is.
 * A named mount must be one: a disk that is not there must not become a directory on the disk below it.
 * `into`: the directory below `.snapshots` there; null: the usual one.
 */
export function resolveTarget(
  server: Server,
  inventory: Inventory,
  mount: string | null,
  source: Place,
  into: string | null = null,
): Result<TargetPlace> {
  const found = findMount(server, inventory, mount ?? server.defaultMount);
  if (!found.ok) return found;
  const { filesystem, path } = found.value;
  const readOnly = filesystem.mounts.find((one) => one.path === path)?.readOnly ?? false;
  if (readOnly) return failed(mountedReadOnly(server.name, path));
  if (source.server === server.name && source.filesystem.uuid === filesystem.uuid) {
    return failed(sameFilesystem(server.name, path));
  }
  const directory = snapshotDirectory(path, into ?? source.replicaBelow);
  const other = mountInTheWay(inventory, filesystem, directory);
  if (other !== null) return failed(otherFilesystem(server.name, path, other));
  return ok({ server: server.name, filesystem, mount: path, directory });
}

/** Another filesystem's mount that a path leads into: what is received there would be looked for here. */
function mountInTheWay(inventory: Inventory, filesystem: Filesystem, path: string): string | null {
  const above = inventory.filesystems
    .flatMap(({ uuid, mounts }) => mounts.map((mount) => ({ uuid, mount: mount.path })))
    .filter(({ mount }) => pathBelow(mount, path) !== null);
  const longest = Math.max(...above.map(({ mount }) => mount.length));
  const nearest = above.filter(({ mount }) => mount.length === longest);
  if (nearest.some(({ uuid }) => uuid === filesystem.uuid)) return null;
  return nearest[0]?.mount ?? null;
}

/** The filesystem with the mount `wanted`; null: the only one there is. */
export function findMount(
  server: Server,
  inventory: Inventory,
  wanted: string | null,
): Result<{ filesystem: Filesystem; path: string }> {
  const { filesystems } = inventory;
  const mounts = filesystems.flatMap((filesystem) => filesystem.mounts.map((mount) => mount.path));
  if (wanted !== null) {
    const filesystem = filesystems.find((one) => one.mounts.some((mount) => mount.path === wanted));
    return filesystem ? ok({ filesystem, path: wanted }) : failed(notMounted(server.name, wanted, mounts));
  }
  const [only, ...others] = filesystems;
  if (!only) {
    return failed(
      fault(
        'not-btrfs',
        `No btrfs filesystem is mounted on ${server.name}.`,
        'Mount the filesystem the replicas shall go to; "findmnt -t btrfs" there shows what is mounted.',
        { server: server.name },
      ),
    );
  }
  if (others.length === 0) return ok({ filesystem: only, path: only.mount });
  const choices = filesystems.map((filesystem) => `${server.name}:${filesystem.mount}`).join(', ');
  return failed(
    fault(
      'target-ambiguous',
      `${server.name} has ${filesystems.length} btrfs filesystems: ${choices}.`,
      `Name one as the target, or set the server's own: "btrfleet server edit ${server.name} --default-mount ${only.mount}".`,
      { server: server.name },
    ),
  );
}

/**
 * A directory of replicas belongs to one subvolume: this one when it carries the source's mark, or when it shares
 * content with the source (after a fail-over, or replicas made by other tools). An empty one belongs to nobody.
 */
export function holdsReplicasOf(
  filesystem: Filesystem,
  directory: string,
  mark: string,
  replicas: readonly Snapshot[],
  source: readonly Snapshot[],
): boolean {
  if (filesystem.owners[directory]?.includes(mark)) return true;
  const known = new Set(source.map((snapshot) => snapshot.originId));
  return replicas.some((replica) => known.has(replica.originId));
}

/** Null: the replicas of this source may go there. */
export function checkOwner(
  { filesystem, directory, server }: TargetPlace,
  mark: string,
  replicas: readonly Snapshot[],
  source: readonly Snapshot[],
): Fault | null {
  const count = replicas.filter((replica) => replica.state === 'complete').length;
  if (count === 0 || holdsReplicasOf(filesystem, directory, mark, replicas, source)) return null;
  return fault(
    'directory-taken',
    `${directory} on ${server} holds ${count} ${count === 1 ? 'snapshot' : 'snapshots'} of another subvolume.`,
    'Replicas of two subvolumes are never mixed in one directory. Choose another filesystem as the target ' +
      '(SERVER:/MOUNT), or have a task keep them in another directory there (--into DIR).',
    { server },
  );
}

const notMounted = (server: string, mount: string, mounts: readonly string[]): Fault =>
  fault(
    'not-mounted',
    `${mount} is not a btrfs mount on ${server}.`,
    mounts.length > 0
      ? `Mounted there: ${mounts.join(', ')}. Is the disk plugged in and mounted?`
      : 'No btrfs filesystem is mounted there at all. Is the disk plugged in and mounted?',
    { server },
  );

const mountedReadOnly = (server: string, mount: string): Fault =>
  fault(
    'read-only-filesystem',
    `${mount} on ${server} is mounted read-only.`,
    `Look at "dmesg" there for errors first; if all is well: "mount -o remount,rw ${mount}".`,
    { server },
  );

const otherFilesystem = (server: string, mount: string, other: string): Fault =>
  fault(
    'directory-taken',
    `${other} on ${server} is the mount of another filesystem, so replicas cannot lie there on the one of ${mount}.`,
    `Name that one as the target instead: ${server}:${other}.`,
    { server },
  );

export const sameFilesystem = (server: string, mount: string): Fault =>
  fault(
    'same-filesystem',
    `${server}:${mount} is the filesystem the subvolume itself lies on.`,
    'A copy there would be lost with the original. Choose another server, or another filesystem.',
    { server },
  );
