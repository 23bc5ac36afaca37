import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { createStore } from 'zustand/vanilla';
import { PACE, pace } from '../../../src/store/paced.ts';

/** A store that counts, drawn by a clock that is moved by hand. */
function drawn(t: TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let clock = 0;
  const store = createStore<number>(() => 0);
  const shown = pace(store, () => clock);
  const frames: number[] = [];
  const stop = shown.subscribe(() => frames.push(shown.getState()));
  const pass = (milliseconds: number): void => {
    clock += milliseconds;
    t.mock.timers.tick(milliseconds);
  };
  const set = (...values: readonly number[]): void => {
    for (const value of values) store.setState(value, true);
  };
  return { store, shown, frames, stop, pass, set };
}

test('what changes after a while is drawn in the next turn, all of it once', (t) => {
  const { frames, pass, set } = drawn(t);
  set(1, 2, 3);
  assert.deepEqual(frames, []);
  pass(0);
  assert.deepEqual(frames, [3]);
});

test('a thousand changes in a second are drawn four times', (t) => {
  const { frames, pass, set } = drawn(t);
  for (let change = 1; change <= 1000; change += 1) {
    set(change);
    pass(1);
  }
  assert.ok(frames.length <= 1000 / PACE + 1, `${frames.length}`);
  pass(PACE);
  assert.equal(frames.at(-1), 1000);
});

test('what a key changed is drawn at once, and not again', (t) => {
  const { shown, frames, pass, set } = drawn(t);
  set(1);
  pass(0);
  set(2);
  shown.flush();
  assert.deepEqual(frames, [1, 2]);
  pass(2 * PACE);
  shown.flush();
  assert.deepEqual(frames, [1, 2]);
});

test('until it is drawn, what is drawn stays as it was', (t) => {
  const { shown, pass, set } = drawn(t);
  set(1);
  pass(0);
  set(2);
  assert.equal(shown.getState(), 1);
});

test('nobody draws: the store is told as it is, and no timer is left', (t) => {
  const { shown, stop, frames, pass, set } = drawn(t);
  set(1);
  stop();
  pass(PACE);
  set(2);
  assert.deepEqual([shown.getState(), frames], [2, []]);
});
