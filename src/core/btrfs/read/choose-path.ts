/**
 * Decides by which of its paths people know a subvolume. It is chosen once: a further mount of the same subvolume, made
 * later, gives it no other name and no other place for its snapshots.
 */
import type { Mount, Subvolume } from '../../model/inventory.ts';
import type { KnownPlaces, RememberedPlace } from '../../model/place.ts';
import { isSnapshotName, joinPath, pathBelow, snapshotDirectories } from '../../model/snapshot.ts';

/** A subvolume with its path below the top level, before it has a place. */
export type Unplaced = Omit<Subvolume, 'absolutePath' | 'mount' | 'alsoAt' | 'before'>;

export interface Candidate {
  readonly absolutePath: string;
  readonly mount: Mount;
  /** Its number among the mounts, in the order in which they were made. */
  readonly order: number;
}

/** The subvolume above, with the place that was chosen for it. */
export interface Above {
  readonly path: string;
  readonly chosen: Candidate;
}

export interface Family {
  /** Whether it is that one, or was made of a snapshot of it, over however many others. */
  readonly descends: (uuid: string | null, from: string) => boolean;
  /** The directories with snapshots of ours, from the top level: `/.snapshots/data`. */
  readonly snapshotDirectories: ReadonlySet<string>;
}

export function familyOf(all: readonly Unplaced[]): Family {
  const snapshots = all.filter(({ path, readOnly }) => readOnly && isSnapshotName(nameOf(path)));
  return {
    descends: descentOf(all),
    snapshotDirectories: new Set(snapshots.map(({ path }) => `/${path.slice(0, -nameOf(path).length - 1)}`)),
  };
}

/**
 * Numbers all as they are met walking down the tree of parents: what was made of one has a number between its first and
 * its last. So no question follows the parents, of whom there may be thousands.
 */
function descentOf(all: readonly Unplaced[]): Family['descends'] {
  const parents = new Map(
    all.flatMap((one) => (one.uuid === null ? [] : [[one.uuid, one.parentUuid] as const])),
  );
  const children = new Map<string, string[]>();
  for (const [uuid, parent] of parents) {
    if (parent === null) continue;
    const siblings = children.get(parent);
    if (siblings === undefined) children.set(parent, [uuid]);
    else siblings.push(uuid);
  }
  const first = new Map<string, number>();
  const last = new Map<string, number>();
  // Those whose parent is gone are met below it.
  for (const root of children.keys()) {
    if ((parents.get(root) ?? null) !== null) continue;
    const open = [root];
    for (let uuid = open.at(-1); uuid !== undefined; uuid = open.at(-1)) {
      if (first.has(uuid)) {
        last.set(uuid, first.size);
        open.pop();
        continue;
      }
      first.set(uuid, first.size);
      for (const child of children.get(uuid) ?? []) open.push(child);
    }
  }
  return (uuid, from) => {
    if (uuid === null || uuid === from) return uuid !== null;
    const number = first.get(uuid) ?? -1;
    return number > (first.get(from) ?? Number.POSITIVE_INFINITY) && number < (last.get(from) ?? 0);
  };
}

/** Of the places that are remembered, by path: how early each was. */
export interface Remembered {
  readonly place: RememberedPlace;
  readonly rank: number;
}

export const rememberedByPath = ({ remembered }: KnownPlaces): ReadonlyMap<string, Remembered> =>
  new Map(remembered.map((place, rank) => [place.path, { place, rank }]));

export interface PathsKnown {
  readonly named: ReadonlySet<string>;
  readonly remembered: ReadonlyMap<string, Remembered>;
}

/**
 * What policies and tasks name goes first, then what was chosen before, then where it has snapshots already, then what
 * the subvolume above is known by, then the deepest mount. `candidates` come in the order of the last.
 */
export function choosePath(
  one: Unplaced,
  candidates: readonly Candidate[],
  {
    known,
    family,
    above,
  }: { readonly known: PathsKnown; readonly family: Family; readonly above: Above | null },
): Candidate | undefined {
  if (candidates.length < 2) return candidates[0];
  const { path } = one;
  const remembered = candidates
    .flatMap((candidate) => {
      const there = known.remembered.get(candidate.absolutePath);
      return there !== undefined && continues(one, there.place, family)
        ? [{ candidate, rank: there.rank }]
        : [];
    })
    .sort((a, b) => a.rank - b.rank)
    .map(({ candidate }) => candidate);
  const isNamed = ({ absolutePath }: Candidate): boolean => known.named.has(absolutePath);
  return (
    remembered.find(isNamed) ??
    candidates.find(isNamed) ??
    remembered[0] ??
    candidates.find((candidate) => hasSnapshots(candidate, path, family)) ??
    inherited(path, candidates, above) ??
    olderMount(path, candidates) ??
    candidates[0]
  );
}

/** It is what was remembered there, lies where that lay, or was made of a snapshot of it. */
const continues = (
  { path, uuid, parentUuid }: Unplaced,
  place: RememberedPlace,
  { descends }: Family,
): boolean => (uuid ?? '') === place.uuid || path === place.inside || descends(parentUuid, place.uuid);

/** Those it replaced, the newest first. */
export function replacedBy(one: Unplaced, chosen: string, known: PathsKnown, family: Family): string[] {
  const place = known.remembered.get(chosen)?.place;
  if (!place || one.uuid === null || !continues(one, place, family)) return [];
  return [...new Set([place.uuid, ...place.before])].filter((uuid) => uuid !== '' && uuid !== one.uuid);
}

const hasSnapshots = (
  { mount }: Candidate,
  path: string,
  { snapshotDirectories: there }: Family,
): boolean => {
  const below = pathBelow(mount.root, `/${path}`) ?? '';
  return snapshotDirectories(mount.root, below).some((directory) => there.has(directory));
};

/** As the subvolume above is reached, unless a mount shows only what lies below that. */
function inherited(
  path: string,
  candidates: readonly Candidate[],
  above: Above | null,
): Candidate | undefined {
  if (above === null) return undefined;
  const isDeeper = ({ mount }: Candidate): boolean => pathBelow(mount.root, `/${above.path}`) === null;
  if (candidates.some(isDeeper)) return undefined;
  const below = pathBelow(`/${above.path}`.replace(/\/$/, '') || '/', `/${path}`) ?? '';
  const wanted = joinPath(above.chosen.absolutePath, below);
  return candidates.find(({ absolutePath }) => absolutePath === wanted);
}

/**
 * A mount of more than the subvolume, made before all that show less: those are binds of what people reach there. A name
 * like `@home` is none that people use.
 */
function olderMount(path: string, candidates: readonly Candidate[]): Candidate | undefined {
  // All of them show the subvolume: of two roots the shorter one lies above the other.
  const widest = Math.min(...candidates.map(({ mount }) => mount.root.length));
  const others = candidates.filter(({ mount }) => mount.root.length > widest);
  const oldest = Math.min(...others.map(({ order }) => order));
  return candidates.find(({ mount, order }) => {
    if (others.length === 0 || mount.root.length > widest || order >= oldest) return false;
    const below = pathBelow(mount.root, `/${path}`) ?? '';
    return !below.split('/').some((name) => name.startsWith('@'));
  });
}

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
