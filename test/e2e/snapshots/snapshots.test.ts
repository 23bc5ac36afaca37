import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Fault } from '../../../src/core/model/fault.ts';
import { isSnapshotName } from '../../../src/core/model/snapshot.ts';
import { slowRate } from '../../patience.ts';
import { eventually, onlyReal, TestFleet } from '../fleet/fleet.ts';

const fleet = await TestFleet.anywhere('snapshots', { servers: 2 });
const { lab } = fleet;

interface Row {
  readonly name: string;
  readonly path: string;
  readonly uuid: string;
  readonly receivedUuid: string | null;
  readonly originId: string;
  readonly createdAt: string | null;
  readonly state: string;
  readonly held: boolean;
  readonly note: string | null;
}

interface Created {
  readonly subvolume: string;
  readonly name: string;
  readonly path: string;
  readonly uuid: string;
  readonly createdAt: string;
}

interface Deleted {
  readonly name: string;
  readonly status: string;
  readonly fault: Fault | null;
}

const list = (subvolume: string, ...more: readonly string[]): Promise<Row[]> =>
  fleet.ok<Row[]>(['snapshot', 'list', subvolume, ...more]);

const names = (rows: readonly Row[]): string[] => rows.map(({ name }) => name);

const directory = (subvolume: string): string =>
  `/srv/pool/.snapshots/${subvolume.slice('/srv/pool/'.length)}`;

const inDirectory = async (subvolume: string, server = 'a'): Promise<string[]> =>
  (await lab.must(server, ['ls', '-A', directory(subvolume)])).split('\n').filter((line) => line !== '');

test('snapshots are read-only, lie in their own directory and are listed oldest first', async () => {
  const path = await fleet.subvolume('/srv/pool/data');
  const made = await fleet.ok<{ snapshots: Created[]; spreadSeconds: number }>(['snapshot', 'create', path]);
  const [first] = made.snapshots;
  assert.ok(first);
  assert.deepEqual(Object.keys(first).sort(), ['createdAt', 'name', 'path', 'subvolume', 'uuid']);
  assert.ok(isSnapshotName(first.name));
  assert.deepEqual([first.subvolume, first.path], [path, `${directory(path)}/${first.name}`]);
  const second = await fleet.snapshot(path);
  const rows = await list(path);
  assert.deepEqual(names(rows), [first.name, second]);
  assert.deepEqual(Object.keys(rows[0] ?? {}).sort(), [
    ...[
      'createdAt',
      'doubt',
      'exclusiveBytes',
      'held',
      'measuredAt',
      'mountedAt',
      'name',
      'note',
      'originId',
      'path',
      'receivedUuid',
    ],
    ...['referencedBytes', 'source', 'state', 'uuid'],
  ]);
  assert.deepEqual(
    [rows[0]?.uuid, rows[0]?.originId, rows[0]?.receivedUuid, rows[0]?.createdAt, rows[0]?.state],
    [first.uuid, first.uuid, null, first.name, 'complete'],
  );
  const text = await fleet.run(['snapshot', 'list', path]);
  assert.match(
    text.stdout,
    new RegExp(`^SNAPSHOT +AGE +STATE .*\\n${first.name} .* complete .*\\n${second} `),
  );
  assert.notEqual((await lab.exec('a', ['touch', `${rows[0]?.path}/x`])).code, 0);
});

