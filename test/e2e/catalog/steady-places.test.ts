/** A place stays a place: whatever else is mounted, and whatever took the place of a subvolume. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TestFleet } from '../fleet/fleet.ts';

const fleet = await TestFleet.up('steady-places', { servers: 2 });
const { lab } = fleet;

interface Row {
  readonly name: string;
  readonly path: string;
  readonly state: string;
  readonly held: boolean;
}

const snapshots = (subvolume: string, ...more: readonly string[]): Promise<Row[]> =>
  fleet.ok<Row[]>(['snapshot', 'list', subvolume, ...more]);

const states = async (subvolume: string): Promise<string[]> =>
  (await snapshots(subvolume)).map(({ name, state }) => `${name} ${state}`);

interface Listed {
  readonly path: string;
  readonly alsoAt: readonly string[];
  readonly snapshots: number;
}

const subvolumes = async (): Promise<Map<string, Listed>> =>
  new Map((await fleet.ok<Listed[]>(['subvolume', 'list'])).map((row) => [row.path, row]));

const on = (script: string): Promise<string> => lab.must('a', ['sh', '-ec', script]);

/** A filesystem with the subvolumes named, its top level mounted. */
async function disk(mount: string, ...paths: readonly string[]): Promise<void> {
  await lab.addFilesystem('a', mount, '200M');
  for (const path of paths) await on(`btrfs subvolume create ${mount}/${path}`);
}

test('a bind mount of it elsewhere gives a subvolume no other name and no other place', async () => {
  const data = await fleet.subvolume('/srv/pool/data');
  const inner = await fleet.subvolume('/srv/pool/data/inner');
  const one = await fleet.snapshot(data);
  await fleet.ok(['task', 'add', 'nightly', '--subvolume', data, '--to', 'b', '--every', '1d']);
  await fleet.ok(['task', 'run', 'nightly']);
  await on('mkdir -p /mnt/export/data && mount --bind /srv/pool/data /mnt/export/data');
  const listed = await subvolumes();
  assert.deepEqual(listed.get(data)?.alsoAt, ['/mnt/export/data']);
  assert.deepEqual(listed.get(inner)?.alsoAt, ['/mnt/export/data/inner']);
  assert.equal(listed.has('/mnt/export/data'), false);

  const two = await fleet.snapshot('/mnt/export/data');
  assert.deepEqual(await states('/mnt/export/data'), await states(data));
  await fleet.ok(['task', 'run', 'nightly']);
  assert.equal((await fleet.replicateOne('auto', data, '--to', 'b')).status, 'already-there');
  assert.equal(await on('ls -A /srv/pool/data/.snapshots /srv/pool/data/.btrfleet 2>/dev/null || true'), '');

  await on('umount /mnt/export/data');
  const rows = await snapshots(data);
  for (const name of [one, two]) assert.ok(rows.some((row) => row.name === name && row.state === 'complete'));
});

test('bind-mounted before anybody looked: it is where its snapshots are', async () => {
  await disk('/mnt/first', 'data');
  await on(`mkdir -p /mnt/first/.snapshots/data /mnt/chroot
    btrfs subvolume snapshot -r /mnt/first/data /mnt/first/.snapshots/data/2026-01-01T00:00:00.000Z
    mount --bind /mnt/first/data /mnt/chroot`);
  const listed = await subvolumes();
  assert.deepEqual(listed.get('/mnt/first/data')?.alsoAt, ['/mnt/chroot']);
});

