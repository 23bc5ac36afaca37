/** Servers that are not as the lab makes them: a userland of busybox, and a sudo that is strict. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { sudoersLines } from '../../../src/core/btrfs/ask/commands.ts';
import { slowRate } from '../../patience.ts';
import { type Check, Desk, type Diagnosis } from '../fleet/desk.ts';
import { eventually, TestFleet } from '../fleet/fleet.ts';

const fleet = await TestFleet.up('as-they-are', {
  servers: 2,
  size: '512M',
  enrol: false,
  profile: { a: 'busybox', b: 'sudo-strict' },
});
const { lab } = fleet;
const login = (user: string) => ['--user', user, '--key', lab.keyFile];
// sudo lets it start nothing further, and finds another btrfs first.
await fleet.enrol('a', login('root'));
await fleet.enrol('b', login('dash'));

const content = (server: string, path: string): Promise<string> =>
  lab.must(server, [
    'sh',
    '-c',
    'cd "$1" && find . | sort && find . -type f | sort | while read -r f; do sha256sum "$f"; done',
    'sh',
    path,
  ]);

/** As the fleet does it, but for `dd status=none`, which busybox need not know. */
async function subvolume(path: string, megabytes: number): Promise<string> {
  await lab.must(
    'a',
    `btrfs subvolume create ${path} && dd if=/dev/urandom of=${path}/data bs=1M count=${megabytes} 2>/dev/null`,
  );
  return path;
}

test('busybox sends to a strict sudo and receives from it: content is the same', async () => {
  const path = await subvolume('/srv/pool/data', 2);
  const first = await fleet.snapshot(path);
  await lab.must('a', `echo more >${path}/more`);
  const second = await fleet.snapshot(path);
  const { code, results } = await fleet.replicate('auto', path, '--to', 'b', '--all');
  assert.equal(code, 0, JSON.stringify(results));
  assert.deepEqual(
    results.map(({ snapshot, mode }) => [snapshot, mode]),
    [
      [first, 'full'],
      [second, 'incremental'],
    ],
  );
  for (const name of [first, second])
    assert.equal(
      await content('b', `/srv/pool/.snapshots/data/${name}`),
      await content('a', `/srv/pool/.snapshots/data/${name}`),
    );
  await fleet.ok(['snapshot', 'delete', path, first, '--yes']);
});

/** Bytes that came over the network so far. */
async function cameTo(server: string): Promise<number> {
  const lines = (await lab.must(server, ['cat', '/proc/net/dev'])).split('\n');
  return Number(
    /:\s*(\d+)/.exec(lines.find((line) => !/^\s*lo:/.test(line) && line.includes(':')) ?? '')?.[1],
  );
}

test('a resumed send from busybox loses nothing', async () => {
  const path = await subvolume('/srv/pool/resumed', 24);
  const name = await fleet.snapshot(path);
  const running = fleet.start(['replicate', 'auto', path, '--to', 'b', '--resumable', '--rate', slowRate(3)]);
  const spooled = async () =>
    Number(await lab.must('b', 'cat /home/dash/.btrfleet/spool/*/*.stream 2>/dev/null | wc -c'));
  await eventually(async () => assert.ok((await spooled()) > 3_000_000), 60);
  running.child.kill('SIGKILL');
  await running.ended;
  const kept = await spooled();
  const before = await cameTo('b');
  await eventually(async () => {
    assert.equal((await fleet.replicateOne('auto', path, '--to', 'b', '--resumable')).status, 'ok');
  });
  const came = (await cameTo('b')) - before;
  assert.ok(came < 28_000_000 - kept, `${came} bytes came, ${kept} were there`);
  const at = `/srv/pool/.snapshots/resumed/${name}`;
  assert.equal(await content('b', at), await content('a', at));
});

test('doctor says what a busybox server lacks, and nothing that is not so', async () => {
  const { value } = await fleet.json<Diagnosis[]>(['doctor']);
  const of = (name: string) => value.find((check) => check.name === name);
  assert.match(of('a: locking')?.message ?? '', /no flock of util-linux on a/);
  assert.match(of('a: findmnt')?.hint ?? '', /apk add findmnt/);
  assert.equal(of('a: filesystems')?.status, 'ok');
  assert.equal(of('b: privilege')?.status, 'ok');
});

test('requiretty and a password: what sudo says is shown, and the lines that are printed mend it', async () => {
  const desk = new Desk(fleet);
  await desk.add('tty', login('fleet'), 'b');
  await desk.add('pw', login('nosudo'), 'b');
  const checks = await desk.check();
  const fault = (name: string) => checks.find((check: Check) => check.name === name)?.fault;
  assert.match(
    fault('tty')?.message ?? '',
    /sudo says: "sudo: sorry, you must have a tty/,
    JSON.stringify(checks),
  );
  assert.match(fault('pw')?.message ?? '', /sudo says: "sudo: a password is required"/);
  const lines = ['tty', 'pw'].map((name) => (fault(name)?.hint ?? '').replace(/^[^\n]*\n/, ''));
  assert.match(lines[0] ?? '', /^Defaults:fleet !requiretty$/m);
  // Each with a name of its own, as they stand in one file here.
  const all = lines.map((text, index) => text.replaceAll('BTRFLEET', `BTRFLEET_${index}`)).join('\n');
  const file = join(lab.record.directory, 'b', 'etc/sudoers');
  writeFileSync(file, `${readFileSync(file, 'utf8')}\n${all}\n`);
  for (const check of await desk.check()) assert.equal(check.fault, null, JSON.stringify(check));
});

test('a sudo that cannot resolve its host changes no answer', async () => {
  lab.setSudoers(
    'b',
    `${sudoersLines('fleet', {
      withoutTerminal: true,
      paths: new Map([
        ['btrfs', '/usr/local/sbin/btrfs'],
        ['mkdir', '/usr/bin/mkdir'],
        ['rmdir', '/usr/bin/rmdir'],
      ]),
    }).join('\n')}\n`,
  );
  await lab.must('b', 'hostname nowhere');
  await fleet.ok(['server', 'edit', 'b', '--user', 'fleet']);
  assert.match(
    (await lab.exec('b', 'setpriv --reuid 4242 --regid 4242 --clear-groups sudo -n mkdir -p -- /')).stderr,
    /unable to resolve host/,
  );
  const path = '/srv/pool/data';
  const { snapshots } = await fleet.ok<{ snapshots: { name: string }[] }>(['snapshot', 'create', path]);
  assert.equal((await fleet.replicateOne('auto', path, '--to', 'b')).status, 'ok');
  const replica = `/srv/pool/.snapshots/data/${snapshots[0]?.name}`;
  await lab.must('b', ['btrfs', 'subvolume', 'set-default', replica]);
  const { value } = await fleet.json<{ fault: { code: string; message: string } }[]>([
    'snapshot',
    'delete',
    path,
    snapshots[0]?.name ?? '',
    '--server',
    'b',
    '--allow-last-base',
    '--yes',
  ]);
  assert.equal(value[0]?.fault?.code, 'refused', JSON.stringify(value));
  assert.match(value[0]?.fault.message ?? '', /default subvolume/);
});
