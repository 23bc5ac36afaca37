/** What a seed says it is of: it chooses what is sent, and proves nobody's directory to be this subvolume's. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SeedSource } from '../../../../src/core/model/runs/seed.ts';
import {
  planTarget,
  type SourceState,
  sentBefore,
} from '../../../../src/core/plan/replication/target-plan.ts';
import { withSeed } from '../../../../src/core/run/replication/seed-source.ts';
import { nameOf, snapshots } from '../../plan/notation.ts';
import { filesystem, place, snap, used, valueIn } from '../../plan/world.ts';

const home = filesystem(['/'], [used('data')], { uuid: 'home' });
const source: SourceState = {
  ...{ place: place('/data', home), snapshots: snapshots('primary', 'd') },
  ...{ owners: { own: 'mark', inherited: [], until: '' }, generations: new Map() },
  ...{ moments: null, held: new Set() },
};
const named = (letter: string) => ({
  ...{ name: nameOf(letter), uuid: `id-${letter}`, originId: `id-${letter}` },
});
const seed: SeedSource = {
  ...{ server: null, directory: '/mnt/usb/seed', compress: null, encrypt: null, identity: null },
  ...{ from: '/data of a', parts: 1, bytes: 1, digest: 'd', mark: 'mark', payloadBytes: 1 },
  ...{ snapshot: named('b'), base: named('a') },
};
const wanted = { mode: 'incremental', snapshot: nameOf('b'), base: nameOf('a') } as const;

/** What is planned where the replica of `a` lies in a directory with that mark. */
function planned(mark: string) {
  const directory = '/pool/.snapshots/data';
  const replica = snap(`.snapshots/data/${nameOf('a')}`, null, { receivedUuid: 'id-a' });
  const pool = filesystem(['/pool'], [replica], { uuid: 'pool', owners: { [directory]: [mark] } });
  const at = { server: 'b', filesystem: pool, mount: '/pool', directory };
  const replicas = snapshots('secondary', 'a');
  return planTarget(
    wanted,
    valueIn(withSeed(source, seed)),
    { place: at, replicas, otherNames: new Set() },
    0,
  );
}

test('what the primary has deleted is taken from the seed: it builds on what is there', () => {
  const plan = planned('mark');
  assert.equal(plan.kind, 'send');
  assert.deepEqual(plan.kind === 'send' && plan.steps.map(({ base }) => base?.name), [nameOf('a')]);
});

test("a base that only the seed claims makes nobody else's directory ours", () => {
  const plan = planned('of another');
  assert.equal(plan.kind === 'blocked' && plan.fault.code, 'directory-taken');
  assert.deepEqual(sentBefore(valueIn(withSeed(source, seed)))?.snapshots, source.snapshots);
});

test('a seed that nothing proves to be of the subvolume is refused', () => {
  const refusal = withSeed(source, { ...seed, mark: 'of another' });
  assert.equal(refusal.ok ? null : refusal.fault.code, 'refused');
});
