/** Snapshots that are due, by several managers; and names that are taken. */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { sudoersLines } from '../../../src/core/btrfs/ask/commands.ts';
import { snapshotName } from '../../../src/core/model/snapshot.ts';
import { TestFleet } from '../fleet/fleet.ts';
import { otherManager, runSnapshots, snapshotsOf } from '../fleet/snapshot-runs.ts';
import { stateOf } from '../fleet/transfers.ts';

const fleet = await TestFleet.up('due', { servers: 1 });
const { lab } = fleet;
const mine = stateOf(fleet);
const theirs = otherManager(join(fleet.home, 'theirs'), mine);
lab.setSudoers('a', `${sudoersLines('fleet').join('\n')}\n`);

const directory = (path: string): string => `/srv/pool/.snapshots/${path.slice('/srv/pool/'.length)}`;
const inDirectory = async (path: string): Promise<string[]> =>
  (await lab.exec('a', ['ls', '-A', directory(path)])).stdout.split('\n').filter(Boolean);

test('due at the same moment in six processes of two managers: one snapshot, one pair of hooks', async () => {
  const path = await fleet.subvolume('/srv/pool/race');
  const dueAt = new Date().toISOString();
  const log = '/srv/pool/race.log';
  const command = (word: string) => ({ command: `echo ${word} >>${log}`, timeoutSeconds: 20 });
  const hooks = [
    { subvolume: path, before: { ...command('before'), required: true }, after: command('after') },
  ];
  const came = await Promise.all(
    [mine, theirs, mine, theirs, mine, theirs].map((home) =>
      runSnapshots({ subvolumes: [path], dueAt, hooks }, { home }),
    ),
  );
  const reports = came.map(snapshotsOf);
  const [made, ...more] = reports.flatMap(({ snapshots }) => snapshots);
  assert.deepEqual(more, []);
  assert.deepEqual(await inDirectory(path), [made?.name]);
  assert.deepEqual(
    reports.flatMap(({ already }) => already),
    Array.from({ length: 5 }, () => ({ subvolume: path, name: made?.name })),
  );
  assert.deepEqual(
    came.flatMap(({ notes }) => notes),
    [],
  );
  assert.equal(await lab.must('a', ['cat', log]), 'before\nafter\n');
});

test('a group that is due in four processes of two managers: one name for all', async () => {
  const paths = ['/srv/pool/g1', '/srv/pool/g2', '/srv/pool/g3'];
  for (const path of paths) await fleet.subvolume(path);
  const dueAt = new Date().toISOString();
  const orders = [paths, paths.toReversed()];
  const reports = await Promise.all(
    [mine, theirs, mine, theirs].map(async (home, index) =>
      snapshotsOf(await runSnapshots({ subvolumes: orders[index % 2] ?? [], group: true, dueAt }, { home })),
    ),
  );
  assert.deepEqual(reports.map(({ snapshots }) => snapshots.length).sort(), [0, 0, 0, 3]);
  const [name, ...more] = await inDirectory('/srv/pool/g1');
  assert.deepEqual(more, []);
  for (const path of paths) assert.deepEqual(await inDirectory(path), [name], path);
  // One more by hand of one member is no moment of the group.
  const later = new Date().toISOString();
  await fleet.snapshot('/srv/pool/g1');
  const whole = snapshotsOf(
    await runSnapshots({ subvolumes: paths, group: true, dueAt: later }, { home: mine }),
  );
  assert.deepEqual([whole.already, whole.snapshots.length], [[], 3]);
});

test('a manager whose clock is far ahead does not keep the others from making theirs', async () => {
  const path = await fleet.subvolume('/srv/pool/ahead');
  const now = Date.now();
  const dueAt = new Date(now).toISOString();
  const at = (home: string, time: number) => runSnapshots({ subvolumes: [path], dueAt }, { home, now: time });
  assert.equal(snapshotsOf(await at(theirs, now + 3_600_000)).snapshots.length, 1);
  assert.equal(snapshotsOf(await at(mine, now)).snapshots.length, 1);
  assert.equal(snapshotsOf(await at(mine, now + 1000)).already.length, 1);
});

test('where the login may not open the directory it says so, and what is there still counts', async () => {
  const desk = join(fleet.home, 'shut');
  mkdirSync(desk, { mode: 0o700 });
  const { host, port } = lab.server('a');
  const login = ['--host', host, '--port', String(port), '--user', 'fleet', '--key', lab.keyFile];
  await fleet.ok(['--home', desk, 'server', 'add', 'a', ...login, '--primary', '--trust-first']);
  const path = await fleet.subvolume('/srv/pool/shut');
  await lab.must('a', ['mkdir', '-p', directory(path)]);
  await lab.must('a', ['chmod', '700', directory(path)]);
  const dueAt = new Date().toISOString();
  const run = () => runSnapshots({ subvolumes: [path], dueAt }, { home: desk });
  const first = await run();
  assert.equal(snapshotsOf(first).snapshots.length, 1);
  assert.match(first.notes.join(), /\/srv\/pool\/\.snapshots\/shut on a could not be locked as fleet/);
  const [name] = await inDirectory(path);
  assert.deepEqual(snapshotsOf(await run()).already, [{ subvolume: path, name }]);
  // By hand nothing is locked, and a name that is taken is seen there, too.
  const taken = Date.parse(name ?? '');
  const byHand = await runSnapshots({ subvolumes: [path] }, { home: desk, now: taken });
  assert.deepEqual([byHand.notes, snapshotsOf(byHand).failed], [[], []]);
  assert.equal((await inDirectory(path)).length, 2);
  assert.deepEqual(
    await lab.must('a', ['sh', '-c', 'ls -d "$1"/*/*/', 'sh', directory(path)]).catch(() => ''),
    '',
  );
});

test('the same millisecond again: the next name that is free, and never one snapshot inside another', async () => {
  const path = await fleet.subvolume('/srv/pool/clash');
  const now = Date.parse('2026-11-20T08:05:01.000Z');
  await lab.must('a', ['mkdir', '-p', directory(path)]);
  // A writable subvolume of that name, which btrfs would put a snapshot into; a directory; whole ones.
  for (const late of [0, 20, 40]) {
    const at = `${directory(path)}/${snapshotName(now + late)}`;
    await lab.must('a', late === 0 ? ['btrfs', 'subvolume', 'create', at] : ['mkdir', at]);
  }
  const before = await inDirectory(path);
  const runs = await Promise.all(
    Array.from({ length: 4 }, () => runSnapshots({ subvolumes: [path] }, { home: mine, now })),
  );
  const names = runs.flatMap((came) => snapshotsOf(came).snapshots.map(({ name }) => name));
  assert.equal(new Set(names).size, 4, JSON.stringify(runs));
  assert.deepEqual((await inDirectory(path)).sort(), [...before, ...names].sort());
  for (const name of before) assert.deepEqual(await inDirectory(`${path}/${name}`), [], name);
});