test('several at once have one name; a group is whole or not there', { skip: onlyReal }, async () => {
  const paths = ['/srv/pool/one', '/srv/pool/two', '/srv/pool/three'];
  for (const path of paths) await fleet.subvolume(path);
  const made = await fleet.ok<{ snapshots: { subvolume: string; name: string }[]; spreadSeconds: number }>([
    'snapshot',
    'create',
    '--group',
    ...paths,
  ]);
  assert.deepEqual(
    made.snapshots.map(({ subvolume }) => subvolume),
    paths,
  );
  assert.equal(new Set(made.snapshots.map(({ name }) => name)).size, 1);
  assert.ok(made.spreadSeconds >= 0 && made.spreadSeconds < 2, `${made.spreadSeconds}`);
  assert.deepEqual(Object.keys(made).sort(), [
    'already',
    'failed',
    'hooks',
    'snapshots',
    'spreadSeconds',
    'tasks',
  ]);
  const text = await fleet.run(['snapshot', 'create', '--group', ...paths]);
  assert.match(text.stdout, /^(made \/srv\/pool\/\.snapshots\/\S+\n){3}all within \S+ ?m?s\n$/);

  const missing = await fleet.fault('snapshot', 'create', '--group', ...paths, '/srv/pool/four');
  assert.deepEqual([missing.code, missing.fault.code], [1, 'no-such-subvolume']);
  // The last of them fails on the server itself: its directory of snapshots takes nothing.
  const last = directory('/srv/pool/three');
  await lab.must('a', ['chattr', '+i', last]);
  const group = await fleet.json<{ snapshots: unknown[]; failed: { subvolume: string; fault: Fault }[] }>([
    ...['snapshot', 'create', '--group'],
    ...paths,
  ]);
  const single = await fleet.json<{ snapshots: { subvolume: string }[] }>(['snapshot', 'create', ...paths]);
  await lab.must('a', ['chattr', '-i', last]);
  assert.equal(group.code, 1);
  assert.deepEqual(group.value.snapshots, []);
  assert.ok(group.value.failed.some(({ subvolume }) => subvolume === '/srv/pool/three'));
  assert.equal(single.code, 1);
  assert.deepEqual(
    single.value.snapshots.map(({ subvolume }) => subvolume),
    paths.slice(0, 2),
  );
  assert.deepEqual(await Promise.all(paths.map(async (path) => (await inDirectory(path)).length)), [3, 3, 2]);
});

test('a held snapshot is not deleted, and neither is its replica, until it is released', async () => {
  const path = await fleet.subvolume('/srv/pool/held');
  const name = await fleet.snapshot(path);
  await fleet.replicateOne('auto', path, '--to', 'b');
  const hold = await fleet.ok<{ held: boolean; note: string }>([
    'snapshot',
    'hold',
    `${path}/`,
    name,
    '--note',
    'audit',
  ]);
  assert.deepEqual([hold.held, hold.note], [true, 'audit']);
  for (const more of [[], ['--server', 'b']]) {
    const [row] = await list(path, ...more);
    assert.deepEqual([row?.held, row?.note], [true, 'audit']);
    const dry = await fleet.json<Deleted[]>(['snapshot', 'delete', path, name, '--dry-run', ...more]);
    assert.deepEqual([dry.code, dry.value[0]?.status, dry.value[0]?.fault?.code], [3, 'failed', 'held']);
    const refused = await fleet.json<Deleted[]>(['snapshot', 'delete', path, name, '--yes', ...more]);
    assert.deepEqual(
      [refused.code, refused.value[0]?.status, refused.value[0]?.fault?.code],
      [3, 'failed', 'held'],
    );
    assert.match(refused.value[0]?.fault?.message ?? '', /audit/);
  }
  assert.match((await fleet.run(['snapshot', 'list', path])).stdout, /audit/);
  await fleet.ok(['snapshot', 'release', path, name]);
  for (const more of [[], ['--server', 'b']]) {
    const agreed = ['--yes', '--allow-last-base', ...more];
    const deleted = await fleet.ok<Deleted[]>(['snapshot', 'delete', path, name, ...agreed]);
    assert.deepEqual(
      deleted.map(({ status }) => status),
      ['deleted'],
    );
    assert.deepEqual(await list(path, ...more), []);
  }
  const again = await fleet.fault('snapshot', 'release', path, name);
  assert.deepEqual([again.code, again.fault.code], [1, 'no-such-snapshot']);
});

test('nothing is deleted without a yes, by a wrong name, or in a dry run', async () => {
  const path = await fleet.subvolume('/srv/pool/kept');
  const first = await fleet.snapshot(path);
  const second = await fleet.snapshot(path);
  const noYes = await fleet.fault('snapshot', 'delete', path, first);
  assert.deepEqual([noYes.code, noYes.fault.code], [3, 'refused']);
  assert.match(noYes.fault.message, new RegExp(`${directory(path)}/${first}`));
  const dry = await fleet.ok<Deleted[]>(['snapshot', 'delete', path, first, '--dry-run']);
  assert.deepEqual(
    dry.map(({ name, status }) => [name, status]),
    [[first, 'planned']],
  );
  const typo = await fleet.fault('snapshot', 'delete', path, first, '2001-01-01T00:00:00.000Z', '--yes');
  assert.deepEqual([typo.code, typo.fault.code], [1, 'no-such-snapshot']);
  for (const name of ['..', '.', '', `../../kept/${first}`]) {
    assert.equal(
      (await fleet.fault('snapshot', 'delete', path, name, '--yes')).fault.code,
      'no-such-snapshot',
      name,
    );
  }
  assert.deepEqual(await inDirectory(path), [first, second]);
  await fleet.ok(['snapshot', 'delete', path, first, second, '--yes']);
  assert.deepEqual(await inDirectory(path), []);
});

