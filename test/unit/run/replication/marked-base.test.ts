import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ReplicationPlan } from '../../../../src/core/model/runs/replication.ts';
import type { Snapshot } from '../../../../src/core/model/snapshot.ts';
import { markedBase } from '../../../../src/core/run/replication/marked-base.ts';
import { marksOf } from '../../plan/marks.ts';
import { filesystem, snap } from '../../plan/world.ts';

const snapshotOf = (id: string) => ({ name: id, originId: id, uuid: id, receivedUuid: null }) as Snapshot;
const [one, two, three] = ['one', 'two', 'three'].map(snapshotOf) as [Snapshot, Snapshot, Snapshot];
const there = filesystem(
  ['/pool'],
  [snap('.snapshots/data/one', null, { uuid: 'r1', parentUuid: 'r0', receivedUuid: 'one' })],
);
const place = { server: 'b', filesystem: there };
const sending = (base: Snapshot | null): ReplicationPlan => ({
  kind: 'send',
  steps: [
    { snapshot: two, base },
    { snapshot: three, base: two },
  ],
  refused: [],
  present: [],
});

for (const [title, base, marked, want] of [
  ['nothing was found', one, [], null],
  ['another one differs', one, ['other'], null],
  ['its base does', one, ['r1'], 'no-base'],
  ['what its base was received on does', one, ['r0'], 'no-base'],
  ['it is sent in full', null, ['r1'], null],
] as const) {
  test(`what was found different since a send was planned: ${title}`, () => {
    const differentOn = (server: string, disk: string) =>
      marksOf(server === 'b' && disk === there.uuid ? marked : []);
    assert.equal(markedBase(sending(base), place, { differentOn })?.code ?? null, want);
  });
}
