/**
 * Tells how the filesystems of the fleet stand: looked at now, or as they were last seen. A server that hangs delays
 * nobody, and one that could not be looked at is told as such beside what was known of it.
 */
import type { Fault } from '../../model/fault.ts';
import type { Filesystem, Inventory } from '../../model/inventory.ts';
import type { FilesystemStorage, StorageLook, StorageSample } from '../../model/storage.ts';
import { type StorageGap, storageGaps } from '../../plan/storage/gaps.ts';
import { TREND_DAYS, type Trend, trendOf } from '../../plan/storage/trend.ts';
import { type StorageWarning, storageWarnings, writableOf } from '../../plan/storage/warnings.ts';
import { type Fleet, lookAt } from '../ground/fleet.ts';
import { isTooSlow, tooSlow } from '../looks/at-all.ts';
import { lookAtStorage, storageHangs } from './look.ts';

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
  /** What of it could not be checked. With any, no warnings does not mean that all is well. */
  readonly unchecked: readonly StorageGap[];
}

export interface ServerStorage {
  readonly server: string;
  readonly filesystems: readonly FilesystemState[];
  /** Why it could not be looked at now; null: it was, or nobody asked for it. */
  readonly fault: Fault | null;
}

/** Seconds for a look at one server. */
const LOOK = 30;

const DAY = 86_400_000;

/** As it is now. In the order of `servers`. */
export function lookAtStorages(
  fleet: Fleet,
  servers: readonly string[],
  signal: AbortSignal,
): Promise<ServerStorage[]> {
  return Promise.all(
    servers.map(async (server) => {
      const why = await lookAtOne(fleet, server, signal);
      return { server, filesystems: knownStorage(fleet, [server]), fault: why };
    }),
  );
}

/** Null: it was looked at. */
async function lookAtOne(fleet: Fleet, server: string, signal: AbortSignal): Promise<Fault | null> {
  const limit = AbortSignal.timeout(LOOK * 1000);
  const both = AbortSignal.any([signal, limit]);
  const seen = await lookAt(fleet, server, both);
  if (!seen.ok) return isTooSlow(seen.fault, limit, signal) ? tooSlow(server, LOOK) : seen.fault;
  const looked = await lookAtStorage(fleet, seen.value.host, seen.value.inventory, both);
  if (looked.ok) return null;
  return isTooSlow(looked.fault, limit, signal) ? storageHangs(seen.value.inventory, LOOK) : looked.fault;
}

/** As it was last seen by anybody; no network. */
export function knownStorage(
  fleet: Pick<Fleet, 'journal' | 'clock'>,
  servers: readonly string[],
): FilesystemState[] {
  const { journal } = fleet;
  const looks = new Map(journal.storageLooks().map((look) => [look.server, look]));
  const samples = Map.groupBy(journal.storageSamples(trendSince(fleet)), sampleKey);
  const only = servers.length === 1 ? servers[0] : undefined;
  const inventories = only === undefined ? journal.lastInventories() : listOf(journal.lastInventory(only));
  const wanted = new Set(servers);
  return inventories
    .filter(({ server }) => wanted.has(server))
    .flatMap((inventory) => {
      const look = looks.get(inventory.server) ?? null;
      return statesIn({ inventory, look, samples, now: fleet.clock.now() });
    });
}

/** The same of one server whose looks are at hand; of many, one after the other, it never blocks for long. */
export function storageIn(
  fleet: Pick<Fleet, 'journal' | 'clock'>,
  inventory: Inventory,
  look: StorageLook | null,
): FilesystemState[] {
  const samples = fleet.journal.storageSamples(trendSince(fleet), inventory.server);
  return statesIn({
    inventory,
    look,
    samples: Map.groupBy(samples, sampleKey),
    now: fleet.clock.now(),
  });
}

const trendSince = ({ clock }: Pick<Fleet, 'clock'>): string =>
  new Date(clock.now() - TREND_DAYS * DAY).toISOString();

interface Known {
  readonly inventory: Inventory;
  readonly look: StorageLook | null;
  readonly samples: ReadonlyMap<string, readonly StorageSample[]>;
  readonly now: number;
}

const statesIn = ({ inventory, look, samples, now }: Known): FilesystemState[] =>
  inventory.filesystems.map((filesystem) => {
    const { server, takenAt } = inventory;
    const storage = look?.filesystems.find(({ uuid }) => uuid === filesystem.uuid) ?? null;
    const trend = trendOf(samples.get(sampleKey({ server, filesystem: filesystem.uuid })) ?? []);
    const { mount, space } = filesystem;
    const storageSeenAt = storage === null ? null : (look?.takenAt ?? null);
    const writable = writableOf(filesystem);
    return {
      server,
      filesystem,
      seenAt: takenAt,
      storage,
      storageSeenAt,
      trend,
      warnings: storageWarnings({ server, mount, ...space, storage, trend, writable }),
      unchecked: storageGaps({ server, mount, space, storage, storageSeenAt, now }),
    };
  });

const listOf = (inventory: Inventory | null): readonly Inventory[] => (inventory === null ? [] : [inventory]);

const sampleKey = ({ server, filesystem }: Pick<StorageSample, 'server' | 'filesystem'>): string =>
  `${server} ${filesystem}`;
