import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Fault } from '../../../src/core/model/fault.ts';
import { patience, slowRate } from '../../patience.ts';
import { eventually, type ReplicationDocument, TestFleet } from '../fleet/fleet.ts';
import { begin, repairs, resultsOf, sentBytes, stateOf, told } from '../fleet/transfers.ts';

const [fleet, far, other, tight] = await Promise.all([
  TestFleet.up('break', { servers: 3 }),
  TestFleet.up('break-target', { servers: 3 }),
  TestFleet.up('break-source', { servers: 2 }),
  TestFleet.up('break-room', { servers: 2 }),
]);

/** Keepalive gives a connection up after 25 s; the rest is for the retry and the end. */
const DEAD_SECONDS = 35;

/** Kills what btrfs runs on a server, as the kernel does when memory is short. */
function killBtrfs(on: TestFleet, server: string, verb: 'send' | 'receive'): void {
  const found = on.lab.leftovers(server).filter(({ argv }) => argv[0]?.endsWith('btrfs') && argv[1] === verb);
  assert.equal(found.length, 1, `btrfs ${verb} on ${server}`);
  for (const { pid } of found) process.kill(pid, 'SIGKILL');
}

describe('a cable that is pulled in the midst of a transfer', { concurrency: true }, () => {
  test("the target's: it is unreachable in time, the other one is served, and the next run repairs it", async () => {
    const data = await far.subvolume('/srv/pool/data', 100);
    const name = await far.snapshot(data);
    const running = await begin(far, data, ['b', 'c']);
    await far.lab.cut('b');
    const cutAt = performance.now();
    const ended = await running.ended;
    const seconds = (performance.now() - cutAt) / 1000;
    assert.ok(seconds * 1000 <= patience(DEAD_SECONDS), `it took ${seconds} s`);
    assert.deepEqual(told(resultsOf(ended)), [
      ['b', 'failed', 'unreachable'],
      ['c', 'ok', null],
    ]);
    assert.equal(ended.code, 1);
    await far.lab.heal('b');
    await repairs(far, data, name, ['b', 'c']);
  });

  test("the source's: all targets are cleaned at once, and the next run works", async () => {
    const data = await other.subvolume('/srv/pool/data', 100);
    const name = await other.snapshot(data);
    const running = await begin(other, data, ['b']);
    await other.lab.cut('a');
    const cutAt = performance.now();
    const ended = await running.ended;
    assert.ok(performance.now() - cutAt <= patience(DEAD_SECONDS));
    const [result] = resultsOf(ended);
    assert.deepEqual(
      [result?.status, result?.fault?.code, result?.fault?.server],
      ['failed', 'unreachable', 'a'],
    );
    await other.assertClean('b');
    await other.lab.heal('a');
    await repairs(other, data, name, ['b']);
  });

  // Beside the cables, for btrfs gives room back only after its next commit.
  test('a broken transfer that filled half the disk: the next one waits for its room, then works', async () => {
    await tight.lab.addFilesystem('b', '/srv/tight', '500M');
    const data = await tight.subvolume('/srv/pool/tight', 250);
    await tight.snapshot(data);
    const to = 'b:/srv/tight';
    const running = await begin(tight, data, [to], { rate: '80M' });
    await eventually(() => assert.ok((sentBytes(stateOf(tight)).get(to) ?? 0) > 180_000_000));
    running.child.kill('SIGKILL');
    await running.ended;
    // What arrived takes its room for good; while it still arrived, this would take longer than the rest of it.
    await tight.lab.must('b', ['sync', '-f', '/srv/tight']);
    const { results } = await tight.ok<ReplicationDocument>(['replicate', 'auto', data, '--to', to]);
    assert.deepEqual(told(results), [['b', 'ok', null]]);
    await tight.assertClean('b', '/srv/tight');
  });

  test('sshd of the target is killed: unreachable at once, and repaired by the next run', async () => {
    const data = await fleet.subvolume('/srv/pool/sshd', 40);
    const name = await fleet.snapshot(data);
    const running = await begin(fleet, data, ['b', 'c']);
    await fleet.lab.kill('b');
    const killedAt = performance.now();
    const ended = await running.ended;
    assert.ok(performance.now() - killedAt <= patience(20));
    assert.deepEqual(told(resultsOf(ended)), [
      ['b', 'failed', 'unreachable'],
      ['c', 'ok', null],
    ]);
    await fleet.lab.start('b');
    await repairs(fleet, data, name, ['b', 'c']);
  });
});

