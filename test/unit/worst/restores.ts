/** What servers say of a restore, and around it, at its worst. */
import { parseAround } from '../../../src/core/btrfs/looks/around.ts';
import { parseRestored } from '../../../src/core/btrfs/read/restored.ts';
import { N, ofParts, type Worst } from './worst.ts';

export const RESTORES: readonly Worst[] = [
  ...ofParts('a restore', [parseRestored], ['placed', 'at', 'moved', 'left', 'restored'], (output) =>
    parseRestored(N, output),
  ),
  ...ofParts('around a subvolume', [parseAround], ['inside', 'swaps', 'users'], (output) =>
    parseAround(N, output, '/data'),
  ),
];
