/** Which bases are believed to be as a handed look showed them, by what the servers tell of them under the lock. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ReplicationPlan } from '../../../../src/core/model/runs/replication.ts';
import type { Snapshot } from '../../../../src/core/model/snapshot.ts';
import { areBasesAsSeen } from '../../../../src/core/run/replication/bases-as-seen.ts';
import { filesystem, place, snap, used } from '../../plan/world.ts';
import { hostTelling, type Told } from '../fixtures/told-host.ts';

const ID = (number: number): string => `00000000-0000-4000-8000-00000000000${number}`;
const [BASE, REPLICA, TWIN, OTHER] = [ID(1), ID(2), ID(3), ID(4)];

const HOME = filesystem(['/pool'], [used('data'), snap('.snapshots/data/one', 'data', { uuid: BASE })]);
const received = (path: string, uuid: string) => snap(path, null, { uuid, receivedUuid: BASE });
const away = (isTwin: boolean) =>
  filesystem(
    ['/pool'],
    [
      received('.snapshots/data/one', REPLICA),
      ...(isTwin ? [received('elsewhere', TWIN)] : []),
      snap('other', null, { uuid: OTHER, receivedUuid: ID(9) }),
    ],
  );

const snapshotOf = (id: string) => ({ originId: id, uuid: id, receivedUuid: null }) as Snapshot;
const [base, two, three] = [BASE, 'two', 'three'].map(snapshotOf) as [Snapshot, Snapshot, Snapshot];
const sending = (from: Snapshot | null): ReplicationPlan => ({
  kind: 'send',
  steps: [
    { snapshot: two, base: from },
    { snapshot: three, base: two },
  ],
  refused: [],
  present: [],
});

interface Case {
  readonly source?: readonly Told[] | null;
  readonly target?: readonly Told[] | null;
  readonly isTwin?: boolean;
  /** Which looks were handed on. */
  readonly handed?: 'both' | 'source' | 'target' | 'none';
  readonly plan?: ReplicationPlan;
  /** How often the source and the target were asked. */
  readonly asked?: readonly [number, number];
}

for (const [title, c, want] of [
  ['both are as they were listed', {}, true],
  ['changed on the target since', { target: [[REPLICA, 11]] }, false],
  ['changed on the source since', { source: [[BASE, 11]] }, false],
  ['writable on the target', { target: [[REPLICA, 9, '-']] }, false],
  ['another one lies there on the target', { target: [[OTHER, 9]] }, false],
  ['the target does not answer', { target: null }, false],
  ['the source does not answer', { source: null }, false],
  ['the target tells nothing of it', { target: [] }, false],
  [
    'a second one that bears its id, outside of the directory, changed',
    {
      isTwin: true,
      target: [
        [REPLICA, 9],
        [TWIN, 11],
      ],
    },
    false,
  ],
  [
    'the target was looked at for this part',
    { handed: 'source', target: [[REPLICA, 11]], asked: [1, 0] },
    true,
  ],
  ['the source was looked at for this part', { handed: 'target', source: [[BASE, 11]], asked: [0, 1] }, true],
  ['both were looked at for this part', { handed: 'none', source: null, target: null, asked: [0, 0] }, true],
  ['it is sent in full', { plan: sending(null), source: null, target: null, asked: [0, 0] }, true],
] as [string, Case, boolean][]) {
  test(`is a base as it was seen? ${title}`, async () => {
    const { handed = 'both', isTwin = false, plan = sending(base), asked = [1, 1] } = c;
    const source = hostTelling(c.source === undefined ? [[BASE, 10]] : c.source);
    const target = hostTelling(c.target === undefined ? [[REPLICA, 10]] : c.target);
    const said = await areBasesAsSeen(
      plan,
      {
        host: source.host,
        isHanded: handed === 'both' || handed === 'source',
        place: place('/pool/data', HOME),
      },
      {
        host: target.host,
        isHanded: handed === 'both' || handed === 'target',
        place: { filesystem: away(isTwin) },
      },
      { fleet: { nonce: () => 'N' }, signal: new AbortController().signal } as never,
    );
    assert.equal(said, want);
    assert.deepEqual([source.asked(), target.asked()], asked);
  });
}
