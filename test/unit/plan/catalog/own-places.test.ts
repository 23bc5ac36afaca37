import assert from 'node:assert/strict';
import test from 'node:test';
import { snapshotsOf } from '../../../../src/core/plan/catalog/catalog.ts';
import { filesystem, place, snap, used, valueIn } from '../world.ts';

const N1 = '2026-01-01T00:00:00.000Z';
const N2 = '2026-01-02T00:00:00.000Z';

test('a snapshot of which a mount shows a part is told as mounted', () => {
  const fs = filesystem(
    ['/pool', `/srv/etc = /.snapshots/data/${N1}/etc`],
    [used('data'), snap(`.snapshots/data/${N1}`, 'data')],
  );
  const [one] = valueIn(snapshotsOf(place('/pool/data', fs)));
  assert.deepEqual(one?.mountedAt, ['/srv/etc']);
});

test('what people put into a subvolume of theirs that is no mount is not taken for snapshots of it', () => {
  const fs = filesystem(
    ['/'],
    [
      used('home/alice'),
      snap(`.snapshots/home/alice/${N1}`, 'home/alice'),
      snap(`home/alice/.snapshots/${N2}`, 'home/alice'),
    ],
  );
  assert.deepEqual(
    valueIn(snapshotsOf(place('/home/alice', fs))).map(({ state, path }) => `${state} ${path}`),
    [`complete /.snapshots/home/alice/${N1}`, `foreign /home/alice/.snapshots/${N2}`],
  );
});
