/** What test/unit/worst shows of a little input, of as much as the bounded reader lets through: 64 MiB at the most. */
import { test } from 'node:test';
import { INVENTORIES } from '../unit/worst/inventories.ts';
import { assertLinear } from '../unit/worst/measure.ts';
import { PARSERS } from '../unit/worst/parsers.ts';

const TO_THE_END = { enough: 100, largest: 64 * 1024 * 1024, tries: 1, toTheEnd: true };

for (const worst of [...PARSERS, ...INVENTORIES]) test(worst.title, () => assertLinear(worst, TO_THE_END));
