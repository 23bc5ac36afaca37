/** Decides what restores of a subvolume put aside, and what was kept before files of it were brought back. */
import { beforeOf } from '../../model/extract/orders.ts';
import type { Subvolume } from '../../model/inventory.ts';
import { replacedOf } from '../../model/runs/restore.ts';
import { baseName, parentDirectory, type Snapshot } from '../../model/snapshot.ts';
import { byAge, insidePath, type Place } from '../catalog/catalog.ts';
import { toSnapshot } from '../catalog/to-snapshot.ts';

/** The oldest first; none where the list is not known, or no mount shows them. */
export function putAside(
  { filesystem, directory, homes }: Pick<Place, 'filesystem' | 'directory' | 'homes'>,
  inside: string,
): Snapshot[] {
  const { listing } = filesystem;
  if (!listing.ok) return [];
  const parent = parentDirectory(`/${inside}`);
  const known = new Set([...homes, `/${insidePath(filesystem, directory)}`]);
  return listing.value
    .filter((one) => (inside !== '' && isAsideOf(one, parent, baseName(inside))) || isBefore(one, known))
    .flatMap((one) => {
      const found = toSnapshot(filesystem, one, one.absolutePath, 'replaced');
      // When it was put aside says its name; btrfs would say when the subvolume itself was made.
      return found
        ? { ...found, createdAt: replacedOf(found.name)?.at ?? beforeOf(found.name) ?? found.createdAt }
        : [];
    })
    .toSorted(byAge);
}

const isAsideOf = ({ path, readOnly }: Subvolume, parent: string, name: string): boolean =>
  !readOnly && parentDirectory(`/${path}`) === parent && replacedOf(baseName(path))?.name === name;

const isBefore = ({ path, readOnly }: Subvolume, homes: ReadonlySet<string>): boolean =>
  readOnly && beforeOf(baseName(path)) !== null && homes.has(parentDirectory(`/${path}`));
