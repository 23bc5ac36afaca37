import assert from 'node:assert/strict';
import test from 'node:test';
import type { RetentionRules } from '../../../../src/core/model/retention.ts';
import { inOrderMade } from '../../../../src/core/plan/catalog/order-made.ts';
import {
  momentsOf,
  planCatchUp,
  type SourceSnapshots,
} from '../../../../src/core/plan/replication/catch-up.ts';
import { letterOf, nameOf, shown, snapshots, targetState } from '../notation.ts';
import { rulesOf } from '../retention-notation.ts';

/** Letters are days of January; in the order they were made, whatever their names say. Now it is the 16th, `p`. */
const NOW = Date.parse(nameOf('p'));

const sourceOf = (text: string, more: Partial<SourceSnapshots> = {}): SourceSnapshots => {
  const all = snapshots('primary', text);
  return {
    snapshots: all,
    generations: new Map(all.map(({ uuid }, index) => [uuid, 100 + index])),
    moments: null,
    held: new Set(),
    ...more,
  };
};

const keeping = (rules: string): RetentionRules | null => (rules === '' ? null : rulesOf(rules).rules);

for (const [title, rules, source, target, want] of [
  // without rules: everything newer than the newest there
  ['no replica yet: the newest, in full', '', 'a b c', '', '∅→c'],
  ['everything made since the newest there', '', 'a b c d', 'b', 'b→c c→d'],
  ['what is older than the newest there is not asked for', '', 'a b c d', 'c', 'c→d'],
  ['what retention deleted there is not sent again', '', 'a b c d e', 'a d', 'd→e'],
  ['nothing lacks', '', 'a b c', 'a c', 'current c'],
  ['the newest is all that is there', '', 'a b c', 'c', 'current c'],
  ['the target has what the source has lost', '', 'c d', 'a b c', 'c→d'],
  ['nothing in common: the newest, in full', '', 'c d', 'a b', '∅→d'],
  ['a replica made by hand in its directory is where it goes on', '', 'a b c', 'b', 'b→c'],
  ['one that lies elsewhere is a base and no replica', '', 'a b c', '/b', 'b→c'],
  ['a foreign one of both sides is a base', '', '~a b', '~a', 'a→b'],
  ['no snapshots', '', '', '', 'blocked no-such-snapshot'],
  ['only foreign ones', '', '~a', '', 'blocked no-such-snapshot'],
  ['foreign and writable ones are not sent', '', "a ~b c' d", 'a', 'a→d'],
  ['the newest replica was made writable', '', 'a b c', "a b'", 'a→c'],
  ['the name of one is taken: the others go', '', 'a b c', 'a b=x', 'a→c'],
  ['the name of the only one is taken', '', 'a b', 'a b=x', 'blocked name-taken'],
  ['a half received one takes the name until it is removed', '', 'a b', 'a b?', 'blocked name-taken'],
  // with rules: what they would keep there, and the newest
  ['first time, with rules: what they keep', 'last 2', 'a b c d', '', '∅→c c→d'],
  ['first time: no more than there is', 'last 9', 'a b', '', '∅→a a→b'],
  ['first time, a base elsewhere', 'last 2', 'a b c d', '/a', 'a→c c→d'],
  ['behind: what the rules would let go at once is not sent', 'last 2', 'a b c d e', 'a', 'a→d d→e'],
  ['behind by less than is kept: everything', 'last 9', 'a b c', 'a', 'a→b b→c'],
  ['the newest goes though the rules elect another', 'weekly 1', 'a e f g', 'a', 'a→e e→g'],
  ['what is there takes a period’s place', 'weekly 9', 'a f g h', 'f', 'f→h'],
  ['weekly: the first of each week, and the newest', 'weekly 9', 'a b e f g m n', 'a', 'a→e e→m m→n'],
  ['rules that let the newest there go bring nothing back', 'last 1', 'a b c', 'c', 'current c'],
  ['nothing in common, with rules: what they keep of both', 'last 2', 'c d', 'a b', '∅→c c→d'],
  // clocks
  ['set back: what was made after goes on from the future', '', 'a z b c', 'a z', 'a→b b→c'],
  ['set back: the last one made is the newest, whatever its name', '', 'a z b', 'z b', 'current b'],
  ['set back: what was made before that and lacks goes too', '', 'a y z b', 'a', 'a→y y→z a→b'],
  ['set back, with rules: the future is kept, and so it is sent', 'last 1', 'a y b', 'a', 'a→y a→b'],
  ['set back within what is past', '', 'a f b c', 'a f', 'a→b b→c'],
  ['set back, with rules: the last one made goes in any case', 'last 1', 'a f b', 'a f', 'a→b'],
  ['set back before the first replica', '', 'z a b', '', '∅→b'],
  ['the future alone is there: nothing lacks', '', 'a z', 'z', 'current z'],
  ['made before the clock was right', '', 'c a d', 'c', 'c→a c→d'],
  ['one that was fetched back is as old as its name', '', 'b c d A', 'c', 'c→d'],
  ['fetched back: it is not sent to who let it go', '', 'b c A', 'b c', 'current c'],
  ['after a fail-over the old replicas are the history', '', 'A B c d', 'B', 'B→c c→d'],
] as const) {
  test(`catch-up: ${title}`, () => {
    const wanted = { mode: 'catch-up', snapshot: null, keep: keeping(rules), group: null } as const;
    assert.equal(shown(planCatchUp(wanted, '/data', sourceOf(source), targetState(target), NOW)), want);
  });
}