test('btrfleet is killed twice in the midst of it, then it works, and the journal tells', async () => {
  const data = await fleet.subvolume('/srv/pool/killed', 40);
  const name = await fleet.snapshot(data);
  for (const _ of [1, 2]) {
    const running = await begin(fleet, data, ['b']);
    running.child.kill('SIGKILL');
    await running.ended;
  }
  await repairs(fleet, data, name, ['b']);
  const runs = await fleet.ok<{ outcome: string; fault: Fault | null }[]>([
    'run',
    'list',
    '--kind',
    'replication',
    '--limit',
    '3',
  ]);
  assert.deepEqual(
    runs.map(({ outcome, fault }) => [outcome, fault?.code ?? null]),
    [
      ['ok', null],
      ['interrupted', 'interrupted'],
      ['interrupted', 'interrupted'],
    ],
  );
});

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  test(`${signal} stops both ends and leaves nothing`, async () => {
    const data = await fleet.subvolume(`/srv/pool/${signal}`, 40);
    const name = await fleet.snapshot(data);
    const running = await begin(fleet, data, ['b', 'c']);
    const began = performance.now();
    running.child.kill(signal);
    const ended = await running.ended;
    assert.equal(ended.code, 130, ended.stderr);
    assert.ok(performance.now() - began < patience(10));
    assert.deepEqual(told(resultsOf(ended)), [
      ['b', 'cancelled', 'cancelled'],
      ['c', 'cancelled', 'cancelled'],
    ]);
    for (const server of ['a', 'b', 'c']) await fleet.assertClean(server);
    const [run] = await fleet.ok<{ outcome: string }[]>(['run', 'list', '--limit', '1']);
    assert.equal(run?.outcome, 'cancelled');
    if (signal === 'SIGINT') await repairs(fleet, data, name, ['b', 'c']);
  });
}

test('btrfs receive is killed on one target: that one failed and is clean, the other has its replica', async () => {
  const data = await fleet.subvolume('/srv/pool/receive', 40);
  const name = await fleet.snapshot(data);
  const running = await begin(fleet, data, ['b', 'c'], { rate: slowRate(8) });
  killBtrfs(fleet, 'b', 'receive');
  const ended = await running.ended;
  assert.deepEqual(told(resultsOf(ended)), [
    ['b', 'failed', 'receive-failed'],
    ['c', 'ok', null],
  ]);
  await fleet.assertClean('b');
  await repairs(fleet, data, name, ['b', 'c']);
});

test('btrfs send is killed on the source: the targets failed and are clean', async () => {
  const data = await fleet.subvolume('/srv/pool/send', 40);
  const name = await fleet.snapshot(data);
  const running = await begin(fleet, data, ['b', 'c'], { rate: slowRate(8) });
  killBtrfs(fleet, 'a', 'send');
  const ended = await running.ended;
  assert.deepEqual(told(resultsOf(ended)), [
    ['b', 'failed', 'send-failed'],
    ['c', 'failed', 'send-failed'],
  ]);
  for (const server of ['a', 'b', 'c']) await fleet.assertClean(server);
  await repairs(fleet, data, name, ['b', 'c']);
});

test('a target that is too small is refused with the figures, before a byte is sent', async () => {
  const data = await fleet.subvolume('/srv/pool/big', 150);
  await fleet.snapshot(data);
  await fleet.lab.addFilesystem('b', '/srv/tiny', '128M');
  const { code, value } = await fleet.json<ReplicationDocument>([
    'replicate',
    'auto',
    data,
    '--to',
    'b:/srv/tiny,c',
  ]);
  assert.equal(code, 1);
  assert.deepEqual(told(value.results), [
    ['b', 'failed', 'no-space'],
    ['c', 'ok', null],
  ]);
  const [tiny] = value.results;
  assert.deepEqual([tiny?.sentBytes, tiny?.estimatedBytes], [0, 150 * 1024 * 1024]);
  assert.match(tiny?.fault?.message ?? '', /b:\/srv\/tiny has .*\d.* free; the transfer needs .*\d/);
  await fleet.assertClean('b', '/srv/tiny');
});

