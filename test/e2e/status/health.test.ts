/** What `btrfleet health` says of a real fleet, whatever is done to its replicas. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HealthRow } from '../../../src/cli/status/rows.ts';
import { eventually, onlyReal, TestFleet } from '../fleet/fleet.ts';

const fleet = await TestFleet.anywhere('health');
const { lab } = fleet;

interface Asked {
  readonly code: number | null;
  readonly value: HealthRow;
}

const health = (...args: readonly string[]): Promise<Asked> => fleet.json<HealthRow>(['health', ...args]);

/** `degraded: b complete, c missing`; what is not expected stands in brackets. */
const shown = ({ overall, replicas }: HealthRow): string =>
  `${overall}: ${replicas.map(({ server, status, isExpected }) => (isExpected ? `${server} ${status}` : `(${server} ${status})`)).join(', ')}`;

async function expectHealth(want: string, ...args: readonly string[]): Promise<HealthRow> {
  const { code, value } = await health(...args);
  assert.equal(shown(value), want, JSON.stringify(value.reasons, null, 2));
  assert.equal(code, value.overall === 'ok' ? 0 : 1);
  return value;
}

const replicaOf = (path: string, name: string): string =>
  `/srv/pool/.snapshots/${path.slice('/srv/pool/'.length)}/${name}`;

const uuidOf = async (server: string, path: string): Promise<string> =>
  /UUID:\s+(\S+)/.exec(await lab.must(server, ['btrfs', 'subvolume', 'show', path]))?.[1] ?? '';

/** A subvolume with a snapshot that b and c have. */
async function everywhere(name: string): Promise<{ readonly path: string; readonly snapshot: string }> {
  const path = await fleet.subvolume(`/srv/pool/${name}`);
  const snapshot = await fleet.snapshot(path);
  assert.equal((await fleet.replicate('auto', path, '--to', 'b,c')).code, 0);
  return { path, snapshot };
}

test('with nothing looked after nothing is ok; nor when the primary cannot be reached', async () => {
  const empty = await fleet.json<{ overall: string; subvolumes: HealthRow[] }>(['health']);
  assert.deepEqual([empty.code, empty.value.overall, empty.value.subvolumes], [1, 'unknown', []]);
  assert.match((await fleet.run(['health'])).stdout, /^UNKNOWN: No subvolume has snapshots/);
  await lab.kill('a');
  const away = await fleet.run(['health']);
  assert.equal(away.code, 1);
  assert.match(away.stdout, /^UNKNOWN: a .*refused the connection/);
  await lab.start('a');
});

test('ok when it is on every server; the uuids are those that the servers tell', async () => {
  const { path, snapshot } = await everywhere('data');
  const found = await expectHealth('ok: b complete, c complete', path);
  assert.equal(found.snapshot, snapshot);
  const own = await uuidOf('a', replicaOf(path, snapshot));
  assert.equal(found.primary.uuid, own);
  for (const row of found.replicas) {
    assert.equal(row.uuid, await uuidOf(row.server, replicaOf(path, snapshot)));
    assert.deepEqual([row.receivedUuid, row.createdAt, row.lagSeconds], [own, snapshot, 0]);
  }
  const text = await fleet.run(['health', path]);
  assert.match(text.stdout, new RegExp(`^OK ${path}: ${snapshot}, `));
  assert.equal(text.code, 0);
});

test('deleted by hand on one server: degraded, and where', async () => {
  const { path, snapshot } = await everywhere('deleted');
  await lab.must('c', ['btrfs', 'subvolume', 'delete', replicaOf(path, snapshot)]);
  const found = await expectHealth('degraded: b complete, c missing', path);
  assert.deepEqual([found.reasons[0]?.where, found.reasons[0]?.page], ['c', 'replication']);
  assert.match(found.reasons[0]?.hint ?? '', new RegExp(`btrfleet replicate auto ${path} --to c`));
  const text = await fleet.run(['health', path]);
  assert.match(text.stdout, /^DEGRADED /);
  await lab.must('b', ['btrfs', 'subvolume', 'delete', replicaOf(path, snapshot)]);
  await expectHealth('failed: b missing, c missing', path);
  assert.equal((await fleet.replicate('auto', path, '--to', 'b,c')).code, 0);
  await expectHealth('ok: b complete, c complete', path);
});

