/** What the command line says when something is not as it should be: to the user, on the disk, on the servers. */
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { run } from '../../../scripts/lab/run-command.ts';
import { slowRate } from '../../patience.ts';
import { Desk, type Diagnosis } from '../fleet/desk.ts';
import { type ReplicationDocument, TestFleet } from '../fleet/fleet.ts';
import { underWay } from '../fleet/transfers.ts';

const fleet = await TestFleet.up('cli', { enrol: false });
const { lab } = fleet;
await fleet.enrol('a');
// Not root: what is closed to the login is open to root.
await fleet.enrol('b', ['--user', 'fleet', '--key', lab.keyFile]);
await fleet.enrol('c');
const state = join(fleet.home, 'state');

for (const words of [
  'run show 0x3',
  'run show 1.5',
  'run show 0',
  'run list --limit 1e2',
  'engine --idle abc',
  'engine --idle 1.5',
  'server edit b --port 0x16',
  'server edit b --port 22.0',
  'server edit b --port 65536',
]) {
  test(`"${words}" names no number: usage, exit 2`, async () => {
    const { code, fault } = await fleet.fault(...words.split(' '));
    assert.deepEqual([code, fault.code], [2, 'usage'], fault.message);
  });
}

test('an empty number, and words of two lines for a server, are refused as usage', async () => {
  for (const args of [
    ['run', 'show', ''],
    ['server', 'edit', 'b', '--host', 'one\ntwo'],
    ['server', 'edit', 'b', '--key', '/root/one\ntwo'],
  ]) {
    const { code, fault } = await fleet.fault(...args);
    assert.deepEqual([code, fault.code], [2, 'usage'], fault.message);
  }
});

test('a state directory whose place is missing is a typing mistake, not a new fleet', async () => {
  const typo = join(fleet.home, 'sate', 'state');
  const { code, fault } = await fleet.fault('--home', typo, 'server', 'list');
  assert.deepEqual([code, fault.code], [2, 'usage']);
  assert.match(fault.message, /^There is no .*\/sate, where --home says the state directory is\.$/);
  const named = await fleet.start(['server', 'list'], { env: { BTRFLEET_HOME: typo } }).ended;
  assert.equal(named.code, 2);
  assert.match(named.stderr, /where BTRFLEET_HOME says/);
  assert.ok(!existsSync(join(fleet.home, 'sate')));
  await fleet.ok(['--home', join(fleet.home, 'beside'), 'server', 'list']);
  // The place nobody named is made with all above it.
  const user = join(fleet.home, 'user');
  mkdirSync(user);
  const fresh = await fleet.start(['server', 'list'], { env: { BTRFLEET_HOME: '', HOME: user } }).ended;
  assert.equal(fresh.code, 0, fresh.stderr);
});

for (const [option, login] of [
  ['--password-stdin', []],
  ['--passphrase-stdin', ['--key', lab.keyFile]],
] as const) {
  test(`an empty secret for ${option} is refused and adds nothing`, async () => {
    const desk = new Desk(fleet);
    const words = desk.words('b', ['--user', 'root', ...login, option]);
    for (const input of ['', '\n']) {
      const { code, value } = await desk.json<{ fault: { code: string } }>(words, input);
      assert.deepEqual([code, value.fault.code], [2, 'usage']);
    }
    assert.deepEqual(await desk.ok(['server', 'list']), []);
    assert.ok(!existsSync(join(desk.directory, 'vault.json')));
  });
}

async function diagnosis(server: string) {
  const { code, value } = await fleet.json<Diagnosis[]>(['doctor', '--server', server]);
  const told = value.filter(({ name }) => name.startsWith(`${server}: `));
  const of = (what: string): Diagnosis => {
    const found = told.find(({ name }) => name === `${server}: ${what}`);
    assert.ok(found, `no check of ${what}: ${JSON.stringify(told)}`);
    return found;
  };
  return { code, told, of };
}

