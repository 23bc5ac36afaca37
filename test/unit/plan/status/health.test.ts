/** How a subvolume is off: a fleet in one line, its verdict in another. Letters are snapshots, a day apart. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fault } from '../../../../src/core/model/fault.ts';
import { failed, ok } from '../../../../src/core/model/result.ts';
import { findingWords } from '../../../../src/text/words/finding.ts';
import { mendOf } from '../../../../src/text/words/mend.ts';
import { healthIn, look, pool, UNREACHABLE, verdict, type World } from '../health-notation.ts';

const HOUR = 3600;
const DAY = 24 * HOUR;

const check = (title: string, world: World, want: string): void => {
  test(title, () => assert.equal(verdict(healthIn(world)), want));
};

const down = { b: UNREACHABLE };

// Without a task it must be on every server that was added.
check('everywhere', { a: 'a b', others: { b: 'a b', c: 'b' } }, 'ok: b complete, c complete');
check('one lacks it', { a: 'a b', others: { b: 'a b', c: 'a' } }, 'degraded: b complete, c missing');
check('one has nothing', { a: 'a b', others: { b: 'a b', c: '' } }, 'degraded: b complete, c missing');
check('nobody has anything', { a: 'a b', others: { b: '', c: '' } }, 'failed: b missing, c missing');
check('all have an older one', { a: 'a b', others: { b: 'a', c: 'a' } }, 'degraded: b missing, c missing');
check(
  'made writable on one',
  { a: 'a b', others: { b: "a b'", c: 'b' } },
  'degraded: b modified, c complete',
);
check('the only one made writable', { a: 'a', others: { b: "a'" } }, 'failed: b modified');
check('half received on one', { a: 'a b', others: { b: 'a b?', c: 'b' } }, 'degraded: b partial, c complete');
check(
  'one is down, the other is fine',
  { a: 'a b', others: { b: 'a b', c: 'a b' }, faults: down },
  'unknown: b could-not-check, c complete',
);
check(
  'one is down, the other lacks it',
  { a: 'a b', others: { b: 'a b', c: 'a' }, faults: down },
  'degraded: b could-not-check, c missing',
);
check('the only one is down', { a: 'a', others: { b: 'a' }, faults: down }, 'unknown: b could-not-check');
check(
  'one was never seen',
  { a: 'a', others: { b: null, c: 'a' } },
  'unknown: b could-not-check, c complete',
);
check('there is no other server', { a: 'a b' }, 'degraded: ');
check('a copy in another directory counts', { a: 'a', others: { b: 'old/a' } }, 'ok: b complete');
check('a copy that nobody looks after does not', { a: 'a', others: { b: '~a' } }, 'failed: b missing');
check(
  'on one of two filesystems is enough',
  { a: 'a b', others: { b: look('b', pool('b', 'a b'), pool('b', 'a', {}, '/usb')) } },
  'ok: b complete, (b:/usb missing)',
);
check(
  'a list that could not be read is no empty one',
  {
    a: 'a',
    others: {
      b: look('b', pool('b', '', { listing: failed(fault('sudo-missing', 'No right.', 'Give it.')) })),
    },
  },
  'unknown: b could-not-check',
);
check(
  'a second disk of the primary is a good copy, and not what was asked for',
  { a: 'a', others: { a: look('a', pool('a', 'a', {}, '/usb')), b: '' } },
  'degraded: (a:/usb complete), b missing',
);

// With a task it is what the task says.
const nightly = 'nightly b';
check('its target has it', { a: 'a b', others: { b: 'a b', c: '' }, tasks: [[nightly]] }, 'ok: b complete');
check(
  'what others have counts and is no duty',
  { a: 'a b', others: { b: 'a b', c: 'a' }, tasks: [[nightly]] },
  'ok: b complete, (c missing)',
);
check(
  'a copy elsewhere that was made writable is none of the verdict',
  { a: 'a b', others: { b: 'a b', c: "b'" }, tasks: [[nightly]] },
  'ok: b complete, (c modified)',
);
check(
  'the target has nothing, another server has it',
  { a: 'a b', others: { b: '', c: 'a b' }, tasks: [[nightly]] },
  'degraded: b missing, (c complete)',
);
check('nobody has it', { a: 'a b', others: { b: '' }, tasks: [[nightly]] }, 'failed: b missing');
check(
  'the newest is on its way: made after the last two due times',
  { a: 'a i j', others: { b: 'a i' }, tasks: [[nightly]] },
  'ok: b missing',
);
check(
  'late: two rounds were due since it was made',
  { a: 'a h i j', others: { b: 'a h' }, tasks: [[nightly]] },
  'degraded: b missing',
);
check(
  'within its RPO, though late by its schedule',
  { a: 'a h i j', others: { b: 'h' }, tasks: [[nightly, { rpoSeconds: 5 * DAY }]] },
  'ok: b missing',
);
check(
  'beyond its RPO, though on time by its schedule',
  { a: 'a i j', others: { b: 'i' }, tasks: [[nightly, { rpoSeconds: DAY }]] },
  'degraded: b missing',
);
check(
  'beyond its RPO with the newest there is',
  { a: 'a', others: { b: 'a' }, tasks: [[nightly, { rpoSeconds: DAY }]] },
  'degraded: b complete',
);
check(
  'a disk that is away, within its RPO as far as is known',
  {
    a: 'i j',
    others: { b: look('b', pool('b', '')), c: 'i j' },
    tasks: [['usb b:/usb', { rpoSeconds: 2 * DAY, remembered: 'i j' }]],
  },
  'ok: b:/usb absent, (c complete)',
);
check(
  'a disk that is away for longer than its RPO allows',
  {
    a: 'a j',
    others: { b: look('b', pool('b', '')), c: 'j' },
    tasks: [['usb b:/usb', { rpoSeconds: DAY, remembered: 'a' }]],
  },
  'degraded: b:/usb absent, (c complete)',
);
check(
  'a disk that is away, and no RPO says for how long it may be',
  { a: 'i j', others: { b: look('b', pool('b', '')), c: 'i j' }, tasks: [['usb b:/usb c']] },
  'unknown: b:/usb absent, c complete',
);
check(
  'a target that cannot be told from another',
  { a: 'j', others: { b: look('b', pool('b', 'j'), pool('b', '', {}, '/usb')) }, tasks: [[nightly]] },
  'unknown: b could-not-check, (b complete)',
);
check(
  'half received while a round runs is no trouble',
  { a: 'i j', others: { b: 'i j?' }, tasks: [[nightly, { isRunning: true }]] },
  'ok: b partial',
);
check(
  'half received while none runs is',
  { a: 'i j', others: { b: 'i j?' }, tasks: [[nightly]] },
  'degraded: b partial',
);
check(
  'a target that is left alone',
  {
    a: 'j',
    others: { b: 'j' },
    tasks: [[nightly, { memory: { failures: 9, suspendedAt: '2026-01-10T00:00:00.000Z' } }]],
  },
  'degraded: b complete',
);
check(
  'one failure, with everything there',
  { a: 'j', others: { b: 'j' }, tasks: [[nightly, { memory: { failures: 1, fault: UNREACHABLE } }]] },
  'ok: b complete',
);
check(
  'two tasks to one target: it is there once',
  { a: 'j', others: { b: 'j' }, tasks: [[nightly], ['weekly b', { rpoSeconds: DAY }]] },
  'ok: b complete',
);
check(
  'down and beyond its RPO: that is known all the same',
  { a: 'a j', others: { b: 'a', c: 'a j' }, faults: down, tasks: [['nightly b c', { rpoSeconds: DAY }]] },
  'degraded: b could-not-check, c complete',
);

// The primary.
check(
  'the primary is down',
  { a: 'a', others: { b: 'a' }, faults: { a: UNREACHABLE } },
  'unknown: b complete',
);
check('the primary was never seen', { a: null, others: { b: '' } }, 'unknown: b could-not-check');
check('no snapshot at all', { a: '', others: { b: '' } }, 'failed: b missing');
check('only what was made writable', { a: "a'", others: { b: '' } }, 'failed: b missing');
check(
  'the subvolume is gone, its replicas are there',
  { a: 'a b', others: { b: 'a b' }, isGone: true },
  'failed: b complete',
);
check(
  'two snapshots that were due are missing',
  { a: 'h', others: { b: 'h' }, policySeconds: DAY },
  'degraded: b complete',
);
check('one that was due is missing', { a: 'i', others: { b: 'i' }, policySeconds: DAY }, 'ok: b complete');
check(
  'a snapshot from the future does not hide that',
  { a: 'h x', others: { b: 'h x' }, policySeconds: DAY },
  'degraded: b complete',
);

// A snapshot that is named.
check('named, everywhere', { a: 'a b', others: { b: 'a b' }, named: 'a' }, 'ok: b complete');
check(
  'named, not on one',
  { a: 'a b', others: { b: 'a b', c: 'b' }, named: 'a' },
  'degraded: b complete, c missing',
);
check('named, nowhere else', { a: 'a b', others: { b: 'b' }, named: 'a' }, 'failed: b missing');
check('named, deleted on the primary', { a: 'b', others: { b: 'a b' }, named: 'a' }, 'degraded: b complete');
check(
  'named, and the task has been on time with newer ones',
  { a: 'a i j', others: { b: 'i j' }, tasks: [[nightly, { rpoSeconds: 5 * DAY }]], named: 'a' },
  'failed: b missing',
);
check(
  'named, made writable on the primary',
  { a: "a' b", others: { b: 'a b' }, named: 'a' },
  'degraded: b complete',
);

for (const [title, world, page, texts] of [
  [
    'a server that is down',
    { a: 'a', others: { b: 'a', c: 'a' }, faults: down },
    'servers',
    ['b cannot be reached', 'network'],
  ],
  [
    'a copy that is missing',
    { a: 'a b', others: { b: 'a b', c: 'a' } },
    'replication',
    ['c:/pool has replicas up to 2026-01-01', 'btrfleet replicate auto /data --to c:/pool'],
  ],
  [
    'made writable',
    { a: 'a b', others: { b: "b'", c: 'b' } },
    'snapshots',
    [`/pool/.snapshots/data/2026-01-02T00:00:00.000Z on b`, 'delete it'],
  ],
  [
    'a breached RPO',
    { a: 'a', others: { b: 'a' }, tasks: [[nightly, { rpoSeconds: DAY }]] },
    'automation',
    ['RPO of the task nightly', '9 d of work', 'btrfleet task show nightly'],
  ],
  ['overdue', { a: 'h', others: { b: 'h' }, policySeconds: DAY }, 'automation', ['2 d old', 'scheduler']],
  [
    'a name ahead of the clock',
    { a: 'a y z', others: { b: 'a y z' } },
    'snapshots',
    ['2026-01-25T00:00:00.000Z and 1 more', 'dated in the future', 'btrfleet snapshot delete /data'],
  ],
  ['no snapshot', { a: '', others: { b: '' } }, 'snapshots', ['btrfleet snapshot create /data']],
  [
    'nothing anywhere',
    { a: 'a', others: { b: '' }, tasks: [[nightly]] },
    'replication',
    ['No whole replica', 'btrfleet task run nightly'],
  ],
  ['one server', { a: 'a' }, 'servers', ['btrfleet server add']],
  [
    'left alone',
    {
      a: 'j',
      others: { b: 'j' },
      tasks: [[nightly, { memory: { failures: 9, suspendedAt: '2026-01-10T00:00:00.000Z' } }]],
    },
    'automation',
    ['9 failures', 'btrfleet task resume nightly'],
  ],
] as const satisfies readonly (readonly [string, World, string, readonly string[]])[]) {
  test(`the reason says what and where, and leads to the page that mends it: ${title}`, () => {
    const [reason] = healthIn(world).reasons;
    assert.ok(reason);
    assert.equal(mendOf(reason).page, page);
    const worst = findingWords(reason);
    for (const text of texts)
      assert.ok(
        `${worst.message} ${worst.hint}`.includes(text),
        `${text} in: ${worst.message} ${worst.hint}`,
      );
  });
}

test('made writable by a kernel that leaves the received uuid: modified all the same', () => {
  const there = pool('b', "a'");
  const listing = there.listing.ok
    ? ok(there.listing.value.map((one) => (one.path === '' ? one : { ...one, receivedUuid: 'id-a' })))
    : there.listing;
  assert.equal(
    verdict(healthIn({ a: 'a', others: { b: look('b', { ...there, listing }) } })),
    'failed: b modified',
  );
});

test('a replica is told by the uuid it has there, how old it is and how far behind', () => {
  const [row] = healthIn({ a: 'a i j', others: { b: 'a i' }, tasks: [[nightly]] }).replicas;
  assert.deepEqual(
    [row?.uuid, row?.restorePoint, row?.lagSeconds, row?.wouldLoseSeconds, row?.tasks],
    [null, '2026-01-09T00:00:00.000Z', DAY, 36 * HOUR, ['nightly']],
  );
  const [there] = healthIn({ a: 'a i', others: { b: 'a i' } }).replicas;
  assert.deepEqual(
    [there?.uuid, there?.receivedUuid, there?.ageSeconds, there?.lagSeconds, there?.seenAt],
    ['b-i', 'id-i', 36 * HOUR, 0, '2026-01-10T11:59:00.000Z'],
  );
});

test('a server that is down is told with what it had when it was last seen', () => {
  const [row] = healthIn({ a: 'a', others: { b: 'a' }, faults: down }).replicas;
  assert.deepEqual([row?.status, row?.uuid, row?.fault?.code], ['could-not-check', 'b-a', 'unreachable']);
});

const letters = fc
  .uniqueArray(fc.constantFrom(...'abcdefghij'), { maxLength: 6 })
  .map((all) => all.toSorted());
const mark = fc.constantFrom('', '', '', "'", '?');
const there = fc
  .array(fc.tuple(fc.constantFrom(...'abcdefghij'), mark), { maxLength: 6 })
  .map((all) => [...new Map(all).entries()].map(([letter, how]) => `${letter}${how}`).join(' '));
const world = fc.record({
  a: letters.map((all) => all.join(' ')),
  b: there,
  c: there,
  isDown: fc.boolean(),
  hasTask: fc.boolean(),
  rpo: fc.option(fc.integer({ min: 1, max: 10 }).map((days) => days * DAY)),
  named: fc.boolean(),
});

const worldOf = (one: typeof world extends fc.Arbitrary<infer T> ? T : never): World => ({
  a: one.a,
  others: { b: one.b, c: one.c },
  ...(one.isDown ? { faults: down } : {}),
  ...(one.hasTask ? { tasks: [['nightly b c', { rpoSeconds: one.rpo }]] } : {}),
  ...(one.named && one.a !== '' ? { named: one.a[0] ?? 'a' } : {}),
});

test('always: ok only if all that is expected was checked, and somewhere is a whole replica', () => {
  fc.assert(
    fc.property(world, (one) => {
      const { overall, replicas, reasons: why, primary } = healthIn(worldOf(one));
      assert.equal(
        overall === 'ok',
        why.every(({ level }) => level === 'note'),
      );
      if (overall !== 'ok') return;
      assert.equal(primary.status, 'complete');
      assert.ok(replicas.some(({ restorePoint }) => restorePoint !== null));
      for (const { isExpected, status } of replicas) {
        if (isExpected) assert.ok(status === 'complete' || (one.hasTask && status === 'missing'), status);
      }
    }),
  );
});

test('always: a server that goes down never makes it better', () => {
  const order = ['ok', 'unknown', 'degraded', 'failed'];
  fc.assert(
    fc.property(world, (one) => {
      const before = healthIn(worldOf({ ...one, isDown: false })).overall;
      const after = healthIn(worldOf({ ...one, isDown: true })).overall;
      if (before === 'ok') assert.equal(after, 'unknown');
      assert.notEqual(after, 'ok');
      if (before === 'degraded' || before === 'failed') assert.ok(order.indexOf(after) >= 1);
    }),
  );
});

test('always: every verdict that is not ok has a reason of its level with a message and a next step', () => {
  fc.assert(
    fc.property(world, (one) => {
      const { overall, reasons: why, replicas } = healthIn(worldOf(one));
      if (overall !== 'ok') assert.equal(why[0]?.level, overall);
      for (const { message, hint } of why.map(findingWords)) assert.ok(message !== '' && hint !== '');
      if (overall !== 'degraded') return;
      assert.ok(replicas.some(({ restorePoint, status }) => restorePoint !== null || status === 'complete'));
    }),
  );
});
