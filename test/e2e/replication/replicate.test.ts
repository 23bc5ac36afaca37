import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FaultCode } from '../../../src/core/model/fault.ts';
import { type ReplicationDocument, TestFleet } from '../fleet/fleet.ts';

const fleet = await TestFleet.anywhere('replicate', { servers: 4 });

const KEYS = [
  ...['server', 'mount', 'status', 'mode', 'snapshot', 'base', 'path', 'sentBytes', 'estimatedBytes'],
  ...['elapsedSeconds', 'proof', 'verified', 'fault'],
];

const replicaPath = (subvolume: string, name: string): string =>
  `/srv/pool/.snapshots/${subvolume.slice('/srv/pool/'.length)}/${name}`;

const change = (subvolume: string, text: string): Promise<string> =>
  fleet.lab.must('a', ['sh', '-c', 'echo "$2" >>"$1/log"', 'sh', subvolume, text]);

/** A subvolume with `count` snapshots, each with a small change, and what they are called. */
async function history(path: string, count: number): Promise<readonly [string, string, string, string]> {
  await fleet.subvolume(path);
  const names: string[] = [];
  for (let number = 1; number <= count; number++) {
    await change(path, `line ${number}`);
    names.push(await fleet.snapshot(path));
  }
  const [first = '', second = '', third = '', fourth = ''] = names;
  return [first, second, third, fourth];
}

/** What lies in a directory of replicas, for "nothing was touched". */
const listed = (server: string, directory: string): Promise<string> =>
  fleet.lab.must(server, ['sh', '-c', 'ls -lAiR -- "$1" 2>/dev/null; true', 'sh', directory]);

async function assertSame(subvolume: string, name: string, servers: readonly string[]): Promise<void> {
  const path = replicaPath(subvolume, name);
  const original = await fleet.fingerprint('a', path);
  for (const server of servers) {
    assert.equal(await fleet.fingerprint(server, path), original, server);
    await fleet.assertClean(server);
  }
}

test('full to two servers and one that is down: OK, OK, FAILED with the reason', async () => {
  const data = await fleet.subvolume('/srv/pool/data', 20);
  const name = await fleet.snapshot(data);
  await fleet.lab.kill('d');
  const { code, value } = await fleet.json<ReplicationDocument>([
    'replicate',
    'full',
    data,
    name,
    '--to',
    'b,c,d',
  ]);
  await fleet.lab.start('d');
  assert.equal(code, 1);
  assert.deepEqual(Object.keys(value), ['subvolume', 'results']);
  for (const result of value.results) assert.deepEqual(Object.keys(result).sort(), KEYS.toSorted());
  assert.deepEqual(
    value.results.map((result) => [
      result.server,
      result.status,
      result.mode,
      result.snapshot,
      result.verified,
    ]),
    [
      ['b', 'ok', 'full', name, true],
      ['c', 'ok', 'full', name, true],
      ['d', 'failed', 'full', name, false],
    ],
  );
  const [b, , d] = value.results;
  assert.deepEqual([b?.mount, b?.base, b?.path, b?.fault], ['/srv/pool', null, 'relay', null]);
  assert.ok(b && b.sentBytes > 20 * 1024 * 1024 && b.elapsedSeconds > 0);
  assert.deepEqual(
    [d?.mount, d?.sentBytes, d?.estimatedBytes, d?.fault?.code, d?.fault?.server, d?.fault?.retry],
    [null, 0, null, 'unreachable', 'd', true],
  );
  await assertSame(data, name, ['b', 'c']);
});

test('an incremental replication from a base chosen by hand sends the change alone', async () => {
  const path = '/srv/pool/by-hand';
  const [first, , third] = await history(path, 3);
  await fleet.replicateOne('full', path, first, '--to', 'b');
  const result = await fleet.replicateOne('incremental', path, third, '--base', first, '--to', 'b');
  assert.deepEqual(
    [result.status, result.mode, result.base, result.snapshot, result.verified],
    ['ok', 'incremental', first, third, true],
  );
  assert.ok(result.sentBytes > 0 && result.sentBytes < 4096, `${result.sentBytes} bytes`);
  await assertSame(path, third, ['b']);
  const again = await fleet.replicateOne('incremental', path, third, '--base', first, '--to', 'b');
  assert.deepEqual([again.status, again.snapshot, again.sentBytes], ['already-there', third, 0]);
});

