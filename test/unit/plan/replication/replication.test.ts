import assert from 'node:assert/strict';
import test from 'node:test';
import type { Fault } from '../../../../src/core/model/fault.ts';
import { planReplication } from '../../../../src/core/plan/replication/replication.ts';
import {
  letterOf,
  nameOf,
  planned,
  planOf,
  shown,
  snapshot,
  snapshots,
  targetState,
  wanted,
} from '../notation.ts';

for (const [title, wish, source, target, want] of [
  // full
  ['full to an empty target', 'full b', 'a b', '', '∅→b'],
  ['full although a base is there', 'full b', 'a b', 'a', '∅→b'],
  ['full: already there', 'full b', 'a b', 'b', 'current b'],
  ['full: a copy elsewhere is no replica', 'full b', 'a b', '/b', '∅→b'],
  ['full: no such snapshot', 'full c', 'a b', '', 'blocked no-such-snapshot'],
  ['full: no snapshots at all', 'full a', '', '', 'blocked no-such-snapshot'],
  ['full: it is writable now', 'full b', "a b'", '', 'blocked replica-modified'],
  // incremental
  ['incremental', 'incremental a→b', 'a b', 'a', 'a→b'],
  ['incremental over a gap', 'incremental a→d', 'a b c d', 'a b', 'a→d'],
  ['incremental: the base lies elsewhere on the target', 'incremental a→b', 'a b', '/a', 'a→b'],
  ['incremental: already there', 'incremental a→b', 'a b', 'a b', 'current b'],
  ['incremental: base not on the primary', 'incremental a→b', 'b', 'a', 'blocked no-base'],
  ['… even when it is already there', 'incremental a→b', 'b', 'a b', 'blocked no-base'],
  ['incremental: base not on the target', 'incremental a→b', 'a b', '', 'blocked no-base'],
  ['incremental: base modified on the target', 'incremental a→b', 'a b', "a'", 'blocked replica-modified'],
  ['incremental: base only half there', 'incremental a→b', 'a b', 'a?', 'blocked no-base'],
  ['incremental: base under its name is another thing', 'incremental a→b', 'a b', 'a=x', 'blocked no-base'],
  ['incremental: base writable on the primary', 'incremental a→b', "a' b", 'a', 'blocked replica-modified'],
  ['incremental: nothing newer', 'incremental b→a', 'a b', 'b', 'blocked nothing-newer'],
  ['incremental: base is the snapshot', 'incremental b→b', 'a b', 'a', 'blocked nothing-newer'],
  ['… which is already there', 'incremental b→b', 'a b', 'a b', 'blocked nothing-newer'],
  ['incremental: no such snapshot', 'incremental a→c', 'a b', 'a', 'blocked no-such-snapshot'],
  // auto
  ['auto: first replication is full', 'auto', 'a b', '', '∅→b'],
  ['auto: newest from the closest older', 'auto', 'a b c d', 'a c', 'c→d'],
  ['auto: the target has extras', 'auto', 'a b', 'a x', 'a→b'],
  ['auto: newest is there', 'auto', 'a b', 'b', 'current b'],
  ['auto: newest is there, older ones are not', 'auto', 'a b c', 'c', 'current c'],
  ['auto: a copy of the newest elsewhere is no replica', 'auto', 'a b', 'a /b', 'a→b'],
  ['auto: a named one', 'auto b', 'a b c', 'a', 'a→b'],
  ['auto: a named one from a newer base', 'auto a', 'a b', 'b', 'b→a'],
  ['auto: no snapshots', 'auto', '', 'a', 'blocked no-such-snapshot'],
  ['auto: only foreign ones', 'auto', '~a', '', 'blocked no-such-snapshot'],
  ['auto: a newer foreign one is left alone', 'auto', 'a ~b', '', '∅→a'],
  ['auto: a newer writable one is left alone', 'auto', "a b'", '', '∅→a'],
  ['auto: a foreign base', 'auto', '~a b', '~a', 'a→b'],
  ['auto: the only base was made writable', 'auto', 'a b', "a'", '∅→b'],
  ['auto: the only base is half there', 'auto', 'a b', 'a?', '∅→b'],
  // auto --all
  ['all: everything, oldest first', 'all', 'a b c', '', '∅→a a→b b→c'],
  ['all: given in any order', 'all', 'c a b', '', '∅→a a→b b→c'],
  ['all: gaps', 'all', 'a b c d e', 'a c', 'a→b c→d d→e'],
  ['all: extras stay', 'all', 'b c', 'a b x', 'b→c'],
  ['all: older than everything there', 'all', 'a b c', 'b', 'b→a b→c'],
  ['all: two older than everything there', 'all', 'a b c', 'c', 'c→a a→b'],
  ['all: nothing is lacking', 'all', 'a b', 'a b', 'current b'],
  ['all: a copy elsewhere is a base', 'all', 'a b', '/a', '∅→a a→b'],
  ['all: up to a named one', 'all b', 'a b c', '', '∅→a a→b'],
  ['all: up to a named one that is there', 'all b', 'a b c', 'a b', 'current b'],
  ['all: foreign and writable ones are not sent', 'all', "a ~b c' d", '', '∅→a a→d'],
  ['all: no snapshots', 'all', '', '', 'blocked no-such-snapshot'],
  ['all: no such snapshot', 'all d', 'a b', '', 'blocked no-such-snapshot'],
  // the name on the target
  ['the name is taken by another snapshot', 'auto', 'a b', 'a b=x', 'blocked name-taken'],
  ['the name is taken by a plain file', 'auto', 'a b', 'a #b', 'blocked name-taken'],
  ['the replica of that name was made writable', 'auto', 'a b', "a b'", 'blocked replica-modified'],
  ['what is half there takes the name until it is removed', 'auto', 'a b', 'a b?', 'blocked name-taken'],
  ['a full one finds its name taken, too', 'full b', 'a b', 'b=x', 'blocked name-taken'],
  ['an incremental one, too', 'incremental a→b', 'a b', 'a #b', 'blocked name-taken'],
  ['a copy elsewhere, and the name taken here', 'auto', 'a b', '/b b=x', 'blocked name-taken'],
  ['a name taken further on does not keep the others back', 'all', 'a b c', 'b=x', '∅→a a→c'],
  ['a spoilt replica does not keep the newest back', 'all', 'a b', "a'", '∅→b'],
  ['a name taken that is not wanted stops nothing', 'auto', 'a b', 'a=x #c', '∅→b'],
] as const) {
  test(title, () => assert.equal(shown(planned(wish, source, target)), want));
}

