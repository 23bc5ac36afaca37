import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRestored } from '../../../../src/core/btrfs/read/restored.ts';

const N = 'n0nce';
const UUID = '00000000-0000-4000-8000-000000000001';
const said = (...lines: string[]): string =>
  lines.map((line) => (line.startsWith('|') ? line.slice(1) : `\n${N} ${line}`)).join('\n');

for (const [title, output, want] of [
  [
    'restored, with what moved, what did not, and what is left to do',
    said(
      'made',
      `placed ${UUID}`,
      'default 260',
      'moved 0',
      'left 1',
      '|no place',
      `restored ${UUID}`,
      'end 0',
    ),
    {
      ...{ kind: 'restored', uuid: UUID, said: '', makeDefault: '260', isDefaultKnown: true, isGone: false },
      ...{ moved: [0], left: [{ index: 1, said: 'no place' }] },
    },
  ],
  ['cut off before its end', said('made', `placed ${UUID}`), { kind: 'unknown', said: '' }],
  ['cut off in its last words', said('made', `restored ${UUID}`), { kind: 'unknown', said: '' }],
  ['nothing', '', { kind: 'unknown', said: '' }],
  ['restored, but not what', said('restored nothing', 'end 0'), { kind: 'unknown', said: '' }],
  [
    'rolled back, with why',
    said('made', 'rolled-back aside', '|mv: cannot move: Read-only file system', 'end 0'),
    { kind: 'rolled-back', at: 'aside', kept: null, said: 'mv: cannot move: Read-only file system' },
  ],
  [
    'rolled back, and somebody wrote to what was made',
    said('made', 'kept a b.restoring-1', 'rolled-back place', 'end 0'),
    { kind: 'rolled-back', at: 'place', kept: 'a b.restoring-1', said: '' },
  ],
  [
    'neither',
    said(`at ${UUID} a b`, 'at - c', 'at other d', 'rollback-failed', '|why', 'end 0'),
    {
      ...{ kind: 'rollback-failed', said: 'why' },
      places: [
        { name: 'a b', uuid: UUID, isOther: false },
        { name: 'c', uuid: null, isOther: false },
        { name: 'd', uuid: null, isOther: true },
      ],
    },
  ],
  ['refused', said('refused taken a b', 'end 0'), { kind: 'refused', why: 'taken', name: 'a b', said: '' }],
  ['refused for nothing we know', said('refused whim', 'end 0'), { kind: 'unknown', said: '' }],
] as const) {
  test(`what a restore says: ${title}`, () => assert.deepEqual(parseRestored(N, output), want));
}
