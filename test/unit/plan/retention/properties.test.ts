import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import type { RetentionPlan, RetentionRules } from '../../../../src/core/model/retention.ts';
import type { Snapshot, SnapshotState } from '../../../../src/core/model/snapshot.ts';
import { planRetention, type RetentionQuestion } from '../../../../src/core/plan/retention/retention.ts';

const SECOND = 1000;
const HOUR = 3600 * SECOND;
const DAY = 24 * HOUR;

/** Where clocks and calendars do something: switches, a day skipped, an evening repeated, the year's end. */
const SCENES = [
  ['Europe/Berlin', '2026-03-29T01:00'],
  ['Europe/Berlin', '2026-10-25T01:00'],
  ['America/New_York', '2026-03-08T07:00'],
  ['America/New_York', '2026-11-01T06:00'],
  ['America/St_Johns', '2010-11-07T02:31'],
  ['Australia/Lord_Howe', '2026-04-04T15:00'],
  ['Australia/Lord_Howe', '2026-10-03T15:30'],
  ['Pacific/Apia', '2011-12-30T10:00'],
  ['Asia/Kathmandu', '2026-11-20T18:15'],
  ['UTC', '2025-01-01T00:00'],
] as const;

const scene = fc
  .constantFrom(...SCENES)
  .map(([timeZone, at]) => ({ timeZone, around: Date.parse(`${at}Z`) }));

/** From the same millisecond to years apart: duplicates, bursts, gaps. */
const distance = fc.oneof(
  fc.integer({ min: -3, max: 3 }),
  fc.integer({ min: -120, max: 120 }).map((minutes) => minutes * 60 * SECOND),
  fc.integer({ min: -72, max: 72 }).map((hours) => hours * HOUR),
  fc.integer({ min: -1200, max: 1200 }).map((days) => days * DAY),
);

const count = fc.integer({ min: 0, max: 4 });

const rulesIn = (timeZone: string): fc.Arbitrary<RetentionRules> =>
  fc.oneof(ladderIn(timeZone), perPeriodIn(timeZone));

const minAgeSeconds = fc.constantFrom(0, 1, 3600, 7200.5, 90_000);

const perPeriodIn = (timeZone: string): fc.Arbitrary<RetentionRules> =>
  fc.record({
    kind: fc.constant('per-period' as const),
    per: fc.constantFrom('day', 'week', 'month'),
    keep: fc.integer({ min: 1, max: 3 }),
    timeZone: fc.constant(timeZone),
    minAgeSeconds,
  });

const ladderIn = (timeZone: string): fc.Arbitrary<RetentionRules> =>
  fc
    .record({
      kind: fc.constant('ladder' as const),
      last: count,
      hourly: count,
      daily: count,
      weekly: count,
      monthly: count,
      yearly: count,
      timeZone: fc.constant(timeZone),
      minAgeSeconds,
    })
    .map((rules) => {
      const { last, hourly, daily, weekly, monthly, yearly } = rules;
      return last + hourly + daily + weekly + monthly + yearly > 0 ? rules : { ...rules, daily: 1 };
    });

function made(time: number, state: SnapshotState, number: number): Snapshot {
  const createdAt = new Date(time).toISOString();
  const name = state === 'foreign' ? `by-hand-${number}` : createdAt;
  return {
    name,
    path: `/pool/.snapshots/data/${name}`,
    uuid: `id-${number}`,
    receivedUuid: null,
    originId: `id-${number}`,
    createdAt,
    readOnly: state === 'complete' || state === 'foreign',
    state,
  };
}

const STATES: readonly SnapshotState[] = [
  'complete',
  'complete',
  'complete',
  'foreign',
  'partial',
  'modified',
];

interface World {
  readonly around: number;
  readonly question: RetentionQuestion;
}

