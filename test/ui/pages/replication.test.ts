/** The Replication page: what is pre-filled, every refusal in its own words, what is queued, and the run that is followed. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { fault } from '../../../src/core/model/fault.ts';
import type { Inventory } from '../../../src/core/model/inventory.ts';
import { BY_HAND } from '../../../src/core/model/runs/replication.ts';
import { type Seed, unreachable } from '../world/fleet-world.ts';
import {
  alpha,
  at,
  beta,
  FLEET,
  gamma,
  inventory,
  made,
  originOf,
  received,
  SERVERS,
} from '../world/inventories.ts';
import { assertFrame } from '../world/kept-frame.ts';
import { openScreen, type Screen } from '../world/open-screen.tsx';
import { claim, finish, MIB, progress, result, sending } from '../world/runs.ts';
import { seen } from '../world/seen.ts';

const OPTIONS = { path: 'auto', rateBytesPerSecond: null, compress: false, resumable: false } as const;

const words = (screen: Screen): string => screen.frame().replace(/\s*\n\s*/g, ' ');

test('full: the newest snapshot and every secondary are chosen, and exactly that is queued', async (t) => {
  const screen = await openScreen(t, FLEET);
  await screen.chunks('5', 'x');
  assert.deepEqual(screen.world.queued, [
    {
      kind: 'replication',
      subvolume: '/srv/data',
      targets: [
        { server: 'beta', mount: null },
        { server: 'gamma', mount: null },
      ],
      wanted: { mode: 'full', snapshot: at(42) },
      options: OPTIONS,
      ...BY_HAND,
    },
  ]);
});

test('full: what is chosen by hand is what is queued', async (t) => {
  const screen = await openScreen(t, FLEET);
  await screen.chunks('5', 'j\r');
  seen(screen);
  await screen.chunks('jj\r', 'j\r');
  assert.ok(screen.row('[ ] beta'));
  assert.ok(screen.row('▸ Send to'));
  await screen.chunks('k', 'k', 'k', '\r');
  const [queued] = screen.world.queued;
  assert.ok(queued?.kind === 'replication');
  assert.deepEqual(queued.targets, [{ server: 'gamma', mount: null }]);
  assert.deepEqual(queued.wanted, { mode: 'full', snapshot: at(30) });
});

test('a row that has nothing to choose from says why', async (t) => {
  const bare = inventory('alpha', [{ mount: '/srv', subvolumes: ['data'] }]);
  const screen = await openScreen(t, { servers: SERVERS, inventories: [bare], columns: 120 });
  await screen.chunks('5', 'j', '\r');
  assert.equal(screen.app.store.getState().overlay, null);
  assert.ok(screen.row('Snapshot to send: there is nothing to choose from; /srv/data has no snapshots'));
});

test('full: no server chosen, and the button says so', async (t) => {
  const screen = await openScreen(t, FLEET);
  await screen.chunks('5', 'jj', ' ', 'j', ' ');
  assert.ok(screen.row('[ Replicate ]').includes('choose at least one server'));
  await screen.chunks('x', 'j', '\r');
  assert.deepEqual(screen.world.queued, []);
});

test('full: a server with several filesystems is several targets; what a target has is said', async (t) => {
  const two = inventory('gamma', [
    { mount: '/a', snapshots: { data: received('data', [42]) } },
    { mount: '/mnt/a longer one' },
  ]);
  const screen = await openScreen(t, { servers: SERVERS, inventories: [alpha(), beta(), two] });
  await screen.keys('5');
  assert.ok(screen.row('[✓] gamma:/a ').includes('has it already'));
  const status = screen.row('[ ] gamma:/mnt/a longer one').indexOf('● online');
  assert.equal(screen.row('[✓] beta').indexOf('● online'), status);
});

test('a second x does not send it a second time', async (t) => {
  const screen = await openScreen(t, FLEET);
  await screen.chunks('5', 'x', 'x', 'x');
  await screen.chunks('k', '\r');
  assert.equal(screen.world.queued.length, 1);
  assert.ok(screen.row('is still going on: c cancels it'));
});

test('incremental: the best secondary, base and snapshot are chosen, and exactly that is queued', async (t) => {
  const screen = await openScreen(t, FLEET);
  await screen.chunks('5]', 'x');
  assert.deepEqual(screen.world.queued, [
    {
      kind: 'replication',
      subvolume: '/srv/data',
      targets: [{ server: 'beta', mount: '/backup' }],
      wanted: { mode: 'incremental', snapshot: at(42), base: at(24) },
      options: OPTIONS,
      ...BY_HAND,
    },
  ]);
});

