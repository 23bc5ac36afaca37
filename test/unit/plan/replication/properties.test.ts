import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import type { Snapshot } from '../../../../src/core/model/snapshot.ts';
import { byAge } from '../../../../src/core/plan/catalog/catalog.ts';
import { chooseBase } from '../../../../src/core/plan/replication/base.ts';
import type { TargetState, WantedByHand } from '../../../../src/core/plan/replication/replication.ts';
import { nameOf, planOf, snapshots, targetState } from '../notation.ts';

const LETTERS = 'abcdefghABCDEFGH';

/** Any snapshots of one subvolume in any order: whole, foreign, writable, without a time, made here or there. */
const sideText = fc
  .uniqueArray(
    fc.record({
      letter: fc.constantFrom(...LETTERS),
      before: fc.constantFrom('', '', '', '~'),
      behind: fc.constantFrom('', '', '', "'", '?'),
      timeless: fc.boolean(),
    }),
    { selector: (one) => one.letter.toLowerCase(), maxLength: 8 },
  )
  .map((all) =>
    all
      .map(({ letter, before, behind, timeless }) =>
        before === '~' ? `~${letter}${timeless ? '0' : ''}` : `${letter}${behind}`,
      )
      .join(' '),
  );

const sides = fc.record({
  source: sideText.map((text) => snapshots('primary', text)),
  target: sideText.map((text) => targetState(text)),
});

const common = (source: readonly Snapshot[], target: TargetState, but: Snapshot): Snapshot[] =>
  source.filter(
    (one) =>
      one.readOnly &&
      one.originId !== but.originId &&
      target.bases.some((replica) => replica.originId === one.originId),
  );

test('the base is never the snapshot itself, a writable one, or one the target lacks', () => {
  fc.assert(
    fc.property(sides, ({ source, target }) => {
      const everything = [...target.replicas, ...target.bases];
      for (const sent of source) {
        const base = chooseBase(sent, source, everything);
        if (!base) continue;
        assert.ok(source.includes(base));
        assert.ok(base.readOnly);
        assert.notEqual(base.originId, sent.originId);
        assert.ok(everything.some((one) => one.readOnly && one.originId === base.originId));
      }
    }),
  );
});

test('if there is a common read-only one there is a base; it is older whenever one of them is, and the closest', () => {
  fc.assert(
    fc.property(sides, ({ source, target }) => {
      for (const sent of source) {
        const base = chooseBase(sent, source, target.bases);
        const candidates = common(source, target, sent);
        assert.equal(base !== null, candidates.length > 0);
        if (!base) continue;
        const isOlder = (one: Snapshot): boolean => byAge(one, sent) < 0;
        assert.equal(isOlder(base), candidates.some(isOlder));
        for (const other of candidates.filter((one) => one !== base && isOlder(one) === isOlder(base))) {
          assert.ok(isOlder(base) ? byAge(other, base) <= 0 : byAge(other, base) >= 0);
        }
      }
    }),
  );
});

test('neither the order of the lists nor names and paths on the target change the base', () => {
  fc.assert(
    fc.property(sides, fc.string(), ({ source, target }, word) => {
      const moved = target.bases.map((one, index) => ({
        ...one,
        name: `${word}${index}`,
        path: `/elsewhere/${word}/${index}`,
        createdAt: null,
      }));
      for (const sent of source) {
        const base = chooseBase(sent, source, target.bases);
        assert.deepEqual(chooseBase(sent, source.toReversed(), moved.toReversed()), base);
      }
    }),
  );
});

const wish = fc.oneof(
  fc.constant<WantedByHand>({ mode: 'auto', snapshot: null, all: true }),
  fc.constant<WantedByHand>({ mode: 'auto', snapshot: null, all: false }),
  fc
    .record({ letter: fc.constantFrom(...LETTERS), all: fc.boolean() })
    .map<WantedByHand>(({ letter, all }) => ({ mode: 'auto', snapshot: nameOf(letter), all })),
  fc.constantFrom(...LETTERS).map<WantedByHand>((letter) => ({ mode: 'full', snapshot: nameOf(letter) })),
  fc
    .tuple(fc.constantFrom(...LETTERS), fc.constantFrom(...LETTERS))
    .map<WantedByHand>(([a, b]) => ({ mode: 'incremental', snapshot: nameOf(a), base: nameOf(b) })),
);

/** What the target holds once a plan is carried out. */
function carriedOut(target: TargetState, sent: readonly Snapshot[]): TargetState {
  const arrived = sent.map((one) => ({
    ...one,
    uuid: `new-${one.uuid}`,
    receivedUuid: one.originId,
    path: `${target.directory}/${one.name}`,
  }));
  return {
    ...target,
    replicas: [...target.replicas, ...arrived],
    bases: [...target.bases, ...arrived],
  };
}

