import assert from 'node:assert/strict';
import test from 'node:test';
import {
  type LostProtection,
  lostText,
  type ProtectionChange,
} from '../../../../src/core/model/automation/protection.ts';
import type { Task } from '../../../../src/core/model/automation/task.ts';
import type { Inventory } from '../../../../src/core/model/inventory.ts';
import type { RetentionRules } from '../../../../src/core/model/retention.ts';
import { USUAL_TRANSFER } from '../../../../src/core/model/runs/replication.ts';
import type { Server } from '../../../../src/core/model/server.ts';
import type { Memory, Setup } from '../../../../src/core/plan/retention/cleaned-places.ts';
import type { RememberedReplica } from '../../../../src/core/plan/retention/known-bases.ts';
import { lostProtection, serversConcerned } from '../../../../src/core/plan/retention/lost-protection.ts';
import { filesystem, inventory, snap, used } from '../world.ts';

const at = (day: number): string => `2026-01-${String(day).padStart(2, '0')}T00:00:00.000Z`;
const NOW = Date.parse('2026-01-31T00:00:00.000Z');
const SEEN = '2026-01-30T23:59:00.000Z';

const LAST: RetentionRules = {
  ...{ kind: 'ladder', timeZone: 'UTC', minAgeSeconds: 0 },
  ...{ last: 1, hourly: 0, daily: 0, weekly: 0, monthly: 0, yearly: 0 },
};
const TWO = { ...LAST, last: 2 };
const EVERY = { kind: 'every', seconds: 60 } as const;

const server = (name: string, role: Server['role'] = 'secondary'): Server => ({
  ...{ name, role, host: name, port: 22, user: 'root' },
  ...{ auth: { kind: 'agent' }, jump: null, defaultMount: null },
});

const policy = (rules: RetentionRules = LAST, enabled = true) => ({
  ...{ subvolume: '/pool/data', rules, schedule: EVERY, enabled },
});

const task = (more: Partial<Task> = {}): Task => ({
  ...{ name: 'nightly', subvolumes: ['/pool/data'], targets: [{ server: 'b', mount: null }] },
  ...{ schedule: EVERY, mode: 'async', rpoSeconds: null, options: USUAL_TRANSFER, retention: null },
  ...{ into: null, retries: 0, suspendAfter: 0, suspended: false, enabled: true },
  ...more,
});

/** The primary `a` with one snapshot a day; the uuid is `o` and the day. */
const primaryWith = (days: readonly number[], takenAt = SEEN): Inventory => ({
  ...inventory(
    filesystem(
      ['/pool'],
      [used('data'), ...days.map((day) => snap(`.snapshots/data/${at(day)}`, 'data', { uuid: `o${day}` }))],
    ),
  ),
  takenAt,
});

/** A secondary with replicas of some of them. */
const secondaryWith = (name: string, days: readonly number[], takenAt = SEEN): Inventory => ({
  ...inventory(
    filesystem(
      ['/pool'],
      days.map((day) =>
        snap(`.snapshots/data/${at(day)}`, null, { uuid: `${name}${day}`, receivedUuid: `o${day}` }),
      ),
      { uuid: `fs-${name}` },
    ),
  ),
  ...{ server: name, takenAt },
});

const SETUP: Setup = {
  servers: [server('a', 'primary'), server('b'), server('c')],
  ...{ tasks: [task()], retentionPolicies: [policy()], holds: [] },
};

const memory = (
  inventories: readonly Inventory[],
  remembered: readonly RememberedReplica[] = [],
): Memory => ({
  inventories: new Map(inventories.map((one) => [one.server, one])),
  remembered: () => remembered,
  now: NOW,
});

const DAYS = [1, 2, 3, 4, 5];
const KNOWN = memory([primaryWith(DAYS), secondaryWith('b', [2, 3]), secondaryWith('c', [5])]);

