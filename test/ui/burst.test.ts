/** Keys that come faster than a hand types are text that somebody pasted: they change nothing without a question. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { snapshotByHand } from '../../src/core/model/runs/snapshot.ts';
import { tasksList } from '../../src/screens/Automation/tasks-list.ts';
import { actionsHere } from '../../src/screens/frame/registry.ts';
import { cursorPlace } from '../../src/screens/lists/lists.ts';
import { ARMED, ask } from '../../src/store/app.ts';
import { AUTOMATED } from './world/automation-seeds.ts';
import { FLEET } from './world/inventories.ts';
import { openScreen, type Screen } from './world/open-screen.tsx';

const WHY = 'faster than a hand types';

const arm = (screen: Screen): void => screen.world.clock.pass(ARMED / 1000);

const overlay = (screen: Screen) => screen.app.store.getState().overlay;

/** All that stands in the configuration. */
const settings = (screen: Screen): string => JSON.stringify(screen.world.fleet.config.read());

/** What of a task, a policy and a queue could have been changed. */
const changed = (screen: Screen) => [screen.world.queued, screen.world.asked, settings(screen)];

for (const [what, at, key, label] of [
  ['a snapshot', '3', 'n', 'new'],
  ['a replication', '5', 'x', 'replicate'],
  ['a replication by its button', '5k', '\r', 'replicate'],
  ['an incremental one', '5]', 'x', 'replicate'],
  ['the end of the screen, and the shell for the rest of it', '2', 'q', 'quit'],
] as const) {
  test(`${what}: asked when its key comes in a burst, done by its key alone`, async (t) => {
    const screen = await openScreen(t, FLEET);
    const before = JSON.stringify(changed(screen));
    await screen.keys(at);
    await screen.keys(`g${key}`);
    assert.ok(screen.frame().includes(WHY), screen.frame());
    assert.ok(screen.row(`${label}: do it?`));
    assert.equal(JSON.stringify(changed(screen)), before);
    arm(screen);
    await screen.keys('n');
    assert.equal(overlay(screen), null);
    assert.equal(JSON.stringify(changed(screen)), before);
    await screen.keys(`g${key}`);
    arm(screen);
    await screen.keys('y');
    assert.notEqual(JSON.stringify(changed(screen)), before);
  });
}

for (const [at, keys] of [
  ['4', 'tdx'],
  ['4]', 'td'],
  ['4]]', 'tdpx'],
] as const) {
  for (const key of keys) {
    test(`automation ${at}: ${key} in a burst changes nothing before it was asked`, async (t) => {
      const screen = await openScreen(t, AUTOMATED);
      await screen.keys(at);
      const before = JSON.stringify(changed(screen));
      await screen.keys(`g${key}`);
      assert.equal(overlay(screen)?.kind, 'confirm');
      assert.equal(JSON.stringify(changed(screen)), before);
    });
  }
}

test('a text pasted without brackets anywhere changes nothing and quits nothing', async (t) => {
  const text =
    'nothing; sudo systemctl stop x && y\ryes\rzpdxthCnqTq:new\r?make\r/q\rdy12\ryyy\r1n2n3n4n5n\r';
  for (const page of ['1', '2', '3', '4', '4]', '4]]', '5', '5]', '6', '7']) {
    const screen = await openScreen(t, AUTOMATED);
    const before = JSON.stringify(changed(screen));
    await screen.keys(page);
    for (let time = 0; time < 3; time += 1) {
      await screen.keys(text);
      arm(screen);
    }
    assert.equal(JSON.stringify(changed(screen)), before, `page ${page}\n${screen.frame()}`);
  }
});

