/** Decides which subvolumes of a filesystem a size depends on: those inside it, and those that share data with it. Pure. */
import type { Subvolume } from '../../model/inventory.ts';

/**
 * Subvolumes right inside another one, that a walk over its files walks into: what it finds there is not the outer one's.
 * One that lies inside one of them is not told again. `outer` may be the top level.
 */
export function directlyInside(listing: readonly Subvolume[], outer: Subvolume): Subvolume[] {
  const top = outer.path === '' ? '' : `${outer.path}/`;
  const inside = listing.filter(({ id, path }) => id !== outer.id && path !== '' && path.startsWith(top));
  const paths = new Set(inside.map(({ path }) => path));
  return inside.filter(({ path }) => !aboveIn(path, top.length).some((above) => paths.has(above)));
}

/** `a/b/c` with 0: `a`, `a/b`. */
function aboveIn(path: string, from: number): string[] {
  const found: string[] = [];
  for (let at = path.indexOf('/', from); at >= 0; at = path.indexOf('/', at + 1))
    found.push(path.slice(0, at));
  return found;
}

/**
 * The uuids of those, of what was made of them and of what they were made of, sorted. When one of it was deleted or made,
 * what the others hold alone is another figure.
 */
export function familyOf(listing: readonly Subvolume[], members: readonly string[]): string[] {
  const known = new Set(members);
  const made = listing.flatMap(({ uuid, parentUuid }) =>
    uuid !== null && parentUuid !== null && known.has(parentUuid) ? [uuid] : [],
  );
  const parents = new Set(
    listing.flatMap((one) => (known.has(one.uuid ?? '') ? (one.parentUuid ?? []) : [])),
  );
  const there = listing.flatMap(({ uuid }) => (uuid !== null && parents.has(uuid) ? [uuid] : []));
  return [...new Set([...members, ...made, ...there])].toSorted();
}
