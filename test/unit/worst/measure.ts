/** How much more work a parser has with more of its worst input: in CPU time of this thread, side by side, never against a clock. */
import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Worst } from './worst.ts';

/** Four times the input is four times the work where it is linear, and sixteen times where each looks at each. */
const GROWTH = 4;
const MOST = GROWTH * 2.5;

const KIB = 1024;

export interface Measuring {
  /** Milliseconds at the smaller size, below which nothing can be told: it is made larger. */
  readonly enough: number;
  /** Bytes of the larger size, where the bound of the reader is not less. */
  readonly largest: number;
  readonly tries: number;
  /** Begins with a quarter of the largest size at once. */
  readonly onlyLargest?: boolean;
}

/** From little input on, so that what is not linear is told long before it costs hours. */
export async function assertLinear({ title, most, input }: Worst, how: Measuring): Promise<string> {
  const largest = Math.min(most, how.largest) / GROWTH;
  const smallest = Math.min(largest, 4 * KIB);
  // What is run for the first time is compiled.
  await input(smallest)();
  for (let bytes = how.onlyLargest ? largest : smallest; ; bytes = Math.min(largest, bytes * GROWTH)) {
    // The runner of the tests has a word, too.
    await nextTurn();
    const runs = [input(bytes), input(bytes * GROWTH)] as const;
    let [little, much] = await sideBySide(runs, how.tries);
    const isTooMuch = (): boolean => much > MOST * Math.max(little, how.enough);
    // The kernel counts in steps of some milliseconds, and garbage of what went before is not the work of this one.
    for (let again = 0; again < 4 && isTooMuch(); again += 1) {
      const next = await sideBySide(runs, how.tries);
      // Of one pair: the least of one and the most of another are no ratio.
      if (next[1] * little < much * next[0]) [little, much] = next;
    }
    const told = `${little.toFixed(1)} ms with ${bytes} bytes, ${much.toFixed(1)} ms with ${bytes * GROWTH}`;
    assert.ok(!isTooMuch(), `${title}: ${told}`);
    if (bytes >= largest || little >= how.enough) return told;
  }
}

type Run = () => unknown;

/** The least of some tries, taken in turns. */
async function sideBySide([little, much]: readonly [Run, Run], tries: number): Promise<[number, number]> {
  let least: [number, number] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let count = 0; count < tries; count += 1)
    least = [Math.min(least[0], await cost(little)), Math.min(least[1], await cost(much))];
  return least;
}

async function cost(run: Run): Promise<number> {
  const before = process.threadCpuUsage();
  await run();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000;
}
