/** Knows all trees of files in which something of one subvolume can lie on one server. */
import type { Host } from '../../hosts/port/host.ts';
import { type Fault, fault } from '../../model/fault.ts';
import type { SeenTree } from '../../model/file-versions.ts';
import type { Inventory } from '../../model/inventory.ts';
import { ok } from '../../model/result.ts';
import { replacedOf } from '../../model/runs/restore.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import { filesystemAt, findSubvolume } from '../../plan/catalog/catalog.ts';
import { isReadable, LIVE } from '../../plan/files/readable-tree.ts';
import type { Fleet } from '../ground/fleet.ts';
import { listedHere, type Origin, replicasOn } from '../looks/list-snapshots.ts';

export interface Looked {
  readonly host: Host;
  readonly inventory: Inventory;
}

export interface ServerTrees {
  /** The newest first. */
  readonly trees: readonly SeenTree[];
  /** Of filesystems of it that are not known: those that could not be listed, and disks that are away. */
  readonly faults: readonly Fault[];
}

/**
 * On the primary (`isPrimary`) its snapshots, what restores put aside, the subvolume itself and replicas on other disks; on
 * another server its replicas. What was not received to its end, or is not proven to be of it, is left out.
 */
export function treesOf(
  fleet: Pick<Fleet, 'journal'>,
  { inventory }: Looked,
  isPrimary: boolean,
  subvolume: string,
  origin: Origin,
): ServerTrees {
  const receiving = fleet.journal.receivingPaths(inventory.server);
  const here = isPrimary ? listedHere(inventory, subvolume) : ok({ snapshots: [], replaced: [] });
  const home = isPrimary ? origin.filesystemUuid : null;
  const replicas = inventory.filesystems
    .filter(({ uuid }) => uuid !== home)
    .map((filesystem) => replicasOn({ filesystems: [filesystem] }, origin, receiving));
  const foreignOrigins = new Set(origin.foreign.map(({ originId }) => originId));
  // What is known to have been there, and is not, is an answer.
  const isGone = !here.ok && here.fault.code === 'no-such-subvolume' && origin.snapshots.length > 0;
  const own = here.ok ? [...here.value.snapshots, ...here.value.replaced] : [];
  const others = replicas.flatMap((one) => (one.ok ? one.value : []));
  const all = [
    ...own.map((one) => treeOf(inventory, one, isPrimary)),
    ...others.filter((one) => isReadable(one, foreignOrigins)).map((one) => treeOf(inventory, one, false)),
  ];
  const whole = all.filter(({ state }) => state !== 'partial').map(({ tree }) => tree);
  const live = isPrimary ? liveTree(inventory, subvolume) : [];
  return {
    trees: [...live, ...whole.toSorted(newestFirst)],
    faults: [
      ...[...(isGone ? [] : [here]), ...replicas].flatMap((one) => (one.ok ? [] : [one.fault])),
      ...disksAway(fleet, inventory, subvolume),
    ],
  };
}

/** Those of which no time is known are the last ones. */
export const newestFirst = (a: SeenTree, b: SeenTree): number =>
  Number((a.at ?? '') < (b.at ?? '')) - Number((a.at ?? '') > (b.at ?? ''));

/** Disks with replicas of it, as the journal remembers them, which are not mounted now. */
function disksAway({ journal }: Pick<Fleet, 'journal'>, inventory: Inventory, subvolume: string): Fault[] {
  const mounted = new Set(inventory.filesystems.map(({ uuid }) => uuid));
  const away = journal
    .replicasOf(subvolume)
    .filter(
      ({ server, filesystem }) => server === inventory.server && filesystem && !mounted.has(filesystem),
    );
  return [...Map.groupBy(away, ({ filesystem }) => filesystem ?? '')].map(([disk, replicas]) =>
    fault(
      'not-mounted',
      `A disk of ${inventory.server} with ${replicas.length} ${replicas.length === 1 ? 'replica' : 'replicas'} of ${subvolume}, last seen at ${replicas[0]?.mount}, is away (${disk}).`,
      'Mount it there to look at it, too.',
      { server: inventory.server },
    ),
  );
}

const treeOf = (inventory: Inventory, one: Snapshot, isHome: boolean) => ({
  state: one.state,
  tree: {
    ...{ server: inventory.server, filesystem: filesystemAt(inventory, one.path)?.uuid ?? '' },
    ...{ snapshot: one.name, root: one.path, isLive: false, isHome },
    // What was put aside is as it was then.
    at: replacedOf(one.name)?.at ?? one.createdAt,
    // What was made writable and closed again may be another one under the same id.
    originId: one.doubt === undefined && one.readOnly ? one.originId : null,
    readOnly: one.readOnly,
  } satisfies SeenTree,
});

function liveTree(inventory: Inventory, subvolume: string): SeenTree[] {
  const place = findSubvolume(inventory, subvolume);
  if (!place.ok) return [];
  const { path, filesystem } = place.value;
  return [
    {
      ...{ server: inventory.server, filesystem: filesystem.uuid, snapshot: LIVE, root: path },
      ...{ at: inventory.takenAt, isLive: true, isHome: true, originId: null, readOnly: false },
    },
  ];
}
