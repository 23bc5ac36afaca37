/** A restore that is cut off between any two of its commands comes to one of its ends: all of it, or none of it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, TestFleet } from '../fleet/fleet.ts';
import { restoring } from '../fleet/restores.ts';
import { inHome, trapping } from '../fleet/traps.ts';

const fleet = await TestFleet.up('restore-cut', { servers: 1 });
const { on } = restoring(fleet);
const { arm, disarm, isReached, letGo, cutOff } = await trapping(fleet);

const listing = (path: string): Promise<string> => fleet.fingerprint('a', path);
const beside = async (data: string): Promise<string[]> =>
  (await on(`ls -d ${data}.* 2>/dev/null || true`)).split('\n').filter((line) => line !== '');

interface Listed {
  readonly outcome: string;
  readonly replacedPath: string | null;
}

const END = {
  'btrfs before 1': 'rolled-back',
  'btrfs after 1': 'rolled-back',
  'mv before 1': 'rolled-back',
  'mv after 1': 'restored',
  'mv before 2': 'restored',
  'mv after 2': 'restored',
} as const;

let number = 0;

for (const [stop, end] of Object.entries(END)) {
  for (const manager of ['alive', 'killed'] as const) {
    test(`cut off ${stop}, the manager is ${manager}: ${end}`, async () => {
      number += 1;
      const data = await fleet.subvolume(`/srv/pool/data${number}`);
      const before = await listing(data);
      const name = await fleet.snapshot(data);
      await on(`echo changed >${data}/changed`);
      const changed = await listing(data);
      await arm(stop);
      const running = fleet.start(['snapshot', 'restore', data, name, '--yes', '--json']);
      await isReached(running);
      if (manager === 'killed') {
        running.child.kill('SIGKILL');
        await running.ended;
      }
      await letGo();
      const { code, stdout } = await running.ended;
      if (manager === 'alive') {
        assert.equal((JSON.parse(stdout) as Listed).outcome, end, stdout);
        assert.equal(code, end === 'restored' ? 0 : 1);
      }
      await disarm();
      const [last] = await fleet.ok<Listed[]>(['restore', 'list']);
      assert.equal(last?.outcome, end);
      assert.equal(await listing(data), end === 'restored' ? before : changed);
      const aside = await beside(data);
      assert.deepEqual(aside, end === 'restored' ? [last?.replacedPath] : []);
      for (const path of aside) assert.equal(await listing(path), changed);
    });
  }
}

test('taking back, cut off between its renames, is finished', async () => {
  const data = await fleet.subvolume('/srv/pool/back');
  const name = await fleet.snapshot(data);
  await on(`echo changed >${data}/changed`);
  const changed = await listing(data);
  const { undo } = await fleet.ok<{ undo: number }>(['snapshot', 'restore', data, name, '--yes']);
  await cutOff('mv after 1', ['restore', 'undo', String(undo)]);
  const [last] = await fleet.ok<Listed[]>(['restore', 'list']);
  assert.equal(last?.outcome, 'restored');
  assert.equal(await listing(data), changed);
});

test('one after one that was cut off brings that to its end first', async () => {
  const data = await fleet.subvolume('/srv/pool/next');
  const name = await fleet.snapshot(data);
  const before = await listing(data);
  await cutOff('mv after 1', ['snapshot', 'restore', data, name]);
  const done = await fleet.ok<Listed>(['snapshot', 'restore', data, name, '--yes']);
  assert.equal(done.outcome, 'restored');
  assert.equal(await listing(data), before);
  assert.equal((await beside(data)).length, 2);
});

test('what somebody wrote into the half made one meanwhile is theirs', async () => {
  const data = await fleet.subvolume('/srv/pool/theirs');
  const name = await fleet.snapshot(data);
  await cutOff('btrfs after 1', ['snapshot', 'restore', data, name], () =>
    on(`cd ${data}.restoring-* && echo precious >precious`),
  );
  const { stderr } = await fleet.json<Listed[]>(['restore', 'list']);
  assert.match(stderr, /somebody wrote to it/);
  assert.equal(await on(`cat ${data}.restoring-*/precious`), 'precious\n');
});

test('an empty directory that somebody made in its place is no hindrance', async () => {
  const data = await fleet.subvolume('/srv/pool/empty');
  const name = await fleet.snapshot(data);
  const before = await listing(data);
  await cutOff('mv after 1', ['snapshot', 'restore', data, name]);
  await on(`mkdir ${data}`);
  const [last] = await fleet.ok<Listed[]>(['restore', 'list']);
  assert.equal(last?.outcome, 'restored');
  assert.equal(await listing(data), before);
});

test('two at once: one does it, the other says so', async () => {
  const data = await fleet.subvolume('/srv/pool/two');
  const name = await fleet.snapshot(data);
  const before = await listing(data);
  await on(`echo changed >${data}/changed`);
  await arm('mv before 1');
  const one = fleet.start(['snapshot', 'restore', data, name, '--yes', '--json']);
  await isReached(one);
  const other = await fleet.fault('snapshot', 'restore', data, name, '--yes');
  assert.deepEqual([other.code, other.fault.code], [1, 'locked']);
  await on(`rm ${inHome('stop')}`);
  await letGo();
  await one.ended;
  await fleet.ok(['restore', 'list']);
  await fleet.ok(['snapshot', 'restore', data, name, '--yes']);
  assert.equal(await listing(data), before);
});

test('the scheduler brings one to its end that was cut off', async () => {
  const data = await fleet.subvolume('/srv/pool/scheduled');
  const name = await fleet.snapshot(data);
  const before = await listing(data);
  await on(`echo changed >${data}/changed`);
  await cutOff('mv after 1', ['snapshot', 'restore', data, name]);
  const scheduler = fleet.start(['--schedule']);
  await eventually(() => on(`test -d ${data}`), 60, 1000);
  scheduler.child.kill('SIGTERM');
  assert.equal((await scheduler.ended).code, 0);
  assert.equal(await listing(data), before);
  const [last] = await fleet.ok<Listed[]>(['restore', 'list']);
  assert.equal(last?.outcome, 'restored');
});

test('while the server is still at it, nobody says what came of it', async () => {
  const data = await fleet.subvolume('/srv/pool/slow');
  const name = await fleet.snapshot(data);
  const before = await listing(data);
  await on(`echo changed >${data}/changed`);
  await arm('mv before 2');
  const running = fleet.start(['snapshot', 'restore', data, name, '--yes', '--json']);
  await isReached(running);
  running.child.kill('SIGKILL');
  await running.ended;
  const { stderr } = await fleet.json<Listed[]>(['restore', 'list']);
  assert.match(stderr, /at this moment/);
  await letGo();
  await disarm();
  const [last] = await fleet.ok<Listed[]>(['restore', 'list']);
  assert.equal(last?.outcome, 'restored');
  assert.equal(await listing(data), before);
});