test('a target that fills up meanwhile: no-space, the partial is gone, nothing else is lost', async () => {
  await fleet.lab.addFilesystem('b', '/srv/filling', '400M');
  const data = await fleet.subvolume('/srv/pool/filling', 1);
  const first = await fleet.snapshot(data);
  const to = ['--to', 'b:/srv/filling'];
  await fleet.ok(['replicate', 'auto', data, ...to]);
  await fleet.lab.must('a', [
    'dd',
    'if=/dev/urandom',
    `of=${data}/more`,
    'bs=1M',
    'count=150',
    'status=none',
  ]);
  await fleet.snapshot(data);
  const running = await begin(fleet, data, ['b:/srv/filling'], { rate: '30M' });
  await fleet.lab.must('b', 'cat /dev/zero >/srv/filling/filler 2>/dev/null; test -s /srv/filling/filler');
  const ended = await running.ended;
  assert.deepEqual(told(resultsOf(ended)), [['b', 'failed', 'no-space']]);
  await fleet.assertClean('b', '/srv/filling');
  const kept = `.snapshots/filling/${first}`;
  assert.equal(
    await fleet.fingerprint('b', `/srv/filling/${kept}`),
    await fleet.fingerprint('a', `/srv/pool/${kept}`),
  );
  await fleet.lab.must('b', 'rm /srv/filling/filler && btrfs filesystem sync /srv/filling');
  const { results } = await fleet.ok<ReplicationDocument>(['replicate', 'auto', data, ...to]);
  assert.deepEqual(
    results.map(({ mode, base, status }) => [mode, base, status]),
    [['incremental', first, 'ok']],
  );
});

test('a primary whose disk is full makes no snapshot and says why', async () => {
  await fleet.lab.addFilesystem('a', '/srv/full', '110M');
  await fleet.lab.must('a', 'btrfs subvolume create /srv/full/data >/dev/null');
  // Small files lie in the metadata, so that this, too, is used up.
  await fleet.lab.must(
    'a',
    'cd /srv/full/data && for name in f g h i; do head -c 200000000 /dev/zero | split -b 2000 -a 5 - $name 2>/dev/null; sync; done; true',
  );
  const { code, value } = await fleet.json<{ fault?: Fault; failed?: readonly { fault: Fault }[] }>([
    'snapshot',
    'create',
    '/srv/full/data',
  ]);
  assert.equal(code, 1, JSON.stringify(value));
  assert.equal((value.fault ?? value.failed?.[0]?.fault)?.code, 'no-space', JSON.stringify(value));
  const listed = await fleet.lab.must('a', ['btrfs', 'subvolume', 'list', '-s', '/srv/full']);
  assert.equal(listed, '');
});

test('a target that became read-only: told as that, for a new directory and for one that is there', async () => {
  await fleet.lab.addFilesystem('b', '/srv/ro', '256M');
  const data = await fleet.subvolume('/srv/pool/ro', 2);
  await fleet.snapshot(data);
  const to = ['replicate', 'auto', data, '--to', 'b:/srv/ro'];
  const remount = (mode: string) => fleet.lab.must('b', ['mount', '-o', `remount,${mode}`, '/srv/ro']);
  for (const _ of ['no directory yet', 'there']) {
    await remount('ro');
    const { code, value } = await fleet.json<ReplicationDocument>(to);
    assert.deepEqual([code, ...told(value.results)], [1, ['b', 'failed', 'read-only-filesystem']]);
    await remount('rw');
    await fleet.ok(to);
    await fleet.snapshot(data);
  }
  await fleet.assertClean('b', '/srv/ro');
});

test('nothing is left anywhere', async () => {
  for (const on of [fleet, far, other, tight]) {
    for (const { name } of on.lab.servers) await on.assertClean(name);
    const locks = await eventually(() => on.lab.leftovers('b'));
    assert.deepEqual(locks, []);
  }
});
