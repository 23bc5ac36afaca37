import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FaultCode } from '../../../src/core/model/fault.ts';
import { onlyReal, TestFleet } from '../fleet/fleet.ts';

const fleet = await TestFleet.anywhere('places');
const { lab } = fleet;

interface Row {
  readonly name: string;
  readonly path: string;
}

const snapshots = (subvolume: string, ...more: readonly string[]): Promise<Row[]> =>
  fleet.ok<Row[]>(['snapshot', 'list', subvolume, ...more]);

const names = (rows: readonly Row[]): string[] => rows.map(({ name }) => name);

const add = (server: string, path: string, text: string): Promise<string> =>
  lab.must(server, ['sh', '-c', 'echo "$2" >>"$1/log"', 'sh', path, text]);

/** What a subvolume holds itself: btrfs does not send the empty directories that stand for those inside it. */
const ownContent = (server: string, path: string): Promise<string> =>
  lab.must(server, [
    'sh',
    '-c',
    'cd "$1" && find . -type f -print0 | sort -z | xargs -0 sha256sum',
    'sh',
    path,
  ]);

/** A full replication and an incremental one; both must lie where they belong and hold the same. */
async function bothWays(
  subvolume: string,
  target: string,
  directories: readonly [string, string],
): Promise<void> {
  const server = target.split(':')[0] ?? '';
  const [source, replicas] = directories;
  for (const mode of ['full', 'incremental']) {
    await add('a', subvolume, mode);
    const name = await fleet.snapshot(subvolume);
    const result = await fleet.replicateOne('auto', subvolume, '--to', target);
    assert.deepEqual([result.status, result.mode, result.snapshot], ['ok', mode, name]);
    const content = await ownContent(server, `${replicas}/${name}`);
    assert.match(content, / \.\/log\n/);
    assert.equal(content, await ownContent('a', `${source}/${name}`));
  }
}

test('a mount point with a space, as source and as target', async () => {
  for (const server of ['a', 'b']) await lab.addFilesystem(server, '/mnt/my disk', '200M');
  const photos = await fleet.subvolume('/mnt/my disk/photos');
  const directory = '/mnt/my disk/.snapshots/photos';
  await bothWays(photos, 'b:/mnt/my disk', [directory, directory]);
  const rows = await snapshots(photos, '--server', 'b');
  assert.deepEqual(
    rows.map(({ path }) => path),
    names(rows).map((name) => `${directory}/${name}`),
  );
  await fleet.assertClean('b', '/mnt/my disk');
});

test('/data beside /data2, /database and /data/inner: snapshots, lists and deletions never mix', async () => {
  const all = ['data', 'data2', 'database', 'data/inner'].map((name) => `/srv/pool/${name}`);
  for (const path of all) await fleet.subvolume(path);
  const [data = '', ...others] = all;
  const first = await fleet.ok<{ snapshots: Row[] }>(['snapshot', 'create', '--group', ...all]);
  const second = await fleet.ok<{ snapshots: Row[] }>(['snapshot', 'create', '--group', ...all]);
  const [one = '', two = ''] = [first, second].map((made) => made.snapshots[0]?.name);
  for (const path of all) assert.deepEqual(names(await snapshots(path)), [one, two], path);
  for (const path of all) {
    const { code } = await fleet.replicate('auto', path, '--all', '--to', 'b:/srv/pool');
    assert.equal(code, 0, path);
  }
  await fleet.ok(['snapshot', 'delete', data, one, '--yes']);
  await fleet.ok(['snapshot', 'delete', data, two, '--server', 'b', '--allow-last-base', '--yes']);
  assert.deepEqual(names(await snapshots(data)), [two]);
  assert.deepEqual(names(await snapshots(data, '--server', 'b')), [one]);
  for (const path of others) {
    assert.deepEqual(names(await snapshots(path)), [one, two], path);
    assert.deepEqual(names(await snapshots(path, '--server', 'b')), [one, two], path);
  }
  const listed = await fleet.ok<{ path: string; snapshots: number }[]>(['subvolume', 'list']);
  const counts = new Map(listed.map(({ path, snapshots: count }) => [path, count]));
  assert.deepEqual(
    all.map((path) => counts.get(path)),
    [1, 2, 2, 2],
  );
});