test('every documented refusal is a fault of its own, and nothing arrives', async (t) => {
  const path = '/srv/pool/refused';
  const [first, second, third] = await history(path, 3);
  await fleet.lab.must('a', ['mkdir', '/srv/pool/plain']);
  const before = await fleet.lab.must('b', ['btrfs', 'subvolume', 'list', '/srv/pool']);
  const missing = '2001-01-01T00:00:00.000Z';
  const incremental = (snapshot: string, base: string) => ['incremental', path, snapshot, '--base', base];
  for (const [title, args, code] of [
    ['the base is not on the primary', incremental(third, missing), 'no-base'],
    ['the snapshot is not on the primary', incremental(missing, first), 'no-such-snapshot'],
    ['the snapshot is older than the base', incremental(first, second), 'nothing-newer'],
    ['the snapshot is the base', incremental(second, second), 'nothing-newer'],
    ['the base is not on the target', incremental(third, first), 'no-base'],
    ['a full one of a snapshot that is not there', ['full', path, missing], 'no-such-snapshot'],
  ] as readonly [string, readonly string[], FaultCode][]) {
    await t.test(title, async () => {
      const result = await fleet.replicateOne(...args, '--to', 'b');
      assert.deepEqual([result.status, result.fault?.code, result.sentBytes], ['failed', code, 0]);
      assert.ok(result.fault?.message && result.fault.hint);
    });
  }
  for (const [title, subvolume] of [
    ['the subvolume is not on the primary', '/srv/pool/nothing'],
    ['it is a plain directory', '/srv/pool/plain'],
    ['it is a snapshot', replicaPath(path, first)],
    ['it is not an absolute path', 'refused'],
  ] as const) {
    await t.test(title, async () => {
      const { code, fault } = await fleet.replicate(
        'incremental',
        subvolume,
        third,
        '--base',
        first,
        '--to',
        'b',
      );
      assert.deepEqual([code, fault?.code, fault?.server], [1, 'no-such-subvolume', 'a']);
    });
  }
  await t.test('the subvolume has no snapshots', async () => {
    await fleet.subvolume('/srv/pool/bare');
    const result = await fleet.replicateOne('auto', '/srv/pool/bare', '--to', 'b');
    assert.equal(result.fault?.code, 'no-such-snapshot');
  });
  assert.equal(await fleet.lab.must('b', ['btrfs', 'subvolume', 'list', '/srv/pool']), before);
  await fleet.assertClean('b');
});

test('a base that was made writable on the target is told as modified and never used', async () => {
  const path = '/srv/pool/modified';
  const [first, second] = await history(path, 2);
  await fleet.replicateOne('full', path, first, '--to', 'b');
  const replica = replicaPath(path, first);
  await fleet.lab.must('b', ['btrfs', 'property', 'set', '-f', '-ts', replica, 'ro', 'false']);
  const before = await fleet.fingerprint('b', replica);
  const byHand = await fleet.replicateOne('incremental', path, second, '--base', first, '--to', 'b');
  assert.deepEqual([byHand.status, byHand.fault?.code], ['failed', 'replica-modified']);
  const again = await fleet.replicateOne('full', path, first, '--to', 'b');
  assert.equal(again.fault?.code, 'replica-modified');
  const auto = await fleet.replicateOne('auto', path, '--to', 'b');
  assert.deepEqual([auto.status, auto.mode, auto.snapshot], ['ok', 'full', second]);
  assert.equal(await fleet.fingerprint('b', replica), before);
  const rows = await fleet.ok<{ name: string; state: string }[]>(['snapshot', 'list', path, '--server', 'b']);
  assert.deepEqual(
    rows.map(({ name, state }) => [name, state]),
    [
      [first, 'modified'],
      [second, 'complete'],
    ],
  );
  // It would be the writable one assertClean looks for.
  await fleet.lab.must('b', ['btrfs', 'subvolume', 'delete', replica]);
  await fleet.assertClean('b');
});

