/** Beside btrbk and snapper: what they made is counted, shown apart, used as a base, and promised to nobody. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HealthRow } from '../../../src/cli/status/rows.ts';
import type { Dashboard } from '../../../src/core/model/status/dashboard.ts';
import { TestFleet } from '../fleet/fleet.ts';
import { btrbkHistory } from '../fleet/foreign-history.ts';

const fleet = await TestFleet.up('neighbours', { servers: 2, profile: { a: 'snapper' } });
const { lab } = fleet;

interface Row {
  readonly name: string;
  readonly path: string;
  readonly state: string;
  readonly createdAt: string;
}

const list = (path: string, ...more: readonly string[]): Promise<Row[]> =>
  fleet.ok<Row[]>(['snapshot', 'list', path, ...more]);

test('a history of btrbk: counted, healthy, listed on both sides, and what btrfleet sends builds on it', async () => {
  const path = await fleet.subvolume('/srv/pool/work');
  const made = await btrbkHistory(lab, path, 3);
  const health = await fleet.ok<HealthRow>(['health', path]);
  const newest = (await list(path)).at(-1)?.createdAt ?? '';
  assert.deepEqual(
    [health.overall, health.primary.status, health.primary.snapshots, health.primary.foreignSnapshots],
    ['ok', 'complete', 0, 3],
  );
  const [replica] = health.replicas;
  assert.deepEqual(
    [replica?.server, replica?.status, replica?.foreignSnapshots, replica?.restorePoint],
    ['b', 'complete', 3, newest],
  );
  assert.match(
    health.reasons[0]?.message ?? '',
    /3 snapshots made by others, 3 of them on b; usable as bases/,
  );
  const all = await fleet.ok<{ overall: string; subvolumes: readonly HealthRow[] }>(['health']);
  assert.deepEqual(
    all.subvolumes.map(({ subvolume, overall }) => [subvolume, overall]),
    [[path, 'ok']],
  );
  const { value: board } = await fleet.json<Dashboard>(['dashboard']);
  assert.equal(board.subvolumes.find(({ subvolume }) => subvolume === path)?.overall, 'ok');
  const subvolumes = await fleet.ok<{ path: string; foreignSnapshots: number }[]>(['subvolume', 'list']);
  assert.equal(subvolumes.find((one) => one.path === path)?.foreignSnapshots, 3);
  assert.deepEqual(
    (await list(path, '--server', 'b')).map((row) => [row.path, row.state]),
    made.map((one) => [one.replace('btrbk_snapshots', 'backup'), 'foreign']),
  );
  const own = await fleet.snapshot(path);
  const sent = await fleet.replicateOne('auto', path, '--to', 'b');
  assert.deepEqual([sent.status, sent.mode, sent.snapshot], ['ok', 'incremental', own]);
});

test("snapper's: told apart by their directories, not held, not deleted, and not in the way", async () => {
  const path = '/srv/pool/data';
  const rows = await list(path);
  assert.deepEqual(
    rows.map((row) => [row.name, row.path, row.state]),
    [1, 2].map((number) => ['snapshot', `${path}/.snapshots/${number}/snapshot`, 'foreign']),
  );
  const { stdout } = await fleet.run(['snapshot', 'list', path]);
  for (const { path: one } of rows) assert.ok(stdout.includes(one.replace(/\/snapshot$/, '')), stdout);
  const hold = await fleet.fault('snapshot', 'hold', path, 'snapshot');
  assert.deepEqual([hold.code, hold.fault.code], [3, 'foreign-snapshot']);
  assert.match(hold.fault.message, /knows nothing of a hold/);
  const removed = await fleet.json<{ fault: { code: string } | null }[]>([
    ...['snapshot', 'delete', path, 'snapshot', '--yes'],
  ]);
  assert.deepEqual([removed.code, removed.value[0]?.fault?.code], [3, 'foreign-snapshot']);
  const own = await fleet.snapshot(path);
  assert.equal((await fleet.replicateOne('auto', path, '--to', 'b')).status, 'ok');
  await lab.must('a', ['snapper', '--no-dbus', '-c', 'data', 'create']);
  await lab.must('a', ['snapper', '--no-dbus', '-c', 'data', 'delete', '1']);
  assert.deepEqual(
    (await list(path)).map(({ name, state }) => `${name} ${state}`).toSorted(),
    [`${own} complete`, 'snapshot foreign', 'snapshot foreign'].toSorted(),
  );
});

test('snapper comes after btrfleet and goes before it: neither is in the way of the other, whoever was first', async () => {
  const mount = '/mnt/late';
  await lab.must('a', ['btrfs', 'subvolume', 'create', '/srv/pool/@late']);
  await lab.mountSubvolume('a', '/srv/pool', '@late', mount);
  const rows = async (): Promise<Row[]> => list(mount);
  const snapper = (...words: readonly string[]) =>
    lab.must('a', ['snapper', '--no-dbus', '-c', 'late', ...words]);

  const first = await fleet.snapshot(mount);
  const own = await lab.must('a', ['ls', `${mount}/.btrfleet/.snapshots`]);
  assert.ok(own.includes(first), own);
  assert.equal((await fleet.replicateOne('auto', mount, '--to', 'b')).status, 'ok');
  await snapper('create-config', mount);
  await snapper('create');
  const second = await fleet.snapshot(mount);
  const sent = await fleet.replicateOne('auto', mount, '--to', 'b');
  assert.deepEqual([sent.status, sent.mode, sent.base], ['ok', 'incremental', first]);
  assert.deepEqual((await rows()).map(({ state }) => state).toSorted(), ['complete', 'complete', 'foreign']);
  await snapper('delete', '1');
  await snapper('delete-config');
  assert.deepEqual(
    (await rows()).map(({ name, state }) => `${name} ${state}`),
    [first, second].map((name) => `${name} complete`),
  );
  // And snapper finds its place free once more.
  await snapper('create-config', mount);
  await snapper('delete-config');
  await lab.must('a', ['umount', mount]);
});
