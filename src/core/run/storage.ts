/**
 * Tells how the filesystems of the fleet stand: looked at now, or as they were last seen. A server that hangs delays
 * nobody, and one that could not be looked at is told as such beside what was known of it.
 */
import type { Fault } from '../model/fault.ts';
import type { Filesystem, Inventory } from '../model/inventory.ts';
import { ok, type Result } from '../model/result.ts';
import type { FilesystemStorage, StorageLook, StorageSample } from '../model/storage.ts';
import { type StorageWarning, storageWarnings } from '../plan/storage-warnings.ts';
import { TREND_DAYS, type Trend, trendOf } from '../plan/trend.ts';
import { type Fleet, lookAt } from './fleet.ts';
import { lookAtStorage } from './storage-look.ts';

export interface FilesystemState {
  readonly server: string;
  readonly filesystem: Filesystem;
  /** When its size was told, ISO 8601 UTC. */
  readonly seenAt: string;
  /** Null: it was never looked at so closely. */
  readonly storage: FilesystemStorage | null;
  /** When that was; null as `storage`. */
  readonly storageSeenAt: string | null;
  readonly trend: Trend | null;
  readonly warnings: readonly StorageWarning[];
}

export interface ServerStorage {
  readonly server: string;
  readonly filesystems: readonly FilesystemState[];
  /** Why it could not be looked at now; null: it was, or nobody asked for it. */
  readonly fault: Fault | null;
}

/** Milliseconds for a look at one server. */
const LOOK = 30_000;

const DAY = 86_400_000;

/** As it is now. In the order of `servers`. */
export function lookAtStorages(
  fleet: Fleet,
  servers: readonly string[],
  signal: AbortSignal,
): Promise<ServerStorage[]> {
  return Promise.all(
    servers.map(async (server) => {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(LOOK)]);
      const looked = await lookAtOne(fleet, server, limit);
      return { server, filesystems: knownStorage(fleet, [server]), fault: looked.ok ? null : looked.fault };
    }),
  );
}

async function lookAtOne(fleet: Fleet, server: string, signal: AbortSignal): Promise<Result<void>> {
  const seen = await lookAt(fleet, server, signal);
  if (!seen.ok) return seen;
  const looked = await lookAtStorage(fleet, seen.value.host, seen.value.inventory, signal);
  return looked.ok ? ok(undefined) : looked;
}

/** As it was last seen by anybody; no network. */
export function knownStorage(fleet: Fleet, servers: readonly string[]): FilesystemState[] {
  const { journal } = fleet;
  const looks = new Map(journal.storageLooks().map((look) => [look.server, look]));
  const samples = Map.groupBy(journal.storageSamples(trendSince(fleet)), sampleKey);
  const only = servers.length === 1 ? servers[0] : undefined;
  const inventories = only === undefined ? journal.lastInventories() : listOf(journal.lastInventory(only));
  const wanted = new Set(servers);
  return inventories
    .filter(({ server }) => wanted.has(server))
    .flatMap((inventory) => statesIn(inventory, looks.get(inventory.server) ?? null, samples));
}

/** The same of one server whose looks are at hand; of many, one after the other, it never blocks for long. */
export function storageIn(
  fleet: Pick<Fleet, 'journal' | 'clock'>,
  inventory: Inventory,
  look: StorageLook | null,
): FilesystemState[] {
  const samples = fleet.journal.storageSamples(trendSince(fleet), inventory.server);
  return statesIn(inventory, look, Map.groupBy(samples, sampleKey));
}

const trendSince = ({ clock }: Pick<Fleet, 'clock'>): string =>
  new Date(clock.now() - TREND_DAYS * DAY).toISOString();

const statesIn = (
  { server, takenAt, filesystems }: Inventory,
  look: StorageLook | null,
  samples: ReadonlyMap<string, readonly StorageSample[]>,
): FilesystemState[] =>
  filesystems.map((filesystem) => {
    const storage = look?.filesystems.find(({ uuid }) => uuid === filesystem.uuid) ?? null;
    const trend = trendOf(samples.get(sampleKey({ server, filesystem: filesystem.uuid })) ?? []);
    const { mount, space } = filesystem;
    return {
      server,
      filesystem,
      seenAt: takenAt,
      storage,
      storageSeenAt: storage === null ? null : (look?.takenAt ?? null),
      trend,
      warnings: storageWarnings({ server, mount, ...space, storage, trend }),
    };
  });

const listOf = (inventory: Inventory | null): readonly Inventory[] => (inventory === null ? [] : [inventory]);

const sampleKey = ({ server, filesystem }: Pick<StorageSample, 'server' | 'filesystem'>): string =>
  `${server} ${filesystem}`;
