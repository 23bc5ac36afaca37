/** What it is called when a script of a seed fails: by its cause, not by who was told of it last. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SEED_ENDS } from '../../../../src/core/btrfs/ask/seed-shell.ts';
import { endFault, readFault } from '../../../../src/core/run/ground/seed-place.ts';

const PLACE = { server: 'b', directory: '/mnt/usb/seed' };
const BEHIND = 'ERROR: failed to dump stream: Broken pipe\nthe seed ends with 84\n';

for (const [title, code, stderr, want, message, hint] of [
  [
    'a disk that is full',
    SEED_ENDS.notWritten,
    `dd: error writing 'standard output': No space left on device\n${BEHIND}`,
    'no-space',
    /No space left/,
    /Make room/,
  ],
  [
    'a filesystem that takes no such file',
    SEED_ENDS.notWritten,
    `dd: error writing 'standard output': File too large\n${BEHIND}`,
    'command-failed',
    /File too large/,
    /smaller parts, such as --split 1G/,
  ],
  ['a disk that is nearly full', SEED_ENDS.nearlyFull, BEHIND, 'no-space', /kept free/, /Make room/],
  ['a directory of many', SEED_ENDS.shared, '', 'refused', /Others than the login/, /chmod go-w/],
  ['what came since the look', SEED_ENDS.taken, '', 'refused', /holds something else/, /empty directory/],
] as const)
  test(`written: ${title}`, () => {
    const why = endFault(PLACE, code, stderr);
    assert.equal(why.code, want);
    assert.match(why.message, message);
    assert.match(why.hint, hint);
  });

test('read: what failed is the disk, and no send', () => {
  const why = readFault(PLACE, SEED_ENDS.notWhole, 'seed.0003 cannot be read\nthe seed ends with 86\n');
  assert.equal(why.code, 'send-failed');
  assert.match(why.message, /could not be read to its end: "seed\.0003 cannot be read"/);
  assert.equal(readFault(PLACE, SEED_ENDS.noDirectory, '').code, 'no-such-file');
});
