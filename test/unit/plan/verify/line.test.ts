import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wasSentInFullSince } from '../../../../src/core/plan/verify/line.ts';
import { filesystem, snap } from '../world.ts';

const listed = (...made: readonly (readonly [string, string | null])[]) => {
  const { listing } = filesystem(
    ['/pool'],
    made.map(([uuid, parentUuid]) => snap(uuid, null, { uuid, parentUuid })),
  );
  return listing.ok ? listing.value : [];
};

for (const [title, made, compared, want] of [
  ['it is the one', [['a', null]], 'a', false],
  [
    'on top of it',
    [
      ['a', null],
      ['b', 'a'],
      ['c', 'b'],
    ],
    'a',
    false,
  ],
  [
    'in full',
    [
      ['a', null],
      ['b', null],
    ],
    'a',
    true,
  ],
  [
    'on top of one in full',
    [
      ['a', null],
      ['b', null],
      ['c', 'b'],
    ],
    'a',
    true,
  ],
  [
    'the one is gone',
    [
      ['b', 'a'],
      ['c', 'b'],
    ],
    'a',
    false,
  ],
  [
    'one in between is gone',
    [
      ['a', null],
      ['c', 'b'],
    ],
    'a',
    false,
  ],
  ['in full, and the one is gone', [['c', null]], 'a', true],
  [
    'each of the other',
    [
      ['b', 'c'],
      ['c', 'b'],
    ],
    'a',
    false,
  ],
] as const) {
  test(`whether a replica shares its data with one that was compared: ${title}`, () => {
    const listing = listed(...made);
    const newest = listing.find(({ uuid }) => uuid === made.at(-1)?.[0]);
    assert.ok(newest);
    assert.equal(wasSentInFullSince(listing, newest, compared), want);
  });
}