function refusal(wish: string, source: string, target: string): Fault {
  const plan = planned(wish, source, target);
  assert.equal(plan.kind, 'blocked');
  return plan.kind === 'blocked' ? plan.fault : assert.fail();
}

for (const [title, wish, source, target, names, server] of [
  ['no such snapshot', 'full c', 'a b', '', [nameOf('c'), '/data', 'snapshot list'], null],
  ['no snapshots', 'auto', '', '', ['/data', 'snapshot create /data'], null],
  ['writable', 'full b', "a b'", '', [nameOf('b'), 'writable', 'read-only'], null],
  ['base not on the primary', 'incremental a→b', 'b', 'a', [nameOf('a'), 'primary', 'in full'], null],
  ['base writable', 'incremental a→b', "a' b", 'a', [nameOf('a'), 'writable'], null],
  ['nothing newer', 'incremental b→a', 'a b', 'b', [nameOf('a'), nameOf('b'), 'newer'], null],
  ['no replica of the base', 'incremental a→b', 'a b', '', ['b has', nameOf('a'), 'replicate auto'], 'b'],
  ['spoilt base', 'incremental a→b', 'a b', "a'", [`data/${nameOf('a')}`, 'writable', 'delete it'], 'b'],
  ['spoilt replica', 'auto', 'a b', "b'", [`data/${nameOf('b')}`, 'writable', 'delete it'], 'b'],
  ['name taken', 'auto', 'a b', '#b', [`/pool/.snapshots/data/${nameOf('b')} on b`, 'deletes nothing'], 'b'],
] as const) {
  test(`the refusal names what matters: ${title}`, () => {
    const { message, hint, server: about, retry } = refusal(wish, source, target);
    for (const text of names)
      assert.ok(`${message} ${hint}`.includes(text), `${text} in: ${message} ${hint}`);
    assert.equal(about, server);
    assert.equal(retry, false);
  });
}

