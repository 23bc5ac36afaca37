/** What btrfleet did not make, it never deletes: every way that was found to lead there, tried for real. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { slowRate } from '../../patience.ts';
import { eventually, onlyReal, TestFleet } from '../fleet/fleet.ts';

const fleet = await TestFleet.anywhere('safety', { servers: 3 });
const { lab } = fleet;

const replica = (path: string, name: string): string =>
  path.replace('/srv/pool', '/srv/pool/.snapshots').concat(`/${name}`);
const mark = (path: string, name: string): string =>
  path.replace('/srv/pool', '/srv/pool/.snapshots/.btrfleet/receiving').concat(`/${name}`);

test('a whole replica with a mark left over, made writable by somebody, keeps what was written into it', async () => {
  const path = await fleet.subvolume('/srv/pool/precious');
  const name = await fleet.snapshot(path);
  await fleet.replicateOne('auto', path, '--to', 'c');
  // As a manager that died between the end of the receive and the unmarking leaves it.
  await lab.must('c', ['mkdir', '-p', mark(path, name)]);
  await lab.must('c', ['btrfs', 'property', 'set', '-f', '-ts', replica(path, name), 'ro', 'false']);
  await lab.must('c', ['sh', '-c', 'echo work >"$1/precious.txt"', 'sh', replica(path, name)]);
  const result = await fleet.replicateOne('auto', path, '--to', 'c');
  assert.equal(result.status, 'failed');
  assert.equal(await lab.must('c', ['cat', `${replica(path, name)}/precious.txt`]), 'work\n');
});

test('a mark left over on a whole replica goes with the next run', async () => {
  const path = await fleet.subvolume('/srv/pool/marked');
  const name = await fleet.snapshot(path);
  await fleet.replicateOne('auto', path, '--to', 'b');
  await lab.must('b', ['mkdir', '-p', mark(path, name)]);
  assert.equal((await fleet.replicateOne('auto', path, '--to', 'b')).status, 'already-there');
  assert.equal((await lab.exec('b', ['test', '-e', mark(path, name)])).code, 1);
});

test('a subvolume somebody makes under the name of a later step is refused and stays', async () => {
  const path = await fleet.subvolume('/srv/pool/steps', 20);
  await fleet.snapshot(path);
  const second = await fleet.snapshot(path);
  const running = fleet.start([
    'replicate',
    'auto',
    path,
    '--all',
    '--to',
    'c',
    '--rate',
    slowRate(8),
    '--json',
  ]);
  await eventually(() => assert.match(running.stderr(), /sending/));
  await lab.must('c', ['btrfs', 'subvolume', 'create', replica(path, second)]);
  await lab.must('c', ['touch', `${replica(path, second)}/theirs`]);
  const { code, stdout } = await running.ended;
  assert.equal(code, 1);
  const { results } = JSON.parse(stdout) as { results: { status: string; fault: { code: string } | null }[] };
  assert.deepEqual(
    results.map(({ status, fault }) => [status, fault?.code ?? null]),
    [
      ['ok', null],
      ['failed', 'name-taken'],
    ],
  );
  await lab.must('c', ['test', '-e', `${replica(path, second)}/theirs`]);
});

test("another server's own snapshots of a subvolume of the same name are foreign, and are not deleted", async () => {
  const path = await fleet.subvolume('/srv/pool/web');
  await fleet.snapshot(path);
  await lab.must('c', ['btrfs', 'subvolume', 'create', '/srv/pool/web']);
  const own = '2026-01-01T00:00:00.000Z';
  await lab.must('c', ['mkdir', '-p', '/srv/pool/.snapshots/web']);
  await lab.must('c', ['btrfs', 'subvolume', 'snapshot', '-r', '/srv/pool/web', replica(path, own)]);
  const listed = await fleet.ok<{ name: string; state: string }[]>([
    'snapshot',
    'list',
    path,
    '--server',
    'c',
  ]);
  assert.deepEqual(
    listed.map(({ name, state }) => [name, state]),
    [[own, 'foreign']],
  );
  const refused = await fleet.run(['snapshot', 'delete', path, own, '--server', 'c', '--yes', '--json']);
  assert.equal(refused.code, 3);
  await lab.must('c', ['btrfs', 'subvolume', 'show', replica(path, own)]);
});

test('what is being received cannot be deleted by hand', async () => {
  const path = await fleet.subvolume('/srv/pool/live', 20);
  const name = await fleet.snapshot(path);
  const running = fleet.start(['replicate', 'auto', path, '--to', 'b', '--rate', slowRate(5), '--json']);
  await eventually(async () => {
    const listed = await fleet.ok<{ name: string; state: string }[]>([
      'snapshot',
      'list',
      path,
      '--server',
      'b',
    ]);
    assert.deepEqual(
      listed.map(({ state }) => state),
      ['partial'],
    );
  });
  const refused = await fleet.run(['snapshot', 'delete', path, name, '--server', 'b', '--yes', '--json']);
  assert.notEqual(refused.code, 0);
  assert.equal((await running.ended).code, 0);
  await fleet.assertClean('b');
});

test('a transfer whose lock is lost stops, and the next one cleans up', { skip: onlyReal }, async () => {
  const path = await fleet.subvolume('/srv/pool/lock', 20);
  await fleet.snapshot(path);
  const running = fleet.start(['replicate', 'auto', path, '--to', 'b', '--rate', slowRate(5), '--json']);
  await eventually(() => assert.match(running.stderr(), /sending/));
  await lab.must('b', ['pkill', '-x', 'flock']);
  const { code, stdout } = await running.ended;
  assert.equal(code, 1);
  assert.match(stdout, /"code": "locked"/);
  await eventually(async () =>
    assert.equal((await fleet.replicateOne('auto', path, '--to', 'b')).status, 'ok'),
  );
  await fleet.assertClean('b');
});

test('one place under two names is sent to once, and the other name says so', async () => {
  const path = await fleet.subvolume('/srv/pool/twice');
  await fleet.snapshot(path);
  const { code, results } = await fleet.replicate('auto', path, '--to', 'b,b:/srv/pool');
  assert.equal(code, 1);
  assert.deepEqual(results.map(({ status, fault }) => [status, fault?.code ?? null]).toSorted(), [
    ['failed', 'usage'],
    ['ok', null],
  ]);
});
