/** Files are brought back where the subvolume is itself the mount, and refused by name where the tools keep too little. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { extracting } from '../fleet/extracts.ts';
import { TestFleet } from '../fleet/fleet.ts';
import { makeOdd, manifest } from '../fleet/manifest.ts';

test('a root that is subvol=@, and a home of its own', async () => {
  const fleet = await TestFleet.up('extract-roots', { servers: 1, profile: 'ubuntu' });
  const { on, extract, undo } = extracting(fleet);
  for (const [subvolume, directory] of [
    ['/', '/d'],
    ['/home', '/home/u/d'],
  ] as const) {
    await makeOdd(fleet.real, 'a', directory);
    const before = await manifest(fleet.real, 'a', directory);
    const name = await fleet.snapshot(subvolume);
    await on(`rm -rf ${directory}/plain && echo is >${directory}/big`);
    const changed = await manifest(fleet.real, 'a', directory);
    const done = await extract(subvolume, name, [directory], '--delete');
    assert.equal(await manifest(fleet.real, 'a', directory), before);
    await undo(done.undo);
    assert.equal(await manifest(fleet.real, 'a', directory), changed);
  }
});

test('busybox: refused, and said what is missing', async () => {
  const fleet = await TestFleet.up('extract-busybox', { servers: 1, profile: 'busybox' });
  const data = '/srv/pool/data';
  await fleet.lab.must('a', ['btrfs', 'subvolume', 'create', data]);
  await fleet.lab.must('a', ['sh', '-c', `echo was >${data}/f`]);
  const name = await fleet.snapshot(data);
  const { code, fault } = await fleet.fault('snapshot', 'extract', data, name, 'f', '--yes');
  assert.deepEqual([code, fault.code], [1, 'tool-missing']);
  assert.match(fault.message, /GNU find/);
  assert.match(fault.hint, /findutils/);
});
