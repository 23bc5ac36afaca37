import assert from 'node:assert/strict';
import test from 'node:test';
import { canSendCompressed } from '../../../../src/core/plan/replication/protocol.ts';

for (const [stream, from, to, want] of [
  [2, '6.2', '6.2', true],
  [3, '5.19', '5.19.1', true],
  [2, '5.19-rc1', '10.0', true],
  [2, '6', '7', true],
  [1, '6.2', '6.2', false],
  [2, '5.18.1', '6.2', false],
  [2, '6.2', '5.9', false],
  [2, '4.20', '6.2', false],
  [2, null, '6.2', false],
  [2, '6.2', null, false],
  [2, '', 'unknown', false],
] as const) {
  test(`stream ${stream}, btrfs-progs ${from} to ${to}: compressed? ${want ? 'yes' : 'no'}`, () => {
    const source = { sendStreamVersion: stream, btrfsProgs: from };
    // What the target's kernel can send says nothing of what it can receive.
    assert.equal(canSendCompressed(source, { sendStreamVersion: 1, btrfsProgs: to }), want);
  });
}
