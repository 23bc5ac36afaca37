/** Measures what a subvolume and its snapshots take up on one server, and what the snapshots save. */
import { type Fault, fault } from '../../model/fault.ts';
import type { Filesystem, Subvolume } from '../../model/inventory.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import type { FilesystemStorage, MeasuredSize } from '../../model/storage.ts';
import { findSubvolume } from '../../plan/catalog/catalog.ts';
import { directlyInside, familyOf } from '../../plan/catalog/neighbours.ts';
import { type Efficiency, efficiencyOf } from '../../plan/storage/efficiency.ts';
import { digestOf } from '../../state/home/digest.ts';
import type { Fleet } from '../ground/fleet.ts';
import { type ListedSnapshots, listSnapshots } from '../looks/list-snapshots.ts';
import { lookAtStorage } from './look.ts';
import { type Measurable, type Measured, type MeasureOptions, measureSizes } from './measure-sizes.ts';

export interface SubvolumeStorage {
  readonly server: string;
  readonly subvolume: string;
  /**
   * The subvolume itself; on a server that has replicas only, its newest one stands for it. Null: not measured, for the
   * reason `fault` tells.
   */
  readonly live: MeasuredSize | null;
  /** Oldest first. */
  readonly snapshots: readonly { readonly snapshot: Snapshot; readonly size: MeasuredSize | null }[];
  /** Null while anything of it is not measured: a sum without it would be another figure. */
  readonly efficiency: Efficiency | null;
  /** Why quota groups were not asked although quotas are on, or may be; null: they were, or quotas are off. */
  readonly quotaFault: Fault | null;
  /** Deleted subvolumes beside it whose room is not given back yet; what they share is counted as shared. */
  readonly beingDeleted?: number | undefined;
  readonly fault: Fault | null;
}

/** `server` null: the primary. Faults: those of a look, and of a subvolume that is not there. */
export async function subvolumeStorage(
  fleet: Fleet,
  subvolume: string,
  server: string | null,
  options: MeasureOptions,
): Promise<Result<SubvolumeStorage>> {
  const listed = await listSnapshots(fleet, subvolume, server, options.signal);
  if (!listed.ok) return listed;
  const { host, inventory } = listed.value;
  const found = entriesOf(listed.value, subvolume);
  if (found.length === 0) return failed(nothingThere(subvolume, inventory.server));
  const storage = await lookAtStorage(fleet, host, inventory, options.signal);
  const looked = storage.ok ? storage.value.filesystems : [];
  const measured = new Map<string, MeasuredSize>();
  let why: Fault | null = storage.ok ? null : storage.fault;
  let quotaFault: Fault | null = null;
  let beingDeleted = 0;
  for (const [filesystem, entries] of Map.groupBy(found, (one) => one.filesystem)) {
    const groups: FilesystemStorage | null = looked.find(({ uuid }) => uuid === filesystem.uuid) ?? null;
    const family = familyWord(filesystem, entries);
    const some: Measured = await measureSizes(fleet, host, groups, entries.map(toMeasurable), {
      ...options,
      family,
    });
    for (const [uuid, size] of some.sizes) measured.set(uuid, size);
    why ??= some.fault;
    beingDeleted += groups?.beingDeleted ?? 0;
    if (groups?.qgroups.ok === false) quotaFault ??= groups.qgroups.fault;
  }
  return ok({ ...assemble(listed.value, subvolume, measured, why), quotaFault, beingDeleted });
}

const listingOf = ({ listing }: Filesystem): readonly Subvolume[] => (listing.ok ? listing.value : []);

const familyWord = (filesystem: Filesystem, entries: readonly Entry[]): string =>
  digestOf(
    ...familyOf(
      listingOf(filesystem),
      entries.map(({ uuid }) => uuid),
    ),
  );

interface Entry {
  readonly filesystem: Filesystem;
  readonly subvolume: Subvolume;
  readonly uuid: string;
  readonly path: string;
}

const toMeasurable = ({ filesystem, subvolume, uuid, path }: Entry): Measurable => ({
  id: subvolume.id,
  uuid,
  path,
  readOnly: subvolume.readOnly,
  // Where no path leads to one, no walk comes by it either.
  inside: directlyInside(listingOf(filesystem), subvolume).flatMap((one) =>
    one.uuid === null || one.absolutePath === null ? [] : [{ uuid: one.uuid, path: one.absolutePath }],
  ),
});

/** The subvolume, if it is there, and its snapshots that a path leads to. */
function entriesOf({ inventory, snapshots }: ListedSnapshots, subvolume: string): Entry[] {
  const live = findSubvolume(inventory, subvolume);
  const wanted = new Set(snapshots.map(({ uuid }) => uuid));
  const liveId = live.ok ? live.value.subvolume.uuid : null;
  return inventory.filesystems.flatMap((filesystem) =>
    listingOf(filesystem).flatMap((entry): Entry[] => {
      const { uuid, absolutePath: path } = entry;
      if (uuid === null || path === null || (uuid !== liveId && !wanted.has(uuid))) return [];
      return [{ filesystem, subvolume: entry, uuid, path }];
    }),
  );
}

function assemble(
  { inventory, snapshots }: ListedSnapshots,
  subvolume: string,
  measured: ReadonlyMap<string, MeasuredSize>,
  why: Fault | null,
): Omit<SubvolumeStorage, 'quotaFault'> {
  const found = findSubvolume(inventory, subvolume);
  const sized = snapshots.map((snapshot) => ({ snapshot, size: measured.get(snapshot.uuid) ?? null }));
  const own = found.ok ? (measured.get(found.value.subvolume.uuid ?? '') ?? null) : null;
  const stand = found.ok ? own : (sized.at(-1)?.size ?? null);
  const others = (found.ok ? sized : sized.slice(0, -1)).map(({ size }) => size);
  const known = others.filter((size) => size !== null);
  const whole = stand !== null && known.length === others.length;
  return {
    server: inventory.server,
    subvolume,
    live: stand,
    snapshots: sized,
    efficiency: whole ? efficiencyOf(stand, known) : null,
    fault: why,
  };
}

const nothingThere = (subvolume: string, server: string): Fault =>
  fault(
    'no-such-subvolume',
    `${server} has neither ${subvolume} nor replicas of it.`,
    `See what is there: btrfleet subvolume list --server ${server}`,
    { server },
  );
