/** What btrfs-progs 6.2 says of a filesystem's room, devices, scrub and sizes, as it was captured. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { sudoersLines } from '../../../../src/core/btrfs/ask/commands.ts';
import { nonceInput } from '../../../../src/core/btrfs/ask/part-script.ts';
import { storageCommand } from '../../../../src/core/btrfs/ask/storage-script.ts';
import { parseDeviceStats } from '../../../../src/core/btrfs/read/device-stats.ts';
import { parseScrub } from '../../../../src/core/btrfs/read/scrub.ts';
import { parseDuLine, parseQgroups } from '../../../../src/core/btrfs/read/sizes.ts';
import { parseStorage } from '../../../../src/core/btrfs/read/storage.ts';
import { parseUsage } from '../../../../src/core/btrfs/read/usage.ts';

const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '');

const USAGE = `
Overall:
    Device size:		         314572800
    Device allocated:		         125829120
    Device unallocated:		         188743680
    Device missing:		                 0
    Device slack:		                 0
    Used:			          21397504
    Free (estimated):		         209715200	(min: 115343360)
    Free (statfs, df):		         208666624
    Data ratio:			              1.00
    Metadata ratio:		              2.00
    Global reserve:		           5767168	(used: 4096)
    Multiple profiles:		                no

Data,single: Size:41943040, Used:20971520 (50.00%)
   /dev/loop0	  41943040

Metadata,DUP: Size:33554432, Used:196608 (0.59%)
   /dev/loop0	  67108864

System,DUP: Size:8388608, Used:16384 (0.20%)
   /dev/loop0	  16777216

Unallocated:
   /dev/loop0	 188743680
`;

test('the usage is read, each kind of block group with its profile', () => {
  const usage = parseUsage(lines(USAGE));
  assert.ok(usage.ok);
  assert.deepEqual(usage.value, {
    deviceSizeBytes: 314572800,
    allocatedBytes: 125829120,
    unallocatedBytes: 188743680,
    missingBytes: 0,
    usedBytes: 21397504,
    freeEstimatedBytes: 209715200,
    freeMinBytes: 115343360,
    dataRatio: 1,
    metadataRatio: 2,
    globalReserveBytes: 5767168,
    globalReserveUsedBytes: 4096,
    allocations: [
      { kind: 'data', profile: 'single', sizeBytes: 41943040, usedBytes: 20971520 },
      { kind: 'metadata', profile: 'DUP', sizeBytes: 33554432, usedBytes: 196608 },
      { kind: 'system', profile: 'DUP', sizeBytes: 8388608, usedBytes: 16384 },
    ],
  });
});

for (const label of ['Device size', 'Device unallocated', 'Used', 'Free (estimated)']) {
  test(`usage without "${label}" is no usage`, () => {
    const usage = parseUsage(lines(USAGE).filter((line) => !line.trim().startsWith(`${label}:`)));
    assert.ok(!usage.ok);
    assert.match(usage.fault.message, new RegExp(label.replace(/[()]/g, '\\$&')));
  });
}

test('mixed block groups count as data', () => {
  const mixed = lines(USAGE)
    .filter((line) => !/^(Data|Metadata),/.test(line))
    .concat('Data+Metadata,single: Size:8388608, Used:4096 (0.05%)');
  const usage = parseUsage(mixed);
  assert.ok(usage.ok);
  assert.deepEqual(
    usage.value.allocations.find(({ kind }) => kind === 'data'),
    {
      kind: 'data',
      profile: 'single',
      sizeBytes: 8388608,
      usedBytes: 4096,
    },
  );
});

test('errors of two devices are told apart', () => {
  const stats = parseDeviceStats(
    lines(`
[/dev/sda].write_io_errs    0
[/dev/sda].read_io_errs     0
[/dev/sda].flush_io_errs    0
[/dev/sda].corruption_errs  7
[/dev/sda].generation_errs  0
[/dev/disk/by-id/odd ] name].write_io_errs    3
[/dev/disk/by-id/odd ] name].something_new    9
`),
  );
  assert.ok(stats.ok);
  assert.deepEqual(
    stats.value.map(({ device, writeErrors, corruptionErrors }) => [device, writeErrors, corruptionErrors]),
    [
      ['/dev/sda', 0, 7],
      ['/dev/disk/by-id/odd ] name', 3, 0],
    ],
  );
});

test('device stats that say nothing, or something else, are a fault and not "no errors"', () => {
  assert.ok(!parseDeviceStats([]).ok);
  const odd = parseDeviceStats(['[/dev/sda].write_io_errs    0', 'what is this']);
  assert.ok(!odd.ok);
  assert.match(odd.fault.message, /Line 2/);
});

const SCRUB = `
UUID:             a1922ca5-e99d-493d-b631-60de38db5948
Scrub started:    Sat Nov 21 10:49:09 2026
Status:           finished
Duration:         0:12:05
	data_extents_scrubbed: 320
	read_errors: 0
	csum_errors: 2
	verify_errors: 0
	super_errors: 1
	malloc_errors: 0
	uncorrectable_errors: 1
	corrected_errors: 2
	last_physical: 126877696
`;

test('a scrub is read with its time, how long it took and what it found', () => {
  const scrub = parseScrub(lines(SCRUB));
  assert.ok(scrub.ok);
  assert.deepEqual(scrub.value, {
    status: 'finished',
    startedAt: '2026-11-21T10:49:09.000Z',
    durationSeconds: 725,
    errors: 3,
    uncorrectableErrors: 1,
  });
});

test('a filesystem that was never scrubbed says so; an odd answer is a fault', () => {
  const never = parseScrub(['UUID:             a1922ca5', '\tno stats available', '\tread_errors: 0']);
  assert.ok(never.ok);
  assert.equal(never.value.status, 'never');
  assert.ok(!parseScrub(['UUID: a', 'Status:           dancing']).ok);
});

test('quota groups are read by subvolume id, those above level 0 are nobody’s own', () => {
  const sizes = parseQgroups(
    lines(`
Qgroupid    Referenced    Exclusive   Path 
--------    ----------    ---------   ---- 
0/5              16384        16384   <toplevel>
0/256         20987904        12288   data
1/100         20987904        16384   <0 member qgroups>
`),
  );
  assert.ok(sizes.ok);
  assert.deepEqual(
    [...sizes.value],
    [
      [5, { referencedBytes: 16384, exclusiveBytes: 16384 }],
      [256, { referencedBytes: 20987904, exclusiveBytes: 12288 }],
    ],
  );
  assert.ok(!parseQgroups([]).ok);
});

test('du says total and exclusive; its heading is no size', () => {
  assert.deepEqual(parseDuLine('     Total   Exclusive  Set shared  Filename'), { ok: true, value: null });
  assert.deepEqual(parseDuLine('  20971520         512    20971008  /srv/pool/a  b'), {
    ok: true,
    value: { path: '/srv/pool/a  b', size: { referencedBytes: 20971520, exclusiveBytes: 512 } },
  });
  assert.ok(!parseDuLine("ERROR: cannot access '/x'").ok);
});

type Quotas = 'on' | 'off' | 'simple' | 'inconsistent';

/** What `quotas` says of each, in place of /sys. */
const QUOTAS: Readonly<Record<Quotas, string>> = {
  on: 'echo "mode qgroup"; echo "inconsistent 0"',
  off: 'return 1',
  simple: 'echo "mode squota"; echo "inconsistent 0"',
  inconsistent: 'echo "mode qgroup"; echo "inconsistent 1"',
};

