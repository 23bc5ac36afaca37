/** Whose replicas a directory holds: two subvolumes of one path below their mounts, an emptied directory, a fail-over. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sudoersLines } from '../../../src/core/btrfs/ask/commands.ts';
import { TestFleet } from '../fleet/fleet.ts';
import { namesIn, poolDirectory } from '../fleet/rounds.ts';

const fleet = await TestFleet.up('owners', { enrol: false });
const { lab } = fleet;

interface Row {
  readonly name: string;
  readonly state: string;
}

interface Cleaned {
  readonly deleted: readonly { readonly name: string }[];
}

await fleet.enrol('a');
// A login with few rights; and a root with dash as login shell.
lab.setSudoers('b', `${sudoersLines('fleet').join('\n')}\n`);
await fleet.enrol('b', ['--user', 'fleet', '--key', lab.keyFile]);
await fleet.enrol('c');
await lab.addFilesystem('a', '/mnt/two', '200M');

const marks = async (server: string, name: string): Promise<string[]> => {
  const text = await lab.must(server, ['ls', `/srv/pool/.snapshots/.btrfleet/owner/${name}`]);
  return text.split('\n').filter((line) => line !== '');
};

const markOf = async (server: string, mount: string, name: string): Promise<string> => {
  const uuid = (await lab.must(server, ['findmnt', '-no', 'UUID', mount])).trim();
  return `@${uuid}%3A${name}`;
};

/** As somebody does it by hand. */
async function empty(server: string, directory: string): Promise<void> {
  for (const one of await namesIn(fleet, server, directory)) {
    await lab.must(server, ['btrfs', 'subvolume', 'delete', `${directory}/${one}`]);
  }
}

const states = async (subvolume: string, server: string): Promise<string[]> =>
  (await fleet.ok<Row[]>(['snapshot', 'list', subvolume, '--server', server])).map(({ state }) => state);

const cleanUp = async (subvolume: string, server: string): Promise<string[]> => {
  const rules = ['--last', '1', '--server', server, '--yes'];
  const { deleted } = await fleet.ok<Cleaned>(['snapshot', 'cleanup', subvolume, ...rules]);
  return deleted.map(({ name }) => name);
};

async function send(subvolume: string, to: string) {
  await fleet.snapshot(subvolume);
  return fleet.replicateOne('auto', subvolume, '--to', to);
}

for (const server of ['b', 'c']) {
  test(`an emptied directory is nobody's: who takes it is its only owner (${server})`, async () => {
    const name = `taken by ${server}`;
    const mine = await fleet.subvolume(`/srv/pool/${name}`);
    const theirs = await fleet.subvolume(`/mnt/two/${name}`);
    const directory = poolDirectory(mine);
    assert.equal((await send(mine, server)).status, 'ok');
    await empty(server, directory);
    assert.equal((await send(theirs, server)).mode, 'full');
    assert.equal((await send(theirs, server)).mode, 'incremental');
    assert.deepEqual(await marks(server, name), [await markOf('a', '/mnt/two', encodeURIComponent(name))]);

    // Now that is somebody else's, so it gets a directory of its own.
    assert.equal((await send(mine, server)).mode, 'full');
    assert.deepEqual(await states(mine, server), ['foreign', 'foreign', 'complete']);
    assert.deepEqual(await cleanUp(mine, server), []);
    assert.deepEqual(await states(theirs, server), ['complete', 'complete']);

    // A mark that an older version left behind, or that could not be taken away: the content decides.
    const old = await markOf('a', '/srv/pool', encodeURIComponent(name));
    await lab.must(server, ['mkdir', `/srv/pool/.snapshots/.btrfleet/owner/${name}/${old}`]);
    assert.equal((await send(mine, server)).mode, 'incremental');
    assert.equal((await cleanUp(mine, server)).length, 1);
    assert.equal((await send(theirs, server)).mode, 'incremental');
    assert.deepEqual(await states(theirs, server), ['complete', 'complete', 'complete']);
    await fleet.assertClean(server);
  });
}

test('after a fail-over the replicas elsewhere are those of the promoted one, also the ones it does not have', async () => {
  const data = await fleet.subvolume('/srv/pool/turned');
  const directory = poolDirectory(data);
  for (const server of ['b', 'c', 'b', 'c']) assert.equal((await send(data, server)).status, 'ok');
  const [, onC = '', , last = ''] = await namesIn(fleet, 'a', directory);
  const common = await namesIn(fleet, 'b', directory);
  assert.equal((await fleet.replicateOne('auto', data, '--snapshot', last, '--to', 'b')).status, 'ok');
  assert.equal(common.includes(onC), false);

  await lab.must('b', ['btrfs', 'subvolume', 'snapshot', `${directory}/${last}`, data]);
  await fleet.ok(['server', 'promote', 'b']);
  try {
    assert.equal((await send(data, 'c')).mode, 'incremental');
    // All that lies there is proven to be of it, so its own mark took the place of the one it inherited.
    assert.deepEqual(await marks('c', 'turned'), [await markOf('b', '/srv/pool', 'turned')]);
    assert.deepEqual(await states(data, 'c'), ['complete', 'complete', 'complete']);
    assert.ok((await cleanUp(data, 'c')).includes(onC));
    // And back: what a holds of it is built on, and what b made while it was the primary is a replica now.
    const { results } = await fleet.replicate('auto', data, '--all', '--to', 'a:/srv/pool');
    assert.deepEqual(
      results.filter(({ status }) => status === 'ok').map(({ mode }) => mode),
      ['incremental'],
    );
  } finally {
    await fleet.ok(['server', 'promote', 'a']);
  }
  const [newest = ''] = (await namesIn(fleet, 'a', directory)).toReversed();
  await lab.must('a', ['mv', data, `${data}.old`]);
  await lab.must('a', ['btrfs', 'subvolume', 'snapshot', `${directory}/${newest}`, data]);
  assert.equal((await send(data, 'b')).mode, 'incremental');
  const before = await states(data, 'b');
  assert.deepEqual(new Set(before), new Set(['complete']));
  assert.ok((await cleanUp(data, 'b')).length >= before.length - 2);
  assert.equal((await send(data, 'c')).mode, 'incremental');
  assert.deepEqual(new Set(await states(data, 'c')), new Set(['complete']));
});
