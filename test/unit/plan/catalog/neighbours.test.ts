/** Which subvolumes a size depends on: what lies inside and is walked with it, and what shares data with it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Subvolume } from '../../../../src/core/model/inventory.ts';
import { directlyInside, familyOf } from '../../../../src/core/plan/catalog/neighbours.ts';

/** `data/x<data`: at that path, made of `data`; its uuid is its path. */
function subvolumes(notation: string): Subvolume[] {
  return notation.split(' ').map((word, id) => {
    const [path = '', parentUuid = null] = word.split('<');
    return {
      ...{ id: 256 + id, path, absolutePath: `/pool/${path}`, mount: '/pool', uuid: path, parentUuid },
      ...{ receivedUuid: null, generation: 1, createdGeneration: 1, readOnly: false, createdAt: null },
    };
  });
}

const TOP: Subvolume = { ...(subvolumes('')[0] as Subvolume), id: 5, uuid: null };

for (const [all, outer, want] of [
  ['data data2 other', 'data', ''],
  ['data data/x data/y data2/z', 'data', 'data/x data/y'],
  ['data data/x data/x/deep data/dir/y', 'data', 'data/x data/dir/y'],
  ['data/x data/x/deep data/x/deep/er', 'data/x', 'data/x/deep'],
  ['@home @home/.snapshots/s1 @home/.snapshots/s2', '@home', '@home/.snapshots/s1 @home/.snapshots/s2'],
  ['data data/x .snapshots/data/s1', '', 'data .snapshots/data/s1'],
] as const) {
  test(`directly inside ${outer === '' ? 'the top level' : outer} of ${all}`, () => {
    const listing = [TOP, ...subvolumes(all)];
    const found = listing.find(({ path }) => path === outer);
    assert.ok(found);
    assert.equal(
      directlyInside(listing, found)
        .map(({ path }) => path)
        .join(' '),
      want,
    );
  });
}

for (const [title, all, members, want] of [
  ['itself', 'data other', 'data', 'data'],
  ['its snapshots, also those not asked for', 'data s1<data s2<data other', 'data s1', 'data s1 s2'],
  ['a copy of a snapshot', 'data s1<data copy<s1', 'data s1', 'copy data s1'],
  ['what it was made of', 'old data<old', 'data', 'data old'],
  ['what it was made of is gone', 's1<data', 's1', 's1'],
] as const) {
  test(`family: ${title}`, () => assert.equal(familyOf(subvolumes(all), members.split(' ')).join(' '), want));
}
