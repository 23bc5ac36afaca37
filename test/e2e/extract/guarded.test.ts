/** What is not of the subvolume, or is not meant, stays: what is mounted in it, subvolumes that were in it, a name that is empty. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Extracted, extracting } from '../fleet/extracts.ts';
import { TestFleet } from '../fleet/fleet.ts';
import { manifest } from '../fleet/manifest.ts';

const fleet = await TestFleet.up('extract-guarded', { servers: 1 });
const { on, extract } = extracting(fleet);
const all = (path: string): Promise<string> => manifest(fleet.real, 'a', path);

test('what is mounted inside from the same subvolume is neither emptied nor moved', async () => {
  const data = await fleet.subvolume('/srv/pool/bound');
  await on(`cd ${data} && mkdir -p home d/exp && echo was >d/f`);
  const name = await fleet.snapshot(data);
  await on(`cd ${data} && echo precious >home/precious && mkdir -p d/jail/in && echo is >d/f
    mount --bind home d/exp && mount --bind home d/jail/in`);
  try {
    const done = await fleet.json<Extracted>(['snapshot', 'extract', data, name, 'd', '--delete', '--yes']);
    assert.equal(
      await on(`cd ${data} && cat d/f home/precious d/exp/precious d/jail/in/precious`),
      'was\nprecious\nprecious\nprecious\n',
    );
    assert.deepEqual([done.code, done.value.outcome], [1, 'partly']);
    assert.deepEqual(
      done.value.missed.map(({ path }) => path),
      [`${data}/d/jail/in`],
    );
  } finally {
    await on(`umount ${data}/d/exp ${data}/d/jail/in || :`);
  }
  assert.equal(await on(`cat ${data}/home/precious; ls ${data}/d/exp`), 'precious\n');
});

test('a subvolume that was inside does not come back as an empty directory, and nothing is removed for it', async () => {
  const data = await fleet.subvolume('/srv/pool/lost');
  await on(
    `cd ${data} && mkdir -p d x && echo was >d/f && btrfs subvolume create d/inner && echo i >d/inner/i`,
  );
  const name = await fleet.snapshot(data);
  await on(`cd ${data} && btrfs subvolume delete d/inner && echo is >d/f`);
  const args = ['snapshot', 'extract', data, name, 'd', '--delete', '--yes'];
  const done = await fleet.json<Extracted>(args);
  assert.deepEqual([done.code, done.value.outcome], [1, 'partly']);
  assert.equal(await on(`cd ${data} && ls d && cat d/f`), 'f\nwas\n');
  assert.match(done.value.missed[0]?.why ?? '', /subvolume of its own/);
  await on(`cd ${data} && mkdir d/inner && echo mine >d/inner/mine`);
  await fleet.json<Extracted>(args);
  assert.equal(await on(`cat ${data}/d/inner/mine`), 'mine\n');
  const { code, fault } = await fleet.fault('snapshot', 'extract', data, name, 'd/inner', '--yes');
  assert.deepEqual([code, fault.code], [3, 'nested-subvolumes']);
});

test('an empty path is not all of the subvolume', async () => {
  const data = await fleet.subvolume('/srv/pool/empty');
  const name = await fleet.snapshot(data);
  await on(`echo new >${data}/new`);
  const before = await all(data);
  const { code, fault } = await fleet.fault('snapshot', 'extract', data, name, '', '--delete', '--yes');
  assert.deepEqual([code, fault.code], [2, 'usage']);
  assert.equal(await all(data), before);
});

test('nobody else can hold it up by a lock on the directory', async () => {
  const data = await fleet.subvolume('/srv/pool/held');
  const name = await fleet.snapshot(data);
  const pid = await on(
    `runuser -u nobody -- flock ${data} sleep 300 >/dev/null 2>&1 </dev/null & echo $!; until ! flock -n ${data} true; do :; done`,
  );
  try {
    await on(`echo is >${data}/data.bin`);
    assert.equal((await extract(data, name, ['data.bin'])).outcome, 'restored');
  } finally {
    await on(`pkill -P ${pid.trim()}; kill ${pid.trim()} || :`);
  }
});
