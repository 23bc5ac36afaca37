/** A replica comes back also from another disk of the primary itself, and where `.snapshots` is a mount of its own. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ShownRestore } from '../../../src/core/model/runs/restore.ts';
import { TestFleet } from '../fleet/fleet.ts';
import { restoring } from '../fleet/restores.ts';

const fleet = await TestFleet.up('restore-ways', { servers: 2 });
const { lab } = fleet;
const { on, restore } = restoring(fleet);
const print = (server: string, path: string): Promise<string> => fleet.fingerprint(server, path);

test('from another disk of the primary, by its path', async () => {
  await lab.addFilesystem('a', '/mnt/usb', '300M');
  const data = await fleet.subvolume('/srv/pool/disk');
  const name = await fleet.snapshot(data);
  const sent = await fleet.replicateOne('auto', data, '--to', 'a:/mnt/usb');
  assert.equal(sent.status, 'ok');
  const [replica = ''] = (await on('ls -d /mnt/usb/.snapshots/*/2*')).trim().split('\n');
  await on(`btrfs subvolume delete ${data} /srv/pool/.snapshots/disk/${name}`);
  const wanted = ['snapshot', 'restore', data, replica, '--from', 'a', '--dry-run'];
  const shown = await fleet.ok<ShownRestore>(wanted);
  assert.deepEqual([shown.back?.server, shown.back?.path], ['a', replica]);
  const done = await restore(data, replica, '--from', 'a');
  assert.equal(done.outcome, 'restored');
  assert.equal(await print('a', data), await print('a', replica));
  const { fault } = await fleet.fault('snapshot', 'restore', data, '/mnt/usb/none', '--from', 'a', '--yes');
  assert.equal(fault.code, 'no-such-snapshot');
});

test('where .snapshots is a mount of its own', async () => {
  await lab.addFilesystem('a', '/mnt/top', '300M');
  await on('btrfs subvolume create /mnt/top/@ && btrfs subvolume create /mnt/top/@snapshots');
  await lab.mountSubvolume('a', '/mnt/top', '@', '/mnt/sys');
  await on('mkdir /mnt/sys/.snapshots');
  await lab.mountSubvolume('a', '/mnt/top', '@snapshots', '/mnt/sys/.snapshots');
  const data = await fleet.subvolume('/mnt/sys/data');
  const made = '2026-11-20T08:00:00.000Z';
  // An older version put them there, so new ones stay with them.
  await on(
    `mkdir /mnt/sys/.snapshots/data && btrfs subvolume snapshot -r ${data} /mnt/sys/.snapshots/data/${made}`,
  );
  const name = await fleet.snapshot(data);
  const list = await fleet.ok<{ name: string; path: string }[]>(['snapshot', 'list', data]);
  const path = list.find((one) => one.name === name)?.path ?? '';
  const sent = await fleet.replicateOne('auto', data, '--to', 'b');
  assert.equal(sent.status, 'ok');
  const before = await print('a', path);
  await on(`btrfs subvolume delete ${path} && echo lost >${data}/f`);
  const done = await restore(data, name, '--from', 'b');
  assert.equal(done.outcome, 'restored', JSON.stringify(done));
  assert.equal(await print('a', data), before);
  assert.equal(await print('a', path), before);
});
