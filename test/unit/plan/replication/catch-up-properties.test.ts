import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { deletedBy, type RetentionRules } from '../../../../src/core/model/retention.ts';
import { type Snapshot, snapshotName } from '../../../../src/core/model/snapshot.ts';
import { inOrderMade } from '../../../../src/core/plan/catalog/order-made.ts';
import { planCatchUp } from '../../../../src/core/plan/replication/catch-up.ts';
import { type Bases, planRetention } from '../../../../src/core/plan/retention/retention.ts';
import { rulesOf } from '../retention-notation.ts';

const HOUR = 3_600_000;

/** What happens to a subvolume and its target: time passes, snapshots, rounds that come to an end or break, clean-ups. */
type Happening =
  | { readonly kind: 'pass'; readonly minutes: number }
  | { readonly kind: 'snapshot' | 'clean-source' | 'clean-target' | 'clean-target-by-hand' }
  /** Of its steps so many are carried out; more than there are: all. */
  | { readonly kind: 'round'; readonly steps: number };

const forward = fc.integer({ min: 1, max: 3000 }).map((minutes): Happening => ({ kind: 'pass', minutes }));
const backward = fc.integer({ min: -5000, max: -1 }).map((minutes): Happening => ({ kind: 'pass', minutes }));
const round = fc.constantFrom(99, 99, 1, 0).map((steps): Happening => ({ kind: 'round', steps }));
const rest = fc.constantFrom<Happening>(
  { kind: 'snapshot' },
  { kind: 'snapshot' },
  { kind: 'clean-source' },
  { kind: 'clean-target' },
  { kind: 'clean-target-by-hand' },
);

const story = (...clocks: readonly fc.Arbitrary<Happening>[]): fc.Arbitrary<Happening[]> =>
  fc.array(fc.oneof(...clocks, round, rest), { minLength: 15, maxLength: 60, size: 'max' });

const rules = fc
  .constantFrom('', 'last 1', 'last 3', 'hourly 5', 'last 2 daily 3', 'daily 2 weekly 2', 'day 1', 'week 2')
  .map((text): RetentionRules | null => (text === '' ? null : rulesOf(text).rules));

/** A source and one target, as they become. */
class Scene {
  now = Date.parse('2026-03-10T10:00:00.000Z');
  source: Snapshot[] = [];
  target: Snapshot[] = [];
  /** Origin ids, in the order they arrived. */
  readonly arrived: string[] = [];
  readonly generations = new Map<string, number>();
  readonly #keep: RetentionRules | null;

  constructor(keep: RetentionRules | null) {
    this.#keep = keep;
  }

  plan() {
    return planCatchUp(
      { mode: 'catch-up', snapshot: null, keep: this.#keep, group: null },
      '/data',
      { snapshots: this.source, generations: this.generations, moments: null, held: new Set() },
      {
        server: 'b',
        directory: '/pool/.snapshots/data',
        replicas: this.target,
        bases: this.target,
        otherNames: new Set(),
      },
      this.now,
    );
  }

  happen(what: Happening): void {
    switch (what.kind) {
      case 'pass':
        this.now += what.minutes * 60_000;
        return;
      case 'snapshot':
        this.#make();
        return;
      case 'round':
        this.#send(what.steps);
        return;
      case 'clean-source':
        this.source = this.#cleaned(this.source, this.target, rulesOf('last 4').rules);
        return;
      case 'clean-target-by-hand':
        this.target = this.#cleaned(this.target, this.source, rulesOf('last 1').rules);
        return;
      case 'clean-target':
        if (this.#keep) this.target = this.#cleaned(this.target, this.source, this.#keep);
    }
  }

  #make(): void {
    const name = snapshotName(this.now);
    if (this.source.some((one) => one.name === name)) return;
    const uuid = `made-${this.generations.size}`;
    this.generations.set(uuid, this.generations.size + 1);
    this.source.push({
      name,
      path: `/srv/.snapshots/data/${name}`,
      uuid,
      receivedUuid: null,
      originId: uuid,
      createdAt: name,
      readOnly: true,
      state: 'complete',
    });
  }

  #send(steps: number): void {
    const plan = this.plan();
    if (plan.kind !== 'send') return;
    for (const { snapshot, base } of plan.steps.slice(0, steps)) {
      const has = (one: Snapshot): boolean => this.target.some(({ originId }) => originId === one.originId);
      assert.ok(base === null ? !this.source.some(has) : has(base), 'in full only where nothing is common');
      assert.ok(!has(snapshot), 'what is there is not sent');
      this.arrived.push(snapshot.originId);
      this.target.push({ ...snapshot, uuid: `at-b-${snapshot.uuid}`, receivedUuid: snapshot.originId });
    }
  }

