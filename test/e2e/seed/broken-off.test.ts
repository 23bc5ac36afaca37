/** Seeds that are cut off, disks that are full, few rights, and keys: what is whole stays, and nothing half done counts. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { sudoersLines } from '../../../src/core/btrfs/ask/commands.ts';
import type { SeedReport } from '../../../src/core/model/runs/seed.ts';
import { eventually, serverAdd, TestFleet } from '../fleet/fleet.ts';
import { manifestIn, partsIn, seeding, sumsAreRight } from '../fleet/seeds.ts';
import { newestRun, pinnedBy } from '../fleet/transfers.ts';

const fleet = await TestFleet.up('seed-broken', { servers: 3 });
const { lab } = fleet;
const { place, exportTo, importTo, refused } = seeding(fleet);
const on = (server: string, script: string): Promise<string> => lab.must(server, ['sh', '-ec', script]);
const state = join(fleet.home, 'state');
const replica = (data: string, name: string): string =>
  `${data.replace('/srv/pool/', '/srv/pool/.snapshots/')}/${name}`;
const same = async (server: string, data: string, name: string): Promise<void> =>
  assert.equal(
    await fleet.fingerprint(server, replica(data, name)),
    await fleet.fingerprint('a', replica(data, name)),
  );

const data = await fleet.subvolume('/srv/pool/data', 60);
const name = await fleet.snapshot(data);
const seed = place('seed');
const words = ['seed', 'export', data, name, '--output', seed, '--split', '1M'];

test('an export that is killed goes on; what it sends is pinned, and what is not its stream any more is made anew', async () => {
  const running = fleet.start(words);
  await eventually(() => assert.ok(partsIn(seed).length >= 3), 20, 10);
  const origin = manifestIn(seed).snapshot.originId;
  assert.deepEqual(pinnedBy(state, newestRun(state)), [origin]);
  running.child.kill('SIGKILL');
  await running.ended;
  assert.equal(manifestIn(seed).complete, false);
  const early = await refused('b', seed);
  assert.deepEqual([early.code, early.fault.code], [3, 'refused']);

  const other = await fleet.fault(...words.slice(0, -1), '2M');
  assert.deepEqual([other.code, other.fault.code], [3, 'refused'], 'other parts than those that are there');
  await eventually(() => assert.ok(readFileSync(join(seed, 'SHA256SUMS')).length > 0));
  // One that was cut short on the disk, and what comes after it, is made again.
  truncateSync(join(seed, 'seed.0003'), 1000);
  const report = await exportTo(seed, data, name);
  assert.deepEqual([report.parts, report.keptParts], [61, 2]);
  sumsAreRight(seed);
});

test('parts that are not the beginning of this stream are said, and made anew', async () => {
  const odd = place('odd');
  const running = fleet.start([...words.slice(0, 5), odd, '--split', '1M']);
  await eventually(() => assert.ok(partsIn(odd).length >= 3), 20, 10);
  running.child.kill('SIGINT');
  assert.equal((await running.ended).code, 130);
  // As if another kernel had sent it: whole, and noted as it is.
  writeFileSync(join(odd, 'seed.0001'), Buffer.alloc(2 ** 20, 'x'));
  const script = '{ sha256sum seed.0001; tail -n +2 SHA256SUMS; } >s && mv s SHA256SUMS';
  assert.equal(spawnSync('sh', ['-ec', script], { cwd: odd }).status, 0);
  const ended = await fleet.run([...words.slice(0, 5), odd, '--split', '1M', '--json']);
  assert.equal(ended.code, 0, ended.stderr);
  assert.match(ended.stderr, /made anew/);
  assert.equal((JSON.parse(ended.stdout) as SeedReport).keptParts, 0);
  sumsAreRight(odd);
  assert.deepEqual(manifestIn(odd).parts, manifestIn(seed).parts, 'the same snapshot gives the same parts');
});

test('an import that is killed leaves nothing that counts, and is begun anew', async () => {
  await fleet.enrolSlow('slow', 'b', { bytesPerSecond: 8 * 2 ** 20 });
  const running = fleet.start(['seed', 'import', seed, '--server', 'slow']);
  await eventually(() => on('b', 'find /srv/pool/.snapshots/.btrfleet/receiving -name "2*" | grep .'), 30);
  running.child.kill('SIGKILL');
  await running.ended;
  const report = await importTo('b', seed);
  assert.equal(report.replica?.status, 'ok');
  await same('b', data, name);
  await fleet.assertClean('b');
});

test('a disk that is full while it is written: the parts stay, and go on once there is room', async () => {
  await lab.addFilesystem('a', '/mnt/small', '500M');
  await on('a', 'fallocate -l $(($(stat -f -c "%a * %S" /mnt/small) - 31457280)) /mnt/small/filler');
  const small = ['seed', 'export', data, name, '--output', '/mnt/small/seed', '--on-server', '--split', '1M'];
  const before = await fleet.fault(...small);
  assert.deepEqual([before.code, before.fault.code], [1, 'no-space'], 'it is counted before');
  assert.equal(await on('a', 'ls /mnt/small'), 'filler\n');
  const full = await fleet.fault(...small, '--compress', 'zstd');
  assert.deepEqual([full.code, full.fault.code], [1, 'no-space'], full.fault.message);
  await on('a', 'rm /mnt/small/filler && sync && btrfs filesystem sync /mnt/small');
  const report = await eventually(() => fleet.ok<SeedReport>([...small, '--compress', 'zstd']));
  assert.ok(report.keptParts > 0, JSON.stringify(report));
  await on('a', 'cd /mnt/small/seed && sha256sum --status -c SHA256SUMS');
});

test('a target that is full: refused before, and if nobody could know, nothing is left', async () => {
  await lab.addFilesystem('c', '/mnt/tiny', '110M');
  const early = await refused('c:/mnt/tiny', seed);
  assert.deepEqual([early.code, early.fault.code], [1, 'no-space']);
  const file = join(seed, 'manifest.json');
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, text.replace(/"payloadBytes": \d+/, '"payloadBytes": null'));
  const late = await refused('c:/mnt/tiny', seed);
  assert.equal(late.fault.code, 'no-space', late.fault.message);
  writeFileSync(file, text);
  await fleet.assertClean('c', '/mnt/tiny');
});

test('all on the servers, with the minimal rights of sudo', async () => {
  for (const server of ['a', 'c']) {
    lab.setSudoers(server, `${sudoersLines('fleet').join('\n')}\n`);
    const login = ['--user', 'fleet', '--key', lab.keyFile, '--trust-first'];
    await fleet.ok(serverAdd(`${server}2`, lab.server(server), login));
  }
  await fleet.ok(['server', 'promote', 'a2', '--yes']);
  const directory = `/home/fleet/it's a  "seed"`;
  const where = ['--output', directory, '--on-server', '--split', '1M', '--compress', 'zstd'];
  const exporting = ['seed', 'export', data, name, ...where];
  // What a killed manager leaves at work there ends, and the next one goes on with what it made.
  const running = fleet.start(exporting);
  await eventually(() => lab.must('a', ['test', '-e', `${directory}/seed.0003`]), 30, 10);
  running.child.kill('SIGKILL');
  await running.ended;
  const report = await fleet.ok<SeedReport>(exporting);
  assert.deepEqual([report.place.server, report.parts], ['a2', 61]);
  assert.ok(report.keptParts >= 3, JSON.stringify(report));
  await fleet.assertClean('a');
  assert.equal(await lab.must('a', ['stat', '-c', '%U:%a', `${directory}/seed.0001`]), 'fleet:600\n');
  const carried = place('carried');
  carry(lab.execArgv('a', ['tar', '-C', directory, '-cf', '-', '.']), carried);
  sumsAreRight(carried);
  await lab.must('c', ['mkdir', directory]);
  await lab.fill('c', directory, { root: carried, names: ['.'] }, new AbortController().signal);
  await lab.must('c', ['chown', '-R', 'fleet:', directory]);
  const there = ['seed', 'import', directory, '--server', 'c2:/srv/pool', '--on-server'];
  const done = await fleet.ok<SeedReport>(there);
  assert.deepEqual([done.replica?.status, done.replica?.server], ['ok', 'c2']);
  await same('c', data, name);
  await fleet.assertClean('c');
});

const hasAge = spawnSync('age-keygen', ['--version']).error === undefined;
const locked = place('locked');
const small = await fleet.subvolume('/srv/pool/small', 2);
const one = await fleet.snapshot(small);
const lock = (recipient: string): string[] => [
  ...['seed', 'export', small, one, '--output', locked, '--split', '1M'],
  ...['--encrypt', `age:${recipient}`],
];

test('to be encrypted without age: refused before anything', async () => {
  const words = [...lock(`age1${'q'.repeat(58)}`), '--json'];
  const none = await fleet.start(words, { env: { PATH: withoutAge() } }).ended;
  assert.equal(none.code, 1);
  assert.match(none.stdout, /tool-missing[\s\S]*apt install age/);
  assert.deepEqual(partsIn(locked), []);
});

test('encrypted: only the key opens it', { skip: !hasAge && 'no age here' }, async () => {
  const key = join(fleet.home, 'key.txt');
  const made = spawnSync('age-keygen', ['-o', key], { encoding: 'utf8' });
  const recipient = /age1\w+/.exec(made.stderr)?.[0] ?? '';
  const bad = await fleet.fault(...lock('age1nobody'));
  assert.deepEqual([bad.code, bad.fault.code], [2, 'usage']);
  const report = await fleet.ok<SeedReport>([...lock(recipient), '--compress', 'zstd']);
  assert.deepEqual([report.encrypt, report.compress], ['age', 'zstd']);
  sumsAreRight(locked);
  assert.ok(!readFileSync(join(locked, 'seed.0001')).includes('btrfs-stream'));
  const without = await refused('b', locked);
  assert.deepEqual([without.code, without.fault.code], [2, 'usage']);
  const wrong = join(fleet.home, 'wrong.txt');
  spawnSync('age-keygen', ['-o', wrong]);
  const other = await refused('b', locked, '--identity', wrong);
  assert.deepEqual([other.code, other.fault.code], [1, 'not-readable'], other.fault.message);
  const done = await importTo('b', locked, '--identity', key);
  assert.equal(done.replica?.status, 'ok');
  await same('b', small, one);
});

/** A directory with links to all programs but age. */
function withoutAge(): string {
  const directory = join(fleet.home, 'bin');
  mkdirSync(directory, { recursive: true });
  for (const tool of [
    'sh',
    'sha256sum',
    'dd',
    'od',
    'zstd',
    'ls',
    'stat',
    'sync',
    'head',
    'cat',
    'flock',
    'mkdir',
    'mv',
    'rm',
    'sleep',
    'tee',
    'tail',
    'df',
    'id',
  ]) {
    const found = spawnSync('sh', ['-c', 'command -v "$1"', 'sh', tool], { encoding: 'utf8' }).stdout.trim();
    if (!existsSync(join(directory, tool))) symlinkSync(found, join(directory, tool));
  }
  return directory;
}

/** What a command packs with tar, unpacked here. */
function carry([program = '', ...args]: readonly string[], to: string): void {
  const packed = spawnSync(program, args, { maxBuffer: 2 ** 28 });
  mkdirSync(to, { recursive: true });
  assert.equal(spawnSync('tar', ['-C', to, '-xf', '-'], { input: packed.stdout }).status, 0);
}
