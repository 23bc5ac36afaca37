/** What is known of the room on a filesystem, of its devices, and of what subvolumes take up. Sizes are bytes. */
import type { Result } from './result.ts';

/** One kind of block group, as `btrfs filesystem usage -b` tells it. */
export interface Allocation {
  readonly kind: 'data' | 'metadata' | 'system';
  /** `single`, `DUP`, `RAID1` … */
  readonly profile: string;
  readonly sizeBytes: number;
  readonly usedBytes: number;
}

/** `btrfs filesystem usage -b`, as it says it. */
export interface Usage {
  readonly deviceSizeBytes: number;
  readonly allocatedBytes: number;
  readonly unallocatedBytes: number;
  readonly missingBytes: number;
  readonly usedBytes: number;
  /** What could still be written, as btrfs estimates it. */
  readonly freeEstimatedBytes: number;
  /** The least of it, whatever profile comes next; null where it is not told. */
  readonly freeMinBytes: number | null;
  /** Bytes on the devices for each byte of data, and of metadata. */
  readonly dataRatio: number;
  readonly metadataRatio: number;
  readonly globalReserveBytes: number;
  readonly globalReserveUsedBytes: number;
  readonly allocations: readonly Allocation[];
}

/** `btrfs device stats`: errors since somebody reset the counters. */
export interface DeviceErrors {
  readonly device: string;
  readonly writeErrors: number;
  readonly readErrors: number;
  readonly flushErrors: number;
  readonly corruptionErrors: number;
  readonly generationErrors: number;
}

export interface ScrubState {
  readonly status: 'never' | 'running' | 'finished' | 'aborted' | 'interrupted';
  /** ISO 8601 UTC; null: never, or not told. */
  readonly startedAt: string | null;
  readonly durationSeconds: number | null;
  readonly errors: number;
  readonly uncorrectableErrors: number;
}

/** What one subvolume or snapshot takes up. */
export interface SubvolumeSize {
  /** All it refers to. */
  readonly referencedBytes: number;
  /** What only it refers to: what its deletion would free. */
  readonly exclusiveBytes: number;
}

/** `qgroups`: quotas are on there. `du`: every file was walked. Quotas are never switched on by btrfleet. */
export type SizeSource = 'qgroups' | 'du';

/** A size that was measured some time. */
export interface MeasuredSize extends SubvolumeSize {
  readonly uuid: string;
  readonly source: SizeSource;
  /** ISO 8601 UTC. What a read-only snapshot refers to never changes; what only it refers to does. */
  readonly measuredAt: string;
}

/** As it is kept. `family`: a word for what shared data with it then; left out: not known, so it is measured anew. */
export interface KeptSize extends MeasuredSize {
  readonly family?: string;
}

/** What one look at a server's storage showed. A part that could not be read is a fault in its place. */
export interface StorageLook {
  readonly server: string;
  /** ISO 8601 UTC. */
  readonly takenAt: string;
  readonly filesystems: readonly FilesystemStorage[];
}

export interface FilesystemStorage {
  readonly uuid: string;
  readonly mount: string;
  readonly usage: Result<Usage>;
  readonly devices: Result<readonly DeviceErrors[]>;
  readonly scrub: Result<ScrubState>;
  /** By subvolume id; null: quotas are off. */
  readonly qgroups: Result<ReadonlyMap<number, SubvolumeSize> | null>;
  /** Deleted subvolumes whose room btrfs is still giving back; left out: not known. */
  readonly beingDeleted?: number | undefined;
}

/** One point of the trend of a filesystem. */
export interface StorageSample {
  readonly server: string;
  readonly filesystem: string;
  /** ISO 8601 UTC. */
  readonly takenAt: string;
  readonly sizeBytes: number;
  readonly usedBytes: number;
  readonly freeBytes: number;
}

/** Used by one kind of block groups; null: not known. */
export function usedBy(storage: FilesystemStorage | null, kind: Allocation['kind']): number | null {
  if (storage?.usage.ok !== true) return null;
  const all = storage.usage.value.allocations.filter((one) => one.kind === kind);
  return all.reduce((sum, { usedBytes }) => sum + usedBytes, 0);
}

/** By type, as `btrfs device stats` calls them; zeros too. */
export const errorCounts = (one: DeviceErrors) =>
  [
    ['write', one.writeErrors],
    ['read', one.readErrors],
    ['flush', one.flushErrors],
    ['corruption', one.corruptionErrors],
    ['generation', one.generationErrors],
  ] as const;