  /** As a clean-up does it: the newest base of both sides stays. */
  #cleaned(own: Snapshot[], other: readonly Snapshot[], given: RetentionRules): Snapshot[] {
    const bases: Bases = new Map([['other', new Set(other.map(({ originId }) => originId))]]);
    const plan = planRetention({
      snapshots: own,
      rules: given,
      now: this.now,
      protected: { held: new Set(), inUse: new Set(), bases },
    });
    assert.ok(plan.ok);
    const gone = new Set(deletedBy(plan.value));
    return own.filter((one) => !gone.has(one));
  }
}

function told(keep: RetentionRules | null, happenings: readonly Happening[]): Scene {
  const scene = new Scene(keep);
  for (const what of happenings) scene.happen(what);
  return scene;
}

test('whatever happened, clocks set back as well: after a round the last one made is there, and nothing lacks', () => {
  fc.assert(
    fc.property(rules, story(forward, backward), (keep, happenings) => {
      const scene = told(keep, happenings);
      if (scene.source.length === 0) return;
      scene.happen({ kind: 'round', steps: 99 });
      const last = inOrderMade({ snapshots: scene.source, generations: scene.generations }).at(-1);
      assert.ok(scene.target.some(({ originId }) => originId === last?.originId));
      assert.equal(scene.plan().kind, 'current');
    }),
  );
});

test('with clocks that go on, nothing is ever sent a second time, whatever retention let go there', () => {
  fc.assert(
    fc.property(rules, story(forward), (keep, happenings) => {
      const { arrived } = told(keep, happenings);
      assert.equal(new Set(arrived).size, arrived.length);
    }),
  );
});

test('with clocks that go on, what was just sent is not let go by the clean-up after it', () => {
  fc.assert(
    fc.property(rules, story(forward), (keep, happenings) => {
      const scene = told(keep, happenings);
      const before = scene.arrived.length;
      scene.happen({ kind: 'round', steps: 99 });
      const sent = scene.arrived.slice(before);
      scene.happen({ kind: 'clean-target' });
      for (const id of sent) assert.ok(scene.target.some(({ originId }) => originId === id));
    }),
  );
});

test('without rules every snapshot that was made after the first replica, and is still there, arrives', () => {
  fc.assert(
    fc.property(story(forward, backward), (happenings) => {
      const scene = told(null, happenings);
      scene.happen({ kind: 'round', steps: 99 });
      const first = scene.generations.get(scene.arrived[0] ?? '') ?? Number.POSITIVE_INFINITY;
      for (const { originId } of scene.source) {
        if ((scene.generations.get(originId) ?? 0) >= first) assert.ok(scene.arrived.includes(originId));
      }
    }),
  );
});

test('a clock set back for good does not keep replication waiting for its old time', () => {
  const scene = told(rulesOf('last 2').rules, [
    { kind: 'snapshot' },
    { kind: 'round', steps: 9 },
    { kind: 'pass', minutes: -10 * 365 * 24 * 60 },
  ]);
  for (let hour = 0; hour < 5; hour += 1) {
    scene.now += HOUR;
    scene.happen({ kind: 'snapshot' });
    scene.happen({ kind: 'round', steps: 9 });
    scene.happen({ kind: 'clean-target' });
    assert.equal(scene.arrived.length, hour + 2);
    assert.equal(scene.arrived.at(-1), scene.source.at(-1)?.originId);
  }
});
