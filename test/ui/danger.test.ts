/** What cannot be undone: it is asked about with everything it does, and done only by the answer that was meant. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { RunRequest } from '../../src/core/model/runs/run.ts';
import { ARMED } from '../../src/store/app.ts';
import { alpha, at, beta, crowded, FLEET, inventory, made, originOf, SERVERS } from './world/inventories.ts';
import { openScreen, type Screen } from './world/open-screen.tsx';

const deletion = (...hours: readonly number[]) => ({
  kind: 'delete',
  subvolume: '/srv/data',
  server: null,
  snapshots: hours.map((hour) => ({ name: at(hour), uuid: originOf('data', at(hour)) })),
});

const requests = (screen: Screen): readonly RunRequest[] => screen.world.queued;

const arm = (screen: Screen): void => screen.world.clock.pass(ARMED / 1000);

test('one chunk never both asks and confirms, nor what comes before it is armed', async (t) => {
  const screen = await openScreen(t, FLEET);
  await screen.keys('3dyyy');
  assert.ok(screen.row('Delete this snapshot of /srv/data for good?'));
  screen.world.clock.pass((ARMED - 1) / 1000);
  await screen.chunks('y', '\r', 'y');
  assert.ok(screen.row('for good?'));
  assert.deepEqual(screen.world.queued, []);
  screen.world.clock.pass(0.001);
  await screen.keys('y');
  assert.deepEqual(screen.world.queued, [deletion(42)]);
});

for (const [name, key] of [
  ['Enter', '\r'],
  ['Space', ' '],
  ['Y', 'Y'],
  ['q', 'q'],
  ['n', 'n'],
  ['d', 'd'],
  ['Tab', '\t'],
  ['Esc', '\u001b'],
] as const) {
  test(`${name} does not confirm`, async (t) => {
    const screen = await openScreen(t, FLEET);
    await screen.keys('3d');
    arm(screen);
    await screen.keys(key);
    await screen.until((frame) => !frame.includes('for good?'));
    assert.deepEqual(screen.world.queued, []);
    assert.deepEqual(screen.world.asked, []);
  });
}

test('the dialog names each one, where else it is, and the server', async (t) => {
  const screen = await openScreen(t, FLEET);
  await screen.chunks('3', '/!gamma\r', '*', 'd');
  const frame = screen.frame();
  assert.match(frame, /Delete these 6 snapshots of \/srv\/data for good\?/);
  assert.match(frame, /On alpha; replicas on other servers stay\./);
  for (const hour of [42, 36, 30]) assert.ok(frame.includes(`${at(hour)}  (no replica anywhere)`));
  for (const hour of [24, 18, 12]) assert.ok(frame.includes(`${at(hour)}  (also on beta)`));
});

test('held and foreign ones stay, and it says how many', async (t) => {
  const name = at(42);
  const screen = await openScreen(t, {
    servers: SERVERS,
    inventories: [
      inventory('alpha', [
        {
          mount: '/srv',
          subvolumes: ['data'],
          snapshots: {
            data: [
              ...made('data', [36, 42]),
              { name: 'by-hand', origin: null, parent: 'uuid-data' },
              { name: at(30), origin: null, parent: 'uuid-data', readOnly: false },
            ],
          },
        },
      ]),
    ],
    holds: [
      { originId: originOf('data', name), subvolume: '/srv/data', name, note: 'the audit', heldAt: name },
    ],
  });
  await screen.keys('3');
  assert.ok(screen.row(name).includes('⚑ the'));
  assert.ok(screen.row('by-hand').includes("not btrfleet's"));
  await screen.keys('*d');
  assert.ok(screen.row('2 held, mounted or foreign ones stay.'));
  arm(screen);
  await screen.keys('y');
  assert.deepEqual(screen.world.queued, [deletion(36, 30)]);
});

test('a held one alone is not asked about: h releases it', async (t) => {
  const name = at(42);
  const screen = await openScreen(t, {
    ...FLEET,
    holds: [{ originId: originOf('data', name), subvolume: '/srv/data', name, note: null, heldAt: name }],
  });
  await screen.keys('3d');
  assert.ok(screen.row('delete: it is held: h releases it'));
  await screen.keys('h');
  assert.ok(screen.row(`${name} is released; z to undo`));
  await screen.keys('d');
  assert.ok(screen.row('Delete this snapshot'));
});

test('the last common snapshot with a server is warned of, and the count must be typed', async (t) => {
  const screen = await openScreen(t, FLEET);
  await screen.chunks('3', '/server:gamma\r', '*', 'd');
  assert.ok(screen.row('WARNING: nothing in common with gamma is left'));
  assert.ok(!screen.frame().includes('common with beta'));
  arm(screen);
  await screen.chunks('y', '\r');
  assert.deepEqual(screen.world.queued, []);
  assert.equal(screen.app.store.getState().overlay, null);
  await screen.keys('d');
  arm(screen);
  await screen.chunks('2', '\r');
  assert.deepEqual(screen.world.queued, [{ ...deletion(6, 0), allowLastBase: true }]);
});

test('more than ten: the count must be typed, and all of them can be scrolled to', async (t) => {
  const screen = await openScreen(t, crowded(60));
  await screen.chunks('3', '/T0\r', '*', 'd');
  const count = screen.app.store.getState().lists['snapshots']?.marks.size ?? 0;
  assert.ok(count > 10);
  assert.ok(screen.row(`Type ${count} to go on:`));
  assert.ok(screen.row('more below: up and down show them'));
  arm(screen);
  const names = new Set<string>();
  for (let page = 0; page < 4; page += 1) {
    for (const line of screen.text()) {
      const name = /│ {3}(\d{4}-\S+)/.exec(line)?.[1];
      if (name !== undefined) names.add(name);
    }
    await screen.keys('\u001b[6~');
  }
  assert.equal(names.size, count);
  await screen.chunks(String(count + 1), '\r');
  assert.deepEqual(screen.world.queued, []);
  await screen.keys('d');
  arm(screen);
  await screen.chunks(`${count}0\u007f`, '\r');
  const sizes = requests(screen).map((one) => (one.kind === 'delete' ? one.snapshots.length : 0));
  assert.deepEqual(sizes, [count]);
});

test('what goes was decided when it was asked: the list may change meanwhile', async (t) => {
  const screen = await openScreen(t, FLEET);
  await screen.keys('3d');
  const { looks } = screen.app.store.getState();
  const look = looks['alpha'];
  assert.ok(look);
  await screen.set({ looks: { ...looks, alpha: { ...look, inventory: alpha([0, 6, 48, 54]) } } });
  assert.ok(screen.row(at(42)));
  arm(screen);
  await screen.keys('y');
  assert.deepEqual(screen.world.queued, [deletion(42)]);
});

test('forgetting and promoting a server ask too, and do what they say', async (t) => {
  const screen = await openScreen(t, FLEET);
  await screen.chunks('2', 'G', 'd');
  arm(screen);
  await screen.keys('y');
  await screen.until('gamma is forgotten');
  assert.deepEqual(
    screen.app.store.getState().servers.map(({ name }) => name),
    ['alpha', 'beta'],
  );
  await screen.keys('P');
  assert.ok(screen.row('Make beta the primary?'));
  arm(screen);
  await screen.keys('y');
  assert.ok(screen.row('beta is the primary; z to undo'));
  await screen.keys('z');
  assert.equal(screen.app.store.getState().servers.find(({ role }) => role === 'primary')?.name, 'alpha');
});

test('a dialog that cannot be drawn is not confirmed', async (t) => {
  const screen = await openScreen(t, { servers: SERVERS, inventories: [alpha(), beta()] });
  await screen.keys('3d');
  arm(screen);
  await screen.resize(50, 10);
  await screen.keys('y');
  assert.deepEqual(screen.world.queued, []);
});
