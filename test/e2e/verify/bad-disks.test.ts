/** A disk that damages what is on it is told from one that is not there any more. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { TestFleet } from '../fleet/fleet.ts';
import { Verifier } from '../fleet/verified.ts';

const fleet = await TestFleet.up('verify-disks', { servers: 2 });
const { lab } = fleet;
const verifier = new Verifier(fleet);
const on = (server: string, script: string): Promise<string> => lab.must(server, ['bash', '-ec', script]);

const replicaPath = (mount: string, path: string, name: string): string =>
  `${mount}/.snapshots/${path.replace('/srv/pool/', '')}/${name}`;

/** What was read is in memory, and would be there without the disk. */
const FORGET = 'sync && find "$1" -type f -exec dd if={} iflag=nocache count=0 status=none \\;';
const forget = (path: string): Promise<string> => lab.must('b', ['bash', '-ec', FORGET, 'bash', path]);

test('what a disk does not give any more is a difference, and says so', async () => {
  const data = '/srv/pool/damaged';
  await fleet.subvolume(data);
  await on(
    'a',
    `cd ${data} && for i in $(seq 300); do echo "a marker that is nowhere else, line $i"; done >good && cp good bad && echo unique-damage >>bad`,
  );
  const name = await fleet.snapshot(data);
  await fleet.replicate('auto', data, '--to', 'b');
  const path = replicaPath('/srv/pool', data, name);
  await on(
    'b',
    `sync && D=$(findmnt -no SOURCE --target ${path} | sed 's/\\[.*//') && AT=$(grep -abo unique-damage $D | head -1 | cut -d: -f1)
    printf X | dd of=$D bs=1 seek=$AT conv=notrunc status=none && sync && dd if=${path}/bad iflag=nocache count=0 status=none`,
  );
  const found = await verifier.verifyOne(data, '--to', 'b', '--level', 'content');
  assert.deepEqual(found.differences, [{ path: 'bad', what: ['unreadable'] }]);
  assert.deepEqual([found.status, found.barred, found.fault], ['different', true, null]);
});

test('a disk that is pulled out while it is read damages nothing: it could not be checked', async () => {
  const data = await fleet.subvolume('/srv/pool/pulled');
  await on('a', `cd ${data} && for i in $(seq 20); do head -c 200000 /dev/urandom >$i; done`);
  const name = await fleet.snapshot(data);
  const USB = '/mnt/usb';
  await lab.addFilesystem('b', USB, '200M');
  await fleet.replicate('auto', data, '--to', `b:${USB}`);
  const level = ['--to', `b:${USB}`, '--level', 'content'];
  assert.equal((await verifier.verifyOne(data, ...level)).status, 'same');
  await forget(replicaPath(USB, data, name));
  const image = (
    await on('b', `losetup -nO BACK-FILE $(findmnt -no SOURCE ${USB} | sed 's/\\[.*//')`)
  ).trim();
  // What is read once is in memory: the metadata are there as before, the files are not.
  execFileSync('cp', ['--sparse=always', image, `${image}.kept`]);
  execFileSync('truncate', ['-s', '1M', image]);
  const found = await verifier.verifyOne(data, ...level);
  assert.deepEqual(
    [found.differences, found.barred, found.level === 'content', found.fault !== null],
    [[], false, false, true],
    JSON.stringify(found),
  );
  assert.notEqual(found.status, 'different');
  await lab.umount('b', USB);
  execFileSync('mv', [`${image}.kept`, image]);
  await lab.plugIn('b', USB);
  assert.equal((await verifier.verifyOne(data, ...level)).status, 'same');
  await fleet.snapshot(data);
  assert.equal((await fleet.replicateOne('auto', data, '--to', `b:${USB}`)).mode, 'incremental');
});