test('incremental: a choice higher up takes back those below it', async (t) => {
  const screen = await openScreen(t, FLEET);
  await screen.chunks('5]', 'jj\r');
  seen(screen);
  await screen.chunks('jj\r', 'j\r');
  seen(screen);
  await screen.keys('j\r');
  const { incremental } = screen.app.store.getState();
  assert.equal(incremental.base, originOf('data', at(12)));
  assert.equal(incremental.snapshot, at(36));
  await screen.chunks('kkk', '\r');
  seen(screen);
  await screen.keys('j\r');
  assert.ok(screen.row('Secondary        gamma'));
  await screen.keys('x');
  const [queued] = screen.world.queued;
  assert.ok(queued?.kind === 'replication');
  assert.deepEqual(queued.wanted, { mode: 'incremental', snapshot: at(42), base: at(6) });
});

const only = (...inventories: readonly Inventory[]): Seed => ({ servers: SERVERS, inventories });
const onBeta = (snapshots: Parameters<typeof inventory>[1][number]['snapshots']): Inventory =>
  inventory('beta', [
    {
      mount: '/backup',
      ...(snapshots ? { snapshots } : {}),
      receiving: [`/backup/.snapshots/data/${at(7)}`],
    },
  ]);

const REFUSALS: readonly (readonly [title: string, seed: Seed, reason: string])[] = [
  ['no primary', {}, 'There is no primary yet: page 2 adds servers.'],
  ['no secondary', { servers: SERVERS.slice(0, 1), inventories: [alpha()] }, 'There is no secondary yet'],
  ['a secondary never seen', only(alpha()), 'beta was not seen yet; R looks again.'],
  [
    'a secondary that cannot be reached',
    { ...only(alpha()), looks: { beta: { status: 'offline', fault: unreachable('beta') } } },
    'beta cannot be reached: connection refused.',
  ],
  ['no replicas on it', only(alpha(), onBeta({})), 'beta has no replicas yet: send one in full first'],
  ['the primary never seen', only(beta()), 'alpha was not seen yet, so it is not known what it has.'],
  [
    'a subvolume that is not on the primary',
    only(alpha(), onBeta({ mail: received('mail', [0]) })),
    'The subvolume mail does not exist on the primary alpha. It must be on both sides.',
  ],
  [
    'a base that is not on the primary',
    only(alpha([36, 42]), onBeta({ data: received('data', [0]) })),
    `The snapshot ${at(0)} does not exist on the primary alpha. It must be on both sides`,
  ],
  [
    'the same name with other content',
    only(alpha([0, 42]), onBeta({ data: [{ name: at(0), origin: 'another' }] })),
    `The snapshot ${at(0)} does not exist on the primary alpha.`,
  ],
  [
    'nothing newer on the primary',
    only(alpha([0]), onBeta({ data: received('data', [0]) })),
    `The primary has no snapshot newer than ${at(0)}.`,
  ],
  [
    'a base that was made writable',
    only(alpha(), onBeta({ data: [{ name: at(0), origin: null, readOnly: false }] })),
    `${at(0)} was made writable on beta: it can never be a base again.`,
  ],
  [
    'a base that is half received',
    only(alpha(), onBeta({ data: [{ name: at(7), origin: null, readOnly: false }] })),
    `${at(7)} is only half received on beta.`,
  ],
  [
    'a primary without snapshots',
    only(alpha([]), onBeta({ data: received('data', [0]) })),
    `The snapshot ${at(0)} does not exist on the primary alpha.`,
  ],
];

for (const [title, seed, reason] of REFUSALS) {
  for (const columns of [60, 80]) {
    test(`incremental refuses at ${columns} columns: ${title}`, async (t) => {
      const screen = await openScreen(t, { ...seed, columns });
      await screen.keys('5]');
      assert.ok(words(screen).includes(reason), screen.frame());
      assert.ok(words(screen).includes('see the reason above'));
      await screen.chunks('x', 'k', '\r');
      assert.deepEqual(screen.world.queued, []);
    });
  }
}

test('the refusals differ from each other', () => {
  const reasons = REFUSALS.map(([, , reason]) => reason.replaceAll(/\d{4}-\S+/g, 'NAME'));
  assert.ok(new Set(reasons).size >= REFUSALS.length - 2);
});

test('the delta that is counted is shown; what cannot be counted says why', async (t) => {
  const screen = await openScreen(t, FLEET);
  await screen.keys('5]');
  const { delta } = screen.app.store.getState();
  assert.equal(delta?.state, 'asking');
  const key = delta?.key ?? '';
  for (const [value, text] of [
    [result('beta', { status: 'planned', estimatedBytes: 3 * MIB }), '3.00 MiB of data to send'],
    [result('beta', { status: 'planned', estimatedBytes: null }), 'size not known'],
    [result('beta', { status: 'already-there' }), 'beta has it already'],
    [
      result('beta', { status: 'failed', fault: fault('no-base', 'No base here.', 'Send in full.') }),
      'No base here.',
    ],
  ] as const) {
    await screen.set({ delta: { key, state: 'known', value: { subvolume: '/srv/data', results: [value] } } });
    assert.ok(screen.row('18 h apart').includes(text), screen.frame());
  }
  await screen.set({ delta: { key, state: 'failed', fault: unreachable('alpha') } });
  assert.ok(words(screen).includes('alpha cannot be reached'));
});

