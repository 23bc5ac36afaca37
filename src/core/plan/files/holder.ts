/** Decides which subvolume a path belongs to, as people write it: the innermost one that holds it. */
import type { Fault } from '../../model/fault.ts';
import type { Holder } from '../../model/file-versions.ts';
import type { Inventory } from '../../model/inventory.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import { parentDirectory, pathBelow } from '../../model/snapshot.ts';
import { findSubvolume, ownSnapshots, placeOfVanished } from '../catalog/catalog.ts';
import { nestedIn } from '../catalog/place-notes.ts';

/**
 * One that is gone counts as long as snapshots of it are there. `path`: absolute, without a slash at its end. Faults: those
 * of `findSubvolume` for the path itself.
 */
export function holderOf(inventory: Inventory, path: string): Result<Holder> {
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
    const left = found.fault.code === 'no-such-subvolume' ? placeOfVanished(inventory, at) : null;
    const snapshots = left && ownSnapshots(left);
    if (snapshots?.ok && snapshots.value.length > 0)
      return ok({ subvolume: at, inside: pathBelow(at, path) ?? '', nested: [] });
    if (at === '/') return failed(why);
  }
}

const isListed = ({ filesystems }: Inventory, path: string): boolean =>
  filesystems.some(
    ({ listing }) => listing.ok && listing.value.some(({ absolutePath }) => absolutePath === path),
  );