test('a snapshot that was made writable on the primary is not sent', async () => {
  const path = '/srv/pool/loosened';
  const [first] = await history(path, 1);
  await fleet.lab.must('a', [
    'btrfs',
    'property',
    'set',
    '-f',
    '-ts',
    replicaPath(path, first),
    'ro',
    'false',
  ]);
  const result = await fleet.replicateOne('full', path, first, '--to', 'b');
  assert.equal(result.fault?.code, 'replica-modified');
  assert.equal((await fleet.replicateOne('auto', path, '--to', 'b')).fault?.code, 'no-such-snapshot');
  await fleet.lab.must('a', ['btrfs', 'subvolume', 'delete', replicaPath(path, first)]);
});

test('auto goes in full at first, then incrementally, then there is nothing to do', async () => {
  const path = '/srv/pool/auto';
  const [first] = await history(path, 1);
  const full = await fleet.replicateOne('auto', path, '--to', 'b');
  assert.deepEqual([full.status, full.mode, full.base, full.snapshot], ['ok', 'full', null, first]);
  await change(path, 'more');
  const second = await fleet.snapshot(path);
  const { code, results } = await fleet.replicate('auto', path, '--to', 'b,c');
  assert.equal(code, 0);
  assert.deepEqual(
    results.map(({ server, status, mode, base }) => [server, status, mode, base]),
    [
      ['b', 'ok', 'incremental', first],
      ['c', 'ok', 'full', null],
    ],
  );
  await assertSame(path, second, ['b', 'c']);
  const again = await fleet.replicate('auto', path, '--to', 'b,c');
  assert.equal(again.code, 0);
  assert.deepEqual(
    again.results.map(({ server, status, sentBytes, fault }) => [server, status, sentBytes, fault]),
    [
      ['b', 'already-there', 0, null],
      ['c', 'already-there', 0, null],
    ],
  );
});

test('auto --snapshot sends the one that is named, also on top of a newer one', async () => {
  const path = '/srv/pool/named';
  const [first, second, third] = await history(path, 3);
  await fleet.replicateOne('auto', path, '--snapshot', second, '--to', 'b');
  const older = await fleet.replicateOne('auto', path, '--snapshot', first, '--to', 'b');
  assert.deepEqual([older.mode, older.base, older.snapshot], ['incremental', second, first]);
  const newer = await fleet.replicateOne('auto', path, '--to', 'b');
  assert.deepEqual([newer.base, newer.snapshot], [second, third]);
  for (const name of [first, second, third]) await assertSame(path, name, ['b']);
});

test('auto --all sends everything the target lacks, oldest first, one result each', async () => {
  const path = '/srv/pool/all';
  const [first, second, third, fourth] = await history(path, 4);
  await fleet.replicateOne('full', path, second, '--to', 'b');
  const { code, results } = await fleet.replicate('auto', path, '--all', '--to', 'b,c');
  assert.equal(code, 0);
  assert.deepEqual(
    results.map(({ server, snapshot, base, status }) => [server, snapshot, base, status]),
    [
      ['b', first, second, 'ok'],
      ['c', first, null, 'ok'],
      ['b', second, null, 'already-there'],
      ['c', second, first, 'ok'],
      ['b', third, second, 'ok'],
      ['c', third, second, 'ok'],
      ['b', fourth, third, 'ok'],
      ['c', fourth, third, 'ok'],
    ],
  );
  for (const name of [first, second, third, fourth]) await assertSame(path, name, ['b', 'c']);
  const again = await fleet.replicate('auto', path, '--all', '--to', 'b,c');
  assert.equal(again.code, 0);
  assert.deepEqual(
    again.results.map(({ status }) => status),
    Array.from({ length: 8 }, () => 'already-there'),
  );
});

