import assert from 'node:assert/strict';
import test from 'node:test';
import { retentionRules } from '../../../../src/cli/choices/retention.ts';
import { checkRetentionRules } from '../../../../src/core/plan/retention/rules.ts';
import { managerTimeZone } from '../../../../src/process/time-zone.ts';

const ANY = { timeZone: 'Europe/Berlin', minAgeSeconds: 0 };
const NONE = { last: 0, hourly: 0, daily: 0, weekly: 0, monthly: 0, yearly: 0 };

for (const [title, options, want] of [
  ['per day', { per: 'day', keep: '2' }, { kind: 'per-period', ...ANY, per: 'day', keep: 2 }],
  [
    'an age and a zone of its own',
    { per: 'week', keep: '1', minAge: '90m', timezone: 'UTC' },
    { kind: 'per-period', timeZone: 'UTC', minAgeSeconds: 5400, per: 'week', keep: 1 },
  ],
  ['one rung', { daily: '7' }, { kind: 'ladder', ...ANY, ...NONE, daily: 7 }],
  [
    'all rungs',
    { last: '1', hourly: '2', daily: '3', weekly: '4', monthly: '5', yearly: '6' },
    { kind: 'ladder', ...ANY, last: 1, hourly: 2, daily: 3, weekly: 4, monthly: 5, yearly: 6 },
  ],
] as const) {
  test(`rules from options: ${title}`, () => {
    const rules = retentionRules(options, 'Europe/Berlin');
    assert.deepEqual(rules.ok && rules.value, want);
  });
}

for (const [title, options, code] of [
  ['none', {}, 'usage'],
  ['an age alone', { minAge: '1h' }, 'usage'],
  ['both kinds', { per: 'day', keep: '1', last: '1' }, 'usage'],
  ['a period without a number', { per: 'day' }, 'usage'],
  ['a number without a period', { keep: '1' }, 'usage'],
  ['a number beside a ladder', { keep: '1', last: '1' }, 'usage'],
  ['no such period', { per: 'hour', keep: '1' }, 'usage'],
  ['half a snapshot', { last: '1.5' }, 'usage'],
  ['less than none', { per: 'day', keep: '-1' }, 'usage'],
  ['an empty number', { daily: '' }, 'usage'],
  ['no age', { last: '1', minAge: '1 year' }, 'usage'],
  ['no such zone', { last: '1', timezone: 'Mars/North' }, 'usage'],
  ['nothing is kept', { last: '0', daily: '0' }, 'refused'],
  ['none of each day', { per: 'day', keep: '0' }, 'refused'],
] as const) {
  test(`rules from options, refused: ${title}`, () => {
    const rules = retentionRules(options, 'UTC');
    assert.equal(rules.ok ? null : rules.fault.code, code);
  });
}

test("this machine's zone is one that can be planned in", () => {
  const rules = retentionRules({ last: '1' }, managerTimeZone());
  assert.ok(rules.ok && checkRetentionRules(rules.value).ok);
});
