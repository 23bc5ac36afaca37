/** Decides where people reach a subvolume: its path below the top level, and its absolute path through a mount. */
import { type Fault, fault } from '../../model/fault.ts';
import type { Mount, Subvolume } from '../../model/inventory.ts';
import { type KnownPlaces, NOTHING_KNOWN } from '../../model/place.ts';
import { joinPath, pathBelow } from '../../model/snapshot.ts';
import { escaped } from '../messages/escaped.ts';
import {
  type Above,
  type Candidate,
  choosePath,
  type Family,
  familyOf,
  type PathsKnown,
  rememberedByPath,
  replacedBy,
  type Unplaced,
} from './choose-path.ts';
import { byKey, createAncestors, forEachBelow, pathKey } from './lies-above.ts';
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
  const problems: Fault[] = [];
  const all: Unplaced[] = [TOP];
  const fromTop = pathsFromTop(trusted, listedFrom);
  for (const { parentId: _, ...subvolume } of trusted) {
    const path = fromTop(subvolume);
    if (path === null) problems.push(unplaced(subvolume.path, server));
    else all.push({ ...subvolume, path });
  }
  const about = {
    family: familyOf(all),
    known: { named: known.named, remembered: rememberedByPath(known) },
    leadsHere: new Map(reaches.map(({ mount, leadsHere }) => [mount, leadsHere])),
  };
  const keyed = all.map((one) => ({ key: pathKey(inTop(one.path)), one }));
  const chosen = createAncestors<Above>();
  const places = new Map<Unplaced, Subvolume>();
  // What lies above is placed first: what lies below follows it.
  forEachBelow(waysByRoot(reaches, keyed, known), keyed, ({ key, one }, nearest) => {
    const above = chosen.nearest(key);
    const ways = nearest?.ways ?? [];
    const placed = one.readOnly
      ? placeSnapshot(one, ways, { ...about, above })
      : placeInUse(one, ways, { ...about, above });
    if (placed.chosen && !one.readOnly) chosen.enter(key, { path: one.path, chosen: placed.chosen });
    places.set(one, placed.subvolume);
  });
  const subvolumes = all.flatMap((one) => places.get(one) ?? []);
  return { subvolumes: subvolumes.filter(({ id, mount }) => id !== TOP_LEVEL || mount !== null), problems };
}

interface PlacingAbout {
  readonly family: Family;
  readonly known: PathsKnown;
  readonly above: Above | null;
  readonly leadsHere: ReadonlyMap<Mount, Reach['leadsHere']>;
}

interface PlacedOne {
  readonly subvolume: Subvolume;
  readonly chosen: Candidate | undefined;
}

/** It has no name of its own: it is reached as what it lies in. */
function placeSnapshot(one: Unplaced, ways: readonly Way[], { above, leadsHere }: PlacingAbout): PlacedOne {
  if (above !== null) {
    const { mount } = above.chosen;
    const absolutePath = joinPath(mount.path, pathBelow(mount.root, inTop(one.path)) ?? '');
    if (leadsHere.get(mount)?.(absolutePath))
      return { subvolume: { ...one, absolutePath, mount: mount.path }, chosen: undefined };
  }
  const [first] = candidatesOf(one.path, ways);
  return { subvolume: placedAt(one, first ?? null), chosen: undefined };
}

