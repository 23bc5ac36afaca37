/** What somebody is told of a filesystem, and what is said of it that could not be checked. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fault } from '../../../../src/core/model/fault.ts';
import type { Filesystem, Subvolume } from '../../../../src/core/model/inventory.ts';
import { failed, ok } from '../../../../src/core/model/result.ts';
import { URGENCY } from '../../../../src/core/model/status/finding.ts';
import type { FilesystemStorage, Usage } from '../../../../src/core/model/storage.ts';
import { gapWords, STORAGE_STALE, storageGaps } from '../../../../src/core/plan/storage/gaps.ts';
import {
  type StorageState,
  storageWarnings,
  writableOf,
} from '../../../../src/core/plan/storage/warnings.ts';

const USAGE: Usage = {
  ...{ deviceSizeBytes: 1000, allocatedBytes: 500, unallocatedBytes: 500, missingBytes: 0, usedBytes: 250 },
  ...{ freeEstimatedBytes: 750, freeMinBytes: null, dataRatio: 1, metadataRatio: 1 },
  ...{ globalReserveBytes: 0, globalReserveUsedBytes: 0, allocations: [] },
};

const NO_ERRORS = { writeErrors: 0, readErrors: 0, flushErrors: 0, corruptionErrors: 0, generationErrors: 0 };
const SCRUB = { startedAt: null, durationSeconds: null, errors: 0, uncorrectableErrors: 0 };

const FINE: FilesystemStorage = {
  ...{ uuid: 'u', mount: '/pool', usage: ok(USAGE), qgroups: ok(null) },
  devices: ok([{ device: '/dev/sda', ...NO_ERRORS }]),
  scrub: ok({ status: 'finished', ...SCRUB }),
};

const told = (more: Partial<StorageState>): string[] =>
  storageWarnings({
    ...{ server: 'b', mount: '/pool', sizeBytes: 1000, freeBytes: 750, storage: FINE, trend: null },
    writable: 'yes',
    ...more,
  }).map(({ level, kind }) => `${URGENCY[level]} ${kind}`);

for (const [title, state, want] of [
  ['all is well', {}, []],
  ['read-only, with snapshots on it', { writable: 'refused-in-use' }, ['bad read-only']],
  ['read-only, and nothing of btrfleet on it', { writable: 'refused' }, ['warning read-only']],
  ['8 % left', { freeBytes: 80 }, ['warning space']],
  ['2 % left', { freeBytes: 20 }, ['bad space']],
  ['the worst first', { freeBytes: 80, writable: 'refused-in-use' }, ['bad read-only', 'warning space']],
  [
    'a device is missing',
    { storage: { ...FINE, usage: ok({ ...USAGE, missingBytes: 1 }) } },
    ['bad device-missing'],
  ],
  [
    'a device had errors',
    { storage: { ...FINE, devices: ok([{ device: '/dev/sda', ...NO_ERRORS, readErrors: 2 }]) } },
    ['bad device-errors'],
  ],
  [
    'a scrub mended errors',
    { storage: { ...FINE, scrub: ok({ status: 'finished', ...SCRUB, errors: 2 }) } },
    ['warning scrub'],
  ],
] as const satisfies readonly (readonly [string, Partial<StorageState>, readonly string[]])[]) {
  test(title, () => assert.deepEqual(told(state), want));
}

const mount = (path: string, flags = '') => ({
  ...{ path, root: '/' },
  readOnly: flags.includes('ro'),
  bind: flags.includes('bind'),
});

const subvolume = (path: string): Subvolume => ({
  ...{ id: 256, path, absolutePath: `/pool/${path}`, mount: '/pool', uuid: path, parentUuid: null },
  ...{ receivedUuid: null, generation: 1, createdGeneration: 1, readOnly: true, createdAt: null },
});

const filesystem = (more: Partial<Filesystem>): Filesystem => ({
  ...{ uuid: 'u', mount: '/pool', mounts: [mount('/pool', 'ro')], receiving: [], owners: {}, problems: [] },
  space: { sizeBytes: 1000, usedBytes: 250, freeBytes: 750 },
  listing: ok([subvolume('data')]),
  ...more,
});

for (const [title, more, want] of [
  ['it can be written to', { mounts: [mount('/pool')] }, 'yes'],
  ['its name is the mount that can be written to', { mounts: [mount('/pool'), mount('/ro', 'ro')] }, 'yes'],
  ['it cannot be written to, and nobody makes snapshots there', {}, 'refused'],
  ['there are snapshots', { listing: ok([subvolume('.snapshots/data/x')]) }, 'refused-in-use'],
  ['there are marks of replicas', { owners: { '/pool/.snapshots/data': ['u:data'] } }, 'refused-in-use'],
] as const satisfies readonly (readonly [string, Partial<Filesystem>, string])[]) {
  test(`writable: ${title}`, () => assert.equal(writableOf(filesystem(more)), want));
}

const UNREAD = failed(fault('sudo-missing', 'It may not be read.', 'Let it.'));
const NOW = Date.parse('2026-11-20T12:00:00.000Z');
const at = (age: number): string => new Date(NOW - age * 1000).toISOString();

for (const [title, storage, age, want] of [
  ['all was read', FINE, 0, ''],
  ['quota groups are no matter of health', { ...FINE, qgroups: UNREAD }, 0, ''],
  [
    'devices and scrub may not be read',
    { ...FINE, devices: UNREAD, scrub: UNREAD },
    0,
    'device errors, scrub',
  ],
  ['an hour ago', FINE, STORAGE_STALE, ''],
  ['more than an hour ago', FINE, STORAGE_STALE + 1, 'devices, metadata, scrub'],
  ['never', null, 0, 'devices, metadata, scrub'],
] as const) {
  test(`not checked: ${title}`, () => {
    const space = { sizeBytes: 1000, usedBytes: 250, freeBytes: 750 };
    const seen = storage === null ? null : at(age);
    const gaps = storageGaps({ server: 'b', mount: '/pool', space, storage, storageSeenAt: seen, now: NOW });
    assert.equal(gapWords(gaps), want);
  });
}

test('not checked: free space is not told', () => {
  const space = { sizeBytes: null, usedBytes: null, freeBytes: null };
  const about = { server: 'b', mount: '/pool', space, storage: FINE, storageSeenAt: at(0), now: NOW };
  assert.equal(gapWords(storageGaps(about)), 'free space');
});
