import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FaultCode } from '../../../src/core/model/fault.ts';
import { TestFleet } from '../fleet/fleet.ts';

const fleet = await TestFleet.anywhere('names', { servers: 2 });

const replicas = (subvolume: string): string =>
  `/srv/pool/.snapshots/${subvolume.slice('/srv/pool/'.length)}`;

const NAMES: readonly string[] = [
  'two words',
  "single'quote",
  'double"quote',
  '$(touch pwned)',
  '`touch pwned`',
  '; touch pwned; #',
  'back\\slash\\n\\040',
  '-rf',
  '--',
  '*',
  '[a-z]?',
  '~',
  'naïve — 名前',
  '🙂',
  'trailing space ',
  ' leading space',
  'tab\tbed',
  'path uuid - top level 5',
  '%2F%00',
];

/** Made beforehand by hand, so that no name of them goes through the program under test. */
async function make(path: string): Promise<void> {
  await fleet.lab.must('a', ['btrfs', 'subvolume', 'create', '--', path]);
  await fleet.lab.must('a', ['sh', '-c', 'printf "%s" "$1" >"$1/its name"', 'sh', path]);
}

async function assertArrived(subvolume: string, name: string): Promise<void> {
  const path = `${replicas(subvolume)}/${name}`;
  const replica = await fleet.fingerprint('b', path);
  assert.match(replica, /its name/);
  assert.equal(replica, await fleet.fingerprint('a', path));
}

test('subvolumes are listed, snapshotted and replicated whatever they are called', async (t) => {
  const paths = NAMES.map((name) => `/srv/pool/odd/${name}`);
  await fleet.lab.must('a', ['mkdir', '/srv/pool/odd']);
  for (const path of paths) await make(path);
  const listed = await fleet.ok<{ path: string }[]>(['subvolume', 'list']);
  assert.deepEqual(
    listed
      .map(({ path }) => path)
      .filter((path) => path.startsWith('/srv/pool/odd/'))
      .sort(),
    paths.toSorted(),
  );
  const made = await fleet.ok<{ snapshots: { subvolume: string; name: string }[] }>([
    'snapshot',
    'create',
    '--group',
    ...paths,
  ]);
  assert.deepEqual(
    made.snapshots.map(({ subvolume }) => subvolume),
    paths,
  );
  const name = made.snapshots[0]?.name ?? '';
  for (const path of paths) {
    await t.test(JSON.stringify(path), async () => {
      const result = await fleet.replicateOne('auto', path, '--to', 'b');
      assert.deepEqual([result.status, result.snapshot], ['ok', name]);
      await assertArrived(path, name);
    });
  }
  for (const server of ['a', 'b']) {
    assert.equal(
      await fleet.lab.must(server, 'ls -d pwned ~/pwned /home/*/pwned 2>/dev/null; true'),
      '',
      server,
    );
    await fleet.assertClean(server);
  }
});

test('a name deep down, and an incremental one and a deletion of it', async () => {
  const path = `/srv/pool/one/${'deep $HOME'.repeat(3)}/"three"/-4/five`;
  await fleet.lab.must('a', ['mkdir', '-p', path.slice(0, -'/five'.length)]);
  await make(path);
  const first = await fleet.snapshot(path);
  await fleet.replicateOne('full', path, first, '--to', 'b');
  await fleet.lab.must('a', ['sh', '-c', 'echo more >"$1/-n"', 'sh', path]);
  const second = await fleet.snapshot(path);
  const change = await fleet.replicateOne('incremental', path, second, '--base', first, '--to', 'b');
  assert.equal(change.status, 'ok');
  await assertArrived(path, second);
  await fleet.ok(['snapshot', 'delete', path, first, '--server', 'b', '--yes']);
  const left = await fleet.ok<{ name: string }[]>(['snapshot', 'list', path, '--server', 'b']);
  assert.deepEqual(
    left.map(({ name }) => name),
    [second],
  );
});

test('a name with a line break is refused clearly and does not disturb the others', async () => {
  const bad = '/srv/pool/line\nbreak';
  await make(bad);
  await make('/srv/pool/beside');
  for (const args of [
    ['snapshot', 'create', bad],
    ['snapshot', 'list', bad],
    ['replicate', 'auto', bad, '--to', 'b'],
  ]) {
    const { code, fault } = await fleet.fault(...args);
    assert.deepEqual([code, fault.code], [1, 'unsupported-name'], args.join(' '));
    assert.ok(!fault.message.includes('\n'), fault.message);
  }
  const listing = await fleet.run(['subvolume', 'list']);
  assert.equal(listing.code, 0);
  assert.match(listing.stdout, /^\/srv\/pool\/beside /m);
  assert.match(listing.stderr, /line break/);
  const name = await fleet.snapshot('/srv/pool/beside');
  await fleet.replicateOne('auto', '/srv/pool/beside', '--to', 'b');
  await assertArrived('/srv/pool/beside', name);
  await fleet.lab.must('a', ['btrfs', 'subvolume', 'delete', bad]);
});

test('a name cannot forge a line of the list', async () => {
  const uuid = '11111111-2222-3333-4444-555555555555';
  const forged = `x\nID 999 gen 9 cgen 9 parent 5 top level 5 parent_uuid - received_uuid - uuid ${uuid} path forged`;
  await fleet.lab.must('a', ['btrfs', 'subvolume', 'create', `/srv/pool/${forged}`]);
  const rows = await fleet.ok<{ path: string; uuid: string | null }[]>(['subvolume', 'list']);
  assert.deepEqual(
    rows.filter((row) => row.uuid === uuid || row.path.endsWith('/forged')),
    [],
  );
  await fleet.lab.must('a', ['btrfs', 'subvolume', 'delete', `/srv/pool/${forged}`]);
});