test('what is held is sent however little the rules keep: it is held there, too', () => {
  const held = new Set(snapshots('primary', 'b').map(({ originId }) => originId));
  const keep = keeping('last 1');
  const wanted = { mode: 'catch-up', snapshot: null, keep, group: null } as const;
  const plan = planCatchUp(wanted, '/data', sourceOf('a b c d', { held }), targetState('a'), NOW);
  assert.equal(shown(plan), 'a→b b→d');
});

for (const [title, source, moments, target, want] of [
  ['only moments that all members have', 'a b c d', 'b d', '', '∅→d'],
  ['… all that lack', 'a b c d', 'b d', 'b', 'b→d'],
  ['one between them may be the base', 'a b c d', 'b d', 'b c', 'c→d'],
  ['a newer one of one member does not hide a moment', 'a b c', 'a b', 'a c', 'a→b'],
  ['all moments are there', 'a b c', 'a b', 'b', 'current b'],
  ['no moment', 'a b', '', 'a', 'blocked no-such-snapshot'],
] as const) {
  test(`a group: ${title}`, () => {
    const group = ['/data', '/logs'];
    const names = new Set(moments.split(' ').filter(Boolean).map(nameOf));
    const wanted = { mode: 'catch-up', snapshot: null, keep: null, group } as const;
    const plan = planCatchUp(wanted, '/data', sourceOf(source, { moments: names }), targetState(target), NOW);
    assert.equal(shown(plan), want);
    if (plan.kind === 'blocked') assert.match(plan.fault.hint, /snapshot create --group \/data \/logs/);
  });
}

for (const [title, until, target, want] of [
  ['nothing newer than the moment of the round', 'c', 'a', 'a→b b→c'],
  ['… nor as the first one', 'c', '', '∅→c'],
  ['it is there', 'c', 'a c', 'current c'],
  ['a newer one is there: what lies before was let go', 'b', 'c', 'current c'],
  ['it was deleted since: nothing earlier or later is sent', 'e', 'c', 'blocked no-such-snapshot'],
  ['… nor is what is there taken for it', 'e', 'd', 'blocked no-such-snapshot'],
] as const) {
  test(`a round of a group: ${title}`, () => {
    const wanted = {
      mode: 'catch-up',
      snapshot: nameOf(until),
      keep: null,
      group: ['/data', '/logs'],
    } as const;
    const moments = new Set(['a', 'b', 'c', 'd'].map(nameOf));
    const plan = planCatchUp(wanted, '/data', sourceOf('a b c d', { moments }), targetState(target), NOW);
    assert.equal(shown(plan), want);
  });
}

for (const [members, want] of [
  [['a b c', 'b c d'], 'b c'],
  [['a b', 'c'], ''],
  [["a b' c", 'a b c'], 'a c'],
  [['a b', 'a b', 'b'], 'b'],
  [['a b'], 'a b'],
  [[], ''],
] as const) {
  test(`moments of ${members.map((one) => `[${one}]`).join(' ')}: ${want || 'none'}`, () => {
    const found = momentsOf(members.map((text) => snapshots('primary', text)));
    assert.deepEqual([...found], want.split(' ').filter(Boolean).map(nameOf));
  });
}

for (const [source, want] of [
  ['a b c', 'a b c'],
  ['c b a', 'c b a'],
  ['a z b y c', 'a z b y c'],
  ['C A d B', 'A B C d'],
  ['A C b', 'A b C'],
  ["a b' ~c d", 'a d'],
] as const) {
  test(`the order made of ${source}: ${want}`, () => {
    const { snapshots: all, generations } = sourceOf(source);
    const shownOrder = (given: typeof all): string =>
      inOrderMade({ snapshots: given, generations }).map(letterOf).join(' ');
    assert.equal(shownOrder(all), want);
    assert.equal(shownOrder(all.toReversed()), want);
  });
}
