import assert from 'node:assert/strict';
import test from 'node:test';
import { deletedBy, keptBy, type RetentionRules, reasonText } from '../../../../src/core/model/retention.ts';
import type { Snapshot } from '../../../../src/core/model/snapshot.ts';
import { planRetention } from '../../../../src/core/plan/retention/retention.ts';
import { checkRetentionRules } from '../../../../src/core/plan/retention/rules.ts';
import { deleted, planned, reasons, rulesOf } from '../retention-notation.ts';

for (const [title, rules, snapshots, want] of [
  ['keeps the newest of each day', 'day 1', '11-20T08 11-20T20 11-21T08 11-21T09', '11-20T08 11-21T08'],
  ['keeps the newest two of each day', 'day 2', '11-20T08 11-20T12 11-20T20 11-21T08', '11-20T08'],
  ['does not count days: what is years old stays', 'day 1', '2019-01-01 2022-05-05 11-20', ''],
  ['keeps the newest of each ISO week', 'week 1', '11-16 11-22 11-23', '11-16'],
  ['a week goes on over the year', 'week 1', '2024-12-30 2025-01-02 2025-01-05', '2024-12-30 2025-01-02'],
  ['2025-01-02 is not in the week of 2025-12-30', 'week 1', '2025-01-02 2025-12-30', ''],
  ['keeps the newest of each month', 'month 1', '10-01 10-31 11-01 2027-11-02', '10-01'],
  ['the same month of another year is another', 'month 1', '2025-11-02 2026-11-02', ''],
  ['order does not matter', 'day 1', '11-21T09 11-20T20 11-21T08 11-20T08', '11-21T08 11-20T08'],
  ['a day ends where the policy is', 'day 1 in Europe/Berlin', '11-20T22:30 11-20T23:30', ''],
  ['and not in UTC', 'day 1 in Europe/Berlin', '11-20T23:30 11-21T22:30', '11-20T23:30'],
  ['a day of 25 hours is one', 'day 1 in Europe/Berlin', '10-24T22:00 10-25T22:59', '10-24T22:00'],
  ['a day of 23 hours is one', 'day 1 in Europe/Berlin', '03-28T23:00 03-29T21:59', '03-28T23:00'],
  ['and ends after 23', 'day 1 in Europe/Berlin', '03-28T23:00 03-29T22:00', ''],
  [
    'an evening that comes twice',
    'day 1 in America/St_Johns',
    '2010-11-07T02 2010-11-07T03',
    '2010-11-07T02',
  ],
  ['the day Samoa skipped', 'day 1 in Pacific/Apia', '2011-12-30T09:59 2011-12-30T10:00', ''],
] as const)
  test(`per period: ${title}`, () => assert.equal(deleted(rules, snapshots), want));

for (const [title, rules, snapshots, want] of [
  ['keeps the first of each day', 'daily 9', '11-20T08 11-20T20 11-21T08 11-21T09', '11-20T20'],
  ['of the newest n days', 'daily 2', '11-19 11-20 11-21', '11-19'],
  ['gaps do not eat history', 'daily 3', '2019-01-01 2022-05-05 11-20', ''],
  ['the last n', 'last 2', '11-19 11-20 11-21', '11-19'],
  ['more than there are', 'last 20', '11-19 11-20 11-21', ''],
  ['hours', 'hourly 2', '11-20T08:01 11-20T09:01 11-20T09:30 11-20T10:01', '11-20T08:01 11-20T09:30'],
  [
    'weeks, over the year',
    'weekly 2',
    '2024-12-29 2024-12-30 2025-01-02 2025-01-06',
    '2024-12-29 2025-01-02',
  ],
  ['months', 'monthly 2', '09-01 10-01 10-31 11-01', '09-01 10-31'],
  ['years', 'yearly 2', '2024-05-05 2025-05-05 2025-06-06 2026-01-01', '2024-05-05 2025-06-06'],
  ['levels add up', 'daily 1 monthly 2', '10-01 10-15 11-01 11-20', '10-15'],
  [
    'the first of a month is handed up',
    'daily 2 monthly 3',
    '11-01T00 11-01T12 11-02 11-03 12-01',
    '11-01T12 11-02',
  ],
  ['an hour that comes twice is two', 'hourly 9 in Europe/Berlin', '10-25T00:30 10-25T01:30 10-25T02', ''],
  ['and counts as two', 'hourly 1 in Europe/Berlin', '10-25T00:30 10-25T01:30', '10-25T00:30'],
  ['half hours of Lord Howe', 'hourly 9 in Australia/Lord_Howe', '04-04T14:45 04-04T15:15 04-04T15:45', ''],
  // 00:00:30 of the 7th, then 23:30 of the 6th: the 7th is the newer day, whichever came first.
  ['days count by the calendar', 'daily 1 in America/St_Johns', '2010-11-07T02:30:30 2010-11-07T03', ''],
  [
    'the age keeps what is younger',
    'last 1 age 3600 at 11-20T12',
    '11-20T10:30 11-20T11:30 11-20T11:45',
    '11-20T10:30',
  ],
  [
    'exactly that age is not younger',
    'last 1 age 3600 at 11-20T12',
    '11-20T11:00 11-20T11:00:00.001 11-20T12',
    '11-20T11:00',
  ],
] as const)
  test(`ladder: ${title}`, () => assert.equal(deleted(rules, snapshots), want));

