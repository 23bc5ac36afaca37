/** Decides where people reach a subvolume: its path below the top level, and its absolute path through a mount. */
import { type Fault, fault } from '../model/fault.ts';
import type { Mount, Subvolume } from '../model/inventory.ts';
import { joinPath, pathBelow } from '../model/snapshot.ts';
import { escaped } from './escaped.ts';
import type { TrustedSubvolume } from './trusted-subvolumes.ts';

const TOP_LEVEL = 5;

/** A mount of this filesystem, and whether a path that lies below it really leads into it. */
export interface Reach {
  readonly mount: Mount;
  readonly leadsHere: (path: string) => boolean;
}

export interface Placed {
  readonly subvolumes: readonly Subvolume[];
  readonly problems: readonly Fault[];
}

/**
 * @param listedFrom the subvolume the listed mount lies in: btrfs prints what is inside it relative to it, and all
 *   else from the top level.
 */
export function placeSubvolumes(
  trusted: readonly TrustedSubvolume[],
  reaches: readonly Reach[],
  listedFrom: number,
  server: string,
): Placed {
  const best = [...reaches].sort((a, b) => compareForPeople(a.mount, b.mount));
  const parents = new Map(trusted.map((subvolume) => [subvolume.id, subvolume]));
  const subvolumes: Subvolume[] = topLevel(best);
  const problems: Fault[] = [];
  for (const { parentId: _, ...subvolume } of trusted) {
    const path = pathFromTop(subvolume.id, parents, listedFrom);
    if (path === null) problems.push(unplaced(subvolume.path, server));
    else subvolumes.push({ ...subvolume, path, ...reached(path, best) });
  }
  return { subvolumes, problems };
}

/** The name of a filesystem: what shows most of it, and can be written to. Negative: `a` before `b`. */
export const compareForFilesystem = (a: Mount, b: Mount): number =>
  compareUse(a, b) || depth(a.root) - depth(b.root) || a.root.length - b.root.length || comparePath(a, b);

/** People use /home, not /mnt/top/@home: the deepest root first. */
const compareForPeople = (a: Mount, b: Mount): number =>
  compareUse(a, b) || depth(b.root) - depth(a.root) || comparePath(a, b);

const compareUse = (a: Mount, b: Mount): number =>
  Number(a.bind) - Number(b.bind) || Number(a.readOnly) - Number(b.readOnly);

const comparePath = (a: Mount, b: Mount): number =>
  a.path.length - b.path.length || (a.path < b.path ? -1 : Number(a.path > b.path));

const depth = (root: string): number => (root === '/' ? 0 : root.split('/').length - 1);

function reached(
  path: string,
  best: readonly Reach[],
): { absolutePath: string; mount: string } | { absolutePath: null; mount: null } {
  for (const { mount, leadsHere } of best) {
    const below = pathBelow(mount.root, path === '' ? '/' : `/${path}`);
    if (below === null) continue;
    const absolutePath = joinPath(mount.path, below);
    if (leadsHere(absolutePath)) return { absolutePath, mount: mount.path };
  }
  return { absolutePath: null, mount: null };
}

/** btrfs does not list it; it is there when a mount shows it. */
function topLevel(best: readonly Reach[]): Subvolume[] {
  const showing = best.find(({ mount }) => mount.root === '/');
  if (showing === undefined) return [];
  const { path: mount, readOnly } = showing.mount;
  const unknown = { uuid: null, parentUuid: null, receivedUuid: null, createdAt: null };
  return [
    {
      id: TOP_LEVEL,
      path: '',
      absolutePath: mount,
      mount,
      ...unknown,
      generation: 0,
      createdGeneration: 0,
      readOnly,
    },
  ];
}

/** Null when it cannot be told whether it lies inside the listed mount's own subvolume. */
function pathFromTop(
  id: number,
  parents: ReadonlyMap<number, TrustedSubvolume>,
  listedFrom: number,
): string | null {
  const listed = parents.get(id)?.path ?? null;
  if (listedFrom === TOP_LEVEL) return listed;
  let above = parents.get(id)?.parentId;
  for (let step = 0; step <= parents.size && above !== undefined; step++) {
    if (above === TOP_LEVEL) return listed;
    if (above === listedFrom) {
      const from = parents.get(listedFrom)?.path;
      return from === undefined || listed === null ? null : `${from}/${listed}`;
    }
    above = parents.get(above)?.parentId;
  }
  return null;
}

const unplaced = (path: string, server: string): Fault =>
  fault(
    'listing-failed',
    `It cannot be told where ${escaped(path)} lies, because a subvolume above it could not be listed.`,
    'Look again; if it stays, mount the top level of the filesystem (subvolid=5).',
    { server, retry: true },
  );
