/** Decides which entries of a listing people use, and which are somebody's snapshots. */
import type { Filesystem, Subvolume } from '../../model/inventory.ts';
import { pathBelow, SNAPSHOTS } from '../../model/snapshot.ts';

/**
 * It can be written to, and does not lie in somebody's `.snapshots`: unless a mount shows it or what it lies in, as
 * `/` of openSUSE is the subvolume `@/.snapshots/1/snapshot`.
 */
export function isInUse({ mounts }: Filesystem, entry: Subvolume): boolean {
  if (entry.readOnly) return false;
  if (!liesInSnapshots(entry)) return true;
  if (entry.absolutePath === null || hasSnapshots(entry.absolutePath)) return false;
  const root = mounts.find(({ path }) => path === entry.mount)?.root ?? '/';
  return !hasSnapshots(pathBelow(root, `/${entry.path}`) ?? SNAPSHOTS);
}

const hasSnapshots = (path: string): boolean => `/${path}/`.includes(`/${SNAPSHOTS}/`);

export const liesInSnapshots = (entry: Subvolume): boolean =>
  hasSnapshots(entry.path) || (entry.absolutePath !== null && hasSnapshots(entry.absolutePath));
