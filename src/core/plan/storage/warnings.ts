/** Decides what about a filesystem somebody must be told, before it stops taking writes. It measures nothing. */
import { quoteWord } from '../../model/command-line.ts';
import type { Filesystem } from '../../model/inventory.ts';
import { type Level, worstFirst } from '../../model/status/finding.ts';
import { errorCounts, type FilesystemStorage } from '../../model/storage.ts';
import { liesInSnapshots } from '../catalog/in-use.ts';
import type { Trend } from './trend.ts';

export interface StorageWarning {
  readonly kind: 'read-only' | 'space' | 'trend' | 'metadata' | 'device-errors' | 'device-missing' | 'scrub';
  /** `degraded`: data is in danger, or writes are about to fail. */
  readonly level: Extract<Level, 'degraded' | 'note'>;
  readonly message: string;
  readonly hint: string;
}

export interface StorageState {
  readonly server: string;
  readonly mount: string;
  /** As the last inventory has it; null: not told. */
  readonly sizeBytes: number | null;
  readonly freeBytes: number | null;
  /** Null: never looked at. */
  readonly storage: FilesystemStorage | null;
  readonly trend: Trend | null;
  /** Whether it can be written to at all, through `mount` or any other of its mounts. */
  readonly writable: Writable;
}

/** `refused-in-use`: btrfleet has snapshots there, so the next one fails; without any it may well be meant so. */
export type Writable = 'yes' | 'refused' | 'refused-in-use';

/** By the last inventory. The mount a filesystem is named by is read-only only where no other one can be written to. */
export function writableOf({ mount, mounts, owners, receiving, listing }: Filesystem): Writable {
  const main = mounts.find(({ path }) => path === mount);
  if (main?.readOnly !== true) return 'yes';
  const hasMarks = Object.keys(owners).length + receiving.length > 0;
  const hasSnapshots = listing.ok && listing.value.some(liesInSnapshots);
  return hasMarks || hasSnapshots ? 'refused-in-use' : 'refused';
}

/** Shares of the size that is free, below which somebody is told. */
export const SPACE_LIMITS = { warning: 0.1, bad: 0.03 } as const;

/** Days until it is full, below which somebody is told. */
export const FULL_IN_DAYS = { warning: 30, bad: 7 } as const;

/**
 * Metadata that is used to so large a share of what is allocated for it, where next to nothing can be allocated any
 * more, ends in "No space left on device" with data space free.
 */
export const METADATA_LIMITS = {
  usedShare: 0.8,
  unallocatedBytes: 1024 ** 3,
  unallocatedShare: 0.02,
} as const;

/** The worst first. */
export function storageWarnings(state: StorageState): StorageWarning[] {
  const found = [
    readOnlyWarning(state),
    spaceWarning(state),
    trendWarning(state),
    ...(state.storage ? ofStorage(state, state.storage) : []),
  ];
  return worstFirst(found.filter((one) => one !== null));
}

/** btrfs does it by itself when it meets errors, and nothing else says so. */
function readOnlyWarning({ server, mount, writable }: StorageState): StorageWarning | null {
  if (writable === 'yes') return null;
  const inUse = writable === 'refused-in-use';
  return {
    kind: 'read-only',
    level: inUse ? 'degraded' : 'note',
    message: `${mount} on ${server} is mounted read-only${inUse ? ': no snapshot can be made, received or deleted there' : ''}.`,
    hint: `btrfs does that by itself when it meets errors: look at "dmesg" there first. If all is well: "mount -o remount,rw ${quoteWord(mount)}".`,
  };
}

function spaceWarning({ server, mount, sizeBytes, freeBytes }: StorageState): StorageWarning | null {
  if (sizeBytes === null || freeBytes === null || sizeBytes === 0) return null;
  const share = freeBytes / sizeBytes;
  if (share >= SPACE_LIMITS.warning) return null;
  return {
    kind: 'space',
    level: share < SPACE_LIMITS.bad ? 'degraded' : 'note',
    message: `${mount} on ${server} has ${share < 0.01 ? 'less than 1' : Math.floor(share * 100)} % left.`,
    hint: 'Keep fewer snapshots there (retention), or add room.',
  };
}

