import assert from 'node:assert/strict';
import { test } from 'node:test';
import { basesBelow } from '../../../../src/core/plan/catalog/catalog.ts';
import { nearestBase, planSteps } from '../../../../src/core/plan/replication/replication.ts';
import {
  ambiguousIds,
  sharingBases,
  spoiltBases,
  twinIds,
} from '../../../../src/core/plan/replication/spoilt-bases.ts';
import { snapshots } from '../notation.ts';
import { type Entry, filesystem, snap, valueIn } from '../world.ts';

const NAME = '2026-11-20T08:05:01.123Z';
const received = { receivedUuid: 'id-a' };
const OURS = snap(`.snapshots/data/${NAME}`, null, { ...received, uuid: 'ours' });
const MARKED = { owners: { '/pool/.snapshots/data': ['mark'] } };

for (const [title, entries, want] of [
  ['one that is alone', [OURS], []],
  ['a copy of it, by whomever', [OURS, snap('home/copy', null, { ...received, parentUuid: 'ours' })], []],
  [
    'another one, received into a directory of replicas',
    [OURS, snap('.snapshots/data/2026-11-20T08:05:01.124Z', null, received)],
    [],
  ],
  [
    'another one that anybody may have made',
    [OURS, snap(`home/alice/.snapshots/${NAME}`, null, received)],
    [`/pool/home/alice/.snapshots/${NAME}, which btrfleet did not receive`],
  ],
  ['a writable one', [OURS, { path: 'live', ...received }], ['/pool/live, which is writable']],
  [
    'one that was changed',
    [OURS, snap('changed', null, { ...received, parentUuid: 'ours', doubt: 'changed' })],
    ['/pool/changed has the same received uuid there'],
  ],
] as readonly (readonly [string, readonly Entry[], readonly string[]])[]) {
  test(`what a receive may take in place of a base: ${title}`, () => {
    const target = filesystem(['/pool'], entries, MARKED);
    const bases = valueIn(basesBelow(target, '/pool', '/pool/.snapshots/data'));
    const told = spoiltBases(target, bases, []).spoilt.map(({ why }) => why);
    assert.equal(told.length, want.length, told.join('\n'));
    for (const [index, text] of want.entries()) assert.ok(told[index]?.startsWith(text), told[index]);
  });
}

test('what would be taken in place of what is about to be sent is foreseen: nothing is built on that', () => {
  const [a, b] = snapshots('primary', 'a b');
  assert.ok(a && b);
  const target = filesystem(['/pool'], [snap('changed', null, { ...received, doubt: 'changed' })], MARKED);
  const bases = valueIn(basesBelow(target, '/pool', '/pool/.snapshots/data'));
  const { onceSent } = spoiltBases(target, bases, [a, b]);
  assert.deepEqual([...onceSent], ['id-a']);
  const state = {
    ...{ server: 'b', directory: '/pool/.snapshots/data', replicas: [], bases, otherNames: new Set('') },
    onceSent,
  };
  const plan = planSteps([a, b], nearestBase([a, b]), state);
  assert.ok(plan.kind === 'send');
  assert.deepEqual(
    plan.steps.map(({ base }) => base),
    [null, null],
  );
});

test('an id that something unproven on the primary bears, too, may have been sent with other content', () => {
  const replica = snap('.snapshots/old/N', null, { receivedUuid: 'R', uuid: 'n' });
  const of = (doubt: 'inherited' | 'unchecked') =>
    ambiguousIds(
      filesystem(['/pool'], [replica, snap('.snapshots/data/S', 'data', { receivedUuid: 'R', doubt })]),
    ).map(({ originId }) => originId);
  assert.deepEqual(of('inherited'), ['R']);
  assert.deepEqual(of('unchecked'), []);
});

const OTHER = '.snapshots/data/2026-11-20T08:05:01.124Z';
for (const [title, entries, want] of [
  ['one that is alone', [OURS], []],
  ['a copy of it', [OURS, snap('home/copy', null, { ...received, parentUuid: 'ours' })], []],
  ['the same on another disk', [OURS, snap(`usb/data/${NAME}`, null, received)], []],
  ['another name', [OURS, snap(OTHER, null, received)], [`/pool/${OTHER} has the same received uuid as`]],
  ['what was made there', [OURS, snap(OTHER, null, { uuid: 'id-b' })], []],
] as readonly (readonly [string, readonly Entry[], readonly string[]])[]) {
  test(`which of two is meant cannot be told where they have one id: ${title}`, () => {
    const told = twinIds([filesystem(['/pool'], entries, MARKED)]).map(({ why }) => why);
    assert.equal(told.length, want.length, told.join('\n'));
    for (const [index, text] of want.entries()) assert.ok(told[index]?.startsWith(text), told[index]);
  });
}

test('what shares data with one that differs is no base, unless it was compared itself; another line is', () => {
  const at = (name: string, parentUuid: string | null, more: Partial<Entry> = {}) =>
    snap(`.snapshots/data/2026-11-20T08:05:0${name}.123Z`, null, {
      ...{ receivedUuid: `id-${name}`, uuid: `u${name}`, parentUuid, ...more },
    });
  // 1 ← (gone) ← 3, which differs; 4 was sent in full.
  const entries = [
    at('1', null),
    at('2', 'u1'),
    at('3', 'gone', { doubt: 'different' }),
    at('5', 'gone'),
    at('4', null),
  ];
  const target = filesystem(['/pool'], entries, MARKED);
  const bases = valueIn(basesBelow(target, '/pool', '/pool/.snapshots/data'));
  const barred = (proven: readonly string[]) =>
    sharingBases(target, bases, new Set(proven)).map(({ originId }) => originId);
  assert.deepEqual(barred([]), ['id-5']);
  assert.deepEqual(barred(['u5']), []);
  const linked = filesystem(
    ['/pool'],
    [...entries, at('6', 'u5'), at('7', 'u2'), at('8', 'u7', { doubt: 'different' })],
    MARKED,
  );
  const all = valueIn(basesBelow(linked, '/pool', '/pool/.snapshots/data'));
  assert.deepEqual(
    sharingBases(linked, all, new Set())
      .map(({ originId }) => originId)
      .toSorted(),
    ['id-1', 'id-2', 'id-5', 'id-6', 'id-7'],
  );
});
