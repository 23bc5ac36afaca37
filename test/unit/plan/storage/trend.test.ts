/** Where the room of a filesystem goes, and what snapshots cost. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { StorageSample } from '../../../../src/core/model/storage.ts';
import { efficiencyOf } from '../../../../src/core/plan/storage/efficiency.ts';
import { trendOf } from '../../../../src/core/plan/storage/trend.ts';

const START = Date.parse('2026-11-01T00:00:00.000Z');
const GB = 1e9;

/** One sample every `hours`, `used` in GB of 1000. */
const samples = (hours: number, used: readonly number[]): StorageSample[] =>
  used.map((gigabytes, index) => ({
    server: 'a',
    filesystem: 'f',
    takenAt: new Date(START + index * hours * 3_600_000).toISOString(),
    sizeBytes: 1000 * GB,
    usedBytes: gigabytes * GB,
    freeBytes: (1000 - gigabytes) * GB,
  }));

const growing = (days: number, perDay: number, from = 100): number[] =>
  Array.from({ length: days * 24 + 1 }, (_, hour) => from + (perDay * hour) / 24);

for (const [title, given, perDay, fullInDays] of [
  ['10 GB a day, 830 GB free', samples(1, growing(7, 10)), 10, 83],
  ['shrinking never fills', samples(1, growing(7, -5)), -5, null],
  ['standing still never fills', samples(1, growing(7, 0)), 0, null],
  ['so slowly that it is no news', samples(1, growing(7, 0.01)), 0.01, null],
  ['only the last 14 days count', samples(24, [...Array(30).fill(500), ...growing(15, 0, 900)]), 0, null],
] as const) {
  test(`trend: ${title}`, () => {
    const trend = trendOf(given);
    assert.ok(trend);
    assert.equal(Math.round((trend.bytesPerDay / GB) * 100) / 100, perDay);
    assert.equal(trend.fullInDays === null ? null : Math.round(trend.fullInDays), fullInDays);
  });
}

for (const [title, given] of [
  ['no samples', []],
  ['five samples over days', samples(24, [1, 2, 3, 4, 5])],
  [
    'a night of samples',
    samples(
      1,
      Array.from({ length: 20 }, (_, hour) => hour),
    ),
  ],
  ['many at one moment', samples(0, Array(50).fill(1))],
] as const) {
  test(`no trend from ${title}`, () => assert.equal(trendOf(given), null));
}

test('one large clean-up in the middle does not turn the trend', () => {
  const used = growing(10, 10).map((gigabytes, hour) => (hour > 200 ? gigabytes - 40 : gigabytes));
  const trend = trendOf(samples(1, used));
  assert.ok(trend && trend.bytesPerDay > 5 * GB && trend.bytesPerDay < 11 * GB);
});

test('a trend is always finite, and days until it is full are never negative', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(1000), { maxLength: 60 }), fc.integer({ min: 0, max: 48 }), (used, hours) => {
      const trend = trendOf(samples(hours, used));
      if (trend === null) return;
      assert.ok(Number.isFinite(trend.bytesPerDay));
      assert.ok(trend.fullInDays === null || trend.fullInDays >= 0);
    }),
  );
});

const size = (referenced: number, exclusive: number) => ({
  referencedBytes: referenced,
  exclusiveBytes: exclusive,
});

for (const [title, live, snapshots, overhead, efficiency] of [
  ['nine snapshots of 100 with 2 of their own each', size(100, 0), Array(9).fill(size(100, 2)), 18, 0.882],
  ['no snapshot saves nothing', size(100, 100), [], 0, 0],
  ['snapshots that share nothing save nothing', size(100, 100), [size(100, 100)], 100, 0],
  ['an empty subvolume has none', size(0, 0), [size(0, 0)], 0, null],
] as const) {
  test(`efficiency: ${title}`, () => {
    const found = efficiencyOf(live, snapshots);
    assert.equal(found.snapshotOverheadBytes, overhead);
    assert.equal(found.efficiency === null ? null : Math.round(found.efficiency * 1000) / 1000, efficiency);
  });
}