const worldWith = (
  rules: (timeZone: string) => fc.Arbitrary<RetentionRules>,
  states: readonly SnapshotState[] = STATES,
): fc.Arbitrary<World> =>
  scene.chain(({ timeZone, around }) =>
    fc
      .record({
        rules: rules(timeZone),
        now: distance.map((away) => around + away),
        specs: fc.array(fc.tuple(distance, fc.constantFrom(...states)), { maxLength: 30 }),
        held: ids,
        inUse: ids,
        bases: fc.uniqueArray(fc.tuple(fc.constantFrom('b', 'c', 'd'), ids), {
          selector: ([target]) => target,
        }),
      })
      .map(({ rules: asked, now, specs, held, inUse, bases }) => ({
        around,
        question: {
          snapshots: specs.map(([away, state], number) => made(around + away, state, number)),
          rules: asked,
          now,
          protected: { held, inUse, bases: new Map(bases) },
        },
      })),
  );

const ids = fc
  .uniqueArray(
    fc.integer({ min: 0, max: 30 }).map((number) => `id-${number}`),
    { maxLength: 3 },
  )
  .map((list) => new Set(list));

const world = worldWith(rulesIn);

function plan(question: RetentionQuestion): RetentionPlan {
  const planned = planRetention(question);
  assert.ok(planned.ok, planned.ok ? '' : planned.fault.message);
  return planned.value;
}

const uuidsOf = (question: RetentionQuestion, verdict: 'kept' | 'deleted'): Set<string> =>
  new Set(
    plan(question)
      .answers.filter((answer) => answer.verdict === verdict)
      .map(({ snapshot }) => snapshot.uuid),
  );

const holds = (title: string, given: fc.Arbitrary<World>, check: (world: World) => void): Promise<void> =>
  test(title, () => fc.assert(fc.property(given, check), { numRuns: 400 }));

const timeOf = ({ createdAt }: Snapshot): number => Date.parse(createdAt ?? '');

const newestOf = (snapshots: readonly Snapshot[]): number => Math.max(...snapshots.map(timeOf));

holds('every snapshot has one answer, in its order, and a kept one says why', world, ({ question }) => {
  const { answers } = plan(question);
  assert.deepEqual(
    answers.map(({ snapshot }) => snapshot),
    question.snapshots,
  );
  for (const answer of answers) if (answer.verdict === 'kept') assert.ok(answer.reasons.length > 0);
});

holds('only whole ones of the past go, and none that is held or in use', world, ({ question }) => {
  const { held, inUse } = question.protected;
  for (const { verdict, snapshot } of plan(question).answers) {
    if (verdict === 'kept') continue;
    assert.equal(snapshot.state, 'complete');
    assert.ok(timeOf(snapshot) <= question.now, 'dated in the future');
    assert.ok(!held.has(snapshot.originId) && !inUse.has(snapshot.originId), 'held or in use');
  }
});

holds('the newest stays', world, ({ question }) => {
  const past = question.snapshots.filter((one) => one.state === 'complete' && timeOf(one) <= question.now);
  const gone = uuidsOf(question, 'deleted');
  assert.ok(past.length === 0 || past.some((one) => timeOf(one) === newestOf(past) && !gone.has(one.uuid)));
});

holds('the newest base of every target stays', world, ({ question }) => {
  const { bases } = question.protected;
  const gone = uuidsOf(question, 'deleted');
  for (const there of bases === 'unknown' ? [] : bases.values()) {
    const common = question.snapshots.filter(
      (one) =>
        there !== 'unknown' &&
        there.has(one.originId) &&
        one.state === 'complete' &&
        timeOf(one) <= question.now,
    );
    const newest = common.filter((one) => timeOf(one) === newestOf(common));
    assert.ok(common.length === 0 || newest.some(({ uuid }) => !gone.has(uuid)));
  }
});

