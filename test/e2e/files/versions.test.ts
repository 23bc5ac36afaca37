/** All versions of a file over the fleet: told apart without reading, found where they are left, silent servers named. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { patience } from '../../patience.ts';
import { serverAdd, TestFleet } from '../fleet/fleet.ts';

const fleet = await TestFleet.up('versions', { servers: 3, profile: { b: 'busybox' } });
const { lab } = fleet;
const on = (script: string): Promise<string> => lab.must('a', ['sh', '-c', script]);

interface Version {
  readonly server: string;
  readonly snapshot: string;
  readonly firstSeen: string | null;
  readonly lastSeen: string | null;
  readonly type: string;
  readonly sizeBytes: number;
  readonly modifiedAt: string;
  readonly hash: string | null;
  readonly live: boolean;
  readonly seenIn: readonly { readonly server: string; readonly snapshots: readonly string[] }[];
}

interface Versions {
  readonly subvolume: string;
  readonly path: string;
  readonly now: string;
  readonly versions: readonly Version[];
  readonly nested: readonly string[];
  readonly looked: readonly { readonly server: string; readonly trees: number; readonly found: number }[];
  readonly notLooked: readonly {
    readonly server: string;
    readonly fault: { readonly code: string; readonly message: string };
  }[];
  readonly unknown: readonly { readonly snapshot: string; readonly fault: { readonly code: string } }[];
  readonly notHashed: readonly { readonly code: string }[];
}

const versions = (...words: readonly string[]): Promise<Versions> =>
  fleet.ok<Versions>(['snapshot', 'versions', ...words]);

/** Each as the places it is in: `a:live,N2 b:N2`, where N1 is the first of `names`. */
const placesOf = ({ versions: all }: Versions, names: readonly string[]): string[] =>
  all.map(({ seenIn }) =>
    seenIn
      .map(({ server, snapshots }) => {
        const short = snapshots.map((one) => (one === 'live' ? one : `N${names.indexOf(one) + 1}`));
        return `${server}:${short.toSorted().join()}`;
      })
      .toSorted()
      .join(' '),
  );

const data = '/srv/pool/data';
const file = `${data}/docs/letter`;
await on(`btrfs subvolume create ${data} && mkdir ${data}/docs && echo one >${file}`);
const names: string[] = [];
const snap = async (): Promise<void> => void names.push(await fleet.snapshot(data));
await snap();
await snap();
await on(`echo two >>${file}`);
await snap();
// The same size and time as before, and other content.
await on(`touch -r ${file} /tmp/before && printf 'ONE\\nTWO\\n' >${file} && touch -r /tmp/before ${file}`);
await snap();
await on(`rm ${file}`);
await snap();

test('versions of a file that is gone, on the primary alone', async () => {
  const found = await versions(file);
  assert.deepEqual([found.subvolume, found.path, found.now], [data, 'docs/letter', 'not-there']);
  assert.deepEqual(placesOf(found, names), ['a:N4', 'a:N3', 'a:N1,N2']);
  const [newest, , oldest] = found.versions;
  assert.deepEqual([newest?.firstSeen, newest?.lastSeen], [names[3], names[3]]);
  assert.deepEqual([oldest?.firstSeen, oldest?.lastSeen], [names[0], names[1]]);
  assert.deepEqual([oldest?.server, oldest?.snapshot, oldest?.sizeBytes], ['a', names[1], 4]);
  const seconds = await on(`stat -c %Y /srv/pool/.snapshots/data/${names[0]}/docs/letter`);
  assert.equal(Math.floor(Date.parse(oldest?.modifiedAt ?? '') / 1000), Number(seconds));
  assert.deepEqual(
    found.looked.map(({ server, trees, found: count }) => [server, trees, count]),
    [
      ['a', 6, 4],
      ['b', 0, 0],
      ['c', 0, 0],
    ],
  );
});

