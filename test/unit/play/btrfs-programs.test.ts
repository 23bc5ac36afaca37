/** What the simulated btrfs and findmnt print, and that btrfleet's parsers understand it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDeviceStats } from '../../../src/core/btrfs/read/device-stats.ts';
import { parseFindmnt } from '../../../src/core/btrfs/read/findmnt.ts';
import { parseInventory } from '../../../src/core/btrfs/read/inventory.ts';
import { parseScrub } from '../../../src/core/btrfs/read/scrub.ts';
import { parseReceived, parseShow } from '../../../src/core/btrfs/read/show.ts';
import { parseDuLine } from '../../../src/core/btrfs/read/sizes.ts';
import { parseUsage } from '../../../src/core/btrfs/read/usage.ts';
import { toText } from '../../../src/play/files/open-file.ts';
import { MIB, oneMachine, START } from './one-machine.ts';

const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '');

function withHistory() {
  const one = oneMachine();
  const { pool, store } = one;
  pool.create('data', START);
  pool.mkdir('.snapshots/data', START);
  for (let day = 0; day < 3; day++) {
    const at = START + day * 86_400_000;
    pool.write(`data/file ${day}`, store.synthetic(day, MIB), at);
    pool.snapshot('data', `.snapshots/data/s${day}`, { readOnly: true, at });
  }
  one.clock.now = START + 3 * 86_400_000;
  return one;
}

test('the inventory of a machine is read', async () => {
  const { run, files, pool, clock } = withHistory();
  files.mount(pool, 'data', '/srv/my data');
  const list = async (options: string): Promise<string> =>
    (await run(`btrfs subvolume list ${options} -- /pool`)).text;
  const section = (title: string, text: string, code = 0): string => `n ${title}\n${text}\nn end ${code}\n`;
  const ids = files.mounts.map(({ id }) => id);
  const about = `0:40 ${ids[0]}`;
  const output = [
    section('mountinfo', toText(files.readFile('/proc/self/mountinfo'))),
    section('findmnt', (await run('findmnt -l -t btrfs -J -b -o TARGET,MAJ:MIN,UUID,SIZE,USED,AVAIL')).text),
    section(
      'devices',
      `/sys/fs/btrfs/${pool.uuid}/devices/${files.list(`/sys/fs/btrfs/${pool.uuid}/devices`)[0]}`,
    ),
    ...ids.map((id) => section(`marks ${id}`, '')),
    section('source 0:40', '/dev/vdb'),
    section(`ascending ${about}`, await list('-puqRcg --sort=rootid')),
    section(`readonly ${about}`, await list('-r --sort=rootid')),
    section(`snapshots ${about}`, await list('-s --sort=rootid')),
    section(`descending ${about}`, await list('-R --sort=-rootid')),
  ].join('');
  const takenAt = new Date(clock.now).toISOString();
  // Blank lines are the frame's.
  const read = parseInventory({ server: 'one', takenAt, nonce: 'n', output: output.replace(/\n+/g, '\n') });
  assert.ok(read.ok, JSON.stringify(read));
  const [filesystem, ...others] = read.value.filesystems;
  assert.deepEqual([read.value.problems, others], [[], []]);
  assert.ok(filesystem?.listing.ok, JSON.stringify(filesystem));
  assert.deepEqual([filesystem.uuid, filesystem.mount, filesystem.problems], [pool.uuid, '/pool', []]);
  assert.deepEqual(
    filesystem.listing.value.map(({ absolutePath, readOnly, createdAt }) => [
      absolutePath,
      readOnly,
      createdAt,
    ]),
    [
      ['/pool', false, null],
      ['/pool/data', false, null],
      ['/pool/.snapshots/data/s0', true, '2026-11-20T09:00:00.000Z'],
      ['/pool/.snapshots/data/s1', true, '2026-11-21T09:00:00.000Z'],
      ['/pool/.snapshots/data/s2', true, '2026-11-22T09:00:00.000Z'],
    ],
  );
  assert.ok((filesystem.space.freeBytes ?? 0) > 200 * MIB);
});

test('a subvolume is shown byte for byte as the real one shows it', async () => {
  const { run, pool } = withHistory();
  const { subvolume } = pool.place('data');
  const { text } = await run('btrfs subvolume show -- /pool/data');
  assert.equal(
    text,
    `data
\tName: \t\t\tdata
\tUUID: \t\t\t${subvolume.uuid}
\tParent UUID: \t\t-
\tReceived UUID: \t\t-
\tCreation time: \t\t2026-11-20 09:00:00 +0000
\tSubvolume ID: \t\t256
\tGeneration: \t\t${subvolume.generation}
\tGen at creation: \t7
\tParent ID: \t\t5
\tTop level ID: \t\t5
\tFlags: \t\t\t-
\tSend transid: \t\t0
\tSend time: \t\t2026-11-20 09:00:00 +0000
\tReceive transid: \t0
\tReceive time: \t\t-
\tSnapshot(s):
\t\t\t\t.snapshots/data/s0
\t\t\t\t.snapshots/data/s1
\t\t\t\t.snapshots/data/s2
`,
  );
  assert.match((await run('btrfs sub sh .')).text, /^\/\n\tName: \t\t\t<FS_TREE>\n/);
});

test('a replica is sent from one machine to another and shown there', async () => {
  const [source, target] = [withHistory(), oneMachine({ seed: 2 })];
  const full = await source.run('btrfs send -q -- .snapshots/data/s0');
  const next = await source.run('btrfs send -q -p .snapshots/data/s0 -- .snapshots/data/s1');
  assert.ok(next.stdout.length < 1.1 * MIB);
  for (const { stdout } of [full, next]) {
    const { code, stderr } = await target.run('btrfs receive -q -- /pool', stdout);
    assert.deepEqual([code, stderr], [0, '']);
  }
  const { text } = await target.run('btrfs subvolume show s1');
  const shown = parseShow(text);
  const origin = source.pool.place('.snapshots/data/s1').subvolume;
  assert.ok(shown.ok && shown.value.readOnly);
  assert.equal(shown.value.receivedUuid, origin.uuid);
  assert.equal(shown.value.parentUuid, target.pool.place('s0').subvolume.uuid);
  assert.equal(parseReceived(text)?.atSeconds, START / 1000);
  assert.deepEqual(target.files.readFile('/pool/s1/file 1'), source.files.readFile('/pool/data/file 1'));
  const again = await target.run('btrfs receive -q -- /pool', next.stdout);
  assert.deepEqual(
    [again.code, again.stderr],
    [1, 'ERROR: creating snapshot s0 -> s1 failed: File exists\n'],
  );
});

test('room, sizes, devices and scrubs are read', async () => {
  const { run, pool } = withHistory();
  const usage = parseUsage(lines((await run('btrfs filesystem usage -b -- /pool')).text));
  assert.ok(usage.ok, JSON.stringify(usage));
  assert.ok(usage.value.usedBytes > 3 * MIB && usage.value.usedBytes < 4 * MIB);
  assert.equal(usage.value.allocatedBytes + usage.value.unallocatedBytes, usage.value.deviceSizeBytes);
  const du = lines((await run('btrfs filesystem du -s --raw -- .snapshots/data/s1 data')).text);
  const sizes = du.map((line) => parseDuLine(line));
  assert.deepEqual(
    sizes.map((one) => one.ok && one.value?.size),
    [undefined, ...[2, 3].map((count) => ({ referencedBytes: count * MIB, exclusiveBytes: 0 }))],
  );
  pool.deviceErrors.corruption = 2;
  const stats = parseDeviceStats(lines((await run('btrfs device stats -- /pool')).text));
  assert.ok(stats.ok && stats.value[0]?.corruptionErrors === 2);
  const never = parseScrub((await run('btrfs scrub status -R -- /pool')).text.split('\n'));
  assert.ok(never.ok && never.value.status === 'never');
  assert.equal((await run('btrfs scrub start -B /pool')).code, 3);
  const scrub = parseScrub((await run('btrfs scrub status -R -- /pool')).text.split('\n'));
  assert.ok(scrub.ok, JSON.stringify(scrub));
  assert.deepEqual([scrub.value.startedAt, scrub.value.errors], ['2026-11-23T09:00:00.000Z', 2]);
  const found = parseFindmnt((await run('findmnt -t btrfs -J -b -o TARGET,MAJ:MIN,UUID,SIZE')).text);
  assert.equal(found?.[0]?.space.sizeBytes, 400 * MIB);
});

for (const [words, stderr] of [
  ['btrfs subvolume create data', 'ERROR: target path already exists: data'],
  ['btrfs subvolume create x/y', "ERROR: cannot access 'x': No such file or directory"],
  ['btrfs subvolume snapshot -r -- nosuch s9', 'ERROR: Could not statfs: No such file or directory'],
  ['btrfs subvolume snapshot -r -- data /tmp/s9', 'ERROR: not a btrfs filesystem: /tmp'],
  ['btrfs subvolume snapshot -r -- .snapshots s9', 'ERROR: Not a Btrfs subvolume: Invalid argument'],
  [
    'btrfs subvolume snapshot -r -- data .snapshots/data/s1',
    "ERROR: cannot snapshot 'data': Read-only file system",
  ],
  ['btrfs subvolume delete -- nosuch', 'ERROR: Could not statfs: No such file or directory'],
  ['btrfs subvolume delete -- .snapshots', 'ERROR: Not a Btrfs subvolume: Invalid argument'],
  ['btrfs subvolume show -- /tmp', 'ERROR: Not a Btrfs filesystem: Invalid argument'],
  ['btrfs subvolume show -- no', "ERROR: cannot find real path for 'no': No such file or directory"],
  ['btrfs send -q data', 'ERROR: subvolume /pool/data is not read-only'],
  ['btrfs send -q nosuch', 'ERROR: unable to resolve nosuch'],
  ['btrfs send -q -p no .snapshots/data/s1', 'ERROR: realpath no failed: No such file or directory'],
  ['btrfs send -q /tmp', "ERROR: /tmp doesn't belong to btrfs mount point"],
  ['btrfs send -q .snapshots', 'ERROR: failed to get flags for subvolume /pool/.snapshots: Invalid argument'],
  ['btrfs receive -q /nosuch', 'ERROR: realpath(/nosuch) failed: No such file or directory'],
  ['btrfs receive -q -- /pool', 'ERROR: empty stream is not considered valid'],
  ['btrfs qgroup show --raw -- /pool', "ERROR: can't list qgroups: quotas not enabled"],
  ['btrfs subvolume list -t /pool', 'play: btrfs subvolume list -t is not simulated'],
  ['btrfs balance start /pool', 'play: btrfs balance start is not simulated'],
  ['findmnt -x', 'play: findmnt -x is not simulated'],
] as const)
  test(`${words}: ${stderr}`, async () => {
    const ran = await withHistory().run(words);
    assert.deepEqual([ran.code, ran.stderr], [1, `${stderr}\n`]);
  });

test('a snapshot is made, sent, kept from being deleted meanwhile, and deleted', async () => {
  const { run, pool, clock } = withHistory();
  const made = await run('btrfs subvolume snapshot -r -- data .snapshots/data/new');
  assert.deepEqual(
    [made.code, made.text],
    [0, "Create a readonly snapshot of 'data' in '.snapshots/data/new'\n"],
  );
  const { subvolume } = pool.place('.snapshots/data/new');
  assert.equal(subvolume.otime, clock.now);
  subvolume.sends = 1;
  const refused = await run('btrfs subvolume delete -- .snapshots/data/new');
  assert.match(refused.stderr, /^ERROR: Could not destroy subvolume\/snapshot: Operation not permitted\n/);
  subvolume.sends = 0;
  const gone = await run('btrfs subvolume delete -- .snapshots/data/new');
  assert.deepEqual(
    [gone.code, gone.text],
    [0, "Delete subvolume (no-commit): '/pool/.snapshots/data/new'\n"],
  );
  pool.create('data/inner', START);
  const nested = await run('btrfs subvolume delete -- data');
  assert.equal(nested.stderr, 'ERROR: Could not destroy subvolume/snapshot: Directory not empty\n');
});

test('a replica made writable by force loses its received uuid', async () => {
  const [source, { run, pool }] = [withHistory(), oneMachine()];
  await run('btrfs receive -q /pool', (await source.run('btrfs send -q .snapshots/data/s0')).stdout);
  const plain = await run('btrfs property set -t subvol s0 ro false');
  assert.equal(plain.code, 1);
  const forced = await run('btrfs property set -f -t subvol s0 ro false');
  const { readOnly, receivedUuid } = pool.place('s0').subvolume;
  assert.deepEqual([forced.code, readOnly, receivedUuid], [0, false, null]);
  assert.equal((await run('btrfs property get -t s s0 ro')).text, 'ro=false\n');
});
