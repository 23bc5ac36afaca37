/**
 * Decides by which of its paths people know a subvolume. It is chosen once: a further mount of the same subvolume, made
 * later, gives it no other name and no other place for its snapshots.
 */
import type { Mount, Subvolume } from '../model/inventory.ts';
import type { KnownPlaces, RememberedPlace } from '../model/place.ts';
import { isSnapshotName, joinPath, pathBelow, snapshotDirectories } from '../model/snapshot.ts';

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
  readonly byUuid: ReadonlyMap<string, Unplaced>;
  /** The directories with snapshots of ours, from the top level: `/.snapshots/data`. */
  readonly snapshotDirectories: ReadonlySet<string>;
}

export function familyOf(all: readonly Unplaced[]): Family {
  const snapshots = all.filter(({ path, readOnly }) => readOnly && isSnapshotName(nameOf(path)));
  return {
    byUuid: new Map(all.flatMap((one) => (one.uuid === null ? [] : [[one.uuid, one] as const]))),
    snapshotDirectories: new Set(snapshots.map(({ path }) => `/${path.slice(0, -nameOf(path).length - 1)}`)),
  };
}

/**
 * What policies and tasks name goes first, then what was chosen before, then where it has snapshots already, then what
 * the subvolume above is known by, then the deepest mount. `candidates` come in the order of the last.
 */
export function choosePath(
  { path, uuid, parentUuid }: Unplaced,
  candidates: readonly Candidate[],
  {
    known,
    family,
    above,
  }: { readonly known: KnownPlaces; readonly family: Family; readonly above: Above | null },
): Candidate | undefined {
  if (candidates.length < 2) return candidates[0];
  const at = (wanted: string) => candidates.find(({ absolutePath }) => absolutePath === wanted);
  const remembered = known.remembered
    .filter((place) => continues({ path, uuid, parentUuid }, place, family))
    .flatMap((place) => at(place.path) ?? []);
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
export function continues(
  { path, uuid, parentUuid }: Pick<Unplaced, 'path' | 'uuid' | 'parentUuid'>,
  place: RememberedPlace,
  { byUuid }: Family,
): boolean {
  if ((uuid ?? '') === place.uuid || path === place.inside) return true;
  let parent = parentUuid;
  for (let step = 0; step <= byUuid.size && parent !== null; step++) {
    if (parent === place.uuid) return true;
    parent = byUuid.get(parent)?.parentUuid ?? null;
  }
  return false;
}

/** Those it replaced, the newest first. */
export function replacedBy(
  one: Pick<Unplaced, 'path' | 'uuid' | 'parentUuid'>,
  chosen: string,
  known: KnownPlaces,
  family: Family,
): string[] {
  const place = known.remembered.find((candidate) => candidate.path === chosen);
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
  const root = ({ mount }: Candidate): string => mount.root;
  return candidates.find((one) => {
    const below = pathBelow(root(one), `/${path}`) ?? '';
    const others = candidates.filter((other) => root(other) !== root(one));
    const isWidest = others.every(
      (other) => pathBelow(root(one), root(other)) !== null && one.order < other.order,
    );
    return others.length > 0 && isWidest && !below.split('/').some((name) => name.startsWith('@'));
  });
}

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
