/** What is mounted when somebody walks in is no disk that is away; what does not answer is named. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { patience } from '../../patience.ts';
import { TestFleet } from '../fleet/fleet.ts';

const fleet = await TestFleet.up('automounts', { servers: 1, profile: 'autofs' });
const { lab } = fleet;

const idle = (): Promise<string> => lab.must('a', ['umount', '/mnt/usb']);

test('an idle disk is walked into, and one that does not answer is named in bounded time', async () => {
  const data = await fleet.subvolume('/mnt/usb/data');
  await idle();
  const began = Date.now();
  const { code, value, stderr } = await fleet.json<{ path: string }[]>(['subvolume', 'list']);
  assert.ok(
    value.some(({ path }) => path === data),
    JSON.stringify(value),
  );
  assert.equal(code, 1);
  assert.match(stderr, /automount .*dead.* on a did not answer within 5 s/);
  assert.ok(Date.now() - began < patience(60));
  await idle();
  const name = await fleet.snapshot(data);
  await idle();
  const rows = await fleet.ok<{ name: string }[]>(['snapshot', 'list', data]);
  assert.deepEqual(
    rows.map((row) => row.name),
    [name],
  );
});

test('a target below one that does not answer is told as that', async () => {
  const path = await fleet.subvolume('/srv/pool/data');
  await fleet.snapshot(path);
  const { fault } = await fleet.replicateOne('auto', path, '--to', 'a:/mnt/dead');
  assert.equal(fault?.code, 'not-mounted');
  assert.match(fault?.message ?? '', /automount/);
  const idleToo = await fleet.replicateOne('auto', path, '--to', 'a:/mnt/usb');
  assert.equal(idleToo.status, 'ok', JSON.stringify(idleToo.fault));
});
