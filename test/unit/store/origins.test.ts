import assert from 'node:assert/strict';
import test from 'node:test';
import type { Inventory } from '../../../src/core/model/inventory.ts';
import { hasOrigin, readOrigins, wasRead } from '../../../src/store/origins.ts';
import { filesystem, snap, used } from '../plan/world.ts';

const two = (): Inventory => ({
  server: 'b',
  takenAt: '2026-11-20T08:00:00.000Z',
  problems: [],
  filesystems: [
    filesystem(['/srv'], [used('data', { uuid: 'live' })], { uuid: 'one' }),
    filesystem(['/usb'], [snap('.snapshots/data/x', 'data', { uuid: 'x', receivedUuid: 'sent' })], {
      uuid: 'two',
    }),
  ],
});

test('what was not read is not "none"', () => {
  const inventory = two();
  assert.deepEqual([hasOrigin(inventory, 'sent'), wasRead(inventory)], [null, false]);
  readOrigins(inventory);
  assert.deepEqual([hasOrigin(inventory, 'sent'), wasRead(inventory)], [true, true]);
});

for (const [id, has] of [
  ['sent', true],
  ['x', false],
  ['live', false],
  ['nowhere', false],
] as const) {
  test(`${id} is ${has ? '' : 'not '}content that a server has`, () => {
    const inventory = two();
    readOrigins(inventory);
    assert.equal(hasOrigin(inventory, id), has);
  });
}

test('a later look that saw the same is known, too', () => {
  const inventory = two();
  readOrigins(inventory);
  const later = { ...inventory, filesystems: inventory.filesystems.map((one) => ({ ...one })) };
  assert.equal(hasOrigin(later, 'sent'), true);
});