test('a subvolume mounted by subvol= is a source, and one is a target', async () => {
  await lab.must('a', ['btrfs', 'subvolume', 'create', '/srv/pool/@home']);
  await lab.mountSubvolume('a', '/srv/pool', '@home', '/mnt/home');
  await lab.must('b', ['btrfs', 'subvolume', 'create', '/srv/pool/@backup']);
  await lab.mountSubvolume('b', '/srv/pool', '@backup', '/mnt/backup');
  await add('a', '/mnt/home', 'at home');
  const [own, replicas] = ['/mnt/home/.btrfleet/.snapshots', '/mnt/backup/.btrfleet/.snapshots'];
  await bothWays('/mnt/home', 'b:/mnt/backup', [own, `${replicas}/mnt/home`]);
  const alice = await fleet.subvolume('/mnt/home/alice');
  await bothWays(alice, 'b:/mnt/backup', [`${own}/alice`, `${replicas}/alice`]);
  assert.deepEqual(await snapshots('/srv/pool/@home'), await snapshots('/mnt/home'));
  assert.equal((await snapshots('/mnt/home')).length, 2);
  assert.equal((await snapshots('/mnt/home', '--server', 'b')).length, 2);
});

test('the top level of a filesystem is a subvolume like others', async () => {
  await bothWays('/srv/pool', 'b:/srv/pool', ['/srv/pool/.snapshots', '/srv/pool/.snapshots/srv/pool']);
  assert.equal((await snapshots('/srv/pool')).length, 2);
  assert.equal((await snapshots('/srv/pool', '--server', 'b')).length, 2);
});

test('nested subvolumes: each is replicated by itself', async () => {
  const outer = await fleet.subvolume('/srv/pool/outer');
  const inner = await fleet.subvolume('/srv/pool/outer/inner');
  for (const [path, below] of [
    [outer, 'outer'],
    [inner, 'outer/inner'],
  ] as const) {
    const directory = `/srv/pool/.snapshots/${below}`;
    await bothWays(path, 'b:/srv/pool', [directory, directory]);
  }
  const [row] = await snapshots(outer, '--server', 'b');
  assert.equal(await lab.must('b', ['ls', '-A', `${row?.path}`]), 'data.bin\nlog\n');
});

test('several filesystems on one server: ambiguous until one is named or set', async () => {
  const path = await fleet.subvolume('/srv/pool/many');
  await lab.addFilesystem('c', '/mnt/second', '200M');
  await fleet.snapshot(path);
  const unclear = await fleet.replicateOne('auto', path, '--to', 'c');
  assert.equal(unclear.fault?.code, 'target-ambiguous');
  assert.match(unclear.fault?.message ?? '', /c:\/srv\/pool.*c:\/mnt\/second|c:\/mnt\/second.*c:\/srv\/pool/);
  const named = await fleet.replicateOne('auto', path, '--to', 'c:/mnt/second/');
  assert.deepEqual([named.status, named.mount], ['ok', '/mnt/second']);
  await fleet.ok(['server', 'edit', 'c', '--default-mount', '/srv/pool']);
  const byDefault = await fleet.replicateOne('auto', path, '--to', 'c');
  assert.deepEqual([byDefault.status, byDefault.mount], ['ok', '/srv/pool']);
  await fleet.ok(['server', 'edit', 'c', '--no-default-mount']);
  assert.equal((await fleet.replicateOne('auto', path, '--to', 'c')).fault?.code, 'target-ambiguous');
  const both = await fleet.replicate('auto', path, '--to', 'c:/mnt/second,c:/srv/pool');
  assert.deepEqual(
    both.results.map(({ mount, status }) => [mount, status]),
    [
      ['/mnt/second', 'already-there'],
      ['/srv/pool', 'already-there'],
    ],
  );
});

