/** Questions before clean-up may delete more than before: they say how many snapshots that is, and which. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { server } from '../unit/state/fixtures/state-home.ts';
import { arm, config } from './world/automation-form.ts';
import { retention, task } from './world/automation-seeds.ts';
import { NOW, type Seed } from './world/fleet-world.ts';
import { at, inventory, made, originOf, received } from './world/inventories.ts';
import { openScreen } from './world/open-screen.tsx';

const HOURS = Array.from({ length: 20 }, (_, index) => index + 1);
const LAST = { kind: 'ladder', timeZone: 'UTC', minAgeSeconds: 0, last: 3 } as const;
const ALPHA = inventory('alpha', [
  { mount: '/srv', subvolumes: ['data'], snapshots: { data: made('data', HOURS) } },
]);
const withReplicas = (name: string, hours: readonly number[]) =>
  inventory(name, [{ mount: '/pool', snapshots: { data: received('data', hours) } }]);

/** Of twenty snapshots on alpha the rules keep three, and the second is the base for beta. */
const SEED: Seed = {
  servers: [server('alpha', { role: 'primary' }), server('beta'), server('gamma')],
  inventories: [ALPHA, withReplicas('beta', [2]), withReplicas('gamma', [20])],
  retentionPolicies: [
    retention('/srv/data', {
      rules: { ...LAST, hourly: 0, daily: 0, weekly: 0, monthly: 0, yearly: 0 },
    }),
  ],
  tasks: [task('nightly', { targets: [{ server: 'gamma', mount: null }] })],
};
const UNSEEN: Seed = { ...SEED, inventories: [ALPHA, withReplicas('gamma', [20])] };
const HELD: Seed = {
  ...SEED,
  holds: [
    { originId: originOf('data', at(20)), subvolume: '/srv/data', name: at(20), note: null, heldAt: NOW },
    { originId: originOf('data', at(1)), subvolume: '/srv/data', name: at(1), note: null, heldAt: NOW },
  ],
};
const USB: Seed = { ...SEED, tasks: [task('usb', { targets: [{ server: 'gamma', mount: '/mnt/usb' }] })] };

const names = (screen: Awaited<ReturnType<typeof openScreen>>): string[] =>
  config(screen).servers.map(({ name }) => name);

test('forgetting a server says what was kept only for it, and the count must be typed', async (t) => {
  const screen = await openScreen(t, UNSEEN);
  await screen.keys('2jd');
  const frame = screen.frame().replace(/[│\s]+/g, ' ');
  assert.match(frame, /Forget beta\?/);
  assert.match(frame, /17 snapshots of \/srv\/data on alpha were kept only for beta, as/);
  assert.match(frame, /Clean-up may delete them from now on: 2026-11-01T01:00:00.000Z/);
  assert.match(frame, /and 14 more\./);
  assert.doesNotMatch(frame, /[Nn]othing [^.]*touched/);
  arm(screen);
  await screen.chunks('y', '\r');
  assert.deepEqual(names(screen), ['alpha', 'beta', 'gamma']);
  await screen.keys('d');
  arm(screen);
  await screen.chunks('1', '7', '\r');
  await screen.until('beta is forgotten');
  assert.deepEqual(names(screen), ['alpha', 'gamma']);
});

test('forgetting a server for which nothing is kept says so', async (t) => {
  const screen = await openScreen(t, SEED);
  await screen.keys('2jjd');
  assert.ok(screen.row('What is on gamma stays as it is.'));
  assert.ok(screen.row('No snapshot loses its protection by this.'));
});

test('releasing a hold asks only where clean-up may delete it then', async (t) => {
  const screen = await openScreen(t, HELD);
  await screen.chunks('3', 'h');
  assert.ok(screen.row(`${at(20)} is released; z to undo`));
  await screen.chunks('G', 'h');
  assert.match(
    screen.frame().replace(/[│\s]+/g, ' '),
    /1 snapshot of \/srv\/data on alpha was held\. Clean-up may delete it/,
  );
  arm(screen);
  await screen.chunks('y', '\r');
  assert.equal(config(screen).holds.length, 1);
  await screen.keys('h');
  arm(screen);
  await screen.chunks('1', '\r');
  await screen.until('is released');
  assert.equal(config(screen).holds.length, 0);
});

for (const [title, key, word] of [
  ['removing', 'd', 'Remove the task usb?'],
  ['turning off', 't', 'Turn off the task usb?'],
] as const) {
  test(`${title} a task that waits for a disk says what was kept for it`, async (t) => {
    const screen = await openScreen(t, USB);
    await screen.chunks('4]]', key);
    assert.ok(screen.row(word));
    assert.match(
      screen.frame().replace(/[│\s]+/g, ' '),
      /16 snapshots of \/srv\/data on alpha were kept only/,
    );
    arm(screen);
    await screen.chunks('n', '\r');
    assert.deepEqual(
      config(screen).tasks.map(({ name, enabled }) => [name, enabled]),
      [['usb', true]],
    );
    await screen.keys(key);
    arm(screen);
    await screen.chunks('1', '6', '\r');
    await screen.until(key === 'd' ? 'is removed' : 'is off');
  });
}
