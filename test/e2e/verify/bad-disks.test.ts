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

/** Overwrites the only place on the disk of a server where that text is; what is in its memory stays as it is. */
const DAMAGE = `sync && D=$(findmnt -no SOURCE --target "$1" | sed 's/\\[.*//') && AT=$(grep -abo "$2" $D | head -1 | cut -d: -f1)
  printf X | dd of=$D bs=1 seek=$AT conv=notrunc status=none && sync`;
const damage = (server: string, path: string, text: string): Promise<string> =>
  lab.must(server, ['bash', '-ec', DAMAGE, 'bash', path, text]);

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
  // It was just received, so all of it is in memory.
  await damage('b', path, 'unique-damage');
  const found = await verifier.verifyOne(data, '--to', 'b', '--level', 'content');
  assert.deepEqual(found.differences, [{ path: 'bad', what: ['unreadable'] }]);
  assert.deepEqual([found.status, found.barred, found.fault], ['different', true, null]);
});

test('what the source cannot read is named, and hides nothing that differs elsewhere', async () => {
  const data = '/srv/pool/both';
  await fleet.subvolume(data);
  const lines = 'for i in $(seq 300); do echo "file $f line $i"; done; echo "mark-of-$f"';
  await on('a', `cd ${data} && mkdir d && for f in 1 2 3 4; do { ${lines}; } >d/$f; done`);
  const name = await fleet.snapshot(data);
  await fleet.replicate('auto', data, '--to', 'b');
  await damage('a', data, 'mark-of-1');
  // The source is read from wherever it is: what is asked about is the replica.
  const own = replicaPath('/srv/pool', data, name);
  await on('a', `dd if=${own}/d/1 iflag=nocache count=0 status=none`);
  await verifier.spoil(
    'b',
    own,
    'T=$(stat -c %y d/3) && printf FILE | dd of=d/3 conv=notrunc status=none && touch -d "$T" d/3',
  );
  const found = await verifier.verifyOne(data, '--to', 'b', '--level', 'content');
  assert.deepEqual([found.status, found.differences], ['different', [{ path: 'd/3', what: ['content'] }]]);
  assert.deepEqual([found.compared.files, found.compared.filesOf], [4, 5]);
  assert.match(
    found.fault?.message ?? '',
    /the source, cannot be read, or not twice alike, and so not compared: d\/1\./,
  );
});

test('a disk that is pulled out while it is read damages nothing: it could not be checked', async () => {
  const data = await fleet.subvolume('/srv/pool/pulled');
  await on('a', `cd ${data} && for i in $(seq 20); do head -c 200000 /dev/urandom >$i; done`);
  await fleet.snapshot(data);
  const USB = '/mnt/usb';
  await lab.addFilesystem('b', USB, '200M');
  await fleet.replicate('auto', data, '--to', `b:${USB}`);
  const level = ['--to', `b:${USB}`, '--level', 'content'];
  assert.equal((await verifier.verifyOne(data, ...level)).status, 'same');
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
