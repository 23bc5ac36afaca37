import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  foreignOf,
  foreignReplicas,
  foreignText,
  shownNames,
} from '../../../../src/core/plan/catalog/foreign-history.ts';
import { filesystem, place, snap, used } from '../world.ts';

const OWN = '2026-01-02T00:00:00.000Z';
const at = (day: number): { createdAt: string } => ({ createdAt: `2026-01-0${day}T00:00:00.000Z` });

const pool = filesystem(
  ['/pool'],
  [
    used('data'),
    used('data2'),
    snap(`.snapshots/data/${OWN}`, 'data'),
    snap('btrbk/data.20260103', 'data', at(3)),
    snap('data/.snapshots/1/snapshot', 'data', at(1)),
    snap('data/.snapshots/2/snapshot', 'data', at(2)),
    used('data/.snapshots/3/snapshot', { parentUuid: 'u:data' }),
    snap('btrbk/data2.20260101', 'data2'),
    // What a comparison with now makes, and deletes again.
    snap('.snapshots/data/diff-2026-01-04T00:00:00.000Z', 'data', at(4)),
  ],
);

test('what others made of it: read-only, of this subvolume, wherever it lies, oldest first', () => {
  const data = place('/pool/data', pool);
  assert.deepEqual(
    foreignOf(data).map(({ path, state }) => `${path} ${state}`),
    [
      '/pool/data/.snapshots/1/snapshot foreign',
      '/pool/data/.snapshots/2/snapshot foreign',
      '/pool/btrbk/data.20260103 foreign',
    ],
  );
});

test('on another filesystem the same content is told by its origin id, under whatever name', () => {
  const data = place('/pool/data', pool);
  const received = (path: string, of: string) => snap(path, null, { receivedUuid: `u:${of}` });
  const backup = filesystem(
    ['/backup'],
    [
      received('x/any', 'btrbk/data.20260103'),
      received('other', 'btrbk/data2.20260101'),
      { ...received('changed', 'data/.snapshots/1/snapshot'), readOnly: false },
    ],
  );
  assert.deepEqual(
    foreignReplicas(backup, foreignOf(data)).map(({ path, createdAt }) => [path, createdAt]),
    [['/backup/x/any', at(3).createdAt]],
  );
});

test('rows of one name are told apart by the directory before it, the others keep theirs', () => {
  const names = shownNames(foreignOf(place('/pool/data', pool)));
  assert.deepEqual([...names.values()].toSorted(), ['1/snapshot', '2/snapshot']);
});

for (const [made, there, want] of [
  [33, [['b', 33]], '33 snapshots made by others, 33 of them on b; usable as bases'],
  [1, [], '1 snapshot made by others, none of them seen anywhere else'],
  [
    4,
    [
      ['b', 4],
      ['c', 0],
      ['d:/usb', 1],
    ],
    '4 snapshots made by others, 4 of them on b, 1 of them on d:/usb; usable as bases',
  ],
] as const)
  test(`says: ${want}`, () =>
    assert.equal(
      foreignText(
        made,
        there.map(([where, count]) => ({ where, count })),
      ),
      want,
    ));
