/** Decides what restores of a subvolume put aside, as it lies beside it. */
import type { Filesystem, Subvolume } from '../../model/inventory.ts';
import { replacedOf } from '../../model/runs/restore.ts';
import { baseName, parentDirectory, type Snapshot } from '../../model/snapshot.ts';
import { byAge } from '../catalog/catalog.ts';
import { toSnapshot } from '../catalog/to-snapshot.ts';

/** The oldest first; none where the list is not known, or no mount shows them. */
export function putAside(filesystem: Filesystem, inside: string): Snapshot[] {
  const { listing } = filesystem;
  if (!listing.ok || inside === '') return [];
  const parent = parentDirectory(`/${inside}`);
  return listing.value
    .filter((one) => isAsideOf(one, parent, baseName(inside)))
    .flatMap((one) => {
      const found = toSnapshot(filesystem, one, one.absolutePath, 'replaced');
      // When it was put aside says its name; btrfs would say when the subvolume itself was made.
      return found ? { ...found, createdAt: replacedOf(found.name)?.at ?? found.createdAt } : [];
    })
    .toSorted(byAge);
}

const isAsideOf = ({ path, readOnly }: Subvolume, parent: string, name: string): boolean =>
  !readOnly && parentDirectory(`/${path}`) === parent && replacedOf(baseName(path))?.name === name;