holds('nothing goes while what one target holds is not known', world, ({ question }) => {
  const { bases } = question.protected;
  const known = bases === 'unknown' ? [] : bases;
  for (const unknown of ['unknown' as const, new Map([...known, ['e', 'unknown' as const]])]) {
    const asked = { ...question, protected: { ...question.protected, bases: unknown } };
    assert.equal(uuidsOf(asked, 'deleted').size, 0);
  }
});

holds('a second run deletes nothing more', world, ({ question }) => {
  const kept = uuidsOf(question, 'kept');
  const snapshots = question.snapshots.filter(({ uuid }) => kept.has(uuid));
  assert.equal(uuidsOf({ ...question, snapshots }, 'deleted').size, 0);
});

holds('the order of the list decides nothing', world, ({ question }) => {
  const turned = { ...question, snapshots: question.snapshots.toReversed() };
  assert.deepEqual(uuidsOf(turned, 'deleted'), uuidsOf(question, 'deleted'));
});

test('a newer snapshot never makes a deleted one needed', () => {
  fc.assert(
    fc.property(world, distance, fc.constantFrom(...STATES), ({ question, around }, away, state) => {
      const added = made(around + away, state, 30);
      const { snapshots } = question;
      const after = uuidsOf({ ...question, snapshots: [...snapshots, added] }, 'kept');
      for (const { verdict, snapshot } of plan(question).answers) {
        if (verdict === 'kept' || timeOf(snapshot) >= timeOf(added)) continue;
        assert.ok(!after.has(snapshot.uuid), `${snapshot.name} came back`);
      }
    }),
    { numRuns: 1000 },
  );
});

test('time passing only ever removes', () => {
  const later = fc.integer({ min: 0, max: 3000 * DAY });
  fc.assert(
    fc.property(world, later, ({ question }, passed) => {
      const gone = uuidsOf(question, 'deleted');
      const kept = uuidsOf({ ...question, now: question.now + passed }, 'kept');
      for (const uuid of gone) assert.ok(!kept.has(uuid), `${uuid} came back`);
    }),
    { numRuns: 1000 },
  );
});

/** The strongest there is: whatever was let go on the way was never missed at the end. */
holds(
  'cleaning up after every snapshot leaves what one cleanup at the end leaves',
  worldWith(rulesIn, ['complete']),
  ({ question }) => {
    const bare = { held: new Set<string>(), inUse: new Set<string>(), bases: new Map() };
    const byAge = question.snapshots.toSorted((a, b) => timeOf(a) - timeOf(b) || (a.uuid < b.uuid ? -1 : 1));
    let left: Snapshot[] = [];
    for (const snapshot of byAge) {
      const step = { ...question, snapshots: [...left, snapshot], now: timeOf(snapshot), protected: bare };
      const kept = uuidsOf(step, 'kept');
      left = step.snapshots.filter(({ uuid }) => kept.has(uuid));
    }
    const now = newestOf([...byAge, made(0, 'complete', 30)]);
    const atOnce = uuidsOf({ ...question, now, protected: bare }, 'kept');
    assert.deepEqual(new Set(left.map(({ uuid }) => uuid)), atOnce);
  },
);

holds(
  'a level of a ladder keeps as many as it says, as long as there are so many periods',
  worldWith(ladderIn, ['complete']),
  ({ question }) => {
    const { rules } = question;
    if (rules.kind !== 'ladder') return;
    const reasons = plan(question).answers.flatMap((one) => (one.verdict === 'kept' ? one.reasons : []));
    const past = question.snapshots.filter((one) => timeOf(one) <= question.now);
    for (const level of ['hourly', 'daily', 'weekly', 'monthly', 'yearly'] as const) {
      const elected = reasons.filter((reason) => reason.kind === 'ladder' && reason.level === level);
      assert.ok(elected.length <= rules[level]);
      assert.ok(elected.length > 0 || rules[level] === 0 || past.length === 0);
    }
    assert.equal(reasons.filter(({ kind }) => kind === 'last').length, Math.min(rules.last, past.length));
  },
);
