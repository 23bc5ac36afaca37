/** Decides how an entry of an inventory is told as a snapshot. */
import { type Filesystem, originIdOf, type Subvolume } from '../../model/inventory.ts';
import {
  baseName,
  isSnapshotName,
  pathBelow,
  type Snapshot,
  type SnapshotState,
} from '../../model/snapshot.ts';

export function toSnapshot(
  { mounts }: Filesystem,
  entry: Subvolume,
  path: string | null,
  state: SnapshotState,
): Snapshot | null {
  const originId = originIdOf(entry);
  if (path === null || entry.uuid === null || originId === null) return null;
  const name = baseName(path);
  // A directory of it may be mounted as well.
  const mountedAt = mounts
    .filter(({ root }) => pathBelow(`/${entry.path}`, root) !== null)
    .map((mount) => mount.path);
  return {
    ...(mountedAt.length > 0 ? { mountedAt } : {}),
    name,
    path,
    uuid: entry.uuid,
    receivedUuid: entry.receivedUuid,
    originId,
    createdAt: isSnapshotName(name) ? name : entry.createdAt,
    readOnly: entry.readOnly,
    state,
    ...(entry.doubt === undefined ? {} : { doubt: entry.doubt }),
  };
}
