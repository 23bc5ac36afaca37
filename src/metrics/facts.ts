/** Collects what the metrics tell: all of it from configuration and journal, without asking any server. */
import { type ItemMemory, type ItemRecord, itemKey } from '../core/model/automation/automation.ts';
import type { Inventory } from '../core/model/inventory.ts';
import type { Verification } from '../core/model/runs/verification.ts';
import type { Server } from '../core/model/server.ts';
import type { StorageSample } from '../core/model/storage.ts';
import { itemsOf, type Plans } from '../core/plan/automation/due.ts';
import { placeOf, snapshotsOf, subvolumesOf } from '../core/plan/catalog/catalog.ts';
import type { Standing } from '../core/run/status/standing.ts';
import type { StatusFleet, TaskStatus } from '../core/run/status/task-status.ts';
import type { FilesystemState } from '../core/run/storage/storage.ts';
import { SCHEDULER_LOCK } from '../core/state/journal/locks.ts';
import type { LastSuccess, RunTotal, SentTotal } from '../core/state/journal/totals.ts';
import type { Standstill } from './standstill-cause.ts';

export interface MetricFacts {
  readonly version: string;
  /** Milliseconds since 1970 UTC. */
  readonly now: number;
  /** When the scheduler last said that it lives, ISO 8601 UTC; null: none is at work, nor died at work. */
  readonly beat: string | null;
  /** All of the configuration; `seenAt`: when it was last seen, ISO 8601 UTC; null: never. */
  readonly servers: readonly (Pick<Server, 'name' | 'role'> & { readonly seenAt: string | null })[];
  readonly filesystems: readonly FilesystemState[];
  /** Of every filesystem that was ever seen on one of the servers, when it last was. */
  readonly samples: readonly Pick<StorageSample, 'server' | 'filesystem' | 'takenAt'>[];
  readonly subvolumes: readonly SubvolumeCount[];
  readonly tasks: readonly TaskStatus[];
  /** The last comparisons of replicas with their source. */
  readonly verifications: readonly Verification[];
  /** Of the items there are now. */
  readonly items: readonly ItemMemory[];
  readonly records: readonly ItemRecord[];
  readonly successes: readonly LastSuccess[];
  readonly runs: readonly RunTotal[];
  readonly sent: readonly SentTotal[];
  /** Running now. */
  readonly running: number;
  /** Of the scheduler that makes these metrics; none where nobody watches one. */
  readonly standstills: readonly Standstill[];
}

/** A subvolume of the primary that has snapshots, or should have. */
export interface SubvolumeCount {
  readonly server: string;
  readonly subvolume: string;
  readonly snapshots: number;
  /** ISO 8601 UTC. */
  readonly newest: string | null;
}

export function metricFacts(
  fleet: StatusFleet,
  { config, statuses: tasks, storage: filesystems }: Standing,
  version: string,
  standstills: readonly Standstill[] = [],
): MetricFacts {
  const { journal } = fleet;
  const stamps = journal.lookStamps();
  const names = config.servers.map(({ name }) => name);
  const items = new Set(itemsOf(config).map(itemKey));
  return {
    version,
    now: fleet.clock.now(),
    beat: journal.lockBeat(SCHEDULER_LOCK),
    servers: config.servers.map(({ name, role }) => ({
      ...{ name, role },
      seenAt: stamps.get(name)?.takenAt ?? null,
    })),
    filesystems,
    samples: journal.lastSamples().filter(({ server }) => names.includes(server)),
    subvolumes: countsOf(fleet, config.servers, config),
    tasks,
    verifications: journal.allVerifications().filter(({ server }) => names.includes(server)),
    items: journal.itemMemories().filter(({ item }) => items.has(item)),
    records: journal.itemRecords().filter(({ item }) => items.has(item)),
    successes: journal.lastSuccesses().filter(({ item }) => items.has(item)),
    runs: journal.runTotals(),
    sent: journal.sentTotals(),
    running: journal.listRuns({ state: 'running', limit: MOST }).length,
    standstills,
  };
}

const MOST = 10_000;

function countsOf({ journal }: StatusFleet, servers: readonly Server[], plans: Plans): SubvolumeCount[] {
  const primary = servers.find(({ role }) => role === 'primary');
  const inventory = primary ? journal.lastInventory(primary.name) : null;
  return inventory === null ? [] : countsIn(inventory, looked(plans));
}

/** Subvolumes that somebody wants snapshots of. */
const looked = ({ snapshotPolicies, tasks }: Plans): string[] => [
  ...snapshotPolicies.flatMap(({ enabled, subvolume }) => (enabled ? [subvolume] : [])),
  ...tasks.flatMap(({ enabled, subvolumes }) => (enabled ? subvolumes : [])),
];

/**
 * Of the subvolumes with snapshots and of those that should have some: none is 0 then. What could not be listed is left
 * out: whether it has any is not known.
 */
export function countsIn({ server, filesystems }: Inventory, wanted: readonly string[]): SubvolumeCount[] {
  const counts = filesystems.flatMap((filesystem) => {
    const entries = subvolumesOf(filesystem);
    return (entries.ok ? entries.value : []).flatMap((entry): SubvolumeCount[] => {
      const place = placeOf(server, filesystem, entry);
      const snapshots = place.ok ? snapshotsOf(place.value) : place;
      if (!place.ok || !snapshots.ok) return [];
      const ours = snapshots.value.filter(({ state }) => state === 'complete');
      const subvolume = place.value.path;
      return [{ server, subvolume, snapshots: ours.length, newest: ours.at(-1)?.createdAt ?? null }];
    });
  });
  const known = new Set(counts.map(({ subvolume }) => subvolume));
  const isWhole = filesystems.every(({ listing }) => listing.ok);
  const missing = [...new Set(wanted)].filter((one) => isWhole && !known.has(one));
  return [
    ...counts.filter(({ snapshots, subvolume }) => snapshots > 0 || wanted.includes(subvolume)),
    ...missing.map((subvolume) => ({ server, subvolume, snapshots: 0, newest: null })),
  ];
}