test("a second disk of the primary is a target; the subvolume's own filesystem is not", async () => {
  await lab.addFilesystem('a', '/mnt/usb', '200M');
  const path = await fleet.subvolume('/srv/pool/kept');
  const directory = '/.snapshots/kept';
  await bothWays(path, 'a:/mnt/usb', [`/srv/pool${directory}`, `/mnt/usb${directory}`]);
  const same = await fleet.replicateOne('auto', path, '--to', 'a:/srv/pool');
  assert.deepEqual([same.fault?.code, same.fault?.server], ['same-filesystem', 'a']);
  await fleet.assertClean('a', '/mnt/usb');
});

test('two subvolumes of one path on two filesystems: each gets a directory of its own', {
  skip: onlyReal,
}, async () => {
  const twin = await fleet.subvolume('/mnt/usb/twin');
  const path = await fleet.subvolume('/srv/pool/twin');
  const uuid = (await lab.must('a', ['findmnt', '-no', 'UUID', '/srv/pool'])).trim();
  const directory = '/srv/pool/.snapshots/twin';
  await bothWays(twin, 'b:/srv/pool', ['/mnt/usb/.snapshots/twin', directory]);
  await fleet.snapshot(path);
  const dry = await fleet.replicateOne('auto', path, '--to', 'b:/srv/pool', '--dry-run');
  assert.deepEqual([dry.status, dry.mode], ['planned', 'full']);
  await bothWays(path, 'b:/srv/pool', ['/srv/pool/.snapshots/twin', `${directory}@${uuid.slice(0, 8)}`]);
  for (const one of [twin, path]) {
    const states = await fleet.ok<{ state: string }[]>(['snapshot', 'list', one, '--server', 'b']);
    assert.deepEqual(states.filter(({ state }) => state === 'complete').length, 2, one);
    const { overall } = (await fleet.json<{ overall: string }>(['health', one])).value;
    assert.ok(overall === 'ok' || overall === 'degraded', `${one}: ${overall}`);
  }
});

test('the first two of one path at once: neither fails, and neither gets into the directory of the other', async () => {
  const paths = [await fleet.subvolume('/mnt/usb/same', 3), await fleet.subvolume('/srv/pool/same', 3)];
  for (const path of paths) await fleet.snapshot(path);
  const sent = await Promise.all(
    paths.map((path) => fleet.replicateOne('auto', path, '--to', 'b:/srv/pool')),
  );
  assert.deepEqual(
    sent.map(({ status, mode }) => `${status} ${mode}`),
    ['ok full', 'ok full'],
  );
  for (const [index, path] of paths.entries()) {
    const own = path.startsWith('/mnt/usb') ? '/mnt/usb/.snapshots/same' : '/srv/pool/.snapshots/same';
    const rows = await fleet.ok<{ path: string; state: string }[]>([
      'snapshot',
      'list',
      path,
      '--server',
      'b',
    ]);
    const [there, ...others] = rows.filter(({ state }) => state === 'complete');
    assert.ok(there && others.length === 0, JSON.stringify(rows));
    assert.equal(
      await fleet.fingerprint('b', there.path),
      await fleet.fingerprint('a', `${own}/${sent[index]?.snapshot}`),
    );
  }
});

