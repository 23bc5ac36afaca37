/** What a server answers to a look is read in work that grows as its length does, however it is made. */
import { test } from 'node:test';
import { INVENTORIES } from './inventories.ts';
import { assertLinear } from './measure.ts';

const QUICK = { enough: 8, largest: 512 * 1024, tries: 1 };

for (const worst of INVENTORIES) test(worst.title, async () => void (await assertLinear(worst, QUICK)));
