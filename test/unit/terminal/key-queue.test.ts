import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyQueue } from '../../../src/terminal/key-queue.ts';

/** Longer than any test takes. */
const EVER = 1_000_000;

/** Gives a queue whose keys are asked about as they come, and what became of them in the order it was known. */
function asking(within: number) {
  const log: string[] = [];
  const waiting = new Set<() => void>();
  const note = (text: string): void => {
    log.push(text);
    for (const look of waiting) look();
  };
  const queue = keyQueue(within, (key) => {
    note(key);
    queue.typing.whenKnown((isBurst) => note(`${key} ${isBurst ? 'burst' : 'hand'}`));
  });
  /** Until so many lines are there. */
  const until = (count: number): Promise<readonly string[]> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (log.length >= count) resolve(log);
      };
      waiting.add(look);
      look();
    });
  return { queue, until };
}

for (const [title, chunks, want] of [
  ['two characters at once are a burst', ['ab'], ['a', 'a burst', 'b', 'b burst']],
  ['a character and Enter', ['a\r'], ['a', 'a burst', '\r', '\r burst']],
  [
    'one right after the other: the first is told with the second',
    ['a', 'b'],
    ['a', 'a burst', 'b', 'b burst'],
  ],
] as const) {
  test(title, async () => {
    const { queue, until } = asking(EVER);
    for (const [index, chunk] of chunks.entries()) {
      queue.add(...chunk);
      await until(index + 1);
    }
    assert.deepEqual(await until(want.length), want);
    queue.clear();
  });
}

test('one alone is known once no other followed, and an arrow does not overtake it', async () => {
  const { queue, until } = asking(1);
  queue.add('x', '\u001b[B');
  assert.deepEqual(await until(4), ['x', 'x hand', '\u001b[B', '\u001b[B hand']);
});

test('arrows, Tab and Esc with one character among them are no burst', async () => {
  const { queue, until } = asking(EVER);
  queue.add('\u001b[B', '\t', '\u001b[27u', '\u0004', '\u007f');
  const log = await until(10);
  assert.ok(!log.some((line) => line.endsWith('burst')));
});

test('with no time between keys only one chunk is a burst', async () => {
  const { queue, until } = asking(0);
  queue.add('a');
  queue.add('b');
  assert.deepEqual(await until(4), ['a', 'a hand', 'b', 'b hand']);
});

test('cleared, nothing more is given or told', async () => {
  const { queue, until } = asking(EVER);
  queue.add('a');
  await until(1);
  queue.clear();
  queue.add('b', 'c');
  assert.deepEqual(await until(5), ['a', 'b', 'b burst', 'c', 'c burst']);
});

test('Ctrl-C is heard before all that waits, and ends it: a long text does not keep the screen from being left', async () => {
  const { queue, until } = asking(EVER);
  queue.add(...'a long text');
  queue.add('b', '\u0003', '\u0003', 'n');
  const log = await until(4);
  // What came with it is no more a hand's than what it ended.
  assert.deepEqual(log, ['\u0003', '\u0003 hand', 'n', 'n burst']);
});

test('what is not known yet of a key is never told once Ctrl-C came', async () => {
  const { queue, until } = asking(EVER);
  queue.add('n');
  await until(1);
  queue.add('\u0003');
  assert.deepEqual(await until(3), ['n', '\u0003', '\u0003 hand']);
});
