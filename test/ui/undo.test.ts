/** `z` takes back what was done last, and nothing that somebody has forgotten. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { did } from '../../src/store/undo.ts';
import { arm, config } from './world/automation-form.ts';
import { openAutomation } from './world/automation-seeds.ts';
import type { Screen } from './world/open-screen.tsx';

const isOn = (screen: Screen): boolean | undefined => config(screen).snapshotPolicies[0]?.enabled;

test('after a deletion nothing is taken back, least of all something else', async (t) => {
  const screen = await openAutomation(t);
  await screen.keys('t');
  assert.ok(screen.row('is off; z to undo'));
  await screen.chunks('3', 'd');
  arm(screen);
  await screen.keys('y');
  assert.equal(screen.world.queued.length, 1);
  await screen.keys('z');
  assert.ok(screen.row('What was done last cannot be taken back: snapshots were deleted'));
  assert.equal(isOn(screen), false);
});

test('where something else was told since, it says first what it would take back', async (t) => {
  const screen = await openAutomation(t);
  await screen.keys('t');
  await screen.paste('left out');
  await screen.until('What was pasted was left out');
  await screen.keys('z');
  assert.ok(screen.row('Take this back? the snapshot policy of /srv/data off'));
  arm(screen);
  await screen.keys('n');
  assert.equal(isOn(screen), false);
  await screen.keys('z');
  arm(screen);
  await screen.keys('y');
  await screen.until('Taken back: the snapshot policy of /srv/data off');
  assert.equal(isOn(screen), true);
});

test('what was done while it asked is not taken back in its place', async (t) => {
  const screen = await openAutomation(t);
  await screen.keys('t');
  await screen.paste('left out');
  await screen.keys('z');
  let isTakenBack = false;
  const undo = (): boolean => {
    isTakenBack = true;
    return true;
  };
  did(screen.app, { said: 'a hold that took long', what: 'holding', undo });
  arm(screen);
  await screen.keys('y');
  assert.ok(screen.row('Nothing was taken back: something else was done meanwhile'));
  assert.deepEqual([isOn(screen), isTakenBack], [false, false]);
});

test('what could not be taken back still stands, and nothing before it is taken back for it', async (t) => {
  const screen = await openAutomation(t);
  await screen.keys('t');
  did(screen.app, { said: 'held', what: 'holding', undo: () => Promise.resolve(false) });
  await screen.until('held; z to undo');
  await screen.chunks('z', 'z');
  assert.equal(isOn(screen), false);
  assert.deepEqual(
    screen.app.undo.map(({ what }) => what),
    ['the snapshot policy of /srv/data off', 'holding'],
  );
});