test('control characters in names and notes do not reach the terminal', async () => {
  const path = '/srv/pool/\u001b[2Jwiped\u0007';
  await make(path);
  const name = await fleet.snapshot(path);
  await fleet.ok(['snapshot', 'hold', path, name, '--note', 'look\u001b]0;title\u0007\r\nforged line']);
  for (const args of [
    ['subvolume', 'list'],
    ['snapshot', 'create', path],
    ['snapshot', 'list', path],
    ['snapshot', 'hold', path, name, '--note', 'again\u001b[31m'],
    ['snapshot', 'delete', path, name, '--yes'],
    ['snapshot', 'delete', path, name],
    ['snapshot', 'delete', path, name, '--dry-run'],
    ['snapshot', 'list', `${path}\u001b[1m`],
    ['replicate', 'auto', path, '--to', 'b', '--dry-run'],
    ['replicate', 'auto', path, '--to', 'b'],
    ['replicate', 'full', path, 'no\u001bne', '--to', 'b'],
    ['replicate', 'auto', path, '--to', 'b:/mnt/\u001b[31m'],
    ['snapshot', 'release', path, name],
    ['run', 'list'],
    ['run', 'show', '1'],
  ]) {
    const { stdout, stderr } = await fleet.run(args);
    const control = /[^\n\P{Cc}]/u.exec(stdout + stderr);
    assert.equal(control, null, `${JSON.stringify(args)}: ${JSON.stringify(stdout + stderr)}`);
    assert.ok(!/^forged/m.test(stdout + stderr));
  }
});

const PLACED: readonly (readonly [title: string, make: string, code: FaultCode])[] = [
  ['a plain file', 'echo precious >"$1"', 'name-taken'],
  ['a symbolic link', 'ln -s /srv/pool "$1"', 'name-taken'],
  ['a plain directory', 'mkdir "$1" && echo precious >"$1/file"', 'name-taken'],
  ['a writable subvolume', 'btrfs subvolume create "$1" && echo precious >"$1/file"', 'replica-modified'],
  [
    'a read-only snapshot of something else',
    'btrfs subvolume create /srv/pool/else && echo precious >/srv/pool/else/file &&' +
      'btrfs subvolume snapshot -r /srv/pool/else "$1"',
    'name-taken',
  ],
];

test('what has taken the name on the target stays as it is', async (t) => {
  const path = '/srv/pool/taken';
  await make(path);
  const first = await fleet.snapshot(path);
  await fleet.replicateOne('auto', path, '--to', 'b');
  const second = await fleet.snapshot(path);
  const at = `${replicas(path)}/${second}`;
  for (const [title, script, code] of PLACED) {
    await t.test(title, async () => {
      await fleet.lab.must('b', ['sh', '-ec', script, 'sh', at]);
      const before = await fleet.fingerprint('b', replicas(path));
      for (const args of [
        ['auto', path],
        ['incremental', path, second, '--base', first],
        ['auto', path, '--dry-run'],
      ]) {
        const result = await fleet.replicateOne(...args, '--to', 'b');
        assert.deepEqual([result.fault?.code, result.sentBytes], [code, 0], args.join(' '));
      }
      assert.equal(await fleet.fingerprint('b', replicas(path)), before);
      await fleet.lab.must('b', [
        'sh',
        '-c',
        'btrfs subvolume delete "$1" 2>/dev/null || rm -r "$1"',
        'sh',
        at,
      ]);
    });
  }
  assert.equal((await fleet.replicateOne('auto', path, '--to', 'b')).mode, 'incremental');
  await fleet.assertClean('b');
});

test("another subvolume's directory of replicas stays as it is: what is sent goes to one of its own", async () => {
  const path = '/srv/pool/twin';
  await make(path);
  const name = await fleet.snapshot(path);
  const foreign = `${replicas(path)}/2020-02-02T02:02:02.002Z`;
  await fleet.lab.must('b', [
    'sh',
    '-ec',
    'mkdir -p "$1"; btrfs subvolume create /srv/pool/own; btrfs subvolume snapshot -r /srv/pool/own "$2"',
    'sh',
    replicas(path),
    foreign,
  ]);
  const before = await fleet.fingerprint('b', replicas(path));
  assert.equal((await fleet.replicateOne('auto', path, '--to', 'b', '--dry-run')).fault, null);
  const result = await fleet.replicateOne('auto', path, '--to', 'b');
  assert.equal(result.status, 'ok', JSON.stringify(result.fault));
  assert.equal(await fleet.fingerprint('b', replicas(path)), before);
  const list = await fleet.lab.must('b', ['btrfs', 'subvolume', 'list', '-r', '/srv/pool']);
  assert.match(list, new RegExp(` path \\.snapshots/twin@[0-9a-f]{8}/${name}$`, 'm'));
});

test('a subvolume may be called like a snapshot, and be a neighbour of snapshots', async () => {
  const outer = '/srv/pool/outer';
  const inner = `${outer}/2026-11-20T08:05:01.123Z`;
  for (const path of [outer, inner]) {
    await make(path);
    const name = await fleet.snapshot(path);
    assert.equal((await fleet.replicateOne('auto', path, '--to', 'b')).status, 'ok');
    await assertArrived(path, name);
    for (const more of [[], ['--server', 'b']]) {
      const rows = await fleet.ok<{ name: string; state: string }[]>(['snapshot', 'list', path, ...more]);
      assert.deepEqual(
        rows.map((row) => [row.name, row.state]),
        [[name, 'complete']],
      );
    }
  }
});