test('replicas on other servers are the same versions, also where the original is deleted', async () => {
  for (const target of ['b', 'c'])
    assert.equal((await fleet.replicate('auto', data, '--to', target, '--all')).code, 0);
  const both = await versions(file);
  assert.deepEqual(placesOf(both, names), ['a:N4 b:N4 c:N4', 'a:N3 b:N3 c:N3', 'a:N1,N2 b:N1,N2 c:N1,N2']);
  const gone = [names[0] ?? '', names[1] ?? ''];
  await fleet.ok(['snapshot', 'delete', data, ...gone, '--yes']);
  const left = await versions(file);
  assert.deepEqual(placesOf(left, names), ['a:N4 b:N4 c:N4', 'a:N3 b:N3 c:N3', 'b:N1,N2 c:N1,N2']);
  assert.ok(['b', 'c'].includes(left.versions[2]?.server ?? ''));
  await fleet.ok(['snapshot', 'delete', data, ...gone, '--server', 'c', '--yes']);
  const last = await versions(file);
  assert.deepEqual([last.versions[2]?.server, last.versions[2]?.lastSeen], ['b', names[1]]);
});

test('by content: what was written again is the same; digests are those of sha256sum', async () => {
  const other = `${data}/again`;
  await on(`echo same >${other}`);
  await snap();
  await on(`rm ${other} && echo same >${other}`);
  await snap();
  await on(`rm ${other} && echo different >${other}`);
  assert.equal((await versions(other)).versions.length, 3);
  const { versions: hashed, now } = await versions(other, '--hash');
  const sums = (
    await on(`cd /srv/pool/.snapshots/data/${names.at(-1)} && sha256sum again; sha256sum ${other}`)
  )
    .split('\n')
    .map((line) => line.slice(0, 64));
  assert.deepEqual(
    hashed.map(({ hash }) => hash),
    [sums[1], sums[0]],
  );
  assert.deepEqual([hashed[0]?.live, now], [true, 'there']);
  const old = await versions(file, '--hash');
  assert.equal(old.versions.length, 3);
  const [sum] = (
    await lab.must('b', ['sha256sum', `/srv/pool/.snapshots/data/${names[0]}/docs/letter`])
  ).split(' ');
  assert.equal(old.versions[2]?.hash, sum);
});

test('a directory, the subvolume itself, a link, a name of any bytes', async () => {
  assert.equal((await versions(`${data}/docs`)).versions[0]?.type, 'directory');
  assert.equal((await versions(data)).path, '');
  await on(
    `cd ${data} && ln -s /etc/passwd link && ln -s docs behind && echo x >"$(printf 'odd\\377\\nname')"`,
  );
  await snap();
  const link = await versions(`${data}/link`);
  assert.deepEqual([link.versions[0]?.type, link.versions.length], ['link', 1]);
  const bytes = Buffer.from(`${data}/odd\xff\nname`, 'latin1').toString('hex');
  const odd = await versions(bytes, '--bytes');
  assert.deepEqual(placesOf(odd, names), [`a:N${names.length},live`]);
  const { code, value } = await fleet.json<Versions>(['snapshot', 'versions', `${data}/behind/letter`]);
  assert.deepEqual([code, value.versions], [0, []]);
  assert.deepEqual([...new Set(value.unknown.map(({ fault }) => fault.code))], ['unsafe-path']);
});

test('a subvolume inside is its own, and told', async () => {
  await on(`btrfs subvolume create ${data}/inner && echo in >${data}/inner/file`);
  const inner = await fleet.snapshot(`${data}/inner`);
  await snap();
  const found = await versions(`${data}/inner/file`);
  assert.deepEqual([found.subvolume, found.path], [`${data}/inner`, 'file']);
  assert.deepEqual(found.versions[0]?.seenIn, [{ server: 'a', snapshots: [inner, 'live'] }]);
  assert.deepEqual((await versions(data)).nested, [`${data}/inner`]);
  const { fault } = await fleet.fault('snapshot', 'versions', '/etc/passwd');
  assert.equal(fault.code, 'no-such-subvolume');
});

test('a subvolume that is gone: its snapshots have its files', async () => {
  const lost = await fleet.subvolume('/srv/pool/lost');
  const name = await fleet.snapshot(lost);
  await on(`btrfs subvolume delete ${lost}`);
  const found = await versions(`${lost}/data.bin`);
  assert.deepEqual([found.subvolume, found.now, found.versions[0]?.snapshot], [lost, 'unknown', name]);
});