test('a foreign snapshot is shown as foreign, never sent and never deleted', async () => {
  const path = await fleet.subvolume('/srv/pool/mixed');
  const own = await fleet.snapshot(path);
  const foreign = `${directory(path)}/before-upgrade-2`;
  await lab.must('a', ['btrfs', 'subvolume', 'snapshot', '-r', path, foreign]);
  await lab.must('a', ['btrfs', 'subvolume', 'snapshot', '-r', path, '/srv/pool/elsewhere']);
  const states = (await list(path)).map(({ name, state }) => [name, state]).sort();
  assert.deepEqual(states, [
    [own, 'complete'],
    ['before-upgrade-2', 'foreign'],
    ['elsewhere', 'foreign'],
  ]);
  for (const name of ['before-upgrade-2', 'elsewhere']) {
    for (const more of ['--yes', '--dry-run']) {
      const { code, value } = await fleet.json<Deleted[]>(['snapshot', 'delete', path, name, more]);
      assert.deepEqual(
        [code, value[0]?.status, value[0]?.fault?.code],
        [3, 'failed', 'foreign-snapshot'],
        more,
      );
    }
  }
  const both = await fleet.json<Deleted[]>(['snapshot', 'delete', path, own, 'before-upgrade-2', '--yes']);
  assert.deepEqual([both.code, both.value.map(({ status }) => status)], [3, ['deleted', 'failed']]);
  assert.deepEqual((await list(path)).map(({ name }) => name).sort(), ['before-upgrade-2', 'elsewhere']);
  const sent = await fleet.replicateOne('full', path, 'before-upgrade-2', '--to', 'b');
  assert.equal(sent.fault?.code, 'foreign-snapshot');
});

test('a snapshot that is being sent is not deleted under the transfer', async () => {
  const path = await fleet.subvolume('/srv/pool/busy', 32);
  const name = await fleet.snapshot(path);
  const running = fleet.start(['replicate', 'auto', path, '--to', 'b', '--rate', slowRate(2), '--json']);
  await eventually(() => assert.ok(lab.leftovers('b').some(({ argv }) => argv.includes('receive'))));
  await eventually(() =>
    assert.ok(lab.leftovers('a').some(({ argv }) => argv[1] === 'send' && !argv.includes('--no-data'))),
  );
  const { code, value } = await fleet.json<Deleted[]>(['snapshot', 'delete', path, name, '--yes']);
  assert.deepEqual([code, value[0]?.status, value[0]?.fault?.code], [1, 'failed', 'locked']);
  assert.equal((await running.ended).code, 0);
  assert.deepEqual(names(await list(path, '--server', 'b')), [name]);
  await fleet.ok(['snapshot', 'delete', path, name, '--allow-last-base', '--yes']);
  await fleet.assertClean('a');
  await fleet.assertClean('b');
});

test('a subvolume that vanished takes no snapshots, but those it has are listed wherever they are', async () => {
  const path = await fleet.subvolume('/srv/pool/lost');
  const first = await fleet.snapshot(path);
  const second = await fleet.snapshot(path);
  await fleet.replicate('auto', path, '--all', '--to', 'b');
  await lab.must('a', ['btrfs', 'subvolume', 'delete', path]);
  for (const args of [
    ['snapshot', 'create', path],
    ['replicate', 'auto', path, '--to', 'b'],
    ['snapshot', 'list', '/srv/pool/never-was'],
    ['snapshot', 'list', '/srv/pool/never-was', '--server', 'b'],
  ]) {
    const { code, fault } = await fleet.fault(...args);
    assert.deepEqual([code, fault.code], [1, 'no-such-subvolume'], args.join(' '));
  }
  for (const more of [[], ['--server', 'b']])
    assert.deepEqual(names(await list(path, ...more)), [first, second]);
  await fleet.ok(['snapshot', 'delete', path, first, '--yes']);
  assert.deepEqual(await inDirectory(path), [second]);
  assert.deepEqual(await inDirectory(path, 'b'), [first, second]);
});

test('a subvolume that is named twice gets one snapshot', async () => {
  const path = await fleet.subvolume('/srv/pool/twice');
  const made = await fleet.ok<{ snapshots: Created[] }>(['snapshot', 'create', '--group', path, `${path}/`]);
  assert.deepEqual(
    made.snapshots.map(({ subvolume }) => subvolume),
    [path],
  );
  assert.equal((await inDirectory(path)).length, 1);
});
