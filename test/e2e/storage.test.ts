/** What the filesystems and subvolumes of a real fleet take up, and that nobody's quotas are ever switched on. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TestFleet } from './fleet.ts';

const fleet = await TestFleet.up('storage', { servers: 2 });
const { lab } = fleet;

interface Row {
  readonly server: string;
  readonly mount: string | null;
  readonly totalBytes: number | null;
  readonly usedBytes: number | null;
  readonly dataBytes: number | null;
  readonly metadataBytes: number | null;
  readonly deviceErrors: readonly { readonly device: string; readonly readErrors: number }[] | null;
  readonly scrub: { readonly status: string } | null;
  readonly quotas: boolean | null;
  readonly fault: { readonly code: string } | null;
}

interface Measured {
  readonly referencedBytes: number | null;
  readonly exclusiveBytes: number | null;
  readonly snapshotOverheadBytes: number | null;
  readonly efficiency: number | null;
  readonly source: string | null;
  readonly snapshots: readonly { readonly name: string; readonly exclusiveBytes: number | null }[];
}

const MIB = 1024 * 1024;

const quotasOf = (server: string): Promise<string> =>
  lab.must(server, [
    'sh',
    '-c',
    'ls -d /sys/fs/btrfs/*/qgroups 2>/dev/null; btrfs qgroup show /srv/pool 2>&1; true',
  ]);

test('sizes of a subvolume and its snapshots without quotas, which stay off', async () => {
  const data = await fleet.subvolume('/srv/pool/data', 4);
  const other = ['dd', 'if=/dev/urandom', `of=${data}/other.bin`, 'bs=1M', 'count=4', 'status=none'];
  await lab.must('a', other);
  await fleet.snapshot(data);
  await lab.must('a', ['rm', `${data}/other.bin`]);
  await lab.must('a', other);
  await fleet.snapshot(data);
  await lab.must('a', ['sync']);
  const before = await quotasOf('a');
  const found = await fleet.ok<Measured>(['storage', '--subvolume', data]);
  assert.equal(found.source, 'du');
  assert.equal(found.referencedBytes, 8 * MIB);
  // The file that was replaced is in the first snapshot only.
  assert.deepEqual(
    found.snapshots.map(({ exclusiveBytes }) => exclusiveBytes),
    [4 * MIB, 0],
  );
  assert.equal(found.snapshotOverheadBytes, 4 * MIB);
  assert.equal(found.efficiency, 1 - 12 / 24);
  assert.equal(await quotasOf('a'), before);
  assert.doesNotMatch(before, /qgroups$/m);
});

test('where quotas are on, the figures are theirs and agree', async () => {
  await lab.must('a', ['sh', '-c', 'btrfs quota enable /srv/pool && btrfs quota rescan -w /srv/pool']);
  const found = await fleet.ok<Measured>(['storage', '--subvolume', '/srv/pool/data']);
  assert.equal(found.source, 'qgroups');
  // A node of the tree more.
  assert.ok(found.referencedBytes !== null && found.referencedBytes - 8 * MIB < 256 * 1024);
  await lab.must('a', ['btrfs', 'quota', 'disable', '/srv/pool']);
});

test('filesystems of all servers, with devices and scrub; one that is down has its last figures and the reason', async () => {
  await lab.must('b', ['btrfs', 'scrub', 'start', '-B', '/srv/pool']);
  const rows = await fleet.ok<Row[]>(['storage']);
  assert.deepEqual(
    rows.map(({ server, quotas, scrub, fault }) => [server, quotas, scrub?.status, fault]),
    [
      ['a', false, 'never', null],
      ['b', false, 'finished', null],
    ],
  );
  for (const row of rows) {
    assert.equal(row.totalBytes, 1024 * MIB);
    assert.ok(row.metadataBytes !== null && row.metadataBytes > 0);
    assert.deepEqual(
      row.deviceErrors?.map(({ readErrors }) => readErrors),
      [0],
    );
  }
  assert.ok((rows[0]?.dataBytes ?? 0) >= 12 * MIB);
  await lab.kill('b');
  const { code, value } = await fleet.json<Row[]>(['storage']);
  assert.equal(code, 1);
  assert.deepEqual(
    value.map(({ server, fault, totalBytes }) => [server, fault?.code ?? null, totalBytes]),
    [
      ['a', null, 1024 * MIB],
      ['b', 'unreachable', 1024 * MIB],
    ],
  );
  await lab.start('b');
});

test('a budget that is too short says what is missing, and calls it neither fine nor zero', async () => {
  const many = await fleet.subvolume('/srv/pool/many', 1);
  await lab.must('a', ['sh', '-c', `cd ${many} && mkdir d && cd d && seq 60000 | xargs touch`]);
  for (let round = 0; round < 3; round += 1) await fleet.snapshot(many);
  const { code, value, stderr } = await fleet.json<Measured>([
    'storage',
    '--subvolume',
    many,
    '--budget',
    '1',
  ]);
  if (code === 0) return; // A machine that walks 240,000 files within a second has nothing to show here.
  assert.equal(code, 1);
  assert.equal(value.efficiency, null);
  assert.match(stderr, /were not measured within 1 s/);
});

test('wrong usage is told', async () => {
  assert.equal((await fleet.fault('storage', '--server', 'nobody')).fault.code, 'no-such-server');
  assert.equal((await fleet.fault('storage', '--budget', 'soon')).code, 2);
  assert.equal(
    (await fleet.fault('storage', '--subvolume', '/srv/pool/nothing')).fault.code,
    'no-such-subvolume',
  );
});
