/** Decides which subvolume a path belongs to, as people write it: the innermost one that holds it. */
import type { Fault } from '../../model/fault.ts';
import type { Holder } from '../../model/file-versions.ts';
import type { Inventory } from '../../model/inventory.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import { parentDirectory, pathBelow } from '../../model/snapshot.ts';
import { findSubvolume, ownSnapshots, placeOfVanished } from '../catalog/catalog.ts';
import { nestedIn } from '../catalog/place-notes.ts';

/**
 * One that is gone counts as long as snapshots of it are there, or somebody remembers that it was sent. `path`: absolute,
 * without a slash at its end. Faults: those of `findSubvolume` for the path itself.
 */
export function holderOf(
  inventory: Inventory,
  path: string,
  isRemembered: (subvolume: string) => boolean = () => false,
): Result<Holder> {
  let why: Fault | null = null;
  for (let at = path; ; at = parentDirectory(at)) {
    const found = findSubvolume(inventory, at);
    if (found.ok) {
      const { path: subvolume } = found.value;
      const inside = pathBelow(at, path) ?? '';
      const whole = inside === '' ? subvolume : `${subvolume === '/' ? '' : subvolume}/${inside}`;
      const nested = nestedIn(found.value).filter((one) => pathBelow(whole, one) !== null);
      return ok({ subvolume, inside, nested });
    }
    why ??= found.fault;
    // A snapshot, or out of reach: what lies in it does not belong to the one around it.
    if (isListed(inventory, at)) return found;
    // The mount that shows it is not its own place: what lies there may be of another one.
    if (found.fault.code === 'no-such-subvolume' && (isLeft(inventory, at) || isRemembered(at)))
      return ok({ subvolume: at, inside: pathBelow(at, path) ?? '', nested: [] });
    if (at === '/') return failed(why);
  }
}

function isLeft(inventory: Inventory, path: string): boolean {
  const left = placeOfVanished(inventory, path);
  const snapshots = left && ownSnapshots(left);
  return snapshots?.ok === true && snapshots.value.length > 0;
}

const isListed = ({ filesystems }: Inventory, path: string): boolean =>
  filesystems.some(
    ({ listing }) => listing.ok && listing.value.some(({ absolutePath }) => absolutePath === path),
  );
