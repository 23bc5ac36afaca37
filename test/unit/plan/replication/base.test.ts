import assert from 'node:assert/strict';
import test from 'node:test';
import type { Snapshot } from '../../../../src/core/model/snapshot.ts';
import { chooseBase, unprovenBase } from '../../../../src/core/plan/replication/base.ts';
import { type Host, letterOf, snapshot, snapshots } from '../notation.ts';

const base = (from: Host, source: string, to: Host, target: string, sent: string): string => {
  const chosen = chooseBase(snapshot(from, sent), snapshots(from, source), snapshots(to, target));
  return chosen ? letterOf(chosen) : '∅';
};

for (const [title, source, target, sent, want] of [
  ['first replication', 'a b', '', 'a', '∅'],
  ['the one before', 'a b', 'a', 'b', 'a'],
  ['gap before it', 'a b c d', 'a c', 'd', 'c'],
  ['the closest older, not the newest', 'a b c d', 'a d', 'c', 'a'],
  ['older goes before closer but newer', 'a b c d', 'a d', 'c', 'a'],
  ['older than everything there: the closest newer', 'a b c', 'b c', 'a', 'b'],
  ['the target has extras', 'a b', 'a x', 'b', 'a'],
  ['nothing in common', 'a b', 'x y', 'b', '∅'],
  ['the source lacks what the target has', 'c d', 'a b', 'd', '∅'],
  ['a base that is foreign on the source', '~a b', '~a', 'b', 'a'],
  ['a base without a time goes last', '~a0 b c', '~a0 b', 'c', 'b'],
  ['a base without a time, when it is all there is', '~a0 c', '~a0', 'c', 'a'],
  ['modified on the target', 'a b c', "a b'", 'c', 'a'],
  ['modified on the source', "a b' c", 'a b', 'c', 'a'],
  ['partial on the target', 'a b c', 'a b?', 'c', 'a'],
  ['only itself is there', 'a b', 'b', 'b', '∅'],
  ['itself is there, and an older one', 'a b', 'a b', 'b', 'a'],
  ['same name, other content', 'a b', 'a=x', 'b', '∅'],
] as const) {
  test(`base, primary to secondary: ${title}`, () =>
    assert.equal(base('primary', source, 'secondary', target, sent), want));
}

for (const [title, from, source, to, target, sent, want] of [
  ['fail-back, the first one', 'secondary', 'a b C', 'primary', 'a b', 'C', 'b'],
  ['fail-back, the old primary kept less', 'secondary', 'a b C', 'primary', 'a', 'C', 'a'],
  ['fail-back, nothing common is left', 'secondary', 'b C', 'primary', 'a', 'C', '∅'],
  ['fail-over again', 'primary', 'a b C d', 'secondary', 'a b C', 'd', 'C'],
  ['second hop, from the copy on', 'secondary', 'a b', 'third', 'a', 'b', 'a'],
  ['third copy feeds the first again', 'third', 'a b C', 'primary', 'a', 'C', 'a'],
  ['third copy feeds the second', 'third', 'a B c', 'secondary', 'a B', 'c', 'B'],
  ['a replica made writable is no base on the way back', 'secondary', "a b' C", 'primary', 'a b', 'C', 'a'],
] as const) {
  test(`base: ${title}`, () => assert.equal(base(from, source, to, target, sent), want));
}

const at = (one: Snapshot, createdAt: string | null, name = one.name): Snapshot => ({
  ...one,
  createdAt,
  name,
});

test('two of the same time: both can be bases, the name decides which comes first', () => {
  const time = '2026-01-05T00:00:00.000Z';
  const [b, c] = [at(snapshot('primary', '~b'), time), at(snapshot('primary', '~c'), time)];
  const there = snapshots('secondary', '~b ~c');
  assert.equal(chooseBase(snapshot('primary', 'f'), [c, b], there)?.originId, 'id-c');
  assert.equal(chooseBase(snapshot('primary', 'f'), [b, c], there)?.originId, 'id-c');
});

test('as old as what is sent, and the only common one: it is the base', () => {
  const sent = snapshot('primary', 'b');
  const twin = at(snapshot('primary', '~c'), sent.createdAt);
  assert.equal(chooseBase(sent, [sent, twin], snapshots('secondary', '~c')), twin);
});

test('the base is the snapshot of the source, with the source’s path', () => {
  const chosen = chooseBase(
    snapshot('primary', 'b'),
    snapshots('primary', 'a b'),
    snapshots('secondary', '/a'),
  );
  assert.equal(chosen?.path, snapshot('primary', 'a').path);
  assert.equal(chosen?.uuid, 'id-a');
});

/** As a look shows one that is in doubt: without its origin id. */
const doubted = (one: Snapshot, doubt: NonNullable<Snapshot['doubt']>): Snapshot => ({
  ...one,
  doubt,
  originId: `doubt:${one.uuid}`,
  receivedUuid: one.originId,
});

for (const [title, doubt, source, spoilt, want] of [
  ['its replica was written to', 'changed', 'a b', '', 'a'],
  ['nobody knows whether it was', 'unchecked', 'a b', '', 'a'],
  ['it was compared, and differs', 'different', 'a b', '', '∅'],
  ['the source does not have it', 'changed', 'b', '', '∅'],
  ['its id is that of others, too', 'changed', 'a b', 'id-a', '∅'],
] as const) {
  test(`what could be a base if it were compared: ${title}`, () => {
    const bases = [doubted(snapshot('secondary', 'a'), doubt)];
    const found = unprovenBase(snapshot('primary', 'b'), snapshots('primary', source), {
      bases,
      spoilt: spoilt === '' ? [] : [{ originId: spoilt, why: 'of a twin' }],
    });
    assert.equal(found ? letterOf(found.source) : '∅', want);
    assert.equal(found?.replica ?? bases[0], bases[0]);
  });
}