test('doctor finds nothing wrong where nothing is wrong', async () => {
  for (const server of ['a', 'c']) {
    const { code, told } = await diagnosis(server);
    assert.equal(code, 0);
    assert.deepEqual(
      told.map(({ name, status }) => [name.slice(3), status]),
      [
        'reachable',
        'host key',
        'login',
        'privilege',
        'btrfs-progs',
        'filesystems',
        'findmnt',
        'inventory',
        'identity',
        'locking',
        'measuring rights',
        'storage /srv/pool',
      ].map((name) => [name, 'ok']),
    );
  }
});

test('doctor warns of directories the login may not open, with the command that mends it', async () => {
  await lab.must('b', 'mkdir -p /srv/pool/.snapshots && chmod 700 /srv/pool/.snapshots');
  const { code, of } = await diagnosis('b');
  assert.equal(code, 0);
  assert.equal(of('locking').status, 'warning');
  assert.match(of('locking').hint, /chmod o\+rx \/srv\/pool\/\.snapshots$/);
  assert.equal(of('inventory').status, 'warning');
  assert.match(of('inventory').message, /cannot be entered/);
  const check = await fleet.run(['server', 'check', 'b']);
  assert.equal(check.code, 0);
  assert.match(check.stderr, /cannot be entered.*\n {2}Let the user .*: chmod o\+x/);
  await lab.must('b', of('locking').hint.replace(/^.*: /, ''));
  assert.equal((await diagnosis('b')).of('locking').status, 'ok');
});

test('what the login may not measure is not called fine, and nothing else suffers from it', async () => {
  const { code, told, of } = await diagnosis('b');
  assert.equal(code, 0);
  assert.equal(of('storage /srv/pool').status, 'could-not-check');
  assert.match(of('storage /srv/pool').message, /device errors .* refused by sudo: "sudo: .*"\. .*scrub/);
  assert.match(of('storage /srv/pool').hint, /visudo[\s\S]*btrfs device stats \*/);
  assert.equal(of('measuring rights').status, 'warning');
  assert.match(of('measuring rights').message, /: btrfs filesystem du, .*qgroup show\./);
  assert.match(of('measuring rights').hint, /visudo[\s\S]*filesystem du \*/);
  assert.deepEqual(
    told.filter(({ status }) => status !== 'ok').map(({ name }) => name),
    ['b: measuring rights', 'b: storage /srv/pool'],
  );
});

test('doctor fails on a disk that had errors, and says which and what to do', async (context) => {
  const script = `mkdir -p /root/bin && cp /usr/bin/btrfs /root/bin/btrfs && chmod 755 /root /root/bin
printf '%s\\n' '#!/bin/sh' '/root/bin/btrfs "$@" | { case "$*" in *stats*) sed "s/read_io_errs .*/read_io_errs 3/";; *) cat;; esac; }' >/root/worn
chmod 755 /root/worn; mount --bind /root/worn /usr/bin/btrfs`;
  await lab.must('c', script);
  context.after(() => lab.exec('c', 'umount /usr/bin/btrfs'));
  const { code, of } = await diagnosis('c');
  assert.equal(code, 1);
  assert.equal(of('storage /srv/pool').status, 'failed');
  assert.match(of('storage /srv/pool').message, / of \/srv\/pool on c has had errors: 3 read\.$/);
  assert.match(of('storage /srv/pool').hint, /smartctl/);
});

test('doctor warns of a disk that is nearly full', async (context) => {
  context.after(() => lab.exec('c', 'rm -f /srv/pool/filler'));
  const { stdout } = await lab.exec('c', 'df --output=avail,size -B1 /srv/pool | tail -1');
  const [free = 0, size = 0] = stdout.trim().split(/ +/).map(Number);
  await lab.must('c', `head -c ${Math.round(free - size * 0.07)} /dev/zero >/srv/pool/filler && sync`);
  const { code, of } = await diagnosis('c');
  assert.equal(code, 0);
  assert.equal(of('storage /srv/pool').status, 'warning');
  assert.match(of('storage /srv/pool').message, /^\/srv\/pool on c has \d % left\.$/);
});