test('a target that cannot take it is told so, and nothing is made there', { skip: onlyReal }, async (t) => {
  const path = await fleet.subvolume('/srv/pool/unwanted');
  await fleet.snapshot(path);
  await lab.addFilesystem('b', '/mnt/gone', '200M');
  await lab.umount('b', '/mnt/gone');
  await lab.addFilesystem('b', '/mnt/frozen', '200M');
  await lab.must('b', ['mount', '-o', 'remount,ro', '/mnt/frozen']);
  await lab.must('b', ['mkdir', '/mnt/plain']);
  for (const [mount, code] of [
    ['/mnt/gone', 'not-mounted'],
    ['/mnt/never', 'not-mounted'],
    ['/mnt/plain', 'not-mounted'],
    ['/srv/pool/.snapshots', 'not-mounted'],
    ['/mnt/frozen', 'read-only-filesystem'],
  ] as readonly [string, FaultCode][]) {
    await t.test(mount, async () => {
      for (const more of [[], ['--dry-run']]) {
        const result = await fleet.replicateOne('auto', path, '--to', `b:${mount}`, ...more);
        assert.deepEqual([result.status, result.fault?.code, result.fault?.server], ['failed', code, 'b']);
      }
    });
  }
  for (const mount of ['/mnt/gone', '/mnt/frozen', '/mnt/plain']) {
    assert.equal(await lab.must('b', ['ls', '-A', mount]), '', mount);
  }
  assert.notEqual((await lab.exec('b', ['ls', '/mnt/never'])).code, 0);
  await lab.umount('b', '/mnt/frozen');
});

test('two mounts of one filesystem are one place for replicas', async () => {
  await lab.mountSubvolume('b', '/srv/pool', '/', '/mnt/again');
  const path = await fleet.subvolume('/srv/pool/doubled');
  const directory = '/srv/pool/.snapshots/doubled';
  await bothWays(path, 'b:/mnt/again', [directory, '/mnt/again/.snapshots/doubled']);
  const there = await fleet.replicateOne('auto', path, '--to', 'b:/srv/pool');
  assert.equal(there.status, 'already-there');
  await fleet.snapshot(path);
  assert.equal((await fleet.replicateOne('auto', path, '--to', 'b:/srv/pool')).mode, 'incremental');
  assert.equal((await snapshots(path, '--server', 'b')).length, 3);
  await fleet.assertClean('b');
});

test('where .snapshots is a mount of its own, replicas there are found and built upon', async () => {
  for (const server of ['a', 'b']) {
    await lab.addFilesystem(server, '/mnt/top', '200M');
    for (const name of ['@', '@snapshots']) {
      await lab.must(server, ['btrfs', 'subvolume', 'create', `/mnt/top/${name}`]);
    }
    await lab.mountSubvolume(server, '/mnt/top', '@', '/mnt/sys');
    await lab.must(server, ['mkdir', '/mnt/sys/.snapshots']);
    await lab.mountSubvolume(server, '/mnt/top', '@snapshots', '/mnt/sys/.snapshots');
    await lab.umount(server, '/mnt/top');
  }
  const home = '/mnt/sys/.btrfleet/.snapshots';
  await bothWays('/mnt/sys', 'b:/mnt/sys', [home, `${home}/mnt/sys`]);
  const again = await fleet.replicateOne('auto', '/mnt/sys', '--to', 'b:/mnt/sys');
  assert.equal(again.status, 'already-there');
  const dry = await fleet.replicateOne('auto', '/mnt/sys', '--to', 'b:/mnt/sys', '--dry-run');
  assert.equal(dry.status, 'already-there');
  await fleet.assertClean('b', '/mnt/sys');
});

test('where another filesystem is mounted at .snapshots, that one must be named', async () => {
  const path = await fleet.subvolume('/srv/pool/diverted');
  await fleet.snapshot(path);
  await lab.addFilesystem('c', '/mnt/second/.snapshots', '200M');
  const refused = await fleet.replicateOne('auto', path, '--to', 'c:/mnt/second');
  assert.deepEqual([refused.fault?.code, refused.fault?.server], ['directory-taken', 'c']);
  assert.match(refused.fault?.hint ?? '', /c:\/mnt\/second\/\.snapshots/);
  assert.equal(await lab.must('c', ['ls', '-A', '/mnt/second/.snapshots']), '');
  const named = await fleet.replicateOne('auto', path, '--to', 'c:/mnt/second/.snapshots');
  assert.equal(named.status, 'ok');
});