/** Runs the script in a real shell with a `btrfs` that says what it is told. */
function look(fake: string, quotas: Quotas) {
  const filesystems = [{ uuid: 'no-such-uuid', mount: "/mnt/it's" }];
  const { argv } = storageCommand({ sudo: [], filesystems });
  const own = /^quotas\(\) \{[\s\S]*?^\}$/m;
  assert.match(argv[2] ?? '', own);
  const script = `btrfs() { ${fake}\n}\n${(argv[2] ?? '').replace(own, `quotas() { ${QUOTAS[quotas]}; }`)}`;
  const given = { encoding: 'utf8', input: nonceInput('n0nce') } as const;
  const output = execFileSync('sh', ['-c', script, ...argv.slice(3)], given);
  const [filesystem] = parseStorage({
    server: 'b',
    takenAt: '2026-11-21T10:00:00.000Z',
    filesystems,
    nonce: 'n0nce',
    output,
    sudoers: sudoersLines('backup'),
  }).filesystems;
  assert.ok(filesystem);
  return filesystem;
}

test('a part that is refused is a fault in its place, with the lines for sudoers; the others stand', () => {
  const filesystem = look(
    `case "$1 $2" in
      "filesystem usage") cat <<'U'\n${USAGE}U\n;;
      "device stats") echo "sudo: a password is required" >&2; return 1;;
      *) echo "no stats available";;
    esac`,
    'off',
  );
  assert.ok(filesystem.usage.ok);
  assert.ok(!filesystem.devices.ok);
  assert.equal(filesystem.devices.fault.code, 'sudo-missing');
  assert.match(filesystem.devices.fault.hint, /backup ALL=/);
  assert.match(filesystem.devices.fault.hint, /device stats/);
  assert.deepEqual(filesystem.qgroups, { ok: true, value: null });
});

test('where quotas are off nobody asks for quota groups; where they are on, an odd answer is a fault', () => {
  const asked = `[ "$1" != qgroup ] || echo asked >&2; return 3`;
  assert.deepEqual(look(asked, 'off').qgroups, { ok: true, value: null });
  assert.equal(look(asked, 'on').qgroups.ok, false);
});

const GROUPS = 'echo "0/256 1000 10 data"';

for (const [title, quotas, fake, want] of [
  ['full quotas that are consistent', 'on', GROUPS, '1'],
  ['simple quotas', 'simple', GROUPS, "The quotas of /mnt/it's on b are simple ones (squota)"],
  [
    'inconsistent, as the kernel says',
    'inconsistent',
    GROUPS,
    "The quota groups of /mnt/it's on b are inconsistent",
  ],
  [
    'inconsistent, as btrfs warns',
    'on',
    `echo "WARNING: qgroup data inconsistent, rescan recommended" >&2; ${GROUPS}`,
    "The quota groups of /mnt/it's on b are inconsistent",
  ],
  [
    'a rescan runs',
    'on',
    `echo "WARNING: rescan is running, qgroup data may be incorrect" >&2; ${GROUPS}`,
    "The quota groups of /mnt/it's on b are inconsistent",
  ],
] as const) {
  test(`quota groups: ${title}`, () => {
    const { qgroups } = look(fake, quotas);
    const told = qgroups.ok ? String(qgroups.value?.size ?? null) : qgroups.fault.message;
    assert.ok(told.startsWith(want), told);
  });
}
