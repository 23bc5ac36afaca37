/** What the filesystems and subvolumes of a real fleet take up, and that nobody's quotas are ever switched on. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TestFleet } from '../fleet/fleet.ts';

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
  readonly snapshots: readonly {
    readonly name: string;
    readonly exclusiveBytes: number | null;
    readonly source: string | null;
  }[];
  readonly quotaFault: { readonly message: string } | null;
}

interface ListedSize {
  readonly name: string;
  readonly referencedBytes: number | null;
  readonly exclusiveBytes: number | null;
  readonly source: string | null;
  readonly measuredAt: string | null;
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

test('the list of snapshots has the sizes that were measured, and null for what was not', async () => {
  const late = await fleet.snapshot('/srv/pool/data');
  const rows = await fleet.ok<ListedSize[]>(['snapshot', 'list', '/srv/pool/data']);
  assert.deepEqual(
    rows.map(({ referencedBytes, exclusiveBytes, source }) => [referencedBytes, exclusiveBytes, source]),
    [
      [8 * MIB, 4 * MIB, 'du'],
      [8 * MIB, 0, 'du'],
      [null, null, null],
    ],
  );
  assert.equal(rows.at(-1)?.name, late);
  assert.match(rows[0]?.measuredAt ?? '', /^\d{4}-\d\d-\d\dT/);
  assert.equal(rows.at(-1)?.measuredAt, null);
});

test('where quotas are on, the figures are theirs and agree', async () => {
  await lab.must('a', ['sh', '-c', 'btrfs quota enable /srv/pool && btrfs quota rescan -w /srv/pool']);
  const found = await fleet.ok<Measured>(['storage', '--subvolume', '/srv/pool/data']);
  assert.equal(found.source, 'qgroups');
  // A node of the tree more.
  assert.ok(found.referencedBytes !== null && found.referencedBytes - 8 * MIB < 256 * 1024);
  await lab.must('a', ['btrfs', 'quota', 'disable', '/srv/pool']);
});

const QUOTA = {
  full: ['sh', '-c', 'btrfs quota enable /srv/pool && btrfs quota rescan -w /srv/pool'],
  off: ['btrfs', 'quota', 'disable', '/srv/pool'],
  // btrfs-progs before 6.7 have no word for it: BTRFS_IOC_QUOTA_CTL with BTRFS_QUOTA_CTL_ENABLE_SIMPLE_QUOTA.
  simple: [
    'perl',
    '-e',
    'use Fcntl; sysopen(my $d, "/srv/pool", O_RDONLY) or die $!; my $a = pack("QQ", 4, 0); ioctl($d, 0xC0109428, $a) or die $!',
  ],
  // A group that others belong to, and is not counted, makes all of them inconsistent.
  inconsistent: [
    'sh',
    '-c',
    `btrfs quota enable /srv/pool && btrfs quota rescan -w /srv/pool && btrfs qgroup create 1/0 /srv/pool
     id=$(btrfs inspect-internal rootid /srv/pool/data); btrfs qgroup assign --no-rescan 0/$id 1/0 /srv/pool || true; sync
     grep -q 1 /sys/fs/btrfs/*/qgroups/inconsistent`,
  ],
} as const;

for (const [kind, why] of [
  ['simple', /simple ones/],
  ['inconsistent', /inconsistent/],
] as const) {
  test(`figures of quotas that are ${kind} are not taken for the truth: files are walked, and it is said`, async (t) => {
    t.after(() => lab.exec('a', QUOTA.off));
    await lab.must('a', QUOTA[kind]);
    const found = await fleet.ok<Measured>(['storage', '--subvolume', '/srv/pool/data', '--fresh']);
    assert.deepEqual([found.source, found.referencedBytes], ['du', 8 * MIB]);
    assert.match(found.quotaFault?.message ?? '', why);
    const { stdout, stderr } = await fleet.run(['storage', '--subvolume', '/srv/pool/data']);
    assert.match(stdout, /SNAPSHOT +REFERENCED +EXCLUSIVE +FROM +MEASURED\n.* files walked +\d+ s ago/);
    assert.match(stderr, why);
  });
}

test('what lies in subvolumes inside is not the outer one’s, by whatever source', async (t) => {
  const outer = await fleet.subvolume('/srv/pool/outer', 4);
  await fleet.snapshot(outer);
  await fleet.subvolume(`${outer}/dir`, 3);
  await fleet.subvolume(`${outer}/dir/deep`, 2);
  await lab.must('a', ['sync']);
  const walked = await fleet.ok<Measured>(['storage', '--subvolume', outer]);
  assert.deepEqual([walked.source, walked.referencedBytes, walked.exclusiveBytes], ['du', 4 * MIB, 0]);
  assert.equal(walked.efficiency, 0.5);
  t.after(() => lab.exec('a', QUOTA.off));
  await lab.must('a', QUOTA.full);
  const counted = await fleet.ok<Measured>(['storage', '--subvolume', outer]);
  assert.equal(counted.source, 'qgroups');
  for (const key of ['referencedBytes', 'exclusiveBytes'] as const) {
    // Nodes of the tree, that a walk over files does not see.
    assert.ok(Math.abs((counted[key] ?? 0) - (walked[key] ?? 0)) < 256 * 1024, `${key}: ${counted[key]}`);
  }
});

test('what a snapshot holds alone is measured again once its twin is deleted', async () => {
  const twins = await fleet.subvolume('/srv/pool/twins', 5);
  const old = await fleet.snapshot(twins);
  const young = await fleet.snapshot(twins);
  await lab.must('a', ['sh', '-c', `rm ${twins}/data.bin && sync`]);
  const alone = async (...more: readonly string[]) => {
    const { snapshots } = await fleet.ok<Measured>(['storage', '--subvolume', twins, ...more]);
    return snapshots.map(({ exclusiveBytes }) => exclusiveBytes);
  };
  assert.deepEqual(await alone(), [0, 0]);
  await fleet.ok(['snapshot', 'delete', twins, old, '--yes']);
  // Whatever is told while btrfs still gives the room of the deleted one back, is not told again.
  await alone();
  await lab.must('a', ['sh', '-c', 'btrfs filesystem sync /srv/pool; btrfs subvolume sync /srv/pool']);
  assert.deepEqual(await alone(), [5 * MIB]);
  assert.match(
    (await fleet.run(['storage', '--subvolume', twins])).stdout,
    new RegExp(`^${young} .* s ago$`, 'm'),
  );
  assert.deepEqual(await alone('--fresh'), [5 * MIB]);
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
  for (const budget of ['soon', '0', '3000000']) {
    assert.equal((await fleet.fault('storage', '--budget', budget)).code, 2, budget);
  }
  assert.equal(
    (await fleet.fault('storage', '--subvolume', '/srv/pool/nothing')).fault.code,
    'no-such-subvolume',
  );
});
