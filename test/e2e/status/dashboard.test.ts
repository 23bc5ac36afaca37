/** The Dashboard of a real fleet, as a person and as a monitoring sees it: fine, then not, and why. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DashboardRow } from '../../../src/cli/status/rows.ts';
import { TestFleet } from '../fleet/fleet.ts';

const fleet = await TestFleet.anywhere('dashboard', { servers: 3 });
const { lab } = fleet;

const dashboard = (...options: readonly string[]) => fleet.json<DashboardRow>(['dashboard', ...options]);

const serious = ({ reasons }: DashboardRow) => reasons.filter(({ level }) => level !== 'note');

const once = async (): Promise<void> => {
  const { code, stderr } = await fleet.run(['--schedule', '--once']);
  assert.equal(code, 0, stderr);
};

test('without a task nothing is fine: UNKNOWN, and it says that nothing is replicated by a task', async () => {
  const data = await fleet.subvolume('/srv/pool/data');
  await fleet.snapshot(data);
  const { code, value } = await dashboard();
  assert.equal(code, 1);
  assert.notEqual(value.overall, 'ok');
  assert.ok(value.reasons.some(({ message, level }) => level === 'unknown' && /by a task/.test(message)));
});

test('replicated by a task, all servers up: OK, exit 0, and all figures are there', async () => {
  await fleet.ok([
    ...['task', 'add', 'nightly', '--subvolume', '/srv/pool/data', '--to', 'b,c'],
    ...['--every', '1h', '--rpo', '4h'],
  ]);
  await once();
  const { code, value, stderr } = await dashboard();
  assert.deepEqual([value.overall, serious(value), code], ['ok', [], 0], stderr);
  assert.deepEqual(
    value.servers.map(({ server, status, isStale, fault }) => [server, status, isStale, fault]),
    ['a', 'b', 'c'].map((name) => [name, 'online', false, null]),
  );
  for (const { latencySeconds, filesystems } of value.servers) {
    assert.ok(latencySeconds !== null && latencySeconds < 5);
    const [pool] = filesystems;
    assert.ok(pool && pool.sizeBytes === 1024 ** 3 && (pool.freeBytes ?? 0) > 0 && pool.checkedAt !== null);
  }
  const [data] = value.subvolumes;
  assert.deepEqual([data?.subvolume, data?.overall, data?.overdue], ['/srv/pool/data', 'ok', false]);
  assert.deepEqual(
    data?.replicas.map(({ server, status, lagSeconds, rpo, rpoSeconds }) => [
      ...[server, status, lagSeconds, rpo, rpoSeconds],
    ]),
    ['b', 'c'].map((name) => [name, 'complete', 0, 'kept', 4 * 3600]),
  );
  assert.ok(value.next.some(({ item }) => item === 'task:nightly'));
  const text = await fleet.run(['dashboard']);
  assert.equal(text.code, 0);
  assert.match(text.stdout, /^OK: 1 of 1 subvolumes are ok, 3 of 3 servers online\n/);
  assert.match(text.stdout, /\/srv\/pool\/data +ok +\d/);
});

test('a target is down: UNKNOWN for it alone, with the reason, exit 1; --cached asks nobody', async () => {
  await lab.kill('c');
  const { code, value } = await dashboard();
  assert.deepEqual([value.overall, code], ['unknown', 1]);
  assert.deepEqual(
    serious(value).map(({ level, where, mend }) => [level, where, mend.page, mend.object]),
    [['unknown', 'c', 'servers', 'c']],
  );
  assert.match(serious(value)[0]?.message ?? '', /c .*Last seen .* ago|c .*a moment ago/);
  assert.deepEqual(
    value.servers.map(({ status }) => status),
    ['online', 'online', 'offline'],
  );
  // What was known of it stays.
  assert.ok((value.servers[2]?.filesystems.length ?? 0) > 0);
  const replicas = value.subvolumes[0]?.replicas.map(({ server, status }) => [server, status]);
  assert.deepEqual(replicas, [
    ['b', 'complete'],
    ['c', 'could-not-check'],
  ]);
  const text = await fleet.run(['dashboard']);
  assert.equal(text.code, 1);
  assert.match(text.stdout, /^UNKNOWN: /);
  const cached = await dashboard('--cached');
  assert.deepEqual(
    cached.value.servers.map(({ status, latencySeconds }) => [status, latencySeconds]),
    ['a', 'b', 'c'].map(() => ['unknown', null]),
  );
  // It asks nobody, and knows that the last one who did was not answered.
  assert.deepEqual([cached.value.overall, cached.code], ['unknown', 1]);
  assert.deepEqual(
    serious(cached.value).map(({ level, where }) => [level, where]),
    [['unknown', 'c']],
  );
});

test('a round fails for it and a replica is deleted by hand on the other: DEGRADED, and where; later recovered', async () => {
  const [newest] = (await dashboard('--cached')).value.subvolumes.map((one) => one.newest);
  await lab.must('b', ['btrfs', 'subvolume', 'delete', `/srv/pool/.snapshots/data/${newest}`]);
  const round = await fleet.run(['task', 'run', 'nightly']);
  assert.equal(round.code, 1);
  const down = await dashboard();
  const failures = down.value.failures.map(({ kind, subject, isRecovered }) => [kind, subject, isRecovered]);
  assert.deepEqual(failures, [['task', 'nightly', false]]);
  await lab.start('c');
  const again = (await dashboard()).value.subvolumes[0]?.newest;
  await lab.must('b', [
    ...['sh', '-c', 'for one in /srv/pool/.snapshots/data/2*; do btrfs subvolume delete "$one"; done'],
  ]);
  const { code, value } = await dashboard();
  assert.deepEqual([value.overall, code], ['degraded', 1], JSON.stringify(value.reasons));
  assert.ok(again);
  assert.ok(serious(value).some(({ level, where }) => level === 'degraded' && where?.startsWith('b')));
  assert.equal((await fleet.run(['task', 'run', 'nightly'])).code, 0);
  // The newest is there again. That older ones are gone is told until they are, too.
  const served = await dashboard();
  const [older, ...others] = serious(served.value);
  assert.match(older?.message ?? '', /^2 older replicas of \S+ are gone from b:\/srv\/pool, /);
  assert.deepEqual([older?.level, others, served.code], ['degraded', [], 1]);
  const [told = ''] = older?.message.split(' First missed') ?? [];
  for (const [name] of told.matchAll(/2\S+Z(?=[,.])/g))
    await fleet.replicateOne('auto', '/srv/pool/data', '--snapshot', name, '--to', 'b');
  const back = await dashboard();
  assert.deepEqual([back.value.overall, back.code], ['ok', 0], JSON.stringify(back.value.reasons));
  assert.deepEqual(
    back.value.failures.map(({ isRecovered }) => isRecovered),
    [true],
  );
});