test('a login that may not read: said, and not taken for "not there"', async () => {
  await on(
    `cd ${data} && mkdir shut && echo x >shut/file && chmod 700 shut && echo y >mine && chmod 600 mine`,
  );
  await snap();
  await fleet.ok(serverAdd('s', lab.server('a'), ['--user', 'fleet', '--key', lab.keyFile, '--trust-first']));
  await fleet.ok(['server', 'promote', 's']);
  // Under its other name the same server can be read as root.
  await fleet.ok(['server', 'edit', 'a', '--port', '1']);
  const shut = await fleet.json<Versions>(['snapshot', 'versions', `${data}/shut/file`]);
  assert.deepEqual([shut.code, shut.value.now, shut.value.versions], [1, 'unknown', []]);
  assert.deepEqual([...new Set(shut.value.unknown.map(({ fault }) => fault.code))], ['not-readable']);
  const mine = ['snapshot', 'versions', `${data}/mine`, '--hash'];
  const { value: closed } = await fleet.json<Versions>(mine);
  assert.deepEqual(
    closed.versions.map(({ hash }) => hash),
    [null],
  );
  assert.deepEqual(
    closed.notHashed.map(({ code }) => code),
    ['not-readable'],
  );
  await fleet.ok(['server', 'edit', 'a', '--port', String(lab.server('a').port)]);
  // What cannot be read in one place is read in another that has it.
  const open = await fleet.ok<Versions>(mine);
  const [sum] = (await on(`sha256sum ${data}/mine`)).split(' ');
  assert.deepEqual(
    open.versions.map(({ hash }) => hash),
    [sum],
  );
  await fleet.ok(['server', 'promote', 'a']);
  await fleet.ok(['server', 'remove', 's', '--yes']);
});

test('500 snapshots, each looked at, in a moment', async () => {
  const many = '/srv/pool/many';
  await on(`btrfs subvolume create ${many} && mkdir -p ${many}/a/b/c /srv/pool/.snapshots/many && cd ${many}/a/b/c
    for n in $(seq 500); do
      [ $((n % 100)) != 1 ] || echo "$n" >>file
      btrfs subvolume snapshot -r ${many} "$(printf '/srv/pool/.snapshots/many/2026-01-02T03:%02d:%02d.%03dZ' $((n / 60)) $((n % 60)) "$n")"
    done >/dev/null`);
  await versions(`${many}/a/b/c/file`);
  const begun = performance.now();
  const found = await versions(`${many}/a/b/c/file`);
  const seconds = (performance.now() - begun) / 1000;
  assert.deepEqual(
    found.versions.map(({ seenIn }) => seenIn[0]?.snapshots.length),
    [101, 100, 100, 100, 100],
  );
  assert.ok(seconds * 1000 < patience(2), `${seconds} s`);
});

test('a disk that is away is named', async () => {
  await lab.addFilesystem('c', '/mnt/usb', '300M');
  const first = names[2] ?? '';
  await fleet.replicateOne('full', data, first, '--to', 'c:/mnt/usb');
  const there = await versions(file);
  const places = (found: Versions): number =>
    found.versions.flatMap(({ seenIn }) => seenIn).filter(({ snapshots }) => snapshots.includes(first))
      .length;
  assert.equal(places(there), 3);
  await lab.umount('c', '/mnt/usb');
  const { code, value } = await fleet.json<Versions>(['snapshot', 'versions', file]);
  assert.deepEqual(
    [code, value.notLooked.map(({ server, fault }) => [server, fault.code])],
    [1, [['c', 'not-mounted']]],
  );
  await fleet.ok(['server', 'forget-disk', 'c', uuidIn(value), '--yes']);
});

const uuidIn = ({ notLooked }: Versions): string =>
  /\(([0-9a-f-]{36})\)/.exec(notLooked[0]?.fault.message ?? '')?.[1] ?? '';

test('a server that does not answer is named, and the others are told', async () => {
  await lab.kill('b');
  const { code, value } = await fleet.json<Versions>(['snapshot', 'versions', file]);
  assert.equal(code, 1);
  assert.deepEqual(
    value.notLooked.map(({ server, fault }) => [server, fault.code]),
    [['b', 'unreachable']],
  );
  assert.deepEqual(placesOf(value, names), ['a:N4 c:N4', 'a:N3 c:N3']);
  assert.deepEqual(
    value.looked.map(({ server }) => server),
    ['a', 'c'],
  );
});

test('the primary does not answer: replicas are found all the same', async () => {
  await lab.kill('a');
  const { code, value } = await fleet.json<Versions>(['snapshot', 'versions', file]);
  assert.deepEqual([code, value.now], [1, 'unknown']);
  assert.deepEqual(placesOf(value, names), ['c:N4', 'c:N3']);
  assert.deepEqual(value.notLooked.map(({ server }) => server).toSorted(), ['a', 'b']);
});
