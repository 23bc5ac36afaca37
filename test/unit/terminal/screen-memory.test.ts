import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toRemembered } from '../../../src/terminal/screen-memory.ts';

const list = { sort: 'age', reverse: true, filter: 'server:b' };

for (const [title, read, want] of [
  ['nothing', null, null],
  ['another shape', [1, 2], null],
  ['a page that is not there', { page: 'attic' }, null],
  [
    'a page alone',
    { page: 'servers' },
    { page: 'servers', tabs: {}, lists: {}, subvolume: null, lookedAt: null },
  ],
  [
    'all of it',
    {
      page: 'snapshots',
      tabs: { replication: 1 },
      lists: { snapshots: list },
      subvolume: '/data',
      lookedAt: 7,
    },
    {
      page: 'snapshots',
      tabs: { replication: 1 },
      lists: { snapshots: list },
      subvolume: '/data',
      lookedAt: 7,
    },
  ],
  [
    'parts that are damaged',
    {
      page: 'snapshots',
      tabs: { replication: 'x', servers: -1 },
      lists: { a: 3, b: { filter: 1 } },
      subvolume: 7,
      lookedAt: 'x',
    },
    { page: 'snapshots', tabs: {}, lists: {}, subvolume: null, lookedAt: null },
  ],
] as const) {
  test(`remembered: ${title}`, () => assert.deepEqual(toRemembered(read), want));
}
