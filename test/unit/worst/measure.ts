/** How much more work a parser has with more of its worst input: in CPU time of this thread, side by side, never against a clock. */
import assert from 'node:assert/strict';
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
  /** Goes on to the largest size, however clear it is before. */
  readonly toTheEnd?: boolean;
}

/** From little input on, so that what is not linear is told long before it costs hours. */
export async function assertLinear({ title, most, input }: Worst, how: Measuring): Promise<void> {
  const end = Math.min(most, how.largest);
  for (let bytes = Math.min(end / GROWTH, 4 * KIB); ; bytes = Math.min(end / GROWTH, bytes * GROWTH)) {
    const runs = [input(bytes), input(bytes * GROWTH)] as const;
    // What is run for the first time is compiled.
    await runs[0]();
    let [little, much] = await sideBySide(runs, how.tries);
    const isTooMuch = (): boolean => much > MOST * Math.max(little, how.enough);
    // A pause for the garbage of what went before is not the work of this one.
    for (let again = 0; again < 3 && isTooMuch(); again += 1) {
      const next = await sideBySide(runs, how.tries);
      [little, much] = [Math.min(little, next[0]), Math.min(much, next[1])];
    }
    const told = `${little.toFixed(1)} ms with ${bytes} bytes, ${much.toFixed(1)} ms with ${bytes * GROWTH}`;
    assert.ok(!isTooMuch(), `${title}: ${told}`);
    if (bytes * GROWTH >= end || (little >= how.enough && !how.toTheEnd)) return;
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