for (const [title, rules, snapshots, targets, want] of [
  ['the newest', 'yearly 1', '11-19 11-20 11-21', '', '11-20'],
  ['a held one', 'last 1', '11-18+held 11-19 11-20', '', '11-19'],
  ['what a job uses', 'last 1', '11-18+used 11-19 11-20', '', '11-19'],
  ['the newest base', 'last 1', '11-17@b 11-18@b 11-19 11-20', '', '11-17 11-19'],
  ['each target has its own', 'last 1', '11-17@b 11-18@b@c 11-19@c 11-20', '', '11-17'],
  ['the base of a target that has none', 'last 1', '11-19 11-20', '', '11-19'],
  ['a foreign one that both have, and the newest of ours', 'last 1', '11-17@b ~11-18@b 11-20', '', ''],
  [
    'a base dated in the future does not free the one before',
    'last 1 at 11-20',
    '11-17@b 11-18 11-19 11-30@b',
    '',
    '11-18',
  ],
  ['every whole one if a target is not known', 'last 1', '11-17 11-18@c 11-19 11-20', 'unknown b', ''],
  ['every whole one if no target is known', 'last 1', '11-17 11-18 11-19 11-20', 'unknown', ''],
  ['foreign ones', 'last 1', '~11-18 ~0 11-19 11-20', '', '11-19'],
  ['what is half received or writable', 'last 1', "11-17? 11-18' 11-19 11-20", '', '11-19'],
  ['a writable newest is not the newest', 'last 1', "11-18 11-19 11-20'", '', '11-18'],
  ['a foreign newest is not the newest', 'last 1', '11-18 11-19 ~11-20', '', '11-18'],
  [
    "those take nobody's place in a day",
    'daily 1',
    "~11-20T01 11-20T02' 11-20T03? 11-20T04 11-20T05 11-20T06",
    '',
    '11-20T05',
  ],
  ['the future', 'last 1 at 11-20', '11-18 11-19 11-21 11-22', '', '11-18'],
  ["and it takes nobody's place", 'daily 2 at 11-20', '11-17 11-18 11-19 11-21 11-22', '', '11-17'],
  ['now is not the future', 'last 1 at 11-20', '11-19 11-20', '', '11-19'],
  ['only the future', 'last 1 at 11-20', '11-21 11-22', '', ''],
  ['one of two of a millisecond, by uuid', 'last 1', '11-20/a 11-20/b', '', '11-20/a'],
  ['the same one in another order', 'last 1', '11-20/b 11-20/a', '', '11-20/a'],
  ['two of one millisecond are two', 'last 2', '11-19 11-20/b 11-20/a', '', '11-19'],
  ['nothing of nothing', 'last 1', '', '', ''],
] as const)
  test(`keeps ${title}`, () => assert.equal(deleted(rules, snapshots, targets), want));

for (const [rules, snapshots, targets, want] of [
  ['last 1', '11-20', '', 'newest | last 1'],
  ['last 1', '11-19 11-20', '', ''],
  ['day 1', '11-20', '', 'newest | newest of 2026-11-20'],
  ['week 3', '11-20', '', 'newest | newest 3 of 2026-W47'],
  ['month 1', '11-20', '', 'newest | newest of 2026-11'],
  [
    'last 2 hourly 1 daily 1 weekly 1 monthly 1 yearly 1 in Europe/Berlin',
    '11-20T23:30',
    '',
    'newest | last 2 | hourly 2026-11-21 00:00+01:00 | daily 2026-11-21 | weekly 2026-W47 | monthly 2026-11 | yearly 2026',
  ],
  ['last 1', '11-19+held+used@b@c 11-20', '', 'held | in use by a running job | base for b | base for c'],
  ['last 1', '11-19 11-20', 'unknown b c', 'may be the base for b, c: what is there is not known'],
  ['last 1', '11-19 11-20', 'unknown', 'may be a base: what the targets hold is not known'],
  ['last 1', '~11-20+held', 'unknown', 'foreign: not made by btrfleet | held'],
  ['last 1', '~0', '', 'foreign: not made by btrfleet'],
  ['last 1', '11-20?', '', 'partial: half received'],
  ['last 1', "11-20'", '', 'modified: made writable'],
  ['last 1 at 11-19', '11-20@b', '', 'base for b | dated in the future'],
  ['last 1 age 3600 at 11-19T01', '11-19T00:30 11-19T00:40', '', 'younger than 1h'],
  ['last 1 age 5400 at 11-19T01', '11-19T00:30 11-19T00:40', '', 'younger than 90m'],
  ['last 1 age 3601 at 11-19T01', '11-19T00:30 11-19T00:40', '', 'younger than 3601s'],
  ['last 1 age 172800 at 11-19T01', '11-19T00:30 11-19T00:40', '', 'younger than 2d'],
  ['last 1', '11-20T08 11-21', '', ''],
] as const)
  test(`${snapshots} ${targets} under ${rules}: ${want || 'deleted'}`, () =>
    assert.equal(reasons(rules, snapshots, targets), want));

