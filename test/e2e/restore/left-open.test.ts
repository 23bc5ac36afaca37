/** A restore that was cut off, and whose filesystem is gone: it is told everywhere, and ended by hand or by the disk. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TestFleet } from '../fleet/fleet.ts';
import { restoring } from '../fleet/restores.ts';
import { trapping } from '../fleet/traps.ts';

const fleet = await TestFleet.up('restore-open', { servers: 1 });
const { on } = restoring(fleet);
const { cutOff } = await trapping(fleet);

interface Reasons {
  readonly reasons: readonly { readonly code?: string; readonly message: string; readonly hint: string }[];
}

const told = async (...args: readonly string[]): Promise<Reasons['reasons']> =>
  (await fleet.json<Reasons>([...args])).value.reasons.filter(({ message }) => /^Restore \d+/.test(message));

async function cutOffOn(mount: string): Promise<{ data: string; name: string }> {
  await fleet.lab.addFilesystem('a', mount, '256M');
  const data = await fleet.subvolume(`${mount}/data`);
  const name = await fleet.snapshot(data);
  await on(`echo changed >${data}/changed`);
  await cutOff('mv after 1', ['snapshot', 'restore', data, name]);
  return { data, name };
}

test('health and the Dashboard tell it, and when it is brought to its end they do not', async () => {
  const { data } = await cutOffOn('/mnt/one');
  const [first] = await told('health', data);
  assert.match(first?.message ?? '', new RegExp(`^Restore \\d+ of ${data} on a was cut off`));
  assert.match(first?.hint ?? '', /btrfleet restore list/);
  assert.equal((await told('dashboard')).length, 1);
  await fleet.ok(['restore', 'list']);
  assert.deepEqual([await told('health', data), await told('dashboard')], [[], []]);
});

test('its disk is gone: it is forgotten by hand, and nothing on the disk was touched', async () => {
  const { data } = await cutOffOn('/mnt/two');
  await fleet.lab.umount('a', '/mnt/two');
  await fleet.json(['restore', 'list']);
  const [open] = await told('dashboard');
  const run = /^Restore (\d+) .*Tried once: /.exec(open?.message ?? '')?.[1] ?? '';
  const refused = await fleet.fault('restore', 'forget', run);
  assert.deepEqual([refused.code, refused.fault.code], [3, 'refused']);
  assert.equal((await told('dashboard')).length, 1);
  const { outcome, fault } = await fleet.ok<{ outcome: string; fault: { hint: string } }>([
    ...['restore', 'forget', run, '--yes'],
  ]);
  assert.equal(outcome, 'unknown');
  assert.match(fault.hint, /data, data\.restoring-\S+, data\.replaced-/);
  assert.deepEqual(await told('dashboard'), []);
  assert.equal((await fleet.fault('restore', 'forget', run, '--yes')).fault.code, 'refused');
  await fleet.lab.plugIn('a', '/mnt/two');
  await fleet.json(['restore', 'list']);
  const there = (await on('ls /mnt/two')).split('\n').filter((one) => one !== '');
  assert.deepEqual(
    there.map((one) => one.replace(/-2.*/, '')),
    ['data.replaced', 'data.restoring'],
  );
  assert.equal(await on(`cat ${data}.replaced-*/changed`), 'changed\n');
});

test('its disk came back before somebody forgot it: it is brought to its end instead', async () => {
  const { data } = await cutOffOn('/mnt/three');
  const [open] = await told('dashboard');
  const run = /^Restore (\d+) /.exec(open?.message ?? '')?.[1] ?? '';
  const { outcome } = await fleet.ok<{ outcome: string }>(['restore', 'forget', run]);
  assert.equal(outcome, 'restored');
  assert.deepEqual(await told('dashboard'), []);
  assert.equal(await on(`test ! -e ${data}/changed && echo gone`), 'gone\n');
});