for (const source of ['a ~b', '~b']) {
  test(`a foreign snapshot, named, is refused as foreign, with where it lies (of: ${source})`, () => {
    const wish = { mode: 'full', snapshot: 'by-hand-b' } as const;
    const plan = planOf(wish, snapshots('primary', source), targetState(''));
    assert.ok(plan.kind === 'blocked' && plan.fault.code === 'foreign-snapshot');
    assert.match(plan.fault.message, /\/pool\/elsewhere\/by-hand-b/);
  });
}

test('a foreign snapshot may be the base a person names, also one without a time', () => {
  for (const foreign of ['~a', '~a0']) {
    const wish = { mode: 'incremental', snapshot: nameOf('b'), base: 'by-hand-a' } as const;
    const plan = planOf(wish, snapshots('primary', `${foreign} b`), targetState(foreign));
    assert.equal(shown(plan), 'a→b');
  }
});

test('a foreign one of the same name elsewhere never stands for btrfleet’s own', () => {
  const own = snapshots('primary', 'a b');
  const twin = { ...snapshot('primary', '~x'), name: nameOf('b'), createdAt: nameOf('b') };
  for (const source of [
    [...own, twin],
    [twin, ...own],
  ]) {
    assert.equal(shown(planOf(wanted('auto b'), source, targetState('a'))), 'a→b');
    const onto = planOf(wanted('incremental b→c'), [...source, snapshot('primary', 'c')], {
      ...targetState('b'),
    });
    assert.equal(shown(onto), 'b→c');
  }
});

test('planning changes neither list', () => {
  const source = Object.freeze(snapshots('primary', 'c a b'));
  const state = targetState('a');
  planOf(wanted('all'), source, { ...state, bases: Object.freeze([...state.bases]) });
  assert.equal(state.bases.length, 1);
});

test('fail-back is incremental: the secondary sends to the old primary', () => {
  const old = {
    ...targetState('', 'primary'),
    replicas: snapshots('primary', 'a b'),
    bases: snapshots('primary', 'a b'),
  };
  assert.equal(shown(planOf(wanted('auto'), snapshots('secondary', 'a b C'), old)), 'b→C');
  assert.equal(shown(planOf(wanted('all'), snapshots('secondary', 'a b C D'), old)), 'b→C C→D');
});

test('of many that were wanted, the one that cannot be sent is told with its reason', () => {
  const plan = planned('all', 'a b c', 'b=x');
  assert.ok(plan.kind === 'send');
  assert.deepEqual(
    plan.refused.map(({ snapshot, fault }) => [letterOf(snapshot), fault.code]),
    [['b', 'name-taken']],
  );
});

test('of many that were wanted, those that are there already are told too', () => {
  const plan = planned('all', 'a b c', 'a b');
  assert.ok(plan.kind === 'send');
  assert.deepEqual(plan.present.map(letterOf), ['a', 'b']);
});

test('what was made last is sent, whatever a clock that was set forward called an earlier one', () => {
  // d was made first, by a clock that was ahead.
  const source = snapshots('primary', 'a b c d');
  const made = new Map(['d', 'a', 'b', 'c'].map((letter, at) => [snapshot('primary', letter).uuid, at + 10]));
  const plan = (wish: string) =>
    shown(planReplication(wanted(wish), '/data', { snapshots: source, generations: made }, targetState('d')));
  assert.equal(plan('auto'), 'd→c');
  assert.equal(plan('all'), 'd→a a→b b→c');
  assert.equal(plan('all b'), 'd→a a→b');
});
