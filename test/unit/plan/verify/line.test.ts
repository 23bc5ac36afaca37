import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wasSentInFullSince } from '../../../../src/core/plan/verify/line.ts';
import { filesystem, snap } from '../world.ts';

/** `a b<a`: a was sent in full, b on top of it; the last one is asked about. */
function listed(words: string) {
  const made = words.split(' ').map((word) => word.split('<'));
  const entries = made.map(([uuid = '', parentUuid = null]) => snap(uuid, null, { uuid, parentUuid }));
  const { listing } = filesystem(['/pool'], entries);
  assert.ok(listing.ok);
  const newest = listing.value.find(({ uuid }) => uuid === made.at(-1)?.[0]);
  assert.ok(newest);
  return { listing: listing.value, newest };
}

for (const [title, words, compared, want] of [
  ['it is the one', 'a', 'a', false],
  ['on top of it', 'a b<a c<b', 'a', false],
  ['in full', 'a b', 'a', true],
  ['on top of one in full', 'a b c<b', 'a', true],
  ['the one is gone', 'b<a c<b', 'a', false],
  ['one in between is gone', 'a c<b', 'a', false],
  ['in full, and the one is gone', 'c', 'a', true],
  ['an older one of the same line', 'c<b b<a a', 'c', false],
  ['both on top of the same', 'a b<a c<a', 'b', false],
  ['both on top of one that is gone', 'b<a c<a', 'b', false],
  ['each of the other', 'b<c c<b', 'a', false],
] as const) {
  test(`whether a replica shares its data with one that was compared: ${title}`, () => {
    const { listing, newest } = listed(words);
    assert.equal(wasSentInFullSince(listing, newest, compared), want);
  });
}
