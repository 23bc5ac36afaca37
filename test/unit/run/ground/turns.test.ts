import assert from 'node:assert/strict';
import test from 'node:test';
import { inSlices, nextTurn } from '../../../../src/core/run/ground/turns.ts';

test('pieces of many go one at a time, in the order they were asked for, and what else came in is served between', async () => {
  const done: string[] = [];
  const work = async (name: string): Promise<void> => {
    for (const piece of [1, 2]) {
      await nextTurn();
      done.push(`${name}${piece}`);
      // As an answer of a server or a key that arrives now.
      setImmediate(() => done.push('.'));
    }
  };
  await Promise.all([work('a'), work('b')]);
  assert.equal(done.join(' '), 'a1 . b1 . a2 . b2');
});

test('small pieces go on until they have been at it for a while', async () => {
  let clock = 0;
  const done: string[] = [];
  const pause = inSlices({ now: () => clock });
  setImmediate(() => done.push('.'));
  for (const piece of [1, 2, 3, 4]) {
    done.push(`${piece}`);
    clock += 4;
    await pause();
  }
  assert.equal(done.join(' '), '1 2 . 3 4');
});

test('by a clock that stands still, so many go on and no more', async () => {
  const done: string[] = [];
  const pause = inSlices({ now: () => 0 });
  setImmediate(() => done.push('.'));
  for (let piece = 1; piece <= 20; piece += 1) {
    done.push(`${piece}`);
    await pause();
  }
  assert.equal(done.indexOf('.'), 16);
});
