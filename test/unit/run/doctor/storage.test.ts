/** What doctor says of storage: what is about to fail fails, what could not be read is never "ok". */
import assert from 'node:assert/strict';
import test from 'node:test';
import { fault } from '../../../../src/core/model/fault.ts';
import { failed, ok } from '../../../../src/core/model/result.ts';
import type { FilesystemStorage } from '../../../../src/core/model/storage.ts';
import { storageGaps } from '../../../../src/core/plan/storage/gaps.ts';
import type { StorageWarning } from '../../../../src/core/plan/storage/warnings.ts';
import { storageChecks } from '../../../../src/core/run/doctor/storage.ts';
import type { FilesystemState } from '../../../../src/core/run/storage/storage.ts';
import { inventoryOf } from '../../state/fixtures/inventory.ts';

const [filesystem] = inventoryOf('b', 1).filesystems;
assert.ok(filesystem);
const { mount } = filesystem;

const SEEN = '2026-11-20T10:00:00.000Z';
const ROOM = { sizeBytes: 100, usedBytes: 25, freeBytes: 75 };

const USAGE = {
  deviceSizeBytes: 100,
  allocatedBytes: 50,
  unallocatedBytes: 50,
  missingBytes: 0,
  usedBytes: 25,
  freeEstimatedBytes: 75,
  freeMinBytes: null,
  dataRatio: 1,
  metadataRatio: 1,
  globalReserveBytes: 0,
  globalReserveUsedBytes: 0,
  allocations: [],
} as const;

const fine: FilesystemStorage = {
  uuid: filesystem.uuid,
  mount,
  usage: ok(USAGE),
  devices: ok([]),
  scrub: ok({ status: 'never', startedAt: null, durationSeconds: null, errors: 0, uncorrectableErrors: 0 }),
  qgroups: ok(null),
};

const state = (
  storage: FilesystemStorage | null,
  warnings: readonly StorageWarning[] = [],
): FilesystemState => ({
  server: 'b',
  filesystem: { ...filesystem, space: ROOM },
  seenAt: SEEN,
  storage,
  storageSeenAt: storage && SEEN,
  trend: null,
  warnings,
  unchecked: storageGaps({
    ...{ server: 'b', mount, space: ROOM, storage, storageSeenAt: storage && SEEN },
    now: Date.parse(SEEN),
  }),
});

const warning = (level: StorageWarning['level']): StorageWarning => ({
  kind: 'space',
  level,
  message: `It is ${level}.`,
  hint: 'Do this.',
});

const UNREAD = failed(fault('sudo-missing', 'It may not be read.', 'Let it.'));

for (const [title, found, want] of [
  ['nothing wrong', state(fine), ['ok 25 % used, no errors of devices, scrub: never']],
  ['worth a warning', state(fine, [warning('note')]), ['warning It is note.']],
  [
    'about to fail, and more',
    state(fine, [warning('degraded'), warning('note')]),
    ['failed It is degraded.', 'warning It is note.'],
  ],
  [
    'parts that cannot be read',
    state({ ...fine, usage: UNREAD, devices: UNREAD, scrub: UNREAD }),
    [`could-not-check ${Array(3).fill('It may not be read.').join(' ')}`],
  ],
  [
    'no quota groups is no matter',
    state({ ...fine, qgroups: UNREAD }),
    ['ok 25 % used, no errors of devices, scrub: never'],
  ],
] as const) {
  test(title, () => {
    const checks = storageChecks({ server: 'b', filesystems: [found], fault: null });
    assert.deepEqual(
      checks.map(({ status, message }) => `${status} ${message}`),
      want,
    );
    for (const { name, status, hint } of checks) {
      assert.equal(name, `b: storage ${mount}`);
      assert.equal(hint !== '', status !== 'ok');
    }
  });
}

test('one that was never looked at so closely is not called fine', () => {
  const [check] = storageChecks({ server: 'b', filesystems: [state(null)], fault: null });
  assert.equal(check?.status, 'could-not-check');
});

test('a server that could not be looked at: what was known of it before is no answer', () => {
  const why = fault('unreachable', 'b cannot be reached.', 'See.');
  const checks = storageChecks({ server: 'b', filesystems: [state(fine)], fault: why });
  assert.deepEqual(
    checks.map(({ name, status, message, hint }) => [name, status, message, hint]),
    [['b: storage', 'could-not-check', 'b cannot be reached.', 'See.']],
  );
});

test('no filesystem is mounted: there is nothing to check', () => {
  const checks = storageChecks({ server: 'b', filesystems: [], fault: null });
  assert.deepEqual(
    checks.map(({ status, message }) => [status, message]),
    [['could-not-check', 'because of "b: filesystems"']],
  );
});
