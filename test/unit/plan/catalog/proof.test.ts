import assert from 'node:assert/strict';
import test from 'node:test';
import type { Subvolume } from '../../../../src/core/model/inventory.ts';
import { originIdOf } from '../../../../src/core/model/inventory.ts';
import type { Evidence, Proof } from '../../../../src/core/model/proof.ts';
import { judge, mostUseful, weigh } from '../../../../src/core/plan/catalog/proof.ts';
import { marksOf } from '../marks.ts';

const entry = (about: Partial<Subvolume> = {}): Subvolume => ({
  id: 1,
  path: 'pool/.snapshots/data/one',
  absolutePath: '/pool/.snapshots/data/one',
  mount: '/pool',
  uuid: 'one',
  parentUuid: 'live',
  receivedUuid: null,
  generation: 10,
  createdGeneration: 10,
  readOnly: true,
  createdAt: null,
  ...about,
});
const live = entry({ uuid: 'live', path: 'pool/data', readOnly: false, parentUuid: null, receivedUuid: 'x' });
const proof = (about: Partial<Proof> = {}): Proof => ({
  uuid: 'one',
  generation: 10,
  changed: 10,
  doubt: null,
  tried: 0,
  ...about,
});

for (const [title, one, memory, others, doubt, open] of [
  ['made, gen as it was made', {}, null, [], null, null],
  ['made, gen moved and never seen', { generation: 12 }, null, [], 'unchecked', 'header'],
  ['made, gen as remembered', { generation: 12 }, { generation: 12 }, [], null, null],
  [
    'made, gen moved since it was remembered',
    { generation: 13 },
    { generation: 12 },
    [],
    'unchecked',
    'header',
  ],
  ['received, never seen', { receivedUuid: 'x' }, null, [], 'unchecked', 'header'],
  ['received, gen as remembered', { receivedUuid: 'x' }, {}, [], null, null],
  ['remembered as changed', {}, { doubt: 'changed' }, [], 'changed', null],
  ['remembered as not told yet', {}, { doubt: 'unchecked' }, [], 'unchecked', 'metadata'],
  ['writable with a received uuid', { readOnly: false, receivedUuid: 'x' }, null, [], 'live', null],
  ['writable without', { readOnly: false }, null, [], null, null],
  ['of a writable one with that uuid', { receivedUuid: 'x' }, {}, [live], 'inherited', null],
] as const) {
  test(`what a listing tells: ${title}`, () => {
    const memories = new Map(memory ? [['one', proof(memory)]] : []);
    const judged = judge([entry(one), ...others], memories);
    const [first] = judged.entries;
    assert.equal(first?.doubt ?? null, doubt);
    assert.equal(judged.open.find((question) => question.entry.uuid === 'one')?.kind ?? null, open);
    if (first && doubt) assert.notEqual(originIdOf(first), first.receivedUuid ?? first.uuid);
  });
}

const received = { transid: 12, atSeconds: 1000 };
const asReceived = { receivedUuid: 'x', generation: 14, parentUuid: 'base' };
for (const [title, one, told, known, others, want] of [
  ['made, inodes older than its making', { generation: 40 }, { changed: 10 }, null, [], null],
  ['made, and written to', { generation: 40 }, { changed: 11 }, null, [], 'changed'],
  ['as it is remembered', asReceived, { changed: 14 }, { changed: 14 }, [], null],
  ['written to since it was remembered', asReceived, { changed: 15 }, { changed: 14 }, [], 'changed'],
  [
    'changed once stays changed',
    asReceived,
    { changed: 14 },
    { changed: 14, doubt: 'changed' },
    [],
    'changed',
  ],
  ['received, inodes older than that', asReceived, { changed: 12, received }, null, [], null],
  ['received, its data reached the disk later', asReceived, { changed: 14, received }, null, [], 'unchecked'],
  ['the same, no inode is newer', asReceived, { changed: 14, received, newestSeconds: 1000 }, null, [], null],
  [
    'the same, an inode is newer',
    asReceived,
    { changed: 14, received, newestSeconds: 1005 },
    null,
    [],
    'changed',
  ],
  ['received just now', { receivedUuid: 'x' }, { changed: 12, received }, null, [], null],
  ['nothing tells when it was received', asReceived, { changed: 14 }, null, [], 'unchecked'],
  [
    'a copy of a replica',
    { ...asReceived, createdGeneration: 13 },
    { changed: 12, received },
    null,
    ['base'],
    null,
  ],
  [
    'a copy of nobody knows what',
    { ...asReceived, createdGeneration: 13 },
    { changed: 12, received },
    null,
    [],
    'inherited',
  ],
] as const) {
  test(`what a closer look proves: ${title}`, () => {
    const evidence: Evidence = { received: null, newestSeconds: null, ...told };
    const bases = others.map((uuid) => entry({ uuid, receivedUuid: 'x' }));
    assert.equal(weigh(entry(one), evidence, known ? proof(known) : undefined, bases), want);
  });
}

test('the newest of each directory is looked at before the second newest of any', () => {
  const open = ['a/1', 'a/2', 'a/3', 'b/1', 'b/2'].map((path) => ({
    entry: { ...entry({ path }), uuid: path },
    kind: 'header' as const,
  }));
  const found = mostUseful(open, 2).map((question) => question.entry.path);
  assert.deepEqual(found.toSorted(), ['a/3', 'b/2']);
});

test('what was made of one that differs is different, also when that one is gone, and what people write to is not', () => {
  const made = (uuid: string, parentUuid: string | null, about: Partial<Subvolume> = {}): Subvolume =>
    entry({ uuid, parentUuid, receivedUuid: `of ${uuid}`, ...about });
  const listing = [
    made('last', 'next', { createdGeneration: 30 }),
    made('next', 'bad', { createdGeneration: 20 }),
    made('bad', 'good'),
    made('good', null, { createdGeneration: 5 }),
    made('orphan', 'deleted'),
    made('copy', 'last', { createdGeneration: 40, readOnly: false, receivedUuid: null }),
    made('of the copy', 'copy', { createdGeneration: 50, receivedUuid: null, generation: 50 }),
  ];
  const memory = new Map(listing.map(({ uuid }) => [uuid ?? '', proof({ uuid: uuid ?? '' })]));
  const doubts = (marked: readonly string[], same: readonly string[] = []) =>
    judge(listing, memory, marksOf(marked, same)).entries.map(({ doubt }) => doubt ?? null);
  assert.deepEqual(doubts(['bad', 'deleted']), [
    ...['different', 'different', 'different', null, 'different'],
    ...[null, null],
  ]);
  assert.deepEqual(doubts([]), [null, null, null, null, null, null, null]);
  // It ends at one whose content was compared since, and is the same.
  assert.deepEqual(doubts(['bad'], ['next']), [null, null, 'different', null, null, null, null]);
});