/** `a 3` for the snapshot of 3 January on `a`; `? b` where it is not known. */
const told = ({ snapshots, unknown }: LostProtection): string =>
  [
    ...snapshots.map(({ where, name }) => `${where} ${Number(name.slice(8, 10))}`),
    ...unknown.map(({ where }) => `? ${where}`),
  ].join(', ');

const lost = (change: ProtectionChange, setup: Partial<Setup> = {}, known = KNOWN): LostProtection =>
  lostProtection({ ...SETUP, ...setup }, [change], known);

const FORGET_B = { kind: 'forget-server', server: 'b' } as const;
const hold = { originId: 'o1', subvolume: '/pool/data', name: at(1), note: null, heldAt: at(1) };
const RELEASE = { kind: 'release', subvolume: '/pool/data', name: at(1) } as const;
const policyIs = (of: ReturnType<typeof policy> | null): ProtectionChange => ({
  ...{ kind: 'retention', subvolume: '/pool/data', policy: of },
});
const taskIs = (of: Task | null): ProtectionChange => ({ kind: 'task', name: 'nightly', task: of });
const USB = task({ targets: [{ server: 'b', mount: '/usb' }] });
const CLEANING = task({ retention: LAST });
const away = { server: 'b', filesystem: 'usb', mount: '/usb', originId: 'o1' };

for (const [title, change, setup, known, want] of [
  ['a server whose base is kept', FORGET_B, {}, KNOWN, 'a 3'],
  ['a server that shares its base with the newest', { ...FORGET_B, server: 'c' }, {}, KNOWN, ''],
  [
    'a server that was never seen: all were kept for it',
    FORGET_B,
    {},
    memory([primaryWith(DAYS), secondaryWith('c', [5])]),
    'a 1, a 2, a 3, a 4',
  ],
  ['no policy deletes anything', FORGET_B, { retentionPolicies: [] }, KNOWN, ''],
  ['a policy that is off deletes nothing', FORGET_B, { retentionPolicies: [policy(LAST, false)] }, KNOWN, ''],
  ['a hold', RELEASE, { holds: [hold] }, KNOWN, 'a 1'],
  [
    'a hold of what a rule keeps',
    { ...RELEASE, name: at(5) },
    { holds: [{ ...hold, name: at(5), originId: 'o5' }] },
    KNOWN,
    '',
  ],
  [
    'a hold, with a replica',
    RELEASE,
    { holds: [hold], tasks: [CLEANING], retentionPolicies: [] },
    memory([primaryWith(DAYS), secondaryWith('b', [1, 2, 3])]),
    'b 1',
  ],
  [
    'a hold of another subvolume',
    { ...RELEASE, subvolume: '/pool/other' },
    { holds: [{ ...hold, subvolume: '/pool/other', originId: 'x' }] },
    KNOWN,
    '',
  ],
  ['fewer are kept', policyIs(policy(LAST)), { retentionPolicies: [policy(TWO)] }, KNOWN, 'a 4'],
  ['more are kept', policyIs(policy(TWO)), {}, KNOWN, ''],
  ['the first policy', policyIs(policy(LAST)), { retentionPolicies: [] }, KNOWN, 'a 1, a 2, a 4'],
  ['a policy goes', policyIs(null), {}, KNOWN, ''],
  ['a task goes', taskIs(null), {}, KNOWN, ''],
  ['a task that waits for a disk goes', taskIs(null), { tasks: [USB] }, KNOWN, 'a 1, a 2, a 4'],
  [
    'a task that waits for a disk is disabled',
    taskIs({ ...USB, enabled: false }),
    { tasks: [USB] },
    KNOWN,
    'a 1, a 2, a 4',
  ],
  [
    'a task loses the target that is waited for',
    taskIs(task()),
    {
      tasks: [
        task({
          targets: [
            { server: 'b', mount: null },
            { server: 'b', mount: '/usb' },
          ],
        }),
      ],
    },
    KNOWN,
    'a 1, a 2, a 4',
  ],
  ['a task cleans up from now on', taskIs(CLEANING), {}, KNOWN, 'b 2'],
  ['only the schedule of a task', taskIs({ ...CLEANING, rpoSeconds: 60 }), { tasks: [CLEANING] }, KNOWN, ''],
  [
    'a disk',
    { kind: 'forget-disk', server: 'b', filesystem: 'usb' },
    {},
    memory([primaryWith(DAYS), secondaryWith('b', [3]), secondaryWith('c', [5])], [away]),
    'a 1',
  ],
  ['not known, but more is kept', policyIs(policy(TWO)), {}, memory([]), ''],
  [
    'not known, and less is kept',
    policyIs(policy(LAST)),
    { retentionPolicies: [policy(TWO)] },
    memory([]),
    '? a',
  ],
  ['the primary was never seen', FORGET_B, {}, memory([]), '? a'],
  ['the primary was last seen long ago', FORGET_B, {}, memory([primaryWith(DAYS, at(20))]), '? a'],
  [
    'a target was last seen long ago',
    taskIs(CLEANING),
    {},
    memory([primaryWith(DAYS), secondaryWith('b', [1, 2], at(20))]),
    '? b',
  ],
  [
    'not known, but it decides nothing there',
    taskIs({ ...CLEANING, rpoSeconds: 60 }),
    { tasks: [CLEANING] },
    memory([]),
    '',
  ],
] as const satisfies readonly (readonly [string, ProtectionChange, Partial<Setup>, Memory, string])[]) {
  test(`losing protection: ${title}`, () => assert.equal(told(lost(change, setup, known)), want));
}

