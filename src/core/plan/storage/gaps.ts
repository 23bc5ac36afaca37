/** Decides what of a filesystem could not be checked, so that no warnings is not taken for "fine". It looks at nothing. */
import { type Fault, fault } from '../../model/fault.ts';
import type { Space } from '../../model/inventory.ts';
import type { FilesystemStorage } from '../../model/storage.ts';

/** `never`: nobody looked so closely yet; `look`: the last try failed, or it is too long ago. */
export type StoragePart = 'never' | 'look' | 'space' | 'metadata' | 'devices' | 'scrub';

export interface StorageGap {
  readonly part: StoragePart;
  readonly fault: Fault;
}

/** As people read it: "could not check: device errors, scrub". */
export const PART_WORDS: Readonly<Record<StoragePart, string>> = {
  never: 'devices, metadata, scrub',
  look: 'devices, metadata, scrub',
  space: 'free space',
  metadata: 'metadata',
  devices: 'device errors',
  scrub: 'scrub',
};

/** Seconds after which a look at devices, metadata and scrub says nothing of now. A scheduler looks four times within. */
export const STORAGE_STALE = 3600;

export interface GapQuestion {
  readonly server: string;
  readonly mount: string;
  readonly space: Space;
  /** Null: never looked at. */
  readonly storage: FilesystemStorage | null;
  /** When that was, ISO 8601 UTC; null as `storage`. */
  readonly storageSeenAt: string | null;
  /** Milliseconds since 1970 UTC. */
  readonly now: number;
}

/** Quota groups are no matter of health. Empty: all was checked, and not long ago. */
export function storageGaps(question: GapQuestion): StorageGap[] {
  const { server, mount, space, storage, storageSeenAt, now } = question;
  const unsized = space.sizeBytes === null || space.freeBytes === null;
  const found: StorageGap[] = unsized ? [{ part: 'space', fault: notTold(server, mount) }] : [];
  if (storage === null || storageSeenAt === null) {
    return [...found, { part: 'never', fault: unseen(server, mount, 'never looked at') }];
  }
  if (now - Date.parse(storageSeenAt) > STORAGE_STALE * 1000) {
    return [...found, { part: 'look', fault: unseen(server, mount, `last looked at at ${storageSeenAt}`) }];
  }
  const { usage, devices, scrub } = storage;
  const parts = [
    ['metadata', usage],
    ['devices', devices],
    ['scrub', scrub],
  ] as const;
  return [...found, ...parts.flatMap(([part, read]) => (read.ok ? [] : [{ part, fault: read.fault }]))];
}

/** What one and the same step mends is told once. */
export const gapSteps = (gaps: readonly StorageGap[]): Pick<Fault, 'message' | 'hint'>[] =>
  [...Map.groupBy(gaps, ({ fault: { hint } }) => hint)].map(([hint, some]) => ({
    message: some.map((gap) => gap.fault.message).join(' '),
    hint,
  }));

/** What could not be checked, in words; each once. */
export const gapWords = (gaps: readonly Pick<StorageGap, 'part'>[]): string =>
  [...new Set(gaps.map(({ part }) => PART_WORDS[part]))].join(', ');

const notTold = (server: string, mount: string): Fault =>
  fault(
    'listing-failed',
    `Free space of ${mount} on ${server} is not told.`,
    `Run "findmnt -t btrfs -b -J -o TARGET,SIZE,AVAIL" on ${server} and see what it says.`,
    { server },
  );

const unseen = (server: string, mount: string, when: string): Fault =>
  fault(
    'listing-failed',
    `The devices and the metadata of ${mount} on ${server} were ${when}.`,
    `Look at them: btrfleet storage --server ${server}`,
    { server, retry: true },
  );
