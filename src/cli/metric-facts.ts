/** Collects what the metrics tell: all of it from configuration and journal, without asking any server. */
import type { ItemMemory } from '../core/model/automation.ts';
import { ok, type Result } from '../core/model/result.ts';
import { placeOf, snapshotsOf, subvolumesOf } from '../core/plan/catalog.ts';
import type { Fleet } from '../core/run/fleet.ts';
import { type FilesystemState, knownStorage } from '../core/run/storage.ts';
import { type TaskStatus, taskStatuses } from '../core/run/task-status.ts';
import type { LastSuccess, RunTotal, SentTotal } from '../core/state/journal-totals.ts';

export interface MetricFacts {
  readonly version: string;
  /** When each server was last seen, ISO 8601 UTC; null: never. */
  readonly seen: ReadonlyMap<string, string | null>;
  readonly filesystems: readonly FilesystemState[];
  readonly subvolumes: readonly SubvolumeCount[];
  readonly tasks: readonly TaskStatus[];
  readonly items: readonly ItemMemory[];
  readonly successes: readonly LastSuccess[];
  readonly runs: readonly RunTotal[];
  readonly sent: readonly SentTotal[];
  /** Running now. */
  readonly running: number;
}

/** A subvolume of the primary that has snapshots. */
export interface SubvolumeCount {
  readonly server: string;
  readonly subvolume: string;
  readonly snapshots: number;
  /** ISO 8601 UTC. */
  readonly newest: string | null;
}

/** Faults: config-invalid. */
export function metricFacts(fleet: Fleet, version: string): Result<MetricFacts> {
  const read = fleet.config.read();
  if (!read.ok) return read;
  const { servers } = read.value.config;
  const tasks = taskStatuses(fleet);
  if (!tasks.ok) return tasks;
  const { journal } = fleet;
  const stamps = journal.lookStamps();
  const primary = servers.find(({ role }) => role === 'primary');
  const names = servers.map(({ name }) => name);
  return ok({
    version,
    seen: new Map(names.map((name) => [name, stamps.get(name)?.takenAt ?? null])),
    filesystems: knownStorage(fleet, names),
    subvolumes: primary ? countsOf(fleet, primary.name) : [],
    tasks: tasks.value,
    items: journal.itemMemories(),
    successes: journal.lastSuccesses(),
    runs: journal.runTotals(),
    sent: journal.sentTotals(),
    running: journal.listRuns({ state: 'running', limit: MOST }).length,
  });
}

const MOST = 10_000;

function countsOf({ journal }: Fleet, server: string): SubvolumeCount[] {
  const inventory = journal.lastInventory(server);
  return (inventory?.filesystems ?? []).flatMap((filesystem) => {
    const entries = subvolumesOf(filesystem);
    return (entries.ok ? entries.value : []).flatMap((entry): SubvolumeCount[] => {
      const place = placeOf(server, filesystem, entry);
      const snapshots = place.ok ? snapshotsOf(place.value) : place;
      if (!place.ok || !snapshots.ok) return [];
      const ours = snapshots.value.filter(({ state }) => state === 'complete');
      if (ours.length === 0) return [];
      return [
        {
          server,
          subvolume: place.value.path,
          snapshots: ours.length,
          newest: ours.at(-1)?.createdAt ?? null,
        },
      ];
    });
  });
}
