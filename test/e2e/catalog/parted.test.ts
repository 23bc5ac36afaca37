/**
 * Subvolumes that have much in common and are not the same: a copy made of a replica while its source goes on, what a
 * primary made before a fail-over and never sent, and names that only differ at their end.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { onlyReal, TestFleet } from '../fleet/fleet.ts';
import { namesIn, poolDirectory } from '../fleet/rounds.ts';

const fleet = await TestFleet.anywhere('parted');
const { lab } = fleet;

interface Row {
  readonly name: string;
  readonly state: string;
}

interface Cleaned {
  readonly kept: readonly { readonly name: string; readonly reasons: readonly string[] }[];
  readonly deleted: readonly { readonly name: string }[];
}

const stateOf = async (subvolume: string, server: string): Promise<Record<string, string>> => {
  const rows = await fleet.ok<Row[]>(['snapshot', 'list', subvolume, '--server', server]);
  return Object.fromEntries(rows.map(({ name, state }) => [name, state]));
};

const cleanUp = async (subvolume: string, ...more: string[]): Promise<Cleaned> =>
  fleet.ok<Cleaned>(['snapshot', 'cleanup', subvolume, '--last', '1', ...more, '--yes']);

/** Makes a snapshot and sends it. */
async function send(subvolume: string, ...to: readonly string[]): Promise<string> {
  const name = await fleet.snapshot(subvolume);
  for (const server of to)
    assert.equal((await fleet.replicateOne('auto', subvolume, '--to', server)).status, 'ok');
  return name;
}

async function asPrimary(server: string, work: () => Promise<void>): Promise<void> {
  await fleet.ok(['server', 'promote', server]);
  try {
    await work();
  } finally {
    await fleet.ok(['server', 'promote', 'a']);
  }
}

test('two long names that differ in the last character: the replicas of one are never those of the other', async () => {
  const long = '/srv/pool/データベースサーバー本番環境のコピー';
  const [one, two] = [await fleet.subvolume(`${long}一`), await fleet.subvolume(`${long}二`)];
  await send(one, 'b');
  const theirs = [await send(two, 'b'), await send(two, 'b')];
  assert.equal(
    Object.keys(await stateOf(one, 'b')).some((name) => theirs.includes(name)),
    false,
  );
  const { deleted } = await cleanUp(one, '--server', 'b');
  assert.deepEqual(deleted, []);
  assert.deepEqual(await namesIn(fleet, 'b', poolDirectory(two)), theirs);
  assert.deepEqual(Object.values(await stateOf(two, 'b')), ['complete', 'complete']);
});

test('a copy that was made of a replica does not own what its source sends on', async () => {
  const data = await fleet.subvolume('/srv/pool/forked');
  const directory = poolDirectory(data);
  const both = [await send(data, 'b', 'c'), await send(data, 'b', 'c')];
  await lab.must('b', ['btrfs', 'subvolume', 'snapshot', `${directory}/${both[1]}`, data]);
  const onlyOnC = [await send(data, 'c'), await send(data, 'c')];
  await asPrimary('b', async () => {
    await send(data, 'c');
    const states = await stateOf(data, 'c');
    assert.deepEqual(
      onlyOnC.map((name) => states[name]),
      ['foreign', 'foreign'],
    );
    const { deleted } = await cleanUp(data, '--server', 'c');
    for (const name of onlyOnC)
      assert.equal(
        deleted.some((gone) => gone.name === name),
        false,
      );
  });
  const left = await namesIn(fleet, 'c', directory);
  assert.ok(onlyOnC.every((name) => left.includes(name)));
  // The source sends on to where the copy was made: nothing at all is the copy's by the marks of its source.
  await send(data, 'b', 'c');
  const known = await namesIn(fleet, 'b', directory);
  await asPrimary('b', async () => {
    const states = Object.entries(await stateOf(data, 'c')).filter(([name]) => !known.includes(name));
    assert.ok(states.every(([, state]) => state === 'foreign'));
  });
});

test('what the old primary made and never sent stays when it is sent to', async () => {
  const data = await fleet.subvolume('/srv/pool/turned');
  const directory = poolDirectory(data);
  const sent = [await send(data, 'b'), await send(data, 'b')];
  const tail = [await send(data), await send(data)];
  await lab.must('b', ['btrfs', 'subvolume', 'snapshot', `${directory}/${sent[1]}`, data]);
  await asPrimary('b', async () => {
    const back = [await send(data, 'a:/srv/pool'), await send(data, 'a:/srv/pool')];
    const states = await stateOf(data, 'a');
    assert.deepEqual(
      [...sent, ...tail, ...back].map((name) => states[name]),
      ['complete', 'complete', 'foreign', 'foreign', 'complete', 'complete'],
    );
    const { stdout } = await fleet.run(['snapshot', 'list', data, '--server', 'a']);
    assert.equal(stdout.match(/foreign, diverged/g)?.length, tail.length);
    const { deleted } = await cleanUp(data, '--server', 'a');
    assert.deepEqual(deleted.map(({ name }) => name).toSorted(), [...sent, back[0]].toSorted());
  });
  const left = await namesIn(fleet, 'a', directory);
  assert.ok(tail.every((name) => left.includes(name)));
});

test('the base of a disk that is away is kept, also when the primary is mounted elsewhere by now', {
  skip: onlyReal,
}, async () => {
  await lab.addFilesystem('a', '/mnt/two', '200M');
  await lab.addFilesystem('b', '/mnt/disk', '200M');
  const uuid = (await lab.must('b', ['findmnt', '-no', 'UUID', '/mnt/disk'])).trim();
  const before = await fleet.subvolume('/mnt/two/moving');
  const base = await send(before, 'b:/mnt/disk');
  await lab.umount('b', '/mnt/disk');
  await fleet.ok(['server', 'check', 'b']);
  await lab.umount('a', '/mnt/two');
  await fleet.lab.plugIn('a', '/mnt/two', '/mnt/moved');
  await fleet.ok(['server', 'check', 'a']);
  const data = '/mnt/moved/moving';
  const newest = [await send(data), await send(data)];
  await fleet.ok(['server', 'check', 'b']);
  const { kept, deleted } = await cleanUp(data);
  assert.deepEqual(
    deleted.map(({ name }) => name),
    [newest[0]],
  );
  const why = kept.find(({ name }) => name === base)?.reasons.join('; ') ?? '';
  assert.match(why, new RegExp(`b:/mnt/disk \\(filesystem ${uuid}, not seen there now\\)`));
  const shout = await fleet.fault('server', 'forget-disk', 'b', uuid.toUpperCase());
  assert.match(shout.fault.message, new RegExp(`on the disk ${uuid} `));
});
