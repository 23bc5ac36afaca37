/** Decides what is to be remembered of a look: by which path each subvolume is known, and whose place it took. */
import type { Filesystem, Subvolume } from '../../model/inventory.ts';
import type { RememberedPlace } from '../../model/place.ts';
import { homesOf } from './homes.ts';
import { isInUse } from './in-use.ts';

/** Where containers make subvolumes by the thousand, only those are remembered of which something depends on it. */
const ALL_UP_TO = 500;

export interface PlacesToRemember {
  readonly changed: readonly RememberedPlace[];
  /** Paths of what is no more, nor anything it took the place of. */
  readonly gone: readonly string[];
}

export function placesToRemember(
  filesystem: Filesystem,
  remembered: readonly RememberedPlace[],
): PlacesToRemember {
  const { listing } = filesystem;
  if (!listing.ok) return { changed: [], gone: [] };
  const used = listing.value.filter((one) => one.absolutePath !== null && isInUse(filesystem, one));
  const known = new Map(remembered.map((place) => [place.path, place]));
  const isOne = used.length <= ALL_UP_TO ? () => true : hasToBe(filesystem, listing.value, known);
  const seen = used.filter(isOne).flatMap(placeOf);
  const changed = seen.filter((place) => !isSame(place, known.get(place.path)));
  const paths = new Set(seen.map(({ path }) => path));
  const uuids = new Set(listing.value.map(({ uuid }) => uuid));
  const isLeft = ({ path, uuid, before }: RememberedPlace): boolean =>
    paths.has(path) || uuid === '' || [uuid, ...before].some((one) => uuids.has(one));
  return { changed, gone: remembered.filter((place) => !isLeft(place)).map(({ path }) => path) };
}

function hasToBe(
  filesystem: Filesystem,
  all: readonly Subvolume[],
  known: ReadonlyMap<string, RememberedPlace>,
): (one: Subvolume) => boolean {
  const made = new Set(
    all.flatMap(({ path, readOnly }) => (readOnly ? [`/${path.slice(0, path.lastIndexOf('/'))}`] : [])),
  );
  return (one) =>
    one.path === '' ||
    one.alsoAt !== undefined ||
    known.has(one.absolutePath ?? '') ||
    homesOf(filesystem, one).some((home) => made.has(home));
}

const placeOf = ({ absolutePath, path, uuid, before = [] }: Subvolume): RememberedPlace[] =>
  absolutePath === null ? [] : [{ path: absolutePath, inside: path, uuid: uuid ?? '', before }];

const isSame = (a: RememberedPlace, b: RememberedPlace | undefined): boolean =>
  b !== undefined &&
  a.inside === b.inside &&
  a.uuid === b.uuid &&
  a.before.length === b.before.length &&
  a.before.every((uuid, index) => uuid === b.before[index]);
