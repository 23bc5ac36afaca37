import assert from 'node:assert/strict';
import test from 'node:test';
import { proveFirst } from '../../../../src/core/plan/replication/prove-first.ts';

const GB = 1_000_000_000;
const full = {
  bytes: 20 * GB,
  rate: 10_000_000,
  space: { sizeBytes: 100 * GB, usedBytes: 50 * GB, freeBytes: 50 * GB },
  target: { server: 'b', mount: '/srv/pool' },
};

for (const [title, more, proves, why] of [
  ['a slow link', {}, true, /reading 20000 MB on both servers is quicker than sending them at 10 MB\/s/],
  ['a fast link', { rate: 400_000_000 }, false, /sending 20000 MB at 400 MB\/s is quicker/],
  ['a link nobody knows', { rate: null }, false, /how fast the link is has not been seen/],
  ['nothing counted', { bytes: null }, false, /could not be counted/],
  [
    'no room for all of it',
    { rate: null, space: { ...full.space, freeBytes: GB } },
    true,
    /would not fit there/,
  ],
] as const) {
  test(`compared before all is sent: ${title}`, () => {
    const choice = proveFirst({ ...full, ...more });
    assert.equal(choice.proves, proves);
    assert.match(choice.why, why);
  });
}