test('every step starts from what the target has or was sent before, oldest first, nothing twice', () => {
  fc.assert(
    fc.property(sides, wish, ({ source, target }, wanted) => {
      const plan = planOf(wanted, source, target);
      if (plan.kind !== 'send') return;
      const there = new Set(target.bases.map((one) => one.originId));
      const whole = target.replicas.filter(({ state }) => state === 'complete');
      const replicated = new Set(whole.map((one) => one.originId));
      let before: Snapshot | undefined;
      for (const { snapshot, base } of plan.steps) {
        assert.equal(snapshot.state, 'complete');
        assert.ok(!replicated.has(snapshot.originId), 'what is there is not sent');
        if (base) assert.ok(base.readOnly && there.has(base.originId) && source.includes(base));
        if (before) assert.ok(byAge(before, snapshot) < 0);
        there.add(snapshot.originId);
        replicated.add(snapshot.originId);
        before = snapshot;
      }
    }),
  );
});

test('nothing is ever sent under a name that something else has', () => {
  fc.assert(
    fc.property(sides, wish, fc.subarray([...LETTERS]), ({ source, target }, wanted, files) => {
      const state = { ...target, otherNames: new Set(files.map(nameOf)) };
      const plan = planOf(wanted, source, state);
      for (const { snapshot } of plan.kind === 'send' ? plan.steps : []) {
        assert.ok(!state.otherNames.has(snapshot.name));
        assert.ok(!state.replicas.some((one) => one.name === snapshot.name));
      }
    }),
  );
});

test('planned again after it was carried out: nothing left to do', () => {
  fc.assert(
    fc.property(sides, wish, ({ source, target }, wanted) => {
      const plan = planOf(wanted, source, target);
      if (plan.kind !== 'send') return;
      const sent = plan.steps.map((step) => step.snapshot);
      const again = planOf(wanted, source, carriedOut(target, sent));
      // What was refused stays refused; it is never sent after all.
      assert.equal(again.kind, plan.refused.length > 0 ? 'blocked' : 'current');
    }),
  );
});

test('broken off after any step and planned again: what is left is the rest, from the same bases', () => {
  fc.assert(
    fc.property(sides, fc.nat(), ({ source, target }, cut) => {
      const wanted: WantedByHand = { mode: 'auto', snapshot: null, all: true };
      const plan = planOf(wanted, source, target);
      if (plan.kind !== 'send' || plan.steps.length < 2) return;
      const done = 1 + (cut % (plan.steps.length - 1));
      const sent = plan.steps.slice(0, done).map((step) => step.snapshot);
      const again = planOf(wanted, source, carriedOut(target, sent));
      assert.ok(again.kind === 'send');
      assert.deepEqual(
        again.steps.map((step) => [step.base?.originId, step.snapshot.originId]),
        plan.steps.slice(done).map((step) => [step.base?.originId, step.snapshot.originId]),
      );
    }),
  );
});

test('identity is the origin id: replicas moved or renamed elsewhere change no step', () => {
  fc.assert(
    fc.property(sides, wish, fc.string(), ({ source, target }, wanted, word) => {
      const free = { ...target, replicas: [] };
      const moved = target.bases.map((one, index) => ({ ...one, name: word, path: `/x/${word}/${index}` }));
      assert.deepEqual(planOf(wanted, source, { ...free, bases: moved }), planOf(wanted, source, free));
    }),
  );
});

test('a full one has no base, an incremental one the base that was named', () => {
  fc.assert(
    fc.property(sides, wish, ({ source, target }, wanted) => {
      const plan = planOf(wanted, source, target);
      if (plan.kind !== 'send' || wanted.mode === 'auto') return;
      assert.equal(plan.steps.length, 1);
      const [{ snapshot, base }] = plan.steps;
      assert.equal(snapshot.name, wanted.snapshot);
      assert.equal(base?.name ?? null, wanted.mode === 'full' ? null : wanted.base);
    }),
  );
});

test('age is one order: the same whichever way round, and transitive', () => {
  const one = sideText.map((text) => snapshots('primary', text));
  fc.assert(
    fc.property(one, (all) => {
      const sorted = all.toSorted(byAge);
      assert.deepEqual(all.toReversed().toSorted(byAge), sorted);
      for (const [index, a] of sorted.entries()) {
        for (const b of sorted.slice(index + 1)) assert.ok(byAge(a, b) <= 0 && byAge(b, a) >= 0);
      }
    }),
  );
});