test('made writable: modified, and never a good copy', async () => {
  const { path, snapshot } = await everywhere('modified');
  const writable = ['btrfs', 'property', 'set', '-f', replicaOf(path, snapshot), 'ro', 'false'];
  await lab.must('b', writable);
  const found = await expectHealth('degraded: b modified, c complete', path);
  assert.match(found.reasons[0]?.message ?? '', /was made writable/);
  await lab.must('c', writable);
  await expectHealth('failed: b modified, c modified', path);
});

test('half received and left: partial', async () => {
  const { path } = await everywhere('partial');
  const second = await fleet.snapshot(path);
  const replica = replicaOf(path, second);
  const mark = replica.replace('/.snapshots/', '/.snapshots/.btrfleet/receiving/');
  await lab.must('b', ['mkdir', '-p', mark]);
  await lab.must('b', ['btrfs', 'subvolume', 'create', replica]);
  await expectHealth('degraded: b partial, c missing', path);
});

test('a server that is down, or hangs: could not check, and the others are told as they are', {
  skip: onlyReal,
}, async () => {
  const { path, snapshot } = await everywhere('down');
  await lab.kill('b');
  const found = await expectHealth('unknown: b could-not-check, c complete', path);
  assert.equal(found.replicas[0]?.fault?.code, 'unreachable');
  assert.equal(found.reasons[0]?.page, 'servers');
  await lab.must('c', ['btrfs', 'subvolume', 'delete', replicaOf(path, snapshot)]);
  await expectHealth('degraded: b could-not-check, c missing', path);
  await lab.start('b');
  await fleet.real.cut('c');
  const hung = await expectHealth('unknown: b complete, c could-not-check', path);
  assert.match(hung.reasons[0]?.message ?? '', /c could not be checked/);
  await fleet.real.heal('c');
  await lab.kill('a');
  const { value } = await health(path);
  assert.deepEqual([value.primary.status, value.replicas[0]?.status], ['could-not-check', 'complete']);
  await lab.start('a');
});

test('with --known: as it was last seen, without a look', async () => {
  const { path, snapshot } = await everywhere('known');
  await expectHealth('ok: b complete, c complete', path);
  await lab.must('c', ['btrfs', 'subvolume', 'delete', replicaOf(path, snapshot)]);
  await expectHealth('ok: b complete, c complete', path, '--known');
  await expectHealth('degraded: b complete, c missing', path);
  await expectHealth('degraded: b complete, c missing', path, '--known');
  await lab.kill('b');
  await fleet.run(['server', 'check', 'b']);
  await expectHealth('degraded: b could-not-check, c missing', path, '--known');
  const dashboard = await fleet.run(['dashboard', '--cached']);
  assert.match(dashboard.stdout, /^\w+: .*3 servers not looked at now/);
  await lab.start('b');
  await expectHealth('degraded: b complete, c missing', path);
  await expectHealth('degraded: b complete, c missing', path, '--known');
});

test('by a second hop it is the same replica', { skip: onlyReal }, async () => {
  const path = await fleet.subvolume('/srv/pool/hop');
  const snapshot = await fleet.snapshot(path);
  assert.equal((await fleet.replicate('auto', path, '--to', 'b')).code, 0);
  await expectHealth('degraded: b complete, c missing', path);
  const stream = '/srv/pool/hop.stream';
  await lab.must('b', ['btrfs', 'send', '-q', '-f', stream, replicaOf(path, snapshot)]);
  const bytes = await lab.must('b', ['base64', '-w0', stream]);
  await lab.must('c', ['sh', '-c', `base64 -d >${stream}`], { input: bytes });
  await lab.must('c', ['mkdir', '-p', '/srv/pool/.snapshots/hop']);
  await lab.must('c', ['btrfs', 'receive', '-q', '-f', stream, '/srv/pool/.snapshots/hop']);
  await expectHealth('ok: b complete, c complete', path);
});

