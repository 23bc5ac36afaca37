/** Decides where people reach a subvolume: its path below the top level, and its absolute path through a mount. */
import { type Fault, fault } from '../model/fault.ts';
import type { Mount, Subvolume } from '../model/inventory.ts';
import { type KnownPlaces, NOTHING_KNOWN } from '../model/place.ts';
import { joinPath, pathBelow } from '../model/snapshot.ts';
import {
  type Above,
  type Candidate,
  choosePath,
  type Family,
  familyOf,
  replacedBy,
  type Unplaced,
} from './choose-path.ts';
import { escaped } from './escaped.ts';
import type { TrustedSubvolume } from './trusted-subvolumes.ts';

const TOP_LEVEL = 5;

/** A mount of this filesystem, and whether a path that lies below it really leads into it. */
export interface Reach {
  readonly mount: Mount;
  readonly leadsHere: (path: string) => boolean;
  /** Its number among the mounts, in the order in which they were made. */
  readonly order?: number;
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
  known: KnownPlaces = NOTHING_KNOWN,
): Placed {
  const parents = new Map(trusted.map((subvolume) => [subvolume.id, subvolume]));
  const problems: Fault[] = [];
  const all: Unplaced[] = [TOP];
  for (const { parentId: _, ...subvolume } of trusted) {
    const path = pathFromTop(subvolume.id, parents, listedFrom);
    if (path === null) problems.push(unplaced(subvolume.path, server));
    else all.push({ ...subvolume, path });
  }
  const family = familyOf(all);
  const best = reaches.toSorted(
    (a, b) =>
      Number(showsSnapshot(a, all)) - Number(showsSnapshot(b, all)) || compareForPeople(a.mount, b.mount),
  );
  const chosen = new Map<string, Candidate>();
  const places = new Map<Unplaced, Subvolume>();
  // What lies above is placed first: what lies below follows it.
  for (const one of all.toSorted((a, b) => a.path.length - b.path.length)) {
    const above = nearestAbove(one.path, chosen);
    const placed = one.readOnly
      ? placeSnapshot(one, best, above)
      : placeInUse(one, best, { known, family, above });
    if (placed.chosen && !one.readOnly) chosen.set(one.path, placed.chosen);
    places.set(one, placed.subvolume);
  }
  const subvolumes = all.flatMap((one) => places.get(one) ?? []);
  return { subvolumes: subvolumes.filter(({ id, mount }) => id !== TOP_LEVEL || mount !== null), problems };
}

interface PlacedOne {
  readonly subvolume: Subvolume;
  readonly chosen: Candidate | undefined;
}

/** It has no name of its own: it is reached as what it lies in. */
function placeSnapshot(one: Unplaced, best: readonly Reach[], above: Above | null): PlacedOne {
  if (above !== null) {
    const { mount } = above.chosen;
    const reach = best.find((candidate) => candidate.mount === mount);
    const absolutePath = joinPath(mount.path, pathBelow(mount.root, inTop(one.path)) ?? '');
    if (reach?.leadsHere(absolutePath))
      return { subvolume: { ...one, absolutePath, mount: mount.path }, chosen: undefined };
  }
  return { subvolume: placedAt(one, [...candidatesOf(one.path, best)][0] ?? null), chosen: undefined };
}

function placeInUse(
  one: Unplaced,
  best: readonly Reach[],
  about: { readonly known: KnownPlaces; readonly family: Family; readonly above: Above | null },
): PlacedOne {
  const candidates = [...candidatesOf(one.path, best)];
  const chosen = choosePath(one, candidates, about);
  const placed = placedAt(one, chosen ?? null);
  if (chosen === undefined) return { subvolume: placed, chosen };
  const alsoAt = candidates.filter((other) => other !== chosen).map(({ absolutePath }) => absolutePath);
  const before = replacedBy(one, chosen.absolutePath, about.known, about.family);
  const subvolume = {
    ...placed,
    ...(one.id === TOP_LEVEL ? { readOnly: chosen.mount.readOnly } : {}),
    ...(alsoAt.length > 0 ? { alsoAt } : {}),
    ...(before.length > 0 ? { before } : {}),
  };
  return { subvolume, chosen };
}

const placedAt = (one: Unplaced, at: Candidate | null): Subvolume =>
  at
    ? { ...one, absolutePath: at.absolutePath, mount: at.mount.path }
    : { ...one, absolutePath: null, mount: null };

/** A mount of a snapshot is the place of no subvolume. */
const showsSnapshot = ({ mount }: Reach, all: readonly Unplaced[]): boolean =>
  all.some(({ path, readOnly }) => readOnly && pathBelow(inTop(path), mount.root) !== null);

function nearestAbove(path: string, chosen: ReadonlyMap<string, Candidate>): Above | null {
  for (let end = path.length; end > 0; ) {
    end = Math.max(path.lastIndexOf('/', end - 1), 0);
    const above = path.slice(0, end);
    const candidate = chosen.get(above);
    if (candidate) return { path: above, chosen: candidate };
  }
  return null;
}

const inTop = (path: string): string => (path === '' ? '/' : `/${path}`);

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

function* candidatesOf(path: string, best: readonly Reach[]): Generator<Candidate> {
  for (const { mount, leadsHere, order = 0 } of best) {
    const below = pathBelow(mount.root, inTop(path));
    if (below === null) continue;
    const absolutePath = joinPath(mount.path, below);
    if (leadsHere(absolutePath)) yield { absolutePath, mount, order };
  }
}

/** btrfs does not list it; it is there when a mount shows it. */
const TOP: Unplaced = {
  id: TOP_LEVEL,
  path: '',
  uuid: null,
  parentUuid: null,
  receivedUuid: null,
  createdAt: null,
  generation: 0,
  createdGeneration: 0,
  readOnly: false,
};

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
