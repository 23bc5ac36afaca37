/** Send streams that are folded, and what is said of two files, at their worst. */
import { changesOf } from '../../../src/core/btrfs/diff/changes.ts';
import { createCommandReader } from '../../../src/core/btrfs/diff/command-reader.ts';
import { parseFilePair } from '../../../src/core/btrfs/diff/file-pair.ts';
import { createFoldReader } from '../../../src/core/btrfs/diff/fold.ts';
import { parseDigests, parsePiece } from '../../../src/core/btrfs/verify/digest-script.ts';
import { increment, wire } from '../btrfs/diff/stream.ts';
import { COMMAND, N, ofParts, rows, type Worst } from './worst.ts';

const MIB = 1024 * 1024;

/** As many commands as there is room for, told from the number of each. */
const stream = (title: string, make: (index: number) => Uint8Array): Worst => ({
  title: `a folded stream: ${title}`,
  feeds: [createFoldReader, createCommandReader],
  most: COMMAND,
  input: (bytes) => {
    const commands: Uint8Array[] = [];
    for (let size = 0; size < bytes; ) {
      const command = make(commands.length);
      size += command.length;
      commands.push(command);
    }
    const all = increment(Buffer.concat(commands));
    return () => {
      const reader = createFoldReader(1024 * MIB);
      for (let at = 0; at < all.length; at += 65_536) reader.push(all.subarray(at, at + 65_536));
      const folded = reader.result();
      return folded.kind === 'whole' ? changesOf(folded) : folded;
    };
  },
});

const name = (index: number): string => index.toString(36);
const write = (path: string): Uint8Array => wire('updateExtent', { path, offset: 0, size: 1 });

export const DIFFS: readonly Worst[] = [
  stream('new files', (index) => wire('mkfile', { path: name(index) })),
  stream('old files', (index) => write(name(index))),
  stream('the same file', () => write('a')),
  stream('deep paths', (index) => write(`${'a/'.repeat(1000)}${name(index)}`)),
  stream('paths that share nothing', (index) => write(`${name(index)}/`.repeat(40).concat('x'))),
  stream('too deep a path', () => write(`${'a/'.repeat(30_000)}b`)),
  stream('a directory in each', (index) =>
    index % 2
      ? wire('rename', { path: `d${index - 1}`, to: `e${index}/x` })
      : wire('mkdir', { path: `d${index}` }),
  ),
  stream('chains of directories, each moved into the next', (index) => {
    if (index % 2 === 0) return wire('mkdir', { path: name(index) });
    return index % 400 === 1
      ? wire('mkdir', { path: `x${name(index)}` })
      : wire('rename', { path: name(index - 3), to: `${name(index - 1)}/x` });
  }),
  stream('names of one file', (index) => wire('link', { path: name(index), link: 'first' })),
  stream('names of one file, each taken away', (index) =>
    index % 2
      ? wire('unlink', { path: name(index - 1) })
      : wire('link', { path: name(index), link: 'first' }),
  ),
  stream('extended attributes of one file', (index) =>
    wire('setXattr', { path: 'a', xattrName: name(index), xattrData: 'x' }),
  ),
  stream('a file that is written anew under its name', (index) => {
    const path = name(Math.floor(index / 2));
    return index % 2 ? wire('mkfile', { path }) : wire('unlink', { path });
  }),
  {
    title: 'digests of as many files as the answer has room for, none of which was asked for',
    feeds: [parseDigests],
    most: COMMAND,
    input: (bytes) => {
      const lines = rows(bytes, (index) => `${'0'.repeat(64)}  /s/${name(index)}`);
      const paths = lines.map((_, index) => `${name(index)}x`);
      const output = `${lines.join('\n')}\n`;
      return () => [
        parseDigests('/s', paths, output),
        parseDigests(
          '/s',
          lines.map((_, at) => name(at)),
          output,
        ),
      ];
    },
  },
  {
    title: 'beats of a file that is hashed, and digests after them',
    feeds: [parsePiece],
    most: COMMAND,
    input: (bytes) => {
      const beats = rows(bytes, () => '.').join('\n');
      const digests = rows(bytes, () => `${'0'.repeat(64)}  -`).join('\n');
      return () => [parsePiece(beats), parsePiece(digests), parsePiece(' '.repeat(bytes))];
    },
  },
  ...ofParts('two files', [parseFilePair], ['way', 'type', 'size', 'hash', 'diff'], (output) =>
    parseFilePair(N, output),
  ),
];
