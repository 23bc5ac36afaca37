import assert from 'node:assert/strict';
import test from 'node:test';
import type { Hold, Snapshot, SnapshotState } from '../../../../src/core/model/snapshot.ts';
import { whyKept } from '../../../../src/core/plan/retention/why-kept.ts';

const NAME = '2026-01-01T00:00:00.000Z';

const snapshot = (state: SnapshotState, originId = 'origin'): Snapshot => ({
  name: NAME,
  path: `/pool/.snapshots/data/${NAME}`,
  uuid: 'here',
  receivedUuid: originId,
  originId,
  createdAt: NAME,
  readOnly: state === 'complete',
  state,
});

const hold = (originId: string, note: string | null = null): Hold => ({
  originId,
  subvolume: '/data',
  name: NAME,
  note,
  heldAt: NAME,
});

for (const [title, chosen, holds, want] of [
  ['nobody holds it', snapshot('complete'), [], null],
  ['another one is held', snapshot('complete'), [hold('other')], null],
  [
    'it is held, by the origin id it shares with its replicas',
    snapshot('complete'),
    [hold('origin')],
    'held',
  ],
  ['it was made by somebody else', snapshot('foreign'), [], 'foreign-snapshot'],
  ['it was made writable', snapshot('modified'), [], null],
] as const) {
  test(`deleting by hand: ${title}`, () => {
    assert.equal(whyKept(chosen, 'b', holds)?.code ?? null, want);
  });
}

test('deleting by hand: what was made before a fail-over and never sent may be the only copy', () => {
  const why = whyKept({ ...snapshot('foreign'), diverged: true }, 'b', []);
  assert.equal(why?.code, 'foreign-snapshot');
  assert.match(why?.message ?? '', /made while b was the primary.*only copy/);
});

test('deleting by hand: the refusal says the note and the command that releases it', () => {
  const why = whyKept(snapshot('complete'), 'b', [hold('origin', 'audit')]);
  assert.match(why?.message ?? '', /on b is held: audit/);
  assert.match(why?.hint ?? '', new RegExp(`snapshot release /data ${NAME}`));
});
