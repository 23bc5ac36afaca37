import assert from 'node:assert/strict';
import { test } from 'node:test';
import { baseOfNews } from '../../../../src/core/plan/verify/base-of-news.ts';
import { lineSince } from '../../../../src/core/plan/verify/line.ts';
import { filesystem, snap, used } from '../world.ts';

/** `3` or `3w`, `3?`: made in that transaction; writable, in doubt. All of one subvolume but for those with a `-`. */
function listed(words: string) {
  const entries = words.split(' ').map((word) => {
    const made = Number.parseInt(word, 10);
    return snap(word, word.endsWith('-') ? null : 'data', {
      ...{ uuid: word, createdGeneration: made, readOnly: !word.endsWith('w') },
      ...(word.endsWith('?') && { doubt: 'changed' as const }),
    });
  });
  const { listing } = filesystem(['/pool'], [used('data'), ...entries]);
  assert.ok(listing.ok);
  return listing.value;
}

for (const [title, words, source, made, want] of [
  ['the very one', '1 5 9', '5', 5, '5'],
  ['the newest before it, where it is gone', '1 3 7 9', '5', 5, '3'],
  ['none is as old', '7 9', '5', 5, null],
  ['what is writable, in doubt or of another subvolume is none', '1 2w 3? 4- 9', '5', 5, '1'],
  ['it is not known how old it was', '1 9', '5', null, null],
  ['not itself', '9', '5', 9, null],
] as const) {
  test(`what was written since a snapshot is told from an earlier one: ${title}`, () => {
    const listing = listed(words);
    const snapshot = listing.find(({ uuid }) => uuid === '9');
    assert.ok(snapshot);
    assert.equal(baseOfNews(listing, snapshot, { source, sourceMade: made })?.uuid ?? null, want);
  });
}

/** `b<a a`: a was sent in full, b on top of it; the first one is asked about. */
for (const [title, words, replica, full, want] of [
  ['on top of it', 'b<a a', 'a', 'a', 'same a'],
  ['another one in full', 'b a', 'a', 'a', 'anew b'],
  ['the first of the new line is gone', 'c<b a', 'a', 'a', 'unknown null'],
  ['the one is gone, its full one is there', 'd<c c<a a', 'b', 'a', 'same a'],
  ['all between is gone, the full one is known', 'd<a', 'b', 'a', 'same a'],
  ['both are gone, another full one is there', 'd<c c', 'b', 'a', 'anew c'],
  ['nothing was remembered of its line', 'd<c c', 'b', null, 'anew c'],
  ['on top of it, all before is gone', 'c<b b<a', 'b', null, 'same null'],
] as const) {
  test(`whether a replica is of the line that was compared: ${title}`, () => {
    const made = words.split(' ').map((word) => word.split('<'));
    const entries = made.map(([uuid = '', parentUuid = null]) => snap(uuid, null, { uuid, parentUuid }));
    const { listing } = filesystem(['/pool'], entries);
    assert.ok(listing.ok);
    const said = lineSince(listing.value, { uuid: words[0] ?? '' }, { replica, full });
    assert.equal(`${said.line} ${said.full}`, want);
  });
}
