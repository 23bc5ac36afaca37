/** Looking into replicas where nothing of the subvolume is left on the primary, or that is down. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TestFleet } from '../fleet/fleet.ts';

const fleet = await TestFleet.up('only-replicas', { servers: 3 });
const { lab } = fleet;
const on = (script: string): Promise<string> => lab.must('a', ['sh', '-ec', script]);

interface Versions {
  readonly subvolume: string;
  readonly path: string;
  readonly now: string;
  readonly versions: readonly {
    readonly seenIn: readonly { readonly server: string; readonly snapshots: readonly string[] }[];
  }[];
  readonly notLooked: readonly { readonly server: string; readonly fault: { readonly code: string } }[];
}

/** With two versions of `docs/letter` on b and c; on a nothing is left of it. */
async function lost(data: string): Promise<[string, string]> {
  await on(`btrfs subvolume create ${data} && mkdir ${data}/docs && echo one >${data}/docs/letter`);
  const first = await fleet.snapshot(data);
  await on(`echo two and more >${data}/docs/letter`);
  const second = await fleet.snapshot(data);
  assert.equal((await fleet.replicate('auto', data, '--to', 'b,c', '--all')).code, 0);
  return [first, second];
}

const versionsOf = async (path: string) => {
  const { code, value } = await fleet.json<Versions>(['snapshot', 'versions', path]);
  return {
    code,
    about: [value.subvolume, value.path, value.now],
    places: value.versions.map(({ seenIn }) =>
      seenIn.map(({ server, snapshots }) => `${server} ${snapshots.join(' ')}`).toSorted(),
    ),
    notLooked: value.notLooked.map(({ server, fault }) => `${server} ${fault.code}`),
  };
};

async function reads(data: string, [first, second]: readonly [string, string]): Promise<void> {
  const { files } = await fleet.ok<{ readonly files: readonly { readonly path: string }[] }>([
    ...['snapshot', 'browse', data, first, 'docs', '--server', 'b'],
  ]);
  assert.deepEqual(
    files.map(({ path }) => path),
    ['docs/letter'],
  );
  const { matches } = await fleet.ok<{ readonly matches: readonly { readonly snapshots: unknown }[] }>([
    ...['snapshot', 'find', 'let*', data, '--server', 'c'],
  ]);
  assert.deepEqual(
    matches.map(({ snapshots }) => snapshots),
    [[second, first]],
  );
}

const onBoth = (name: string): string[] => [`b ${name}`, `c ${name}`];

test('the subvolume and all its snapshots are deleted', async () => {
  const data = '/srv/pool/data';
  const [first, second] = await lost(data);
  await on(`btrfs subvolume delete ${data} /srv/pool/.snapshots/data/*`);
  await reads(data, [first, second]);
  const found = await versionsOf(`${data}/docs/letter`);
  assert.deepEqual(found, {
    ...{ code: 0, about: [data, 'docs/letter', 'unknown'], notLooked: [] },
    places: [onBoth(second), onBoth(first)],
  });
});

test('their whole filesystem is gone', async () => {
  await lab.addFilesystem('a', '/mnt/disk', '256M');
  const data = '/mnt/disk/work';
  const [first, second] = await lost(data);
  await lab.umount('a', '/mnt/disk');
  await reads(data, [first, second]);
  const found = await versionsOf(`${data}/docs/letter`);
  assert.deepEqual(found.about, [data, 'docs/letter', 'unknown']);
  assert.deepEqual(found.places, [onBoth(second), onBoth(first)]);
});

test('on the primary the answer names the servers that have replicas', async () => {
  const { fault } = await fleet.fault('snapshot', 'browse', '/mnt/disk/work', 'live');
  assert.match(fault.hint, /--server b/);
});

test('a replica is named by its path, though nothing remembers it', async () => {
  const path = '/srv/pool/.snapshots/data';
  const [name = ''] = (await lab.must('b', ['ls', path])).split('\n');
  const words = ['snapshot', 'browse', '/any/name', `${path}/${name}`];
  const { files } = await fleet.ok<{ readonly files: readonly { readonly path: string }[] }>([
    ...[...words, '--server', 'b'],
  ]);
  assert.deepEqual(
    files.map((one) => one.path),
    ['docs'],
  );
  assert.equal((await fleet.fault(...words)).fault.code, 'no-such-subvolume');
});

test('a name without a server says where replicas are; over all of a server it finds what is lost', async () => {
  const { fault } = await fleet.fault('snapshot', 'find', 'let*', '/mnt/disk/work');
  assert.deepEqual(
    [fault.code, /replicas of it were sent to b, c/i.test(fault.hint)],
    ['no-such-subvolume', true],
  );
  const { matches } = await fleet.ok<{ readonly matches: readonly { readonly subvolume: string }[] }>([
    ...['snapshot', 'find', 'let*', '--server', 'b'],
  ]);
  assert.deepEqual(matches.map(({ subvolume }) => subvolume).toSorted(), [
    '/mnt/disk/work',
    '/srv/pool/data',
  ]);
});

test('what was never there is no subvolume, whatever is remembered of others', async () => {
  assert.equal(
    (await fleet.fault('snapshot', 'versions', '/mnt/nothing/letter')).fault.code,
    'no-such-subvolume',
  );
});

test('the primary is down: it is named, and the rest answers', async () => {
  const data = '/srv/pool/data';
  await lab.kill('a');
  const found = await versionsOf(`${data}/docs/letter`);
  assert.equal(found.code, 1);
  assert.equal(found.places.length, 2);
  assert.deepEqual(found.about.slice(0, 2), [data, 'docs/letter']);
  const [name = ''] = (await lab.must('b', ['ls', '/srv/pool/.snapshots/data'])).split('\n');
  await fleet.ok(['snapshot', 'browse', data, name, '--server', 'b']);
  await fleet.ok(['snapshot', 'find', 'let*', data, '--server', 'c']);
  const down = await fleet.fault('snapshot', 'find', 'let*', data);
  assert.deepEqual([down.code, down.fault.code], [1, 'unreachable']);
  assert.deepEqual(found.notLooked, ['a unreachable']);
  assert.equal(found.about[2], 'unknown');
});
