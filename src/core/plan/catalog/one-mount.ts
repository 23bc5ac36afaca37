/** Decides through which mount a snapshot and its base are read: `btrfs send -p` takes only two that lie on the same one. */
import type { Filesystem } from '../../model/inventory.ts';
import { joinPath, pathBelow, type Snapshot } from '../../model/snapshot.ts';
import { insidePath, nearestMount } from './catalog.ts';

/** Adds all ways to them where they do not all lie on one mount. */
export function withWays(filesystem: Filesystem, snapshots: readonly Snapshot[]): readonly Snapshot[] {
  const mounts = new Set(snapshots.map(({ path }) => nearestMount(filesystem, path)));
  if (mounts.size < 2) return snapshots;
  return snapshots.map((snapshot) => ({ ...snapshot, ways: waysTo(filesystem, snapshot.path) }));
}

function waysTo(filesystem: Filesystem, path: string): Record<string, string> {
  const inside = insidePath(filesystem, path) ?? '';
  const ways = filesystem.mounts.flatMap((mount) => {
    const below = pathBelow(mount.root, `/${inside}`);
    const way = below === null ? null : joinPath(mount.path, below);
    return way !== null && nearestMount(filesystem, way) === mount ? [[mount.path, way] as const] : [];
  });
  return Object.fromEntries(ways);
}

type Reached = Pick<Snapshot, 'path' | 'ways'>;

/** Their paths through one mount; null: no mount shows both. */
export function throughOneMount(
  snapshot: Reached,
  base: Reached,
): { readonly snapshot: string; readonly base: string } | null {
  if (!snapshot.ways || !base.ways) return { snapshot: snapshot.path, base: base.path };
  for (const [mount, path] of Object.entries(snapshot.ways)) {
    const other = base.ways[mount];
    if (other !== undefined) return { snapshot: path, base: other };
  }
  return null;
}