test('doctor warns of tools that are not there', async (context) => {
  for (const tool of ['flock', 'findmnt']) {
    await lab.must('c', `mount --bind /dev/null /usr/bin/${tool}`);
    context.after(() => lab.exec('c', `umount /usr/bin/${tool}`));
  }
  const { code, of } = await diagnosis('c');
  assert.equal(code, 0);
  for (const what of ['locking', 'findmnt']) {
    assert.equal(of(what).status, 'warning', what);
    assert.match(of(what).hint, /util-linux/);
  }
});

test('doctor does not call it fine when no btrfs is mounted, or when it cannot look', async () => {
  await lab.umount('c', '/srv/pool');
  const none = await diagnosis('c');
  assert.equal(none.of('filesystems').status, 'warning');
  await lab.kill('c');
  const { code, told } = await diagnosis('c');
  assert.equal(code, 1);
  const [reachable, ...others] = told.map(({ status }) => status);
  assert.equal(reachable, 'failed');
  assert.deepEqual(new Set(others), new Set(['could-not-check']));
});

test('one filesystem whose list is broken does not hide the others', async (context) => {
  await lab.addFilesystem('b', '/srv/ill', '110M');
  await lab.must('b', 'btrfs subvolume create /srv/pool/well');
  const script = `mkdir /root/bin && cp /usr/bin/btrfs /root/bin/btrfs && chmod 755 /root /root/bin
printf '%s\\n' '#!/bin/sh' 'case "$*" in *list*/srv/ill*) echo "ERROR: it is ill" >&2; exit 1;; esac' 'exec /root/bin/btrfs "$@"' >/root/ill
chmod 755 /root/ill; mount --bind /root/ill /usr/bin/btrfs`;
  await lab.must('b', script);
  context.after(() => lab.exec('b', 'umount /usr/bin/btrfs'));
  const { code, value, stderr } = await fleet.json<{ path: string }[]>([
    'subvolume',
    'list',
    '--server',
    'b',
  ]);
  assert.equal(code, 1, stderr);
  assert.ok(
    value.some(({ path }) => path === '/srv/pool/well'),
    JSON.stringify(value),
  );
  assert.match(stderr, /it is ill/);
  const { of } = await diagnosis('b');
  assert.equal(of('filesystems').status, 'failed');
});

test('a journal that gets full in mid-transfer: the report is printed, the fault beside it', async (context) => {
  const home = join(fleet.home, 'small');
  mkdirSync(home, { mode: 0o700 });
  assert.equal((await run(['mount', '-t', 'tmpfs', '-o', 'size=4M,mode=700', 'tmpfs', home])).code, 0);
  context.after(() => run(['umount', home]));
  for (const file of ['config.json', 'known_hosts']) cpSync(join(state, file), join(home, file));
  const data = await fleet.subvolume('/srv/pool/full', 16);
  const name = await fleet.snapshot(data);
  const running = fleet.start(
    ['--home', home, 'replicate', 'full', data, name, '--to', 'b:/srv/pool', '--rate', slowRate(4), '--json'],
    {},
  );
  await underWay(home, ['b:/srv/pool'], { running });
  await run(['sh', '-c', 'cat /dev/zero >>"$1/filler"', 'sh', home]);
  const { code, stdout, stderr } = await running.ended;
  const { results } = JSON.parse(stdout) as ReplicationDocument;
  assert.deepEqual(
    results.map(({ server, status, verified, snapshot }) => [server, status, verified, snapshot]),
    [['b', 'ok', true, name]],
  );
  assert.match(stderr, /There is no space left to write .*journal\.db/);
  assert.equal(code, 1);
  await run(['rm', join(home, 'filler')]);
  const again = await fleet.ok<ReplicationDocument>([
    ...['--home', home, 'replicate', 'full', data, name, '--to', 'b:/srv/pool'],
  ]);
  assert.equal(again.results[0]?.status, 'already-there');
  await fleet.assertClean('b');
});
