import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asLongAsTheFirst } from '../../../../src/core/run/ground/ready-together.ts';

test('others are waited for as long as the first took, within bounds, and not for a clock that is set back', () => {
  const bounds = { least: 3_000, most: 30_000 };
  const after = (took: number): number => {
    let now = 1_000_000;
    const patience = asLongAsTheFirst({ now: () => now }, bounds);
    now += took;
    return patience();
  };
  assert.deepEqual([0, 200, 12_000, 600_000, -3_600_000].map(after), [3_000, 3_000, 12_000, 30_000, 3_000]);
});
