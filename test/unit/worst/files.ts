/** What servers say of files in snapshots, at its worst. */
import { parsePreview } from '../../../src/core/btrfs/ask/preview-script.ts';
import { createDirectoryReader } from '../../../src/core/btrfs/read/directory.ts';
import { parseFileStat } from '../../../src/core/btrfs/read/file-stat.ts';
import { createFindReader } from '../../../src/core/btrfs/read/found.ts';
import { parseHashes, parseSightings } from '../../../src/core/btrfs/read/sightings.ts';
import { eachPiece } from '../../../src/core/hosts/port/bounded-output.ts';
import { bytesOfName, nameFromBytes } from '../../../src/core/model/file-name.ts';
import { previewOf } from '../../../src/core/plan/files/preview.ts';
import { ofText, type Worst } from './worst.ts';

const MIB = 1024 * 1024;
const STAT = '257 59 81a4 1 1 0 0|2026-11-20 08:05:01.123456789 +0000|2026-11-20 08:05:01 +0000|root|root';

/** As many chunks as a connection makes of it. */
function inChunks(text: string, take: (chunk: Buffer) => void): void {
  const all = Buffer.from(text, 'latin1');
  for (let at = 0; at < all.length; at += 32 * 1024) take(all.subarray(at, at + 32 * 1024));
}

const nothing = (): void => {};

/** One that looks for its tree among as many as a subvolume may have. */
const PATHS = Array.from({ length: 2000 }, (_, index) => Buffer.from(`/p/.snapshots/data/${index}/a\nb`));

export const FILES: readonly Worst[] = [
  ...ofText(
    { title: 'a directory', feeds: [createDirectoryReader, parseFileStat, nameFromBytes], most: 512 * MIB },
    [`./a/${STAT}`, './', './a', '/', '/end find 0', './a/257 59 ', `./a/${STAT}|`],
    (text) => {
      const onEntry = (name: Uint8Array, fields: string): void => {
        bytesOfName(nameFromBytes(name));
        parseFileStat(fields);
      };
      inChunks(text, eachPiece(0x0a, createDirectoryReader({ onEntry, onWord: nothing })));
    },
  ),
  ...ofText(
    { title: 'sightings', feeds: [parseSightings], most: 64 * MIB },
    [`${STAT}/p/.snapshots/data/7/a`, '/now 1 2', '/stopped 1 gone 0', '/stopped ', `${STAT}/`, '/end 0'],
    (text) => parseSightings(Buffer.from(text), PATHS),
  ),
  ...ofText(
    { title: 'digests', feeds: [parseHashes], most: 16 * MIB },
    ['/hash 1 - closed', `/hash 1 ${'a'.repeat(64)} moved`, '/hash ', '/hash 1 '],
    parseHashes,
  ),
  ...ofText(
    { title: 'found names', feeds: [createFindReader], most: 256 * MIB },
    ['./a\0', '/tree 0\0./a\0', '/end 0 x\0', '/end 0 ', '/lost 0 gone\0', '\0', '/'],
    (text) => {
      const reader = createFindReader({ onFound: nothing, onEnd: nothing, onLost: nothing });
      inChunks(text, eachPiece(0, reader));
    },
  ),
  ...ofText(
    { title: 'the beginning of a file', feeds: [parsePreview, previewOf], most: 64 * 1024 },
    ['/content\n', '\t', 'a\tb\u009b', '\u202e', '\r\n', '/stopped ', 'x'],
    (text) => {
      const bytes = Buffer.from(text);
      parsePreview(bytes);
      previewOf(bytes, bytes.length);
    },
  ),
  {
    title: 'a name of bytes that are not UTF-8',
    feeds: [nameFromBytes],
    most: 16 * MIB,
    input: (bytes) => {
      const name = new Uint8Array(bytes).fill(0xe2);
      return () => bytesOfName(nameFromBytes(name));
    },
  },
];