test('a run is followed: waiting, sending with bar, rate and time left, its end', async (t) => {
  const screen = await openScreen(t, { ...FLEET, follow: true });
  const { world } = screen;
  await screen.chunks('5', 'x');
  assert.ok(screen.row('Run 1: replication of /srv/data  waiting for the engine'));
  const id = claim(world);
  progress(world, id, {
    beta: sending(world, 50 * MIB, 200 * MIB),
    gamma: sending(world, 30 * MIB, null),
  });
  await screen.until('sending, size not known');
  assert.match(screen.row('    beta '), /█████░{15} {2}25 % {2}50\.0 MiB {2}5\.00 MiB\/s {2}30 s left/);
  assert.match(screen.row('    gamma '), /sending, size not known {2}30\.0 MiB {2}3\.00 MiB\/s$/);
  assert.match(screen.row('Run 1'), /[⠁-⣿].*running {3}c cancels, q leaves it running/);
  finish(world, id, 'failed', [
    result('beta'),
    result('gamma', {
      status: 'failed',
      sentBytes: 0,
      fault: fault('no-space', 'gamma has 1 GiB free, 2 GiB are needed.', 'Delete something there.'),
    }),
  ]);
  await screen.until('FAILED');
  assert.match(screen.row('✓ beta'), /OK {2}120 MiB in 12 s, identity verified/);
  assert.match(screen.row('✗ gamma'), /FAILED/);
  assert.ok(screen.row('      gamma has 1 GiB free, 2 GiB are needed.'));
  assert.ok(screen.row('      Delete something there.'));
  assert.ok(screen.row('✗ Replication of /srv/data: gamma has 1 GiB free'));
  assertFrame('replication-ended', screen.frame());
  await screen.chunks('2', '5');
  assert.ok(screen.row('✗ gamma'));
});

test('a run goes on while one is elsewhere, is cancelled with c, and says so', async (t) => {
  const screen = await openScreen(t, { ...FLEET, follow: true });
  const { world } = screen;
  await screen.chunks('5', 'x');
  const id = claim(world);
  progress(world, id, { beta: sending(world, 1 * MIB, 100 * MIB), gamma: { phase: 'preparing' } });
  await screen.until('  1 %');
  await screen.keys('3');
  await screen.until('1 running');
  progress(world, id, { beta: sending(world, 2 * MIB, 100 * MIB), gamma: { phase: 'cleaning' } });
  await screen.keys('5');
  await screen.until('  2 %');
  assert.ok(screen.row('removing what was half received'));
  await screen.keys('c');
  await screen.until('Cancel this? Run');
  world.clock.pass(1);
  await screen.keys('y');
  await screen.until('being cancelled');
  finish(world, id, 'cancelled', [result('beta', { status: 'cancelled' })]);
  await screen.until('CANCELLED');
  await screen.keys('c');
  assert.ok(screen.row('cancel: nothing runs here'));
});

test('a screen that is opened while a run goes on shows it', async (t) => {
  const screen = await openScreen(t, { ...FLEET, follow: true });
  await screen.set({ full: { ...screen.app.store.getState().full, runId: null } });
  const { world } = screen;
  const { journal, holder } = world.fleet;
  journal.createRun({
    request: {
      kind: 'replication',
      subvolume: '/srv/data',
      targets: [{ server: 'beta', mount: null }],
      wanted: { mode: 'full', snapshot: at(0) },
      options: OPTIONS,
      ...BY_HAND,
    },
    trigger: 'hand',
    state: 'queued',
    holder,
  });
  progress(world, claim(world), { beta: sending(world, 10 * MIB, 100 * MIB) });
  await screen.keys('5');
  await screen.until(' 10 %');
  await screen.keys('J');
  assert.ok(screen.row('Run 1: replication of /srv/data  running'));
  await screen.keys('c');
  await screen.until('Cancel this? Run');
  world.clock.pass(1);
  await screen.keys('y');
  await screen.until('being cancelled');
});

test('replicas without a time and other disks of the primary can be chosen too', async (t) => {
  const disks = inventory('alpha', [
    { mount: '/srv', subvolumes: ['data'], snapshots: { data: made('data', [0]) } },
    { mount: '/mnt/usb' },
  ]);
  const screen = await openScreen(t, { servers: SERVERS, inventories: [disks, beta(), gamma()] });
  await screen.chunks('5', 'kk', ' ', 'x');
  const [queued] = screen.world.queued;
  assert.ok(queued?.kind === 'replication');
  assert.deepEqual(queued.targets, [
    { server: 'beta', mount: null },
    { server: 'gamma', mount: null },
    { server: 'alpha', mount: '/mnt/usb' },
  ]);
});