test('--dry-run says each step with its size, and changes nothing on either side', async () => {
  const path = '/srv/pool/dry';
  const [first, second] = await history(path, 2);
  await fleet.replicateOne('full', path, first, '--to', 'b');
  const before = await listed('b', '/srv/pool/.snapshots');
  const runs = await fleet.ok<unknown[]>(['run', 'list']);
  const { code, results } = await fleet.replicate('auto', path, '--all', '--to', 'b,c', '--dry-run');
  assert.equal(code, 0);
  assert.deepEqual(
    results.map(({ server, status, mode, snapshot, base, sentBytes }) => [
      server,
      status,
      mode,
      snapshot,
      base,
      sentBytes,
    ]),
    [
      ['b', 'already-there', 'full', first, null, 0],
      ['c', 'planned', 'full', first, null, 0],
      ['b', 'planned', 'incremental', second, first, 0],
      ['c', 'planned', 'incremental', second, first, 0],
    ],
  );
  const planned = results.filter(({ status }) => status === 'planned');
  assert.ok(planned.every(({ estimatedBytes }) => estimatedBytes !== null && estimatedBytes > 0));
  assert.equal(await listed('b', '/srv/pool/.snapshots'), before);
  assert.equal(await listed('c', '/srv/pool/.snapshots/dry'), '');
  assert.equal((await fleet.ok<unknown[]>(['run', 'list'])).length, runs.length);
  const refusal = await fleet.replicate(
    'incremental',
    path,
    first,
    '--base',
    second,
    '--to',
    'b',
    '--dry-run',
  );
  assert.deepEqual([refusal.code, refusal.results[0]?.fault?.code], [1, 'nothing-newer']);
  const text = await fleet.run(['replicate', 'auto', path, '--to', 'b', '--dry-run']);
  assert.match(text.stdout, new RegExp(`b:/srv/pool +WOULD SEND +${second} on top of ${first}, \\d+ B`));
});

test('a replica that was promoted sends its changes back incrementally, and the roles can turn again', async () => {
  const path = '/srv/pool/site';
  const [first] = await history(path, 1);
  await fleet.replicateOne('auto', path, '--to', 'b');
  await fleet.ok(['server', 'promote', 'b']);
  try {
    await fleet.lab.must('b', ['btrfs', 'subvolume', 'snapshot', replicaPath(path, first), path]);
    await fleet.lab.must('b', ['sh', '-c', 'echo written on b >>"$1/log"', 'sh', path]);
    const onB = await fleet.snapshot(path);
    const back = await fleet.replicateOne('auto', path, '--to', 'a');
    assert.deepEqual([back.status, back.mode, back.base, back.snapshot], ['ok', 'incremental', first, onB]);
    assert.ok(back.sentBytes < 4096, `${back.sentBytes} bytes`);
    const hop = await fleet.replicateOne('auto', path, '--to', 'c');
    assert.deepEqual([hop.status, hop.mode], ['ok', 'full']);
    await assertSame(path, onB, ['b', 'c']);
  } finally {
    await fleet.ok(['server', 'promote', 'a']);
  }
  await change(path, 'on a again');
  const last = await fleet.snapshot(path);
  const { code, results } = await fleet.replicate('auto', path, '--to', 'b,c');
  assert.equal(code, 0, JSON.stringify(results));
  assert.deepEqual(
    results.map(({ mode }) => mode),
    ['incremental', 'incremental'],
  );
  await assertSame(path, last, ['b', 'c']);
  await fleet.assertClean('a');
});

test('after a subvolume was replaced by a copy of a snapshot, it goes on incrementally', async () => {
  const path = '/srv/pool/restored';
  const [first] = await history(path, 1);
  await fleet.replicateOne('auto', path, '--to', 'b');
  await fleet.lab.must('a', ['mv', path, `${path}.replaced`]);
  await fleet.lab.must('a', ['btrfs', 'subvolume', 'snapshot', replicaPath(path, first), path]);
  const second = await fleet.snapshot(path);
  const result = await fleet.replicateOne('auto', path, '--to', 'b');
  assert.deepEqual([result.mode, result.base, result.snapshot], ['incremental', first, second]);
  await assertSame(path, second, ['b']);
});