test('turned round: what was made there counts, by its origin, and so does what comes back', async () => {
  const { path, snapshot } = await everywhere('turned');
  await fleet.ok(['server', 'promote', 'b']);
  try {
    await lab.must('b', ['btrfs', 'subvolume', 'snapshot', replicaOf(path, snapshot), path]);
    const before = await expectHealth('ok: a complete, c complete', path);
    assert.deepEqual(
      [before.primary.receivedUuid, before.replicas[0]?.uuid, before.replicas[0]?.receivedUuid],
      [before.replicas[0]?.uuid, await uuidOf('a', replicaOf(path, snapshot)), null],
    );
    const onB = await fleet.snapshot(path);
    await expectHealth('degraded: a missing, c missing', path);
    assert.equal((await fleet.replicate('auto', path, '--to', 'a,c')).code, 0);
    await expectHealth('ok: a complete, c complete', path);
    await expectHealth('ok: a complete, c complete', path, snapshot);
    await fleet.ok(['server', 'promote', 'a']);
    const after = await expectHealth('ok: b complete, c complete', path, onB);
    assert.equal(after.replicas[0]?.receivedUuid, null);
  } finally {
    await fleet.ok(['server', 'promote', 'a']);
  }
});

test('with a task only its targets must have it; the RPO is what counts', async () => {
  const path = await fleet.subvolume('/srv/pool/task');
  await fleet.ok([
    'task',
    'add',
    'nightly',
    '--subvolume',
    path,
    '--to',
    'b',
    '--every',
    '1d',
    '--rpo',
    '1d',
  ]);
  await fleet.snapshot(path);
  await expectHealth('failed: b missing', path);
  await fleet.ok(['task', 'run', 'nightly']);
  await expectHealth('ok: b complete', path);
  await lab.addFilesystem('c', '/mnt/usb', '200M');
  await fleet.ok(['task', 'edit', 'nightly', '--to', 'b,c:/mnt/usb']);
  await fleet.ok(['task', 'run', 'nightly']);
  await expectHealth('ok: b complete, c complete', path);
  await lab.umount('c', '/mnt/usb');
  const away = await expectHealth('ok: b complete, c absent', path);
  assert.match(away.reasons[0]?.message ?? '', /The disk of c:\/mnt\/usb is not there now/);
  await fleet.ok(['task', 'edit', 'nightly', '--rpo', '1s']);
  // Once it is a second old.
  await eventually(() => expectHealth('degraded: b complete, c absent', path));
  await fleet.ok(['task', 'remove', 'nightly']);
});

test('with a task, deleted by hand: degraded at once, and where, until it is sent again', async () => {
  const path = await fleet.subvolume('/srv/pool/lost');
  const days = ['--every', '1d', '--rpo', '5d'];
  await fleet.ok(['task', 'add', 'lost', '--subvolume', path, '--to', 'b,c', ...days]);
  await fleet.ok(['task', 'run', 'lost']);
  await fleet.ok(['task', 'run', 'lost']);
  const newest = (await expectHealth('ok: b complete, c complete', path)).snapshot ?? '';
  await lab.must('b', ['btrfs', 'subvolume', 'delete', replicaOf(path, newest)]);
  for (const known of [[], ['--known']]) {
    const { reasons } = await expectHealth('degraded: b missing, c complete', path, ...known);
    assert.match(reasons[0]?.message ?? '', /was on b:\/srv\/pool and is gone/);
    assert.ok(reasons[0]?.message.includes(replicaOf(path, newest)));
  }
  await lab.must('b', ['sh', '-c', `btrfs subvolume delete ${replicaOf(path, '*')}`]);
  await expectHealth('degraded: b missing, c complete', path);
  await fleet.ok(['task', 'run', 'lost']);
  // What is newest is there again; that older ones went is told for a day.
  const older = await expectHealth('degraded: b complete, c complete', path);
  assert.match(older.reasons[0]?.message ?? '', /older replicas of .* are gone from b:\/srv\/pool/);
  // Somebody deleted it with btrfleet: it is missed all the same, and not told as gone by itself.
  const last = (await health(path)).value.snapshot ?? '';
  await fleet.ok(['snapshot', 'delete', path, last, '--server', 'b', '--allow-last-base', '--yes']);
  const deleted = await expectHealth('degraded: b missing, c complete', path);
  const told = deleted.reasons.map(({ message }) => message).join('\n');
  assert.match(told, /The last round of the task lost had it there/);
  await fleet.ok(['task', 'remove', 'lost']);
});

