/** What a restore takes is not deleted while it is at work, and what is being deleted is not restored. */
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import type { CleanupReport } from '../../../src/core/model/runs/cleanup.ts';
import type { DeletedSnapshot } from '../../../src/core/model/runs/deletion.ts';
import { eventually, TestFleet } from '../fleet/fleet.ts';
import { type Restored, restoring } from '../fleet/restores.ts';
import { Desk, namesIn, poolDirectory } from '../fleet/rounds.ts';
import { trapping } from '../fleet/traps.ts';

const fleet = await TestFleet.up('restore-pinned', { servers: 1 });
const desk = new Desk(fleet);
const { on, restore, undo } = restoring(fleet);
const { arm, isReached, letOn, cutOff } = await trapping(fleet);

// One that failed leaves nothing stopped.
afterEach(letOn);

const listing = (path: string): Promise<string> => fleet.fingerprint('a', path);
const beside = (data: string): Promise<string> => on(`ls -d ${data}.* 2>/dev/null || true`);

/** A subvolume that has changed since its older snapshot. */
async function changed(path: string) {
  const data = await fleet.subvolume(path);
  const before = await listing(data);
  const name = await fleet.snapshot(data);
  await on(`echo changed >${data}/changed`);
  await fleet.snapshot(data);
  return { data, name, before, after: await listing(data) };
}

const remove = async (data: string, name: string) => {
  const { code, value } = await fleet.json<DeletedSnapshot[]>(['snapshot', 'delete', data, name, '--yes']);
  const [end] = value;
  return [code, end?.status, end?.fault?.code ?? null, end?.fault?.message ?? ''] as const;
};

for (const stop of ['btrfs before 1', 'mv before 1', 'mv after 2'])
  test(`a restore that is at "${stop}": no deletion and no clean-up takes its snapshot`, async () => {
    const { data, name, before } = await changed(`/srv/pool/${stop.replaceAll(' ', '-')}`);
    await arm(stop);
    const running = fleet.start(['snapshot', 'restore', data, name, '--yes', '--json']);
    await isReached(running);
    const { id } = desk.newest('restore');
    const [code, status, why, message] = await remove(data, name);
    assert.deepEqual([code, status, why], [1, 'failed', 'locked']);
    assert.match(message, new RegExp(`is in use by run ${id}\\.`));
    const words = ['snapshot', 'cleanup', data, '--last', '1', '--yes'];
    const cleaned = await fleet.ok<CleanupReport>(words);
    const kept = cleaned.kept.find((one) => one.name === name);
    assert.deepEqual([cleaned.deleted, kept?.reasons], [[], ['in use by a running job']]);
    await letOn();
    assert.equal((JSON.parse((await running.ended).stdout) as Restored).outcome, 'restored');
    assert.equal(await listing(data), before);
    assert.deepEqual(await remove(data, name), [0, 'deleted', null, '']);
  });

test('what is taken back is not deleted either', async () => {
  const { data, name, after } = await changed('/srv/pool/back');
  const done = await restore(data, name);
  const aside = done.replacedPath?.split('/').at(-1) ?? '';
  await arm('mv before 1');
  const running = fleet.start(['restore', 'undo', String(done.undo), '--yes', '--json']);
  await isReached(running);
  assert.deepEqual((await remove(data, aside)).slice(0, 3), [1, 'failed', 'locked']);
  await letOn();
  assert.equal((JSON.parse((await running.ended).stdout) as Restored).outcome, 'restored');
  assert.equal(await listing(data), after);
});

test('what is being deleted is not restored, and nothing is changed; what stayed can be', async () => {
  const { data, name, before, after } = await changed('/srv/pool/doomed');
  const refused = async (id: number, ...words: readonly string[]) => {
    const there = [await listing(data), await beside(data)];
    const { code, fault: why } = await fleet.fault(...words, '--yes');
    assert.deepEqual([code, why.code, why.retry], [1, 'locked', true]);
    assert.match(why.message, new RegExp(`is being deleted by run ${id}\\. Nothing was done\\.$`));
    assert.deepEqual([await listing(data), await beside(data)], there);
  };
  const deletion = await desk.deletion(data, [[name, 'a']]);
  await refused(deletion.id, 'snapshot', 'restore', data, name);
  deletion.end();
  const done = await restore(data, name);
  assert.equal(await listing(data), before);
  const again = await desk.deletion(data, [[done.replacedPath?.split('/').at(-1) ?? '', 'a']]);
  await refused(again.id, 'restore', 'undo', String(done.undo));
  again.end();
  await undo(done.undo);
  assert.equal(await listing(data), after);
});

for (const [stop, end] of [
  ['btrfs after 1', 'rolled-back'],
  ['mv after 1', 'restored'],
] as const)
  test(`cut off "${stop}", it comes to its end also when its snapshot is deleted: ${end}`, async () => {
    const { data, name, before, after } = await changed(`/srv/pool/gone-${stop.replaceAll(' ', '-')}`);
    await cutOff(stop, ['snapshot', 'restore', data, name]);
    await on(`btrfs subvolume delete ${poolDirectory(data)}/${name} && btrfs filesystem sync /srv/pool`);
    const [last] = await fleet.ok<Restored[]>(['restore', 'list']);
    assert.equal(last?.outcome, end);
    assert.equal(await listing(data), end === 'restored' ? before : after);
    assert.equal(await beside(data), end === 'restored' ? `${last.replacedPath}\n` : '');
  });

test('a server that goes on without its manager and does not find the snapshot any more goes back', async () => {
  const { data, name, after } = await changed('/srv/pool/alone');
  await arm('btrfs before 1');
  const running = fleet.start(['snapshot', 'restore', data, name, '--yes', '--json']);
  await isReached(running);
  running.child.kill('SIGKILL');
  await running.ended;
  assert.deepEqual(await remove(data, name), [0, 'deleted', null, '']);
  await letOn();
  await eventually(async () => {
    const [last] = await fleet.ok<Restored[]>(['restore', 'list']);
    assert.equal(last?.outcome, 'rolled-back');
  });
  assert.equal(await listing(data), after);
  assert.equal(await beside(data), '');
  assert.equal((await namesIn(fleet, 'a', poolDirectory(data))).length, 1);
});
