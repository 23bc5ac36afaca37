/** What servers say of files that are brought back, at its worst. */
import { readOrders } from '../../../src/core/btrfs/extract/orders.ts';
import { createTreeReader } from '../../../src/core/btrfs/extract/read-tree.ts';
import { parsePlaced, parseStaged } from '../../../src/core/btrfs/extract/said.ts';
import { N, ofParts, ofText, rows, type Worst } from './worst.ts';

const MIB = 1024 * 1024;

/** In pieces, as they come. */
function readTree(text: string): unknown {
  const reader = createTreeReader(N, ['a']);
  const bytes = Buffer.from(text, 'latin1');
  for (let at = 0; at < bytes.length; at += 65_536) reader.push(bytes.subarray(at, at + 65_536));
  return reader.result();
}

const ENTRY = 'f 1 1 1 1.5 1.5 644 0 0 41 ';

export const EXTRACTS: readonly Worst[] = [
  ...ofParts(
    'placed files',
    [parsePlaced, parseStaged],
    ['before', 'missed', 'placed', 'staged', 'removed'],
    (output) => [parsePlaced(N, output), parseStaged(N, output)],
  ),
  ...[
    (index: number) => `e 0 ${ENTRY}name${index}\0\0`,
    (index: number) => `a 0 ${index} ${ENTRY}\0\0`,
    () => 'x'.repeat(4000),
    () => '\0'.repeat(60),
    () => `e 0 ${'1 '.repeat(2000)}\0\0`,
  ].map(
    (line, index): Worst => ({
      ...{ title: `a tree, ${index}`, feeds: [createTreeReader], most: 64 * MIB },
      input: (bytes) => {
        const text = rows(bytes, line).join('');
        return () => readTree(text);
      },
    }),
  ),
  ...ofText(
    { title: 'orders', feeds: [readOrders], most: 64 * MIB },
    ['btrfleet-extract 1', 'D d', 'C \\012', 'D \\', 'X '],
    (text) => readOrders(`btrfleet-extract 1\nD d\n${text}\n`),
  ),
];