test('the plan has the answers in the order of the snapshots, and both lists follow it', () => {
  const plan = planned('last 1', '11-20 11-18 11-21 11-19+held');
  const day = ({ name }: Snapshot): string => name.slice(5, 10);
  assert.deepEqual(
    plan.answers.map(({ snapshot, verdict }) => `${day(snapshot)} ${verdict}`),
    ['11-20 deleted', '11-18 deleted', '11-21 kept', '11-19 kept'],
  );
  assert.deepEqual(deletedBy(plan).map(day), ['11-20', '11-18']);
  assert.deepEqual(
    keptBy(plan).map(({ snapshot, reasons: why }) => `${day(snapshot)} ${why.map(reasonText).join()}`),
    ['11-21 newest,last 1', '11-19 held'],
  );
});

const one = planned('last 1', '11-20').answers[0]?.snapshot;
assert.ok(one);

for (const [title, changes, want] of [
  ['a name that is not ours, called complete', { name: 'before-upgrade-2' }, 'foreign'],
  ['a day that does not exist', { name: '2026-02-31T00:00:00.000Z' }, 'foreign'],
  ['a time without milliseconds', { name: '2020-01-01T00:00:00Z' }, 'foreign'],
  ['writable, called complete', { readOnly: false }, 'not-complete'],
  ['made writable, written to and read-only again', { doubt: 'changed' }, 'not-complete'],
  ['found not to be what its source is', { doubt: 'different' }, 'not-complete'],
  ['no time', { createdAt: null }, 'undated'],
  ['a time that is none', { createdAt: 'yesterday' }, 'undated'],
] as const) {
  test(`keeps what it does not understand: ${title}`, () => {
    const odd: Snapshot = { ...one, createdAt: '2020-01-01T00:00:00.000Z', uuid: 'odd', ...changes };
    const { rules, now } = rulesOf('last 1');
    const nobody = { held: new Set<string>(), inUse: new Set<string>(), bases: new Map() };
    const plan = planRetention({ snapshots: [odd, one], rules, now, protected: nobody });
    const answer = plan.ok ? plan.value.answers[0] : undefined;
    assert.deepEqual(answer?.verdict === 'kept' ? answer.reasons.map(({ kind }) => kind) : [], [want]);
  });
}

for (const [rules, code] of [
  ['last 0', 'refused'],
  ['last 0 age 3600', 'refused'],
  ['day 0', 'refused'],
  ['day 0 age 3600', 'refused'],
  ['day -1', 'usage'],
  ['day 1.5', 'usage'],
  ['week NaN', 'usage'],
  ['month Infinity', 'usage'],
  ['last 1 daily -1', 'usage'],
  ['last NaN', 'usage'],
  ['last 9007199254740993', 'usage'],
  ['last 1 age -1', 'usage'],
  ['last 1 age NaN', 'usage'],
  ['last 1 age Infinity', 'usage'],
  ['last 1 in Europe/Nowhere', 'usage'],
] as const) {
  test(`${rules}: ${code}, and nothing is planned`, () => {
    const { rules: asked, now } = rulesOf(rules);
    const bare = { held: new Set<string>(), inUse: new Set<string>(), bases: new Map() };
    for (const result of [
      checkRetentionRules(asked),
      planRetention({ snapshots: [one], rules: asked, now, protected: bare }),
    ]) {
      assert.equal(result.ok ? 'ok' : result.fault.code, code);
    }
  });
}

test('rules that can be followed come back as they are', () => {
  const rules: RetentionRules = {
    kind: 'per-period',
    per: 'week',
    keep: 2,
    timeZone: 'UTC',
    minAgeSeconds: 0,
  };
  assert.deepEqual(checkRetentionRules(rules), { ok: true, value: rules });
});

test('without a clock nothing is planned', () => {
  const { rules } = rulesOf('last 1');
  const nobody = { held: new Set<string>(), inUse: new Set<string>(), bases: new Map() };
  const plan = planRetention({ snapshots: [one], rules, now: Number.NaN, protected: nobody });
  assert.equal(plan.ok ? 'ok' : plan.fault.code, 'usage');
});