function trendWarning({ server, mount, trend }: StorageState): StorageWarning | null {
  const days = trend?.fullInDays ?? null;
  if (days === null || days >= FULL_IN_DAYS.warning) return null;
  return {
    kind: 'trend',
    level: days < FULL_IN_DAYS.bad ? 'degraded' : 'note',
    message: `${mount} on ${server} is full in about ${Math.max(1, Math.round(days))} d, if it goes on like this.`,
    hint: 'Keep fewer snapshots there (retention), or add room.',
  };
}

const ofStorage = (state: StorageState, storage: FilesystemStorage): (StorageWarning | null)[] => [
  metadataWarning(state, storage),
  missingWarning(state, storage),
  ...deviceWarnings(state, storage),
  scrubWarning(state, storage),
];

function metadataWarning(
  { server, mount }: StorageState,
  { usage }: FilesystemStorage,
): StorageWarning | null {
  if (!usage.ok) return null;
  const { allocations, unallocatedBytes, deviceSizeBytes, globalReserveBytes } = usage.value;
  const metadata = allocations.filter(({ kind }) => kind === 'metadata');
  const size = metadata.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  // The reserve lies within the metadata and is nobody's to use.
  const used = metadata.reduce((sum, { usedBytes }) => sum + usedBytes, 0) + globalReserveBytes;
  const cannotGrow =
    unallocatedBytes <
    Math.min(METADATA_LIMITS.unallocatedBytes, deviceSizeBytes * METADATA_LIMITS.unallocatedShare);
  if (size === 0 || !cannotGrow || used / size < METADATA_LIMITS.usedShare) return null;
  return {
    kind: 'metadata',
    level: 'degraded',
    message: `The metadata of ${mount} on ${server} is ${Math.min(100, Math.round((used / size) * 100))} % full and cannot grow: writes will fail although there is room for data.`,
    hint: `Give room back to it on ${server}: "btrfs balance start -dusage=10 ${quoteWord(mount)}", or delete snapshots.`,
  };
}

function missingWarning(
  { server, mount }: StorageState,
  { usage }: FilesystemStorage,
): StorageWarning | null {
  if (!usage.ok || usage.value.missingBytes === 0) return null;
  return {
    kind: 'device-missing',
    level: 'degraded',
    message: `A device of ${mount} on ${server} is missing.`,
    hint: `See "btrfs filesystem show ${quoteWord(mount)}" there; replace it with "btrfs replace".`,
  };
}

function deviceWarnings({ server, mount }: StorageState, { devices }: FilesystemStorage): StorageWarning[] {
  if (!devices.ok) return [];
  return devices.value.flatMap((one): StorageWarning[] => {
    const told = errorCounts(one)
      .filter(([, count]) => count > 0)
      .map(([what, count]) => `${count} ${what}`);
    if (told.length === 0) return [];
    return [
      {
        kind: 'device-errors',
        level: 'degraded',
        message: `${one.device} of ${mount} on ${server} has had errors: ${told.join(', ')}.`,
        hint: `Look at "dmesg" and "smartctl -a ${quoteWord(one.device)}" there, then run a scrub; "btrfs device stats -z" sets the counters back.`,
      },
    ];
  });
}

function scrubWarning({ server, mount }: StorageState, { scrub }: FilesystemStorage): StorageWarning | null {
  if (!scrub.ok || scrub.value.errors + scrub.value.uncorrectableErrors === 0) return null;
  const { errors, uncorrectableErrors } = scrub.value;
  return {
    kind: 'scrub',
    level: uncorrectableErrors > 0 ? 'degraded' : 'note',
    message:
      uncorrectableErrors > 0
        ? `The last scrub of ${mount} on ${server} found ${uncorrectableErrors} errors it could not mend.`
        : `The last scrub of ${mount} on ${server} found ${errors} errors and mended them.`,
    hint: '"dmesg" there names the files; bring them back from a snapshot on another server.',
  };
}
