/** What is told of replicas that were there and are gone, were changed, or are not known to be anywhere. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fault } from '../../../../src/core/model/fault.ts';
import type { RetentionRules } from '../../../../src/core/model/retention.ts';
import { findingWords } from '../../../../src/text/words/finding.ts';
import { healthIn, look, pool, UNREACHABLE, verdict, type World } from '../health-notation.ts';

const DAY = 86_400;
const nightly = 'nightly b';
const last = (count: number): RetentionRules => ({
  ...{ kind: 'ladder', timeZone: 'UTC', minAgeSeconds: 0, last: count },
  ...{ hourly: 0, daily: 0, weekly: 0, monthly: 0, yearly: 0 },
});
const kept = { rpoSeconds: 9 * DAY } as const;

const check = (title: string, world: World, want: string, ...texts: readonly string[]): void => {
  test(title, () => {
    const health = healthIn(world);
    assert.equal(verdict(health), want, JSON.stringify(health.reasons, null, 2));
    const told = health.reasons
      .map(findingWords)
      .map(({ message, hint }) => `${message} ${hint}`)
      .join('\n');
    for (const text of texts) assert.ok(told.includes(text), `${text} in: ${told}`);
  });
};

// Deleted by hand.
check(
  'all that were on a target are gone: at once, though no round was missed',
  { a: 'i j', others: { b: '', c: 'i j' }, tasks: [['nightly b c']], gone: { b: 'j' } },
  'degraded: b missing, c complete',
  '/pool/.snapshots/data/2026-01-10T00:00:00.000Z was on b:/pool and is gone',
  'btrfleet task run nightly',
);
check(
  'only the newest is gone',
  { a: 'i j', others: { b: 'i' }, tasks: [[nightly]], gone: { b: 'j' } },
  'degraded: b missing',
  'is gone',
);
check(
  'it is gone, and the RPO is kept',
  { a: 'i j', others: { b: 'i' }, tasks: [[nightly, kept]], gone: { b: 'j' } },
  'degraded: b missing',
  'is gone',
);
check(
  'gone before the newest was made, which no round has brought yet',
  { a: 'h i j', others: { b: 'h' }, tasks: [[nightly, kept]], gone: { b: 'i' } },
  'degraded: b missing',
  'is gone',
);
check(
  'a newer one came since: what is gone is missed no longer',
  { a: 'h i j', others: { b: 'i' }, tasks: [[nightly, kept]], gone: { b: 'h' } },
  'ok: b missing',
);
check(
  'it was sent once more',
  { a: 'i j', others: { b: 'j' }, tasks: [[nightly]], gone: { b: 'i' } },
  'ok: b complete',
);
check(
  'what is gone of another filesystem is none of this one',
  {
    a: 'j',
    others: { b: look('b', pool('b', 'j', { uuid: 'other' })) },
    tasks: [[nightly]],
    gone: { b: 'j' },
  },
  'ok: b complete',
);
check(
  'the last round had it there, and it is not',
  { a: 'i j', others: { b: 'i' }, tasks: [[nightly, { brought: 'j' }]] },
  'degraded: b missing',
  'The last round of the task nightly had it there',
);

// What is on its way.
for (const [title, more, text] of [
  ['a round is running', { isRunning: true }, 'on its way: a round of the task nightly is running'],
  [
    'a round is due',
    { nextRun: '2026-01-10T11:00:00.000Z' },
    'on its way: a round of the task nightly is due',
  ],
  ['a round is to come', {}, 'to come with the round of the task nightly at 2026-01-11T00:00:00.000Z'],
  ['no round is to come', { nextRun: null }, 'no round is to come'],
] as const) {
  const world = { a: 'i j', others: { b: 'i' }, tasks: [[nightly, more]] } as const;
  check(`the newest is not there yet: ${title}`, world, 'ok: b missing', text);
  test(`on its way is only what is under way: ${title}`, () => {
    const [reason] = healthIn(world).reasons;
    assert.equal(
      reason && findingWords(reason).message.includes('on its way'),
      text.startsWith('on its way'),
    );
  });
}

// Changed.
check(
  'made writable, then read-only again: another snapshot has its name',
  { a: 'i j', others: { b: 'i j!', c: 'j' }, tasks: [['nightly b c', kept]] },
  'degraded: b modified, c complete',
  'made writable and read-only again',
);
check(
  'an older one was made writable',
  { a: 'i j', others: { b: "i' j" }, tasks: [[nightly]] },
  'degraded: b complete',
  '2026-01-09T00:00:00.000Z on b:/pool was made writable',
);
check(
  'an older one was sealed again',
  { a: 'i j', others: { b: 'i! j' }, tasks: [[nightly]] },
  'degraded: b complete',
  'read-only again',
);
check(
  'changed ones on a server that is down: what is known is that it is down',
  { a: 'i j', others: { b: "i' j" }, tasks: [[nightly]], faults: { b: UNREACHABLE } },
  'unknown: b could-not-check',
);
check(
  'the same name in a directory of another subvolume is none of ours',
  {
    a: 'i j',
    others: {
      b: 'i j',
      c: look('c', pool('c', "i' j!", { owners: { '/pool/.snapshots/data': ['other'] } })),
    },
    tasks: [[nightly]],
  },
  'ok: b complete',
);
check(
  'gone and changed at once is told once',
  { a: 'i j', others: { b: "i j'" }, tasks: [[nightly]], gone: { b: 'j' } },
  'degraded: b modified',
);

// The last round failed.
const memory = (why: ReturnType<typeof fault>) => ({ memory: { failures: 1, fault: why } });
check(
  'for a reason that stays',
  { a: 'j', others: { b: 'j' }, tasks: [[nightly, memory(fault('name-taken', 'Taken.', 'Free it.'))]] },
  'degraded: b complete',
  'Taken. Free it.',
);
check(
  'for a reason that may pass',
  { a: 'j', others: { b: 'j' }, tasks: [[nightly, memory(UNREACHABLE)]] },
  'ok: b complete',
);

// No good one is known, and not all could be checked.
const down = { b: UNREACHABLE };
check(
  'none where it was looked for, and one could not be checked',
  { a: 'j', others: { b: null, c: '' }, faults: down },
  'failed: b could-not-check, c missing',
  'No whole replica of /data is known, and b could not be checked.',
);
check(
  'the only one could not be checked, and nothing is known of it',
  { a: 'j', others: { b: null }, tasks: [[nightly]], faults: down },
  'unknown: b could-not-check',
  'Whether there is a whole replica of /data is not known: b could not be checked.',
);
check(
  'one could not be checked that had one when it was last seen',
  { a: 'j', others: { b: 'j', c: '' }, faults: down },
  'degraded: b could-not-check, c missing',
);
check(
  'named: it had that one when it was last seen',
  { a: 'i j', others: { b: 'i j', c: 'j' }, faults: down, named: 'i' },
  'degraded: b could-not-check, c missing',
);
check(
  'named: all there is is newer, or on a server that is down',
  { a: 'h i j', others: { b: 'h', c: 'j' }, faults: down, named: 'i' },
  'failed: b could-not-check, c missing',
);

const OLDER = { a: 'h i j', others: { b: 'i j' }, tasks: [[nightly]], missed: { b: 'h' } } as const;

check(
  'an older one was deleted by hand: by name, and how it comes back',
  OLDER,
  'degraded: b complete',
  'An older replica of /data is gone from b:/pool, and btrfleet did not delete it: 2026-01-08T00:00:00.000Z',
  '--snapshot 2026-01-08T00:00:00.000Z',
);

check(
  'that was told a day ago: it is only noted',
  { ...OLDER, missedHours: 25 },
  'ok: b complete',
  'gone from',
);

check('that was a week ago', { ...OLDER, missedHours: 169 }, 'ok: b complete');

check(
  'the primary has it no more',
  { ...OLDER, a: 'i j' },
  'degraded: b complete',
  'a does not have it any more',
);

check('it is there again', { ...OLDER, others: { b: 'h i j' } }, 'ok: b complete');

check(
  'the rules of the task let it go: another manager may have',
  { ...OLDER, tasks: [[nightly, { retention: last(2) }]] },
  'ok: b complete',
);

check(
  'the rules of the task keep it',
  { ...OLDER, tasks: [[nightly, { retention: last(3) }]] },
  'degraded: b complete',
  'gone from',
);
