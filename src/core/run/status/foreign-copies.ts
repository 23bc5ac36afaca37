/**
 * Finds the subvolumes of which other tools made snapshots that lie on another filesystem as well, as everything was last
 * seen: somebody looks after these. A look is read again only when it, or what those tools made, has changed.
 */
import type { Inventory } from '../../model/inventory.ts';
import type { Server } from '../../model/server.ts';
import { placeOf, subvolumesOf } from '../../plan/catalog/catalog.ts';
import { foreignOf, foreignOn } from '../../plan/catalog/foreign-history.ts';
import type { Fleet } from '../ground/fleet.ts';

interface Made {
  readonly path: string;
  readonly filesystem: string;
  readonly snapshots: ReturnType<typeof foreignOf>;
}

interface Known {
  readonly stamp: string;
  /** Paths of subvolumes with a copy on that server. */
  readonly paths: readonly string[];
}

const memories = new WeakMap<Fleet, Map<string, Known>>();

/** Paths on the primary, whose last look `inventory` is. */
export function copiedByOthers(
  fleet: Fleet,
  servers: readonly Server[],
  inventory: Inventory | null,
): string[] {
  const made = inventory ? madeByOthers(inventory) : [];
  if (made.length === 0) return [];
  const memory = memories.get(fleet) ?? new Map<string, Known>();
  memories.set(fleet, memory);
  const stamps = fleet.journal.lookStamps();
  const what = JSON.stringify(
    made.map(({ path, snapshots }) => [path, snapshots.map((one) => one.originId)]),
  );
  const found = servers.flatMap(({ name }) => {
    const stamp = `${stamps.get(name)?.digest ?? ''} ${what}`;
    const before = memory.get(name);
    const paths = before?.stamp === stamp ? before.paths : copiesOn(fleet, name, made);
    memory.set(name, { stamp, paths });
    return paths;
  });
  return [...new Set(found)];
}

function madeByOthers({ server, filesystems }: Inventory): Made[] {
  return filesystems.flatMap((filesystem) => {
    const used = subvolumesOf(filesystem);
    return (used.ok ? used.value : []).flatMap((subvolume) => {
      const place = placeOf(server, filesystem, subvolume);
      const snapshots = place.ok ? foreignOf(place.value) : [];
      if (!place.ok || snapshots.length === 0) return [];
      return [{ path: place.value.path, filesystem: filesystem.uuid, snapshots }];
    });
  });
}

function copiesOn({ journal }: Fleet, server: string, made: readonly Made[]): string[] {
  const filesystems = journal.lastInventory(server)?.filesystems ?? [];
  return made.flatMap(({ path, filesystem, snapshots }) =>
    filesystems.some((one) => one.uuid !== filesystem && foreignOn(one, snapshots).size > 0) ? [path] : [],
  );
}
