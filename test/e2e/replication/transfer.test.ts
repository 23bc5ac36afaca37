import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TargetResult } from '../../../src/core/model/runs/target-result.ts';
import { patience, slowRate } from '../../patience.ts';
import { eventually, TestFleet } from '../fleet/fleet.ts';

const fleet = await TestFleet.up('transfer');
const MEBIBYTE = 1024 * 1024;

const replicaPath = (subvolume: string, name: string): string =>
  `/srv/pool/.snapshots/${subvolume.slice('/srv/pool/'.length)}/${name}`;

/** How many sends run on server a at this moment; counting beforehand is none. */
const sendsRunning = (): number =>
  fleet.lab
    .leftovers('a')
    .filter(({ argv }) => argv[0] === 'btrfs' && argv[1] === 'send' && !argv.includes('--no-data')).length;

const named = (results: readonly TargetResult[], server: string): TargetResult => {
  const found = results.find((result) => result.server === server);
  assert.ok(found, `no result of ${server}`);
  return found;
};

/** Everything of a tree in one digest: names, owners, modes, times, links, extended attributes and contents. */
const archive = (server: string, path: string): Promise<string> =>
  fleet.lab.must(server, [
    'sh',
    '-c',
    `tar --format=posix --pax-option=delete=atime,delete=ctime --numeric-owner --sort=name \\
      --xattrs --xattrs-include='*' -C "$1" -cf - . | sha256sum`,
    'sh',
    path,
  ]);

const TREE = `
set -e
cd "$1"
mkdir -p empty deep/er/still 'with space' 'naïve — 名前 🙂'
echo text >plain; chmod 640 plain; chown 4242:4243 plain; touch -d 2001-02-03T04:05:06.789012345Z plain
ln plain hard; ln plain deep/er/hard-too
ln -s plain soft; ln -s /nowhere/at/all dangling
truncate -s 64M sparse; printf end >>sparse
mkfifo pipe; mknod null c 1 3; mknod block b 7 99
chmod 4755 deep; chmod 1777 'with space'; chown 4242 empty
printf x >'naïve — 名前 🙂/ünïcode'; printf x >'-dash'; printf x >'quo"te'"'"'s'
printf x >"$(printf 'line\\nbreak')"; : >nothing
mkdir -m 0700 private; printf secret >private/key; chmod 0 private/key
perl -e 'use Socket; socket(S, PF_UNIX, SOCK_STREAM, 0) && bind(S, sockaddr_un("socket")) or die'
perl -e 'my ($p, $n, $v) = @ARGV; exit(syscall(188, $p, $n, $v, length $v, 0) != 0)' plain user.note kept
touch -d 1999-12-31T23:59:59Z empty
`;

test('content and metadata are equal on both sides, in full and after a change', async () => {
  const path = await fleet.subvolume('/srv/pool/tree');
  await fleet.lab.must('a', ['sh', '-c', TREE, 'sh', path]);
  const first = await fleet.snapshot(path);
  await fleet.replicateOne('full', path, first, '--to', 'b');
  await fleet.lab.must('a', [
    'sh',
    '-c',
    'cd "$1" && mv plain moved && rm soft && chmod 600 hard && rmdir empty && ln -s moved empty && printf more >>sparse',
    'sh',
    path,
  ]);
  const second = await fleet.snapshot(path);
  const change = await fleet.replicateOne('auto', path, '--to', 'b');
  assert.equal(change.mode, 'incremental');
  for (const name of [first, second]) {
    const at = replicaPath(path, name);
    assert.equal(await fleet.fingerprint('b', at), await fleet.fingerprint('a', at), name);
    assert.equal(await archive('b', at), await archive('a', at), name);
  }
  // The comparison must be able to see what it compares.
  const content = await fleet.lab.must('b', [
    'sh',
    '-c',
    `cd "$1" && stat -c '%h %u %a' hard && tar --xattrs --format=posix -cf - hard | grep -a -o 'user.note=kept'`,
    'sh',
    replicaPath(path, second),
  ]);
  assert.equal(content, '3 4242 600\nuser.note=kept\n');
  const holes = await fleet.lab.must('b', ['stat', '-c', '%b %s', `${replicaPath(path, second)}/sparse`]);
  const [blocks, size] = holes.split(' ').map(Number);
  assert.ok(blocks !== undefined && blocks < 2048 && size === 64 * MEBIBYTE + 7, holes);
  await fleet.assertClean('b');
});

