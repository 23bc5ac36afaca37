/** What test/unit/engine/times.test.ts shows of a day, over days. */
import { test } from 'node:test';
import { firesOnTheGrid } from '../unit/engine/fixtures/on-the-grid.ts';

for (const seconds of [45, 90, 3600, 86_400])
  test(`every ${seconds} s fires at each multiple of it, for four days`, (t) =>
    firesOnTheGrid(t, seconds, 4));