test('made writable and read-only again: modified, while nothing can be sent there and after a round failed', async () => {
  const path = await fleet.subvolume('/srv/pool/sealed');
  const days = ['--every', '1d', '--rpo', '5d'];
  await fleet.ok(['task', 'add', 'sealed', '--subvolume', path, '--to', 'b,c', ...days]);
  const snapshot = await fleet.snapshot(path);
  await fleet.ok(['replicate', 'auto', path, '--to', 'b,c']);
  for (const value of ['false', 'true']) {
    await lab.must('c', ['btrfs', 'property', 'set', '-f', replicaOf(path, snapshot), 'ro', value]);
    const { reasons } = await expectHealth('degraded: b complete, c modified', path);
    assert.ok(reasons[0]?.message.includes(replicaOf(path, snapshot)), reasons[0]?.message);
  }
  const listed = await fleet.ok<readonly { readonly name: string; readonly state: string }[]>([
    'snapshot',
    'list',
    path,
    '--server',
    'c',
  ]);
  assert.equal(listed.find(({ name }) => name === snapshot)?.state, 'modified');
  await fleet.run(['task', 'run', 'sealed']);
  const { value } = await health(path);
  assert.equal(value.overall, 'degraded');
  // Deleted as it is told to, the next round brings it anew.
  await fleet.ok(['snapshot', 'delete', path, snapshot, '--server', 'c', '--yes']);
  await fleet.ok(['replicate', 'auto', path, '--to', 'c', '--all']);
  await expectHealth('ok: b complete, c complete', path, snapshot);
  await fleet.ok(['task', 'remove', 'sealed']);
});

test('no whole replica anywhere, and a server goes down: it is never taken for a good one', async () => {
  const { path, snapshot } = await everywhere('none');
  for (const server of ['b', 'c']) {
    await lab.must(server, ['btrfs', 'subvolume', 'delete', replicaOf(path, snapshot)]);
  }
  await expectHealth('failed: b missing, c missing', path);
  await lab.kill('c');
  const { reasons } = await expectHealth('failed: b missing, c could-not-check', path);
  assert.match(reasons[0]?.message ?? '', /No whole replica of .* is known, and c.* could not be checked/);
  await lab.start('c');
});

test('of all subvolumes at once: the worst of them, each with its own', { skip: onlyReal }, async () => {
  const { code, value } = await fleet.json<{ overall: string; subvolumes: HealthRow[] }>(['health']);
  assert.equal(code, 1);
  assert.equal(value.overall, 'failed');
  const of = (path: string): string | undefined =>
    value.subvolumes.find(({ subvolume }) => subvolume === path)?.overall;
  assert.deepEqual(
    ['data', 'modified', 'known', 'hop'].map((name) => of(`/srv/pool/${name}`)),
    ['ok', 'failed', 'degraded', 'ok'],
  );
  const text = await fleet.run(['health']);
  assert.match(text.stdout, /^FAILED: \d+ of \d+ subvolumes are ok\n/);
});

test('what is nowhere is a fault, and its exit code is one', async () => {
  for (const [args, want] of [
    [['/srv/pool/nothing'], 'no-such-subvolume'],
    [['/srv/pool/data', '2020-01-01T00:00:00.000Z'], 'no-such-snapshot'],
    [['/srv/pool/data', 'yesterday'], 'no-such-snapshot'],
  ] as const) {
    const { code, fault } = await fleet.fault('health', ...args);
    assert.deepEqual([code, fault.code], [1, want]);
  }
});
