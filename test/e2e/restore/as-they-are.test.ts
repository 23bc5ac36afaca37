/** Restores on servers as they are: mounted subvolumes, default ones, sudo, names of all kinds, disks that refuse. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { sudoersLines } from '../../../src/core/btrfs/ask/commands.ts';
import { eventually, serverAdd, TestFleet } from '../fleet/fleet.ts';
import { type Restored, restoring } from '../fleet/restores.ts';

const fleet = await TestFleet.up('restore-real', { servers: 1 });
const { lab } = fleet;
const { on, restore, undo } = restoring(fleet);

test('subvol=@home where no mount shows the top level: put in place, and said how to mount it', async () => {
  await lab.addFilesystem('a', '/mnt/top', '300M');
  await on('btrfs subvolume create /mnt/top/@home');
  await lab.mountSubvolume('a', '/mnt/top', '@home', '/mnt/home');
  await lab.umount('a', '/mnt/top');
  await on('echo one >/mnt/home/file');
  const name = await fleet.snapshot('/mnt/home');
  await on('echo two >/mnt/home/file');
  const done = await restore('/mnt/home', name);
  assert.equal(done.outcome, 'restored');
  assert.ok(done.steps.some(({ command }) => command === 'umount /mnt/home && mount /mnt/home'));
  assert.equal(await on('cat /mnt/home/file'), 'two\n', 'what is mounted goes on as it was');
  const again = await fleet.fault('snapshot', 'restore', '/mnt/home', name, '--yes');
  assert.deepEqual([again.code, again.fault.code], [3, 'refused']);
  assert.match(again.fault.message, /put aside/);
  assert.equal(await on('ls -d /run/btrfleet-* 2>/dev/null || true'), '');

  await lab.mountSubvolume('a', '/mnt/home', '/', '/mnt/top');
  await on('umount /mnt/home');
  await lab.mountSubvolume('a', '/mnt/top', '@home', '/mnt/home');
  await lab.umount('a', '/mnt/top');
  assert.equal(await on('cat /mnt/home/file'), 'one\n');
  const two = await fleet.snapshot('/mnt/home');
  const rows = await fleet.ok<{ name: string }[]>(['snapshot', 'list', '/mnt/home']);
  assert.ok(rows.some((row) => row.name === two));
});

test('what /etc/fstab mounts by its number is said first', async () => {
  await lab.addFilesystem('a', '/mnt/numbered', '300M');
  await on('btrfs subvolume create /mnt/numbered/data && mkdir -p /tmp/fstab');
  const id = (await on('btrfs inspect-internal rootid /mnt/numbered/data')).trim();
  await on(`cp /etc/fstab /tmp/fstab/fstab 2>/dev/null || : >/tmp/fstab/fstab
    printf '%s\\n' 'UUID=x /mnt/by\\040number btrfs rw,subvolid=${id},subvol=/data 0 0' >>/tmp/fstab/fstab
    test -e /etc/fstab || : >/etc/fstab
    mount --bind /tmp/fstab/fstab /etc/fstab`);
  const name = await fleet.snapshot('/mnt/numbered/data');
  const { steps } = await fleet.ok<Restored>([
    'snapshot',
    'restore',
    '/mnt/numbered/data',
    name,
    '--dry-run',
  ]);
  assert.match(steps[0]?.what ?? '', new RegExp(`fstab mounts /mnt/by number by subvolid=${id}`));
  await on('umount /etc/fstab');
});

test('where it is the default subvolume, the restored one is it then, and after an undo the old one', async () => {
  await lab.addFilesystem('a', '/mnt/def', '300M');
  await on(`btrfs subvolume create /mnt/def/root && echo one >/mnt/def/root/file
    btrfs subvolume set-default /mnt/def/root`);
  const isDefault = async (): Promise<boolean> => {
    const id = (await on('btrfs subvolume get-default /mnt/def')).split(' ')[1];
    return (await on('btrfs inspect-internal rootid /mnt/def/root')).trim() === id;
  };
  assert.ok(await isDefault());
  const name = await fleet.snapshot('/mnt/def/root');
  const done = await restore('/mnt/def/root', name);
  assert.ok(await isDefault());
  await undo(done.undo);
  assert.ok(await isDefault());
});

test('it is a mount point as well: its place is taken where nobody else sees it', async () => {
  const data = await fleet.subvolume('/srv/pool/both');
  await lab.mountSubvolume('a', '/srv/pool', 'both', '/srv/pool/both');
  // The place of its snapshots is in it, and in them.
  const before = await on(`cd ${data} && sha256sum *`);
  const name = await fleet.snapshot(data);
  await on(`echo changed >${data}/changed`);
  const done = await restore(data, name);
  assert.equal(done.outcome, 'restored');
  assert.equal(await on(`cd ${data} && sha256sum *`), before);
  const [step] = done.steps;
  assert.equal(step?.command, `umount ${done.replacedPath} && mount ${data}`);
  await on(`umount ${done.replacedPath} && test -e ${done.replacedPath}/changed`);
});

for (const odd of [`it's "odd" $(id) \\ ünï`, '-rf', '*', 'a  b']) {
  test(`a name like ${JSON.stringify(odd)}`, async () => {
    const path = `/srv/pool/${odd}`;
    await lab.must('a', ['btrfs', 'subvolume', 'create', '--', path]);
    await lab.must('a', ['sh', '-c', 'echo one >"$1/file"', 'sh', path]);
    const name = await fleet.snapshot(path);
    await lab.must('a', ['sh', '-c', 'echo two >"$1/file"', 'sh', path]);
    const done = await restore(path, name);
    assert.equal(await lab.must('a', ['cat', '--', `${path}/file`]), 'one\n');
    await undo(done.undo);
    assert.equal(await lab.must('a', ['cat', '--', `${path}/file`]), 'two\n');
  });
}

test('who uses it, and what is mounted inside, is said before', async () => {
  const data = await fleet.subvolume('/srv/pool/used');
  const name = await fleet.snapshot(data);
  await on(`mkdir ${data}/inside && mount -t tmpfs none ${data}/inside`);
  const holding = lab.exec('a', ['sh', '-c', 'cd /srv/pool/used && exec sleep 60']);
  const dryRun = () =>
    fleet.ok<{ openBy: { name: string }[]; openByAll: boolean; mountedInside: string[] }>([
      ...['snapshot', 'restore', data, name, '--dry-run'],
    ]);
  const plan = await eventually(async () => {
    const shown = await dryRun();
    assert.ok(
      shown.openBy.some((one) => one.name === 'sleep'),
      JSON.stringify(shown),
    );
    return shown;
  });
  assert.deepEqual([plan.openByAll, plan.mountedInside], [true, [`${data}/inside`]]);
  await on('pkill -f "sleep 60"').catch(() => '');
  await holding;
  const inner = await fleet.subvolume(`${data}/inner`);
  const done = await restore(data, name, '--nested', 'move');
  assert.deepEqual(
    [done.moved, done.left.map(({ path, why }) => `${path}: ${why}`)],
    [[], ['inner: something is mounted inside']],
  );
  await on(
    `umount ${done.replacedPath}/inside && test -e ${done.replacedPath}/inner/data.bin && test ! -e ${inner}/data.bin`,
  );
});

test('what was put aside is listed, no clean-up takes it, and somebody can delete it', async () => {
  const data = await fleet.subvolume('/srv/pool/kept');
  const name = await fleet.snapshot(data);
  const { replacedPath } = await restore(data, name);
  assert.ok(replacedPath);
  const aside = replacedPath.slice('/srv/pool/'.length);
  const rows = await fleet.ok<{ name: string; state: string }[]>(['snapshot', 'list', data]);
  assert.deepEqual(
    rows.map((row) => `${row.name} ${row.state}`),
    [`${name} complete`, `${aside} replaced`],
  );
  await fleet.snapshot(data);
  await fleet.ok(['snapshot', 'cleanup', data, '--last', '1', '--yes']);
  await on(`test -d ${replacedPath}`);
  await fleet.ok(['snapshot', 'delete', data, aside, '--yes']);
  await on(`test ! -e ${replacedPath}`);
  const [last] = await fleet.ok<{ run: number }[]>(['restore', 'list']);
  const gone = await fleet.fault('restore', 'undo', String(last?.run), '--yes');
  assert.deepEqual([gone.code, gone.fault.code], [3, 'refused']);
});

test('a filesystem that is read-only: all is as it was', async () => {
  await lab.addFilesystem('a', '/mnt/ro', '300M');
  await on('btrfs subvolume create /mnt/ro/data && echo one >/mnt/ro/data/file');
  const name = await fleet.snapshot('/mnt/ro/data');
  await on('mount -o remount,ro /mnt/ro');
  const { code, fault } = await fleet.fault('snapshot', 'restore', '/mnt/ro/data', name, '--yes');
  assert.deepEqual([code, fault.code], [1, 'read-only-filesystem']);
  await on('mount -o remount,rw /mnt/ro');
  assert.equal(await on('ls /mnt/ro | tr "\\n" " "'), 'data ');
});

test('the minimal rights of sudo: refused with the lines that allow it, and done with these', async () => {
  lab.setSudoers('a', `${sudoersLines('fleet').join('\n')}\n`);
  await fleet.ok(serverAdd('s', lab.server('a'), ['--user', 'fleet', '--key', lab.keyFile, '--trust-first']));
  await fleet.ok(['server', 'promote', 's']);
  const data = '/srv/pool/sudo';
  await on(`btrfs subvolume create ${data} && echo one >${data}/file`);
  const name = await fleet.snapshot(data);
  await on(`echo two >${data}/file`);
  const { code, value } = await fleet.json<Restored>(['snapshot', 'restore', data, name, '--yes']);
  assert.deepEqual([code, value.outcome, value.fault?.code], [1, 'rolled-back', 'sudo-missing']);
  const hint = value.fault?.hint ?? '';
  const lines = `${hint.slice(hint.indexOf('Cmnd_Alias'))}\n`;
  const checked = spawnSync('visudo', ['-cf', '-'], { input: lines, encoding: 'utf8' });
  assert.equal(checked.status, 0, checked.stderr);
  assert.equal(await on(`cat ${data}/file; ls -d ${data}*`), `two\n${data}\n`);
  lab.setSudoers('a', lines);
  const done = await restore(data, name);
  assert.equal(await on(`cat ${data}/file`), 'one\n');
  await undo(done.undo);
  assert.equal(await on(`cat ${data}/file`), 'two\n');
});