test('what a rollback replaced keeps its history: bases, retention and what is held', async () => {
  await disk('/mnt/top', '@');
  await lab.mountSubvolume('a', '/mnt/top', '@', '/mnt/sys');
  await lab.umount('a', '/mnt/top');
  const [one, two] = [await fleet.snapshot('/mnt/sys'), await fleet.snapshot('/mnt/sys')];
  assert.equal((await fleet.replicateOne('auto', '/mnt/sys', '--to', 'b')).mode, 'full');
  await fleet.ok(['snapshot', 'hold', '/mnt/sys', one]);

  await lab.mountSubvolume('a', '/mnt/sys', '/', '/mnt/top');
  await on(`cd /mnt/top && mv @ @old && btrfs subvolume snapshot @old/.btrfleet/.snapshots/${two} @
    cd / && umount /mnt/sys`);
  await lab.mountSubvolume('a', '/mnt/top', '@', '/mnt/sys');
  assert.deepEqual(await states('/mnt/sys'), [`${one} complete`, `${two} complete`]);
  assert.deepEqual(
    (await snapshots('/mnt/sys')).map(({ held }) => held),
    [true, false],
  );
  assert.equal((await subvolumes()).get('/mnt/top/@old')?.snapshots, 2);
  const three = await fleet.snapshot('/mnt/sys');
  const sent = await fleet.replicateOne('auto', '/mnt/sys', '--to', 'b');
  assert.deepEqual([sent.status, sent.mode, sent.snapshot, sent.base], ['ok', 'incremental', three, two]);
  const { deleted, ...kept } = await fleet.ok<{ deleted: { name: string }[] }>([
    ...['snapshot', 'cleanup', '/mnt/sys', '--last', '1', '--yes'],
  ]);
  assert.deepEqual(
    deleted.map(({ name }) => name),
    [two],
    JSON.stringify(kept),
  );
});

test('where no mount reaches what a rollback left, it is told', async () => {
  await lab.umount('a', '/mnt/top');
  const { value, stderr } = await fleet.json<Row[]>(['snapshot', 'list', '/mnt/sys']);
  assert.equal(value.length, 1);
  assert.match(stderr, /1 snapshot .*@old.*no mount.*subvolid=5/s);
});

test('openSUSE: / is a snapshot in use, and what is snapper’s stays as it is', async () => {
  await disk('/mnt/suse', '@', '@/.snapshots');
  await on(`cd /mnt/suse/@/.snapshots && mkdir 1 2 && echo '<snapshot/>' | tee 1/info.xml >2/info.xml
    btrfs subvolume snapshot .. 1/snapshot
    btrfs subvolume snapshot -r 1/snapshot 2/snapshot`);
  await lab.mountSubvolume('a', '/mnt/suse', '@/.snapshots/1/snapshot', '/mnt/root');
  await lab.mountSubvolume('a', '/mnt/suse', '@/.snapshots', '/mnt/root/.snapshots');
  await lab.umount('a', '/mnt/suse');
  const look = 'cd /mnt/root/.snapshots && find . -maxdepth 2 | sort && btrfs subvolume list -r .';
  const before = await on(look);
  assert.ok((await subvolumes()).has('/mnt/root'));
  const name = await fleet.snapshot('/mnt/root');
  assert.equal((await fleet.replicateOne('auto', '/mnt/root', '--to', 'b')).status, 'ok');
  const rows = await snapshots('/mnt/root');
  assert.deepEqual(
    rows.map(({ path, state }) => [path, state]),
    [
      ['/mnt/root/.snapshots/2/snapshot', 'foreign'],
      [`/mnt/root/.btrfleet/.snapshots/${name}`, 'complete'],
    ],
  );
  const after = (await on(look)).split('\n').filter((line) => !line.includes('.btrfleet'));
  assert.equal(after.join('\n'), before);
});

test('a nested subvolume is in no snapshot: said where one is made, and once in health', async () => {
  const says = /do not hold the subvolumes inside of it: \/srv\/pool\/data\/inner\./;
  const made = await fleet.json(['snapshot', 'create', '/srv/pool/data']);
  assert.deepEqual([made.code, says.test(made.stderr)], [0, true], made.stderr);
  const group = await fleet.json(['snapshot', 'create', '--group', '/srv/pool/data', '/srv/pool/data/inner']);
  assert.equal(says.test(group.stderr), false);
  interface Health {
    readonly reasons: readonly { readonly level: string; readonly message: string }[];
  }
  const { value } = await fleet.json<Health>(['health', '/srv/pool/data']);
  const told = value.reasons.filter(({ message }) => says.test(message));
  assert.deepEqual(
    told.map(({ level }) => level),
    ['note'],
  );
});
