/** What meets a deletion: a replication that would choose from it, and a server that refuses it, on a real fleet. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CleanupReport } from '../../../src/core/model/runs/cleanup.ts';
import { AT_ONCE } from '../../../src/core/run/deletion/delete-together.ts';
import { eventually, TestFleet } from '../fleet/fleet.ts';
import { Desk, namesIn, poolDirectory, runRound } from '../fleet/rounds.ts';

const fleet = await TestFleet.up('deletions', { servers: 2 });
const { lab } = fleet;
const desk = new Desk(fleet);

test('a replication waits for the deletion of what it would send, and says so; nobody else does', async () => {
  const [path, other] = [await fleet.subvolume('/srv/pool/mine'), await fleet.subvolume('/srv/pool/other')];
  const name = await fleet.snapshot(path);
  await fleet.snapshot(other);
  const deletion = await desk.deletion(path, [[name, 'a']]);
  const waiting = fleet.replicate('auto', path, '--to', 'b');
  await eventually(() => {
    const { job } = desk.newest('replication');
    assert.deepEqual(job?.notes, ['waiting until a snapshot on a is deleted']);
  });
  assert.equal((await fleet.replicate('auto', other, '--to', 'b')).code, 0);
  const planned = await fleet.replicate('auto', path, '--to', 'b', '--dry-run');
  assert.deepEqual([planned.code, planned.results.map(({ status }) => status)], [0, ['planned']]);
  assert.deepEqual(await namesIn(fleet, 'b', poolDirectory(path)), []);
  deletion.end();
  assert.equal((await waiting).code, 0);
  assert.deepEqual(await namesIn(fleet, 'b', poolDirectory(path)), [name]);
});

test('a round whose clean-up is refused by the server is not fine, and is again once it is not', async () => {
  const path = await fleet.subvolume('/srv/pool/full', 20);
  const rules = ['--every', '1h', '--keep-last', '1'];
  await fleet.ok(['task', 'add', 'full', '--subvolume', path, '--to', 'b', ...rules]);
  assert.equal((await runRound(fleet, 'full')).code, 0);
  const [old = ''] = await namesIn(fleet, 'b', poolDirectory(path));
  const send = 'setsid sh -c \'btrfs send -q "$1" | sleep 600\' sh "$1" >/dev/null 2>&1 & echo $!';
  const group = await lab.must('b', ['sh', '-c', send, 'sh', `${poolDirectory(path)}/${old}`]);
  try {
    await eventually(async () => {
      const { stdout } = await lab.exec('b', ['pgrep', '-g', group.trim(), '-x', 'btrfs']);
      assert.notEqual(stdout, '');
    });
    const refused = await runRound(fleet, 'full');
    assert.deepEqual([refused.code, refused.targets], [1, ['b ok']]);
    assert.deepEqual(
      refused.report.faults.map(({ code, server }) => [code, server]),
      [['locked', 'b']],
    );
    assert.equal((await namesIn(fleet, 'b', poolDirectory(path))).length, 2);
  } finally {
    await lab.exec('b', ['kill', '--', `-${group.trim()}`]);
  }
  await eventually(async () => assert.equal((await runRound(fleet, 'full')).code, 0));
  assert.equal((await namesIn(fleet, 'b', poolDirectory(path))).length, 1);
});

test('a clean-up ends at the first deletion that the server does not answer, and tells why of all the rest', async () => {
  const path = await fleet.subvolume('/srv/pool/many');
  const make = `mkdir -p "$2"; for year in $(seq 10 25); do for day in $(seq 10 28); do for month in 01 02; do
    btrfs -q subvolume snapshot -r "$1" "$2/20$year-$month-\${day}T00:00:00.000Z"; done; done; done`;
  await lab.must('a', ['sh', '-c', make, 'sh', path, poolDirectory(path)]);
  const cleaning = fleet.json<CleanupReport>(['snapshot', 'cleanup', path, '--last', '1', '--yes']);
  await eventually(async () => assert.ok((await namesIn(fleet, 'a', poolDirectory(path))).length < 600));
  await lab.kill('a');
  const { code, value } = await cleaning;
  await lab.start('a');
  const whys = new Set(value.failed.map(({ fault: why }) => `${why.code}: ${why.message}`));
  assert.deepEqual([code, whys.size], [1, 1], [...whys].join('\n'));
  assert.match([...whys][0] ?? '', /^unreachable: /);
  // Of those that were being deleted together nobody knows.
  const untouched = value.failed.slice(AT_ONCE);
  assert.ok(untouched.length > 1);
  const there = await namesIn(fleet, 'a', poolDirectory(path));
  for (const { name } of untouched) assert.ok(there.includes(name), name);
});

test('nothing is left anywhere', async () => {
  for (const server of ['a', 'b']) await fleet.assertClean(server);
});
