/** Bringing a subvolume back, also on simulated servers: over what is there, after it was lost, from a replica, and undone. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TestFleet } from '../fleet/fleet.ts';
import type { Restored } from '../fleet/restores.ts';

const fleet = await TestFleet.anywhere('restore-any', { servers: 2, size: '300M' });
const { lab } = fleet;
const on = (script: string): Promise<string> => lab.must('a', ['sh', '-c', script]);
const restore = (...words: readonly string[]): Promise<Restored> =>
  fleet.ok<Restored>(['snapshot', 'restore', ...words, '--yes']);

const data = await fleet.subvolume('/srv/pool/data');
await on(`mkdir ${data}/docs && echo one >${data}/docs/letter`);
const name = await fleet.snapshot(data);
assert.equal((await fleet.replicate('full', data, name, '--to', 'b')).code, 0);
const letter = (path = data): Promise<string> => on(`cat ${path}/docs/letter`);

test('what is there is kept beside it, and undo goes back', async () => {
  await on(`echo two >${data}/docs/letter`);
  const done = await restore(data, name);
  assert.deepEqual([done.outcome, await letter()], ['restored', 'one\n']);
  assert.equal(await letter(done.replacedPath ?? ''), 'two\n');
  const back = await fleet.ok<Restored>(['restore', 'undo', String(done.undo), '--yes']);
  assert.deepEqual([back.outcome, await letter()], ['restored', 'two\n']);
  assert.equal(await letter(back.replacedPath ?? ''), 'one\n');
});

test('it was deleted: it comes back', async () => {
  await on(`btrfs subvolume delete ${data}`);
  const done = await restore(data, name);
  assert.deepEqual([done.outcome, done.replacedPath, await letter()], ['restored', null, 'one\n']);
});

test('it was deleted with all its snapshots: it comes back from the replica', async () => {
  await on(`btrfs subvolume delete ${data} /srv/pool/.snapshots/data/${name}`);
  const done = await restore(data, name, '--from', 'b');
  assert.deepEqual([done.outcome, await letter()], ['restored', 'one\n']);
  const three = await fleet.snapshot(data);
  const sent = await fleet.replicateOne('auto', data, '--to', 'b');
  assert.deepEqual([sent.status, sent.snapshot, sent.base], ['ok', three, name]);
});
