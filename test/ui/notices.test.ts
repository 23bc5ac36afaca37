/** The line of what was told last: it goes when it was read, and a failure only when somebody was there. */
import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { tell } from '../../src/store/app.ts';
import { READ } from '../../src/store/notices.ts';
import { lookNow } from '../../src/store/refresh.ts';
import type { NoticeKind } from '../../src/store/state.ts';
import { unreachable } from './world/fleet-world.ts';
import { FLEET, SERVERS } from './world/inventories.ts';
import { openScreen, type Screen } from './world/open-screen.tsx';

const NOBODY = Object.fromEntries(SERVERS.map(({ name }) => [name, unreachable(name)]));

const LONG = READ / 1000;

interface Following extends Screen {
  /** So many seconds, with all that the screen does in them. */
  pass(seconds: number): Promise<void>;
  told(kind: NoticeKind, text: string): Promise<void>;
}

async function openFollowing(t: TestContext, theme = { color: true, unicode: true }): Promise<Following> {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const screen = await openScreen(t, { ...FLEET, follow: true, theme });
  await screen.keys('2');
  return {
    ...screen,
    pass: async (seconds) => {
      screen.world.clock.pass(seconds);
      t.mock.timers.tick(1000);
      await screen.settle();
    },
    told: async (kind, text) => {
      tell(screen.app, kind, text);
      await screen.settle();
    },
  };
}

const shows = (screen: Screen, text: string): boolean => screen.frame().includes(text);

for (const kind of ['good', 'info'] as const) {
  test(`what was told goes after a while, in one redraw, and idle writes nothing more: ${kind}`, async (t) => {
    const screen = await openFollowing(t);
    await screen.told(kind, 'the server was added');
    await screen.pass(LONG - 0.1);
    assert.ok(shows(screen, 'the server was added'));
    await screen.pass(0.1);
    assert.ok(!shows(screen, 'the server was added'));
    const before = screen.bytes();
    for (let look = 0; look < 8; look += 1) await screen.pass(LONG);
    assert.equal(screen.bytes() - before, 0);
    assert.equal(screen.app.store.getState().messages[0]?.text, 'the server was added');
  });
}

test('what was told goes with its page; what the new page tells stays', async (t) => {
  const screen = await openFollowing(t);
  await screen.told('good', 'the server was added');
  await screen.keys('jk');
  assert.ok(shows(screen, 'the server was added'));
  await screen.keys('3');
  assert.ok(!shows(screen, 'the server was added'));
  await screen.keys('z');
  assert.ok(shows(screen, 'There is nothing to take back'));
});

for (const kind of ['warn', 'bad'] as const) {
  test(`a failure stays until a key is pressed by somebody who can have read it: ${kind}`, async (t) => {
    const screen = await openFollowing(t);
    await screen.told(kind, 'beta broke');
    await screen.keys('j3');
    assert.ok(shows(screen, 'beta broke'), 'not read yet');
    for (let hour = 0; hour < 3; hour += 1) await screen.pass(3600);
    assert.ok(shows(screen, 'beta broke'), 'nobody was there');
    await screen.keys('j');
    assert.ok(!shows(screen, 'beta broke'));
    await screen.keys('!');
    assert.ok(shows(screen, 'beta broke'));
  });
}

test('a failure at night comes up again when what covered it goes; all of them are counted', async (t) => {
  const screen = await openFollowing(t);
  await screen.told('bad', 'beta broke');
  await screen.pass(600);
  await screen.told('bad', 'gamma broke');
  await screen.pass(600);
  await screen.told('good', 'run 9 is done');
  assert.ok(screen.row('✗ 2 more failures: !   ✓ run 9 is done'));
  await screen.pass(LONG);
  assert.ok(screen.row('✗ 1 more failure: !   ✗ gamma broke'));
  await screen.pass(3600);
  await screen.keys('j');
  assert.ok(!shows(screen, 'broke') && !shows(screen, 'failure'));
  await screen.keys('!');
  for (const text of ['beta broke', 'gamma broke', 'run 9 is done']) assert.ok(screen.row(text));
});

test('a failure that was answered by a key does not come up again', async (t) => {
  const screen = await openFollowing(t);
  await screen.told('bad', 'beta broke');
  await screen.pass(2);
  await screen.keys('j');
  await screen.told('good', 'saved');
  assert.ok(!shows(screen, 'failure'));
  await screen.pass(LONG);
  assert.ok(!shows(screen, 'beta broke'));
});

test('typed ahead of a failure, a key has not seen it', async (t) => {
  const screen = await openFollowing(t);
  await screen.told('bad', 'beta broke');
  await screen.pass(0.5);
  await screen.keys('j');
  await screen.told('good', 'saved');
  assert.ok(screen.row('✗ 1 more failure: !   ✓ saved'));
});

test('a look that takes long is told of when it is over, whatever has gone meanwhile', async (t) => {
  const screen = await openScreen(t, { servers: SERVERS, faults: NOBODY });
  const looking = lookNow(screen.app);
  assert.equal(screen.app.store.getState().notice?.text, 'Looking at all servers …');
  await screen.set({ notice: null });
  await looking;
  assert.ok(screen.app.store.getState().notice?.text.endsWith('servers answered'));
});
