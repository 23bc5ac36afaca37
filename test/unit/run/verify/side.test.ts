/** A snapshot is found wherever it lies on its server, also beside a disk that is broken. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fault } from '../../../../src/core/model/fault.ts';
import { failed, ok } from '../../../../src/core/model/result.ts';
import type { Fleet } from '../../../../src/core/run/ground/fleet.ts';
import { openSide } from '../../../../src/core/run/verify/side.ts';
import { filesystem, inventory, snap } from '../../plan/world.ts';

const broken = filesystem(['/usb'], [], {
  uuid: 'broken',
  listing: failed(fault('listing-failed', 'The disk does not answer.', 'Look at it.')),
});
const healthy = filesystem(['/pool'], [snap('s', null, { uuid: 'u' })], { uuid: 'healthy' });

const fleet = {
  look: async () => ok({ host: {}, inventory: inventory(broken, healthy), moves: 0 }),
} as unknown as Fleet;

for (const [title, on, uuid, want] of [
  ['on the healthy one', null, 'u', '/pool/s'],
  ['nowhere, as far as can be told', null, 'v', 'listing-failed'],
  ['on the healthy one it is not', 'healthy', 'v', 'no-such-snapshot'],
  ['on the broken one', 'broken', 'u', 'listing-failed'],
] as const) {
  test(`where a snapshot lies beside a broken disk: ${title}`, async () => {
    const side = await openSide(fleet, { server: 'a', filesystem: on, uuid }, new AbortController().signal);
    assert.equal(side.ok ? side.value.path : side.fault.code, want);
  });
}
