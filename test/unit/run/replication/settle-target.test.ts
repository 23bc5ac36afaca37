/** Of which looks a target's directory is believed to be as it was seen, now that it is locked, and when it is looked at again. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Host } from '../../../../src/core/hosts/port/host.ts';
import { fault } from '../../../../src/core/model/fault.ts';
import { failed } from '../../../../src/core/model/result.ts';
import { settle } from '../../../../src/core/run/replication/settle-target.ts';
import { knownFleet, replica, secondary, time } from '../fixtures/known-fleet.ts';

const LOOK = secondary('b', '12:00:00', '08:00:00 09:00:00');
const [FILESYSTEM] = LOOK.filesystems;
const SAME = ['08:00:00', '09:00:00'];

interface Case {
  readonly isHanded?: boolean;
  /** In the directory when it was locked; null: nobody could read it. */
  readonly names?: readonly string[] | null;
  readonly waited?: boolean;
  /** A replica is remembered at that mount on this filesystem. */
  readonly remembered?: string | null;
}

for (const [title, { isHanded = false, names = SAME, waited = false, remembered }, want] of [
  ['a look of its own, and the lock tells the same', {}, 'as seen'],
  ['a look of its own, and something came', { names: [...SAME, '10:00:00'] }, 'anew'],
  ['a look of its own, and something went', { names: ['09:00:00'] }, 'anew'],
  ['a look of its own, and the lock cannot tell', { names: null }, 'as seen'],
  ['a look of its own, and the lock was waited for', { waited: true }, 'as seen'],
  ['a handed look, and the lock tells the same', { isHanded: true }, 'as seen'],
  ['a handed look, and something came', { isHanded: true, names: [...SAME, '10:00:00'] }, 'anew'],
  ['a handed look, and the lock cannot tell', { isHanded: true, names: null }, 'anew'],
  ['a handed look, and the lock was waited for', { isHanded: true, waited: true }, 'anew'],
  ['a handed look at the one disk there ever was', { isHanded: true, remembered: 'pool-b' }, 'as seen'],
  ['a handed look, and disks take turns there', { isHanded: true, remembered: 'other' }, 'anew'],
  ['a look of its own, and disks take turns there', { remembered: 'other' }, 'as seen'],
  [
    'a handed look, and one disk was not noted in those days',
    { isHanded: true, remembered: null },
    'as seen',
  ],
] as [string, Case, 'as seen' | 'anew'][]) {
  test(`${title}: ${want}`, async (t) => {
    const { journal } = knownFleet(t);
    if (remembered !== undefined) journal.noteReplica(replica('07:00:00', '07:30:00', '/pool', remembered));
    const down = fault('unreachable', 'off', 'Switch it on.');
    let looks = 0;
    const run = async () => {
      looks += 1;
      return failed(down);
    };
    const host = { server: { name: 'b' }, facts: { sudo: [], sudoers: '' }, run } as unknown as Host;
    assert.ok(FILESYSTEM);
    const place = {
      ...{ server: 'b', mount: '/pool', directory: '/pool/.snapshots/data' },
      filesystem: FILESYSTEM,
    };
    const locks = {
      ...{ held: true, waited, lost: new AbortController().signal, release: async () => {} },
      names: names && new Set(names.map(time)),
    };
    const fleet = { ...knownFleet(t), journal, nonce: () => 'nonce' };
    const settled = await settle({ host, inventory: LOOK, moves: 0, isHanded, place }, locks, {
      fleet,
      signal: new AbortController().signal,
    } as never);
    assert.equal(looks, want === 'anew' ? 1 : 0);
    if (want === 'anew') return assert.deepEqual(settled, failed(down));
    assert.ok(settled.ok);
    assert.equal(settled.value.takenAt, time('12:00:00'));
    assert.deepEqual(
      settled.value.replicas.map(({ name }) => name),
      SAME.map(time),
    );
  });
}
