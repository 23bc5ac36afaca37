/** What is said of a seed and its parts, at its worst. */
import { parseStreamHead } from '../../../src/core/btrfs/diff/stream-head.ts';
import { parseSeedLook, parseSeedWord } from '../../../src/core/btrfs/looks/seed.ts';
import { COMMAND, ofLines, ofText, type Worst } from './worst.ts';

const MIB = 1024 * 1024;

export const SEEDS: readonly Worst[] = [
  ...ofText(
    { title: 'the directory of a seed', feeds: [parseSeedLook], most: COMMAND },
    ['file seed.0001 1', 'sum ', 'odd ', 'free 1 ', 'mount /', 'lacks ', 'manifest', '{"format":'],
    parseSeedLook,
  ),
  ...ofLines(
    { title: 'parts of a seed', feeds: [parseSeedWord], most: 64 * MIB },
    ['at 1', 'part 1 2 ', `part 1 2 ${'a'.repeat(64)}`, 'kept ', ''],
    (lines) => lines.map(parseSeedWord),
  ),
  ...ofText(
    { title: 'the beginning of a seed', feeds: [parseStreamHead], most: COMMAND },
    [' 62 74 72 66 73', ' 0', 'f', ''],
    parseStreamHead,
  ),
];
