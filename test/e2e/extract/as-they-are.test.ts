/** Files are brought back on servers as they are: mounted roots, sudo, busybox, full disks, files that are not copied on write. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { sudoersLines } from '../../../src/core/btrfs/ask/commands.ts';
import { patience } from '../../patience.ts';
import { type Extracted, extracting } from '../fleet/extracts.ts';
import { serverAdd, TestFleet } from '../fleet/fleet.ts';
import { makeOdd, manifest } from '../fleet/manifest.ts';

const fleet = await TestFleet.up('extract-real', { servers: 2, size: '2G' });
const { lab } = fleet;
const { on, extract, undo } = extracting(fleet);
const all = (path: string, without: readonly string[] = []): Promise<string> =>
  manifest(fleet.real, 'a', path, without);

test('20,000 files in a bounded time, gone or changed, and back', async () => {
  const data = await fleet.subvolume('/srv/pool/many');
  await on(`cd ${data} && python3 -c '
import os
for d in range(200):
    os.makedirs("d/%d" % d)
    for f in range(100): open("d/%d/%d" % (d, f), "w").write("%d %d" % (d, f))'`);
  const before = await all(`${data}/d`);
  const name = await fleet.snapshot(data);
  for (const change of ['rm -rf d', 'find d -type f -exec sh -c \'for f; do echo is >"$f"; done\' sh {} +']) {
    await on(`cd ${data} && ${change}`);
    const began = Date.now();
    const done = await extract(data, name, ['d'], '--delete');
    assert.ok(Date.now() - began < patience(60), `${(Date.now() - began) / 1000} s`);
    assert.equal(done.outcome, 'restored');
    assert.equal(await all(`${data}/d`), before);
    await undo(done.undo);
    await extract(data, name, ['d']);
  }
});

test('a file that is not copied on write comes by reflink, too, and stays so', async () => {
  const data = await fleet.subvolume('/srv/pool/nocow');
  await on(`cd ${data} && mkdir d && touch d/image d/other && chattr +C d/image && dd if=/dev/urandom of=d/image bs=1M count=8 status=none
    ln d/image d/link && echo was >d/other && sync`);
  const before = await all(`${data}/d`);
  const name = await fleet.snapshot(data);
  await on(`cd ${data}/d && rm image link && echo is >other`);
  await extract(data, name, ['d']);
  assert.equal(await all(`${data}/d`), before);
  assert.match(await on(`lsattr ${data}/d/image`), /^\S*C/);
});

test('a root of which nothing is copied on write any more', async () => {
  const data = await fleet.subvolume('/srv/pool/nocow-root');
  await on(
    `cd ${data} && mkdir d && echo was >d/f && dd if=/dev/urandom of=d/big bs=1M count=2 status=none && sync`,
  );
  const before = await all(`${data}/d`);
  const name = await fleet.snapshot(data);
  await on(`chattr +C ${data} && cd ${data}/d && rm big && echo is >f`);
  await extract(data, name, ['d']);
  assert.equal(await all(`${data}/d`), before);
});

test('a file with thousands of names is one file again', async () => {
  const data = await fleet.subvolume('/srv/pool/names');
  await on(`mkdir ${data}/d && cd ${data}/d && python3 -c '
import os
open("f", "w").write("was")
for n in range(3000): os.link("f", "name%d" % n)'`);
  const before = await all(`${data}/d`);
  const name = await fleet.snapshot(data);
  await on(`rm -r ${data}/d`);
  await extract(data, name, ['d']);
  assert.equal(await all(`${data}/d`), before);
});

test('a root that is compressed since, and a directory that is: neither was in the snapshot', async () => {
  const data = await fleet.subvolume('/srv/pool/compressed');
  await on(`cd ${data} && mkdir -p d/e dm && echo was >d/e/f && echo was >dm/f`);
  const before = await all(`${data}/d`);
  const there = await all(`${data}/dm`);
  const name = await fleet.snapshot(data);
  await on(
    `cd ${data} && rm -r d && btrfs property set dm compression zstd && btrfs property set . compression zstd`,
  );
  await extract(data, name, ['d', 'dm'], '--delete');
  assert.equal(await all(`${data}/d`), before);
  assert.equal(await all(`${data}/dm`), there);
});

test('where nothing is shared between two mounts it is copied, if there is room', async () => {
  const data = await fleet.subvolume('/srv/pool/two-mounts', 4);
  await on(`cd ${data} && mkdir d && echo was >d/f && ln d/f d/g`);
  const before = await all(`${data}/d`);
  const name = await fleet.snapshot(data);
  await on(`cd ${data} && rm d/f && echo is >d/g && echo is >data.bin`);
  // As cp has it on Linux before 5.18.
  const cp = (await on('command -v cp')).trim();
  const text = `#!/bin/sh
case " $* " in *" --reflink=always "*)
  for last; do :; done
  echo "cp: failed to clone './x' from '$last': Invalid cross-device link" >&2
  exit 1
esac
exec /tmp/cp.real "$@"
`;
  await on(`cp -L ${cp} /tmp/cp.real`);
  await lab.must('a', ['sh', '-ec', 'printf %s "$1" >/tmp/cp.trap && chmod 755 /tmp/cp.trap', 'sh', text]);
  await on(`mount --bind /tmp/cp.trap ${cp}`);
  try {
    await extract(data, name, ['d', 'data.bin']);
  } finally {
    await on(`umount ${cp}`);
  }
  assert.equal(await all(`${data}/d`), before);
  await on(`test $(stat -c %s ${data}/data.bin) = $((4 << 20))`);
});

test('a root that hands its group and an access list on to what is made in it', async () => {
  const data = await fleet.subvolume('/srv/pool/handing');
  await makeOdd(fleet.real, 'a', `${data}/d`);
  const before = await all(`${data}/d`);
  const name = await fleet.snapshot(data);
  await fleet.replicateOne('auto', data, '--to', 'b');
  await on(`chgrp 4242 ${data} && chmod 2775 ${data} && rm -rf ${data}/d && python3 -c '
import os, struct
entries = [(1, 7, 0xffffffff), (2, 7, 777), (4, 7, 0xffffffff), (16, 7, 0xffffffff), (32, 5, 0xffffffff)]
acl = struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *one) for one in entries)
os.setxattr("${data}", "system.posix_acl_default", acl)'`);
  for (const from of ['a', 'b']) {
    const done = await extract(data, name, ['d'], '--from', from);
    assert.equal(await all(`${data}/d`), before, `from ${from}`);
    await undo(done.undo);
    await on(`test ! -e ${data}/d`);
  }
});

test('a disk that fills up while it comes: nothing was changed, nothing is left', async () => {
  await lab.addFilesystem('a', '/mnt/small', '400M');
  const data = await fleet.subvolume('/mnt/small/data', 40);
  const name = await fleet.snapshot(data);
  await fleet.replicateOne('auto', data, '--to', 'b');
  await on(`echo is >${data}/data.bin && echo own >${data}/own`);
  const there = await all(data);
  // What comes is let in when the disk is full.
  const tar = (await on('command -v tar')).trim();
  const text = `#!/bin/sh
case " $* " in *" -x "*) dd if=/dev/zero of=/mnt/small/filler bs=64k status=none 2>/dev/null ;; esac
exec /tmp/tar.real "$@"
`;
  await on(`cp -L ${tar} /tmp/tar.real`);
  await lab.must('a', ['sh', '-ec', 'printf %s "$1" >/tmp/tar.trap && chmod 755 /tmp/tar.trap', 'sh', text]);
  await on(`mount --bind /tmp/tar.trap ${tar}`);
  const { code, fault } = await fleet.fault(
    'snapshot',
    'extract',
    data,
    name,
    'data.bin',
    '--from',
    'b',
    '--yes',
  );
  await on(`umount ${tar} && rm /mnt/small/filler && sync`);
  assert.deepEqual([code, fault.code], [1, 'no-space']);
  assert.equal(await all(data), there);
  assert.equal((await fleet.ok<{ state: string }[]>(['snapshot', 'list', data])).length, 1);

  await extract(data, name, ['data.bin'], '--from', 'b');
  await on(`test $(stat -c %s ${data}/data.bin) = $((40 << 20))`);
});

test('a filesystem that is read-only is said before anything is done', async () => {
  await lab.addFilesystem('a', '/mnt/ro', '300M');
  const data = await fleet.subvolume('/mnt/ro/data');
  const name = await fleet.snapshot(data);
  await on('mount -o remount,ro /mnt/ro');
  const { code, fault } = await fleet.fault('snapshot', 'extract', data, name, 'data.bin', '--yes');
  assert.deepEqual([code, fault.code], [1, 'read-only-filesystem']);
  const done = await extract(data, name, ['data.bin'], '--from', 'a', '--to', '/srv/pool/many');
  assert.equal(done.outcome, 'restored');
  await on('mount -o remount,rw /mnt/ro');
});

test('subvolumes inside, and what is mounted there, stay as they are', async () => {
  const data = await fleet.subvolume('/srv/pool/outer');
  await on(
    `cd ${data} && mkdir -p d/mounted && echo was >d/f && btrfs subvolume create d/inner && echo inner >d/inner/i`,
  );
  const name = await fleet.snapshot(data);
  await on(`cd ${data}/d && mkdir -p new/deep && btrfs subvolume create new/deep/sub && echo sub >new/deep/sub/s && echo x >new/x
    mount -t tmpfs none mounted && echo tmp >mounted/t && echo is >f`);
  const done = await fleet.json<Extracted>(['snapshot', 'extract', data, name, 'd', '--delete', '--yes']);
  assert.deepEqual([done.code, done.value.outcome], [1, 'partly']);
  assert.deepEqual(
    done.value.missed.map(({ path }) => path),
    [`${data}/d/new/deep/sub`],
  );
  assert.equal(
    await on(`cd ${data}/d && cat f inner/i mounted/t new/deep/sub/s; ls new; umount mounted`),
    'was\ninner\ntmp\nsub\ndeep\n',
  );
});

test('the minimal rights of sudo: refused with the lines that allow it, and done with these', async () => {
  lab.setSudoers('a', `${sudoersLines('fleet').join('\n')}\n`);
  await fleet.ok(serverAdd('s', lab.server('a'), ['--user', 'fleet', '--key', lab.keyFile, '--trust-first']));
  await fleet.ok(['server', 'promote', 's']);
  const data = '/srv/pool/sudo';
  await on(`btrfs subvolume create ${data} && echo one >${data}/file && chmod 600 ${data}/file`);
  const name = await fleet.snapshot(data);
  await on(`echo two >${data}/file`);
  const { code, fault } = await fleet.fault('snapshot', 'extract', data, name, 'file', '--yes');
  assert.deepEqual([code, fault.code], [1, 'sudo-missing']);
  const lines = `${fault.hint.slice(fault.hint.indexOf('Cmnd_Alias'))}\n`;
  const checked = spawnSync('visudo', ['-cf', '-'], { input: lines, encoding: 'utf8' });
  assert.equal(checked.status, 0, checked.stderr);
  lab.setSudoers('a', lines);
  const done = await extract(data, name, ['file']);
  assert.equal(await on(`cat ${data}/file; stat -c '%a %u' ${data}/file`), 'one\n600 0\n');
  await undo(done.undo);
  assert.equal(await on(`cat ${data}/file`), 'two\n');
});