function placeInUse(one: Unplaced, ways: readonly Way[], about: PlacingAbout): PlacedOne {
  const candidates = [...candidatesOf(one.path, ways)];
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

const inTop = (path: string): string => (path === '' ? '/' : `/${path}`);

/** A mount that shows a subvolume, and its place among those that people use. */
interface Way extends Reach {
  readonly rank: number;
  /** 2: a path that policies or tasks name leads through it; 1: one that was chosen before; 0: neither. */
  readonly known: number;
  /** The best of those that show the same. */
  readonly isBest: boolean;
}

/** Where a directory is mounted in a thousand places, as for containers, not each of them is a name of what lies in it. */
const MOST_WAYS = 32;

interface Root {
  readonly key: string;
  /** The best first, those of the roots above among them. */
  readonly ways: readonly Way[];
}

/** What each mount shows, once: by which mounts one gets to all that lies in it. */
function waysByRoot(
  reaches: readonly Reach[],
  subvolumes: readonly { readonly key: string; readonly one: Unplaced }[],
  known: KnownPlaces,
): Root[] {
  const keyed = reaches.map((reach) => ({ key: pathKey(reach.mount.root), reach }));
  const ofSnapshots = new Set<Reach>();
  const snapshots = subvolumes.filter(({ one }) => one.readOnly);
  forEachBelow(snapshots, keyed, ({ reach }, nearest) => {
    if (nearest !== null) ofSnapshots.add(reach);
  });
  const named = waysOfPaths(reaches, [...known.named]);
  const remembered = waysOfPaths(
    reaches,
    known.remembered.map(({ path }) => path),
  );
  // A mount of a snapshot is the place of no subvolume.
  const best = keyed.toSorted(
    (a, b) =>
      Number(ofSnapshots.has(a.reach)) - Number(ofSnapshots.has(b.reach)) ||
      compareForPeople(a.reach.mount, b.reach.mount),
  );
  const own = new Map<string, Way[]>();
  for (const [rank, { key, reach }] of best.entries()) {
    const there = own.get(key);
    const isKnown = named.has(reach) ? 2 : Number(remembered.has(reach));
    const way = { ...reach, rank, known: isKnown, isBest: there === undefined };
    if (there === undefined) own.set(key, [way]);
    else there.push(way);
  }
  const above = createAncestors<Root>();
  return [...own]
    .map(([key, ways]) => ({ key, ways }))
    .sort(byKey)
    .map(({ key, ways }) => {
      const root = { key, ways: bestOf([...ways, ...(above.nearest(key)?.ways ?? [])]) };
      above.enter(key, root);
      return root;
    });
}

/** Those whose mount point is the nearest above a path. */
function waysOfPaths(reaches: readonly Reach[], paths: readonly string[]): ReadonlySet<Reach> {
  const points = reaches.map((reach) => ({ key: pathKey(reach.mount.path), reach }));
  const found = new Set<Reach>();
  forEachBelow(
    points,
    paths.map((path) => ({ key: pathKey(path) })),
    (_, nearest) => {
      if (nearest !== null) found.add(nearest.reach);
    },
  );
  return found;
}

/** No more than are looked through for each subvolume: first what is named, then what is remembered, then one for each root. */
const bestOf = (ways: readonly Way[]): Way[] =>
  ways
    .toSorted((a, b) => b.known - a.known || Number(b.isBest) - Number(a.isBest) || a.rank - b.rank)
    .slice(0, MOST_WAYS)
    .sort((a, b) => a.rank - b.rank);

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

function* candidatesOf(path: string, ways: readonly Way[]): Generator<Candidate> {
  for (const { mount, leadsHere, order = 0 } of ways) {
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

/** Of each, null when it cannot be told whether it lies inside the listed mount's own subvolume. */
function pathsFromTop(
  trusted: readonly TrustedSubvolume[],
  listedFrom: number,
): (one: Pick<TrustedSubvolume, 'id' | 'path'>) => string | null {
  if (listedFrom === TOP_LEVEL) return ({ path }) => path;
  const parents = new Map(trusted.map(({ id, parentId }) => [id, parentId]));
  const from = trusted.find(({ id }) => id === listedFrom)?.path;
  /** By id: which of the two is met first on the way up. Followed once, as parents may be a long chain. */
  const within = new Map<number, number | null>([[TOP_LEVEL, TOP_LEVEL]]);
  const withinOf = (id: number): number | null => {
    const passed: number[] = [];
    let at: number | undefined = id;
    while (at !== undefined && !within.has(at)) {
      within.set(at, null);
      passed.push(at);
      at = parents.get(at);
      if (at === listedFrom) break;
    }
    const found = at === listedFrom ? listedFrom : (within.get(at ?? Number.NaN) ?? null);
    for (const one of passed) within.set(one, found);
    return found;
  };
  return ({ id, path }) => {
    const found = withinOf(id);
    if (found === TOP_LEVEL) return path;
    return found === null || from === undefined ? null : `${from}/${path}`;
  };
}

const unplaced = (path: string, server: string): Fault =>
  fault(
    'listing-failed',
    `It cannot be told where ${escaped(path)} lies, because a subvolume above it could not be listed.`,
    'Look again; if it stays, mount the top level of the filesystem (subvolid=5).',
    { server, retry: true },
  );