test('the estimate is the payload: within the framing of what was sent', async () => {
  const path = await fleet.subvolume('/srv/pool/estimated', 30);
  await fleet.snapshot(path);
  const [planned] = (await fleet.replicate('auto', path, '--to', 'b', '--dry-run')).results;
  const sent = await fleet.replicateOne('auto', path, '--to', 'b');
  assert.equal(planned?.estimatedBytes, sent.estimatedBytes);
  const estimated = sent.estimatedBytes ?? 0;
  assert.ok(estimated >= 30 * MEBIBYTE && estimated < 30.1 * MEBIBYTE, `${estimated}`);
  const framing = sent.sentBytes / estimated;
  assert.ok(framing >= 1 && framing < 1.01, `${sent.sentBytes} of ${estimated}`);
});

test('--rate is kept: what is sent in a second is not above, nor far below', async () => {
  const path = await fleet.subvolume('/srv/pool/rated', 12);
  await fleet.snapshot(path);
  const { sentBytes, elapsedSeconds } = await fleet.replicateOne('auto', path, '--to', 'b', '--rate', '6M');
  const rate = sentBytes / elapsedSeconds / MEBIBYTE;
  assert.ok(rate < 7.5, `${rate} MiB/s`);
  // At six a second it takes two.
  assert.ok(elapsedSeconds < patience(3), `${rate} MiB/s`);
});

test('--compress sends compressed extents as they are: fewer bytes, the same content', async () => {
  const path = '/srv/pool/text';
  await fleet.lab.must('a', ['btrfs', 'subvolume', 'create', path]);
  await fleet.lab.must('a', ['btrfs', 'property', 'set', path, 'compression', 'zstd']);
  await fleet.lab.must('a', ['sh', '-c', 'seq 1 2000000 >"$1/numbers" && sync -f "$1"', 'sh', path]);
  const name = await fleet.snapshot(path);
  const plain = await fleet.replicateOne('full', path, name, '--to', 'b');
  const compressed = await fleet.replicateOne('full', path, name, '--to', 'c', '--compress');
  assert.ok(
    compressed.sentBytes < plain.sentBytes / 2,
    `${compressed.sentBytes} compressed, ${plain.sentBytes} plain`,
  );
  const at = replicaPath(path, name);
  const original = await fleet.fingerprint('a', at);
  for (const server of ['b', 'c']) assert.equal(await fleet.fingerprint(server, at), original, server);
});

test('one send feeds two targets: the source is read once', async () => {
  const path = await fleet.subvolume('/srv/pool/once', 16);
  const name = await fleet.snapshot(path);
  const running = fleet.start(['replicate', 'auto', path, '--to', 'b,c', '--rate', slowRate(8), '--json']);
  let most = 0;
  let looks = 0;
  let isOver = false;
  const ended = running.ended.finally(() => {
    isOver = true;
  });
  await eventually(() => assert.ok(sendsRunning() > 0 || isOver));
  await eventually(() => {
    most = Math.max(most, sendsRunning());
    looks += 1;
    assert.ok(isOver);
  });
  const { code, stdout } = await ended;
  assert.equal(code, 0);
  assert.ok(looks > 5, `looked ${looks} times`);
  assert.equal(most, 1);
  const { results } = JSON.parse(stdout) as { results: TargetResult[] };
  assert.equal(named(results, 'b').sentBytes, named(results, 'c').sentBytes);
  const at = replicaPath(path, name);
  const original = await fleet.fingerprint('a', at);
  for (const server of ['b', 'c']) {
    assert.equal(await fleet.fingerprint(server, at), original, server);
    await fleet.assertClean(server);
  }
});

test('a slow target does not keep the fast one waiting for long, and is completed alone', async () => {
  const bytesPerSecond = 1.1 * MEBIBYTE;
  const { host, port } = await fleet.lab.slowProxy('c', { bytesPerSecond });
  await fleet.ok(['server', 'edit', 'c', '--host', host, '--port', `${port}`]);
  await fleet.ok(['server', 'trust', 'c', '--fingerprint', fleet.lab.server('c').hostKeyFingerprint()]);
  const path = await fleet.subvolume('/srv/pool/paced', 24);
  const name = await fleet.snapshot(path);
  const { code, results } = await fleet.replicate('auto', path, '--to', 'b,c');
  assert.equal(code, 0, JSON.stringify(results));
  const fast = named(results, 'b');
  const slow = named(results, 'c');
  // Together with the slow one it would have taken all of its time; patience is ten seconds.
  assert.ok(
    fast.elapsedSeconds < 0.7 * slow.elapsedSeconds,
    `${fast.elapsedSeconds} s of ${slow.elapsedSeconds} s`,
  );
  assert.deepEqual([fast.verified, slow.verified], [true, true]);
  const at = replicaPath(path, name);
  const original = await fleet.fingerprint('a', at);
  for (const server of ['b', 'c']) {
    assert.equal(await fleet.fingerprint(server, at), original, server);
    await fleet.assertClean(server);
  }
});