test('every action that changes something asks in a burst, or opens what asks', async (t) => {
  for (const page of ['1', '2', '3', '4', '4]', '4]]', '5', '5]', '7']) {
    const screen = await openScreen(t, AUTOMATED);
    await screen.keys(page);
    const here = actionsHere(screen.app.store.getState()).filter(({ changes }) => changes);
    const before = JSON.stringify(changed(screen));
    for (const { keys, id } of here) {
      await screen.keys(`g${keys[0]}`);
      assert.equal(JSON.stringify(changed(screen)), before, `${id} on ${page}`);
      await screen.set({ overlay: null });
    }
  }
});

test('a question takes no answer from a burst, armed or not, and says so; one key answers', async (t) => {
  const screen = await openScreen(t, FLEET);
  await screen.keys('3d');
  arm(screen);
  await screen.keys('yy');
  await screen.keys('no');
  assert.equal(overlay(screen)?.kind, 'confirm');
  assert.ok(screen.row(WHY));
  const told = screen.app.store.getState().messages.length;
  await screen.keys('yes yes yes');
  assert.equal(screen.app.store.getState().messages.length, told);
  assert.deepEqual(screen.world.queued, []);
  await screen.keys('y');
  assert.equal(screen.world.queued.length, 1);
});

test('what must be typed may come at once, but the Enter after it by itself', async (t) => {
  const screen = await openScreen(t, FLEET);
  let done = 0;
  const run = (): void => {
    done += 1;
  };
  ask(screen.app, { title: 'All of it?', lines: [], mustType: 'alpha', run });
  arm(screen);
  await screen.keys('alpha\r');
  assert.equal(done, 0);
  assert.ok(screen.row('Type alpha to go on: alpha'));
  await screen.keys('\r');
  assert.equal(done, 1);
});

test('in a form it is typed into the field; a button is not pressed by it, and says so', async (t) => {
  const screen = await openScreen(t, FLEET);
  await screen.keys('2n');
  const before = settings(screen);
  await screen.keys('delta\r\rdelta.example\r\r\r\r\r\r\r\r\r \r\r');
  assert.ok(screen.row('Name').includes('delta'));
  assert.ok(screen.row('Host').includes('delta.example'));
  assert.equal(overlay(screen)?.kind, 'form');
  assert.ok(screen.row(WHY));
  assert.equal(settings(screen), before);
});

test('the filter, the help and the palette take it as text; what they find asks', async (t) => {
  const screen = await openScreen(t, FLEET);
  await screen.keys('3/T18\r');
  assert.ok(screen.row('/T18'));
  await screen.keys('\u001b');
  await screen.keys(':make a snapshot\r');
  assert.ok(screen.row(WHY));
  assert.deepEqual(screen.world.queued, []);
});

test('moving and opening lose nothing when a slow line gathers keys', async (t) => {
  const screen = await openScreen(t, FLEET);
  await screen.keys('2jj');
  assert.ok(screen.row('▸').includes('gamma'));
  await screen.keys('kk\r');
  assert.equal(overlay(screen)?.kind, 'text');
  await screen.keys('q');
  await screen.keys('jd');
  assert.ok(screen.row('Forget beta?'));
});

test('one key among arrows, and one after Esc, is a key', async (t) => {
  for (const keys of ['\u001b[B\u001b[Bn\u001b[A', '\u001bn']) {
    const screen = await openScreen(t, FLEET);
    await screen.keys('3');
    await screen.keys(keys);
    assert.deepEqual(screen.world.queued, [snapshotByHand(['/srv/data'])]);
  }
});

test('what it asks about is done to that, or to nothing', async (t) => {
  const screen = await openScreen(t, AUTOMATED);
  await screen.keys('4]]');
  await screen.keys('gx');
  const { tasks } = screen.app.store.getState();
  const cursor = cursorPlace(screen.app.store.getState(), tasksList).item?.task.name;
  assert.ok(tasks.length > 1 && cursor);
  await screen.set({ tasks: tasks.filter(({ name }) => name !== cursor) });
  arm(screen);
  await screen.keys('y');
  assert.deepEqual(screen.world.queued, []);
  assert.ok(screen.row('has changed'));
});
