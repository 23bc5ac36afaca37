/** Settles what is asked about when somebody asks how a subvolume is off, as far as the primary and the journal tell. */
import { command } from '../../model/command-line.ts';
import { type Fault, fault } from '../../model/fault.ts';
import type { Inventory } from '../../model/inventory.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import type { OpenRestore } from '../../model/runs/restore.ts';
import type { Server } from '../../model/server.ts';
import { isSnapshotName, parentDirectory } from '../../model/snapshot.ts';
import { findSubvolume, insidePath, placeOf, subvolumesOf } from '../../plan/catalog/catalog.ts';
import { newestOf } from '../../plan/catalog/newest.ts';
import type { WantedSnapshot } from '../../plan/status/health-sight.ts';
import type { ReplicaSource } from '../../plan/status/restore-point.ts';
import type { Config } from '../../state/config/schema.ts';
import type { Fleet } from '../ground/fleet.ts';
import type { LookFaults } from '../looks/at-all.ts';
import { copiedByOthers } from './foreign-copies.ts';
import { sourceIn } from './known-replicas.ts';

/** The fleet as it was last seen, and what could not be looked at. */
export interface Scene {
  readonly fleet: Fleet;
  readonly config: Config;
  readonly primary: Server;
  /** The last look at the primary; null: there was none. */
  readonly inventory: Inventory | null;
  readonly faults: LookFaults;
  /** Those that were cut off. */
  readonly restores: readonly OpenRestore[];
  /** As a `HealthQuestion` has them. */
  readonly scrubs: ReadonlyMap<string, string>;
  /** Milliseconds since 1970 UTC. */
  readonly now: number;
}

export interface Subject {
  /** By the path it is known by. */
  readonly subvolume: string;
  /** Somebody named the snapshot. */
  readonly isNamed: boolean;
  readonly wanted: WantedSnapshot | null;
  readonly source: ReplicaSource | null;
  /** The primary was seen without it. */
  readonly isGone: boolean;
}

/** Of the primary's subvolume of that path. */
export const isRestoreOf = ({ subvolume, server }: OpenRestore, primary: string, path: string): boolean =>
  server === primary && subvolume === path;

/** Faults: no-such-subvolume and not-mounted (nothing of it is known either), no-such-snapshot (that is none's name). */
export function subjectOf(scene: Scene, path: string, snapshot: string | null): Result<Subject> {
  if (snapshot !== null && !isSnapshotName(snapshot)) return failed(noSuchSnapshot(path, snapshot));
  const found = scene.inventory ? findSubvolume(scene.inventory, path) : null;
  const subvolume = found?.ok ? found.value.path : path.replace(/(?<=.)\/+$/, '');
  const source = scene.inventory ? sourceIn(scene.inventory, subvolume) : null;
  if (found && !found.ok && source === null && !isKnown(scene, subvolume)) return found;
  return ok({
    subvolume,
    isNamed: snapshot !== null,
    wanted: wantedOf(scene, subvolume, source, snapshot),
    source,
    isGone: found !== null && !found.ok && found.fault.code === 'no-such-subvolume',
  });
}

/** It was sent somewhere, is to be looked after, or a restore of it was cut off. */
const isKnown = ({ fleet, config, restores, primary }: Scene, subvolume: string): boolean =>
  setUp(config).includes(subvolume) ||
  fleet.journal.replicasOf(subvolume).length > 0 ||
  restores.some((one) => isRestoreOf(one, primary.name, subvolume));

function wantedOf(
  { fleet, now }: Scene,
  subvolume: string,
  source: ReplicaSource | null,
  name: string | null,
): WantedSnapshot | null {
  const complete = source?.snapshots.filter(({ state }) => state === 'complete') ?? [];
  const meant =
    name ??
    newestOf(
      complete.map((one) => one.name),
      now,
    );
  if (meant === null) return foreignWanted(source);
  const here = source?.snapshots.find((one) => one.name === meant && one.state !== 'foreign');
  const sent = fleet.journal.replicasOf(subvolume).find((one) => one.name === meant);
  return { name: meant, originId: here?.originId ?? sent?.originId ?? null };
}

/** Where others alone make its snapshots, the newest of theirs is what there is to bring back. */
function foreignWanted(source: ReplicaSource | null): WantedSnapshot | null {
  const newest = source?.foreign.findLast(({ createdAt }) => createdAt !== null);
  return newest ? { name: newest.name, originId: newest.originId, isForeign: true } : null;
}

/** Every subvolume that has snapshots, a policy or a task, or a copy by others on another filesystem, by path. */
export function lookedAfter({ fleet, config, inventory }: Scene): string[] {
  const own = inventory ? withSnapshots(inventory) : [];
  return [
    ...new Set([...setUp(config), ...own, ...copiedByOthers(fleet, config.servers, inventory)]),
  ].toSorted();
}

const setUp = ({ snapshotPolicies, retentionPolicies, tasks }: Config): string[] => [
  ...[...snapshotPolicies, ...retentionPolicies].flatMap(({ enabled, subvolume }) =>
    enabled ? [subvolume] : [],
  ),
  ...tasks.flatMap(({ enabled, subvolumes }) => (enabled ? subvolumes : [])),
];

/** Paths of those that can be chosen. Top levels are left out: what people use lies in them, or is one of these. */
export const subvolumesBelow = ({ server, filesystems }: Inventory): string[] =>
  filesystems.flatMap((filesystem) => {
    const used = subvolumesOf(filesystem);
    return (used.ok ? used.value : []).flatMap((subvolume) => {
      const place = placeOf(server, filesystem, subvolume);
      return place.ok && subvolume.path !== '' ? [place.value.path] : [];
    });
  });

function withSnapshots({ server, filesystems }: Inventory): string[] {
  return filesystems.flatMap((filesystem) => {
    const used = subvolumesOf(filesystem);
    if (!used.ok || !filesystem.listing.ok) return [];
    const directories = new Set(
      filesystem.listing.value.flatMap(({ path, readOnly }) =>
        readOnly && isSnapshotName(path.slice(path.lastIndexOf('/') + 1))
          ? [parentDirectory(`/${path}`)]
          : [],
      ),
    );
    return used.value.flatMap((subvolume) => {
      const place = placeOf(server, filesystem, subvolume);
      if (!place.ok) return [];
      const { path, directory, homes } = place.value;
      const made = [`/${insidePath(filesystem, directory)}`, ...homes];
      return made.some((home) => directories.has(home)) ? [path] : [];
    });
  });
}

export const noSuchSnapshot = (subvolume: string, name: string): Fault =>
  fault(
    'no-such-snapshot',
    `There is no snapshot ${name} of ${subvolume}, nor a replica of it.`,
    `"${command('snapshot', 'list', subvolume)}" shows what there is; --server SERVER what another server has.`,
  );