test('losing protection: what the new primary has is cleaned up by the policies there', () => {
  const both = filesystem(
    ['/pool'],
    [used('data'), ...[1, 2].map((day) => snap(`.snapshots/data/${at(day)}`, 'data', { uuid: `n${day}` }))],
    { uuid: 'fs-b' },
  );
  const known = memory([
    primaryWith(DAYS),
    { ...inventory(both), server: 'b', takenAt: SEEN },
    secondaryWith('c', []),
  ]);
  assert.equal(told(lost({ kind: 'promote', server: 'b' }, {}, known)), 'b 1');
});

test('losing protection: several changes count together', () => {
  const keeping = (last: number) => [policyIs(policy({ ...LAST, last })), FORGET_B];
  assert.equal(told(lostProtection(SETUP, keeping(2), KNOWN)), 'a 3');
  assert.equal(told(lostProtection(SETUP, keeping(3), KNOWN)), '');
});

test('only what is concerned needs a look', () => {
  const about = (change: ProtectionChange) => serversConcerned(SETUP, [change], KNOWN).join(' ');
  assert.equal(about(FORGET_B), 'a');
  assert.equal(about(taskIs(CLEANING)), 'a b');
  assert.equal(about(policyIs(null)), '');
});

test('losing protection in words', () => {
  assert.deepEqual(lostText(lost(FORGET_B)), [
    `1 snapshot of /pool/data on a was kept only for b. Clean-up may delete it from now on: ${at(3)}.`,
  ]);
  assert.deepEqual(lostText(lost(FORGET_B, {}, memory([primaryWith(DAYS), secondaryWith('c', [5])]))), [
    '4 snapshots of /pool/data on a were kept only for b, as what is there is not known. ' +
      `Clean-up may delete them from now on: ${at(1)}, ${at(2)}, ${at(3)} and 1 more.`,
  ]);
  assert.deepEqual(lostText(lost(RELEASE, { holds: [hold] })), [
    `1 snapshot of /pool/data on a was held. Clean-up may delete it from now on: ${at(1)}.`,
  ]);
  assert.deepEqual(lostText(lost(FORGET_B, {}, memory([]))), [
    'What clean-up of /pool/data on a may delete from now on is not known: a was never looked at.',
  ]);
});
