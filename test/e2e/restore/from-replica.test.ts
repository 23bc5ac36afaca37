/** What a server has lost comes back from a replica: sent on a common base where there is one, then put in its place. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { sudoersLines } from '../../../src/core/btrfs/ask/commands.ts';
import type { ShownRestore } from '../../../src/core/model/runs/restore.ts';
import { eventually, serverAdd, TestFleet } from '../fleet/fleet.ts';
import { sendRaw, setFlag } from '../fleet/raw-flags.ts';
import { restoring } from '../fleet/restores.ts';

const fleet = await TestFleet.up('restore-back', { servers: 2 });
const { lab } = fleet;
const { on, restore, undo } = restoring(fleet);

const print = (server: string, path: string): Promise<string> => fleet.fingerprint(server, path);
const replica = (data: string, name: string): string =>
  data.replace('/srv/pool/', '/srv/pool/.snapshots/').concat(`/${name}`);
const plan = (data: string, name: string): Promise<ShownRestore> =>
  fleet.ok<ShownRestore>(['snapshot', 'restore', data, name, '--from', 'b', '--dry-run']);
const names = async (data: string): Promise<string[]> =>
  (await fleet.ok<{ name: string; state: string }[]>(['snapshot', 'list', data]))
    .filter(({ state }) => state === 'complete')
    .map(({ name }) => name);

/** Two snapshots, both on b; what is there now is another content. */
async function sentTwice(path: string, mebibytes = 1): Promise<{ data: string; one: string; two: string }> {
  const data = await fleet.subvolume(path, mebibytes);
  await on(`echo one >${data}/f`);
  const one = await fleet.snapshot(data);
  await on(`echo two >${data}/f && ln ${data}/f ${data}/g`);
  const two = await fleet.snapshot(data);
  const sent = await fleet.replicate('auto', data, '--to', 'b', '--all');
  assert.equal(sent.code, 0);
  await on(`echo lost >${data}/f`);
  return { data, one, two };
}

test('a snapshot that only the replica has is sent back on the base that both have, and restored', async () => {
  const { data, one, two } = await sentTwice('/srv/pool/increment', 30);
  await fleet.ok(['snapshot', 'delete', data, two, '--yes']);
  const shown = await plan(data, two);
  assert.deepEqual(
    [shown.back?.server, shown.back?.path, shown.back?.mode, shown.back?.base, shown.back?.isProven],
    ['b', replica(data, two), 'incremental', one, true],
  );
  assert.ok(shown.wireBytes !== null && shown.wireBytes < 2 ** 20, String(shown.wireBytes));
  assert.deepEqual(await names(data), [one], 'a dry run does nothing');

  const changed = await print('a', data);
  const done = await restore(data, two, '--from', 'b');
  assert.equal(done.outcome, 'restored');
  assert.equal(await print('a', data), await print('b', replica(data, two)));
  assert.equal(await print('a', done.replacedPath ?? ''), changed);
  assert.deepEqual(await names(data), [one, two]);

  // It is the same one on both sides again, and what comes next builds on it.
  const three = await fleet.snapshot(data);
  const sent = await fleet.replicateOne('auto', data, '--to', 'b');
  assert.deepEqual([sent.status, sent.snapshot, sent.base], ['ok', three, two]);
  const back = await undo(done.undo);
  assert.equal(back.outcome, 'restored');
  assert.equal(await print('a', data), changed);
  const list = await fleet.ok<{ run: number; undoable: boolean }[]>(['restore', 'list']);
  assert.deepEqual(
    list.map(({ run, undoable }) => [run, undoable]),
    [
      [back.undo, true],
      [done.undo, false],
    ],
  );
});

test('the subvolume and all its snapshots are gone: it comes back whole', async () => {
  const { data, one, two } = await sentTwice('/srv/pool/gone');
  await on(`btrfs subvolume delete ${data} ${replica(data, one)} ${replica(data, two)}`);
  const shown = await plan(data, two);
  assert.deepEqual([shown.back?.mode, shown.replaces, shown.replacedPath], ['full', null, null]);
  const done = await restore(data, two, '--from', 'b');
  assert.deepEqual([done.outcome, done.replacedPath, done.undo], ['restored', null, null]);
  assert.equal(await print('a', data), await print('b', replica(data, two)));
  await on(`echo writable >${data}/w`);
  const three = await fleet.snapshot(data);
  const sent = await fleet.replicateOne('auto', data, '--to', 'b');
  assert.deepEqual([sent.status, sent.mode, sent.snapshot, sent.base], ['ok', 'incremental', three, two]);
});

test('nothing proves whose it is: refused by its name, taken by its path', async () => {
  const { data, one, two } = await sentTwice('/srv/pool/strange');
  await on(`btrfs subvolume delete ${data} ${replica(data, one)} ${replica(data, two)}`);
  await lab.must('b', ['sh', '-c', 'rmdir /srv/pool/.snapshots/.btrfleet/owner/strange/@*']);
  const { fault: refused } = await fleet.fault('snapshot', 'restore', data, two, '--from', 'b', '--yes');
  assert.equal(refused.code, 'refused');
  assert.ok(refused.message.includes(replica(data, two)), refused.message);
  const shown = await plan(data, replica(data, two));
  assert.equal(shown.back?.isProven, false);
  const done = await restore(data, replica(data, two), '--from', 'b');
  assert.equal(done.outcome, 'restored');
  assert.equal(await print('a', data), await print('b', replica(data, two)));
});

test('what is on the server still is taken from there, and nothing is sent', async () => {
  const { data, two } = await sentTwice('/srv/pool/here');
  const shown = await plan(data, two);
  assert.deepEqual([shown.back, shown.wireBytes, shown.from.path], [null, 0, replica(data, two)]);
  const done = await restore(data, two, '--from', 'b');
  assert.equal(done.outcome, 'restored');
  assert.equal((await on(`cat ${data}/f`)).trim(), 'two');
});

test('another thing under that name is in the way: refused, and all is as it was', async () => {
  const { data, two } = await sentTwice('/srv/pool/taken');
  const there = replica(data, two);
  await on(`btrfs subvolume delete ${there} && mkdir ${there} && echo mine >${there}/f`);
  const before = await print('a', data);
  const { fault: refused } = await fleet.fault('snapshot', 'restore', data, two, '--from', 'b', '--yes');
  assert.equal(refused.code, 'name-taken');
  assert.equal(await print('a', data), before);
  assert.equal(await on(`cat ${there}/f`), 'mine\n');
});

test('the manager is killed while it is sent back: nothing changed, and the next one goes through', async () => {
  const { data, one, two } = await sentTwice('/srv/pool/killed', 60);
  await on(`btrfs subvolume delete ${replica(data, one)} ${replica(data, two)}`);
  const before = await print('a', data);
  const running = fleet.start(['snapshot', 'restore', data, two, '--from', 'b', '--yes', '--json']);
  await eventually(() => on(`test -e ${replica(data, two)}`));
  running.child.kill('SIGKILL');
  await running.ended;
  assert.equal(await print('a', data), before);
  // Whoever looks next removes what is half received.
  await eventually(async () => {
    await fleet.ok(['restore', 'list']);
    await fleet.assertClean('a');
  });
  assert.equal((await fleet.json(['restore', 'list'])).code, 0);
  const done = await restore(data, two, '--from', 'b');
  assert.equal(done.outcome, 'restored');
  assert.equal(await print('a', data), await print('b', replica(data, two)));
  await fleet.assertClean('a');
});

test('a directory took the place of what was lost: it is said before anything is sent', async () => {
  const { data, one, two } = await sentTwice('/srv/pool/place');
  await on(`btrfs subvolume delete ${data} ${replica(data, one)} ${replica(data, two)} && mkdir ${data}`);
  for (const how of ['--dry-run', '--yes']) {
    const { fault } = await fleet.fault('snapshot', 'restore', data, two, '--from', 'b', how);
    assert.equal(fault.code, 'name-taken', fault.message);
  }
  assert.equal(await on(`ls -A ${replica(data, two).replace(/[^/]*$/, '')}`), '');
  await on(`rmdir ${data}`);
  assert.equal((await restore(data, two, '--from', 'b')).outcome, 'restored');
});

test('snapshots are made while one is sent back', async () => {
  const { data, one, two } = await sentTwice('/srv/pool/meanwhile', 200);
  await on(`btrfs subvolume delete ${replica(data, one)} ${replica(data, two)}`);
  const running = fleet.start(['snapshot', 'restore', data, two, '--from', 'b', '--yes', '--json']);
  await eventually(() => on(`test -e ${replica(data, two)}`), 20, 20);
  const made = await fleet.json<{ fault?: { message: string } }>(['snapshot', 'create', data]);
  assert.equal(made.code, 0, made.value.fault?.message);
  const ended = await running.ended;
  assert.equal(ended.code, 0, ended.stdout);
});

test('two contents under one id there: neither is taken for the other', async () => {
  const data = await fleet.subvolume('/srv/pool/twins');
  const name = await fleet.snapshot(data);
  // As a tool sends them whose subvolume carries a received uuid: all its snapshots have one id.
  const live = `/srv/pool/received/${name}`;
  await on(
    `mkdir /srv/pool/received && btrfs send -q ${replica(data, name)} | btrfs receive -q /srv/pool/received`,
  );
  await setFlag(lab, 'a', live, 'writable');
  const names = ['2026-11-20T08:00:00.000Z', '2026-11-20T09:00:00.000Z'];
  for (const one of names) {
    const made = `/srv/pool/received/${one}`;
    await on(`echo ${one} >${live}/f && btrfs subvolume snapshot -r ${live} ${made}`);
    await sendRaw(lab, made, '/srv/pool/.snapshots/twins');
  }
  for (const one of names) {
    const path = `/srv/pool/.snapshots/twins/${one}`;
    const { fault } = await fleet.fault('snapshot', 'restore', data, path, '--from', 'b', '--yes');
    assert.match(fault.message, /has the same received uuid as/);
  }
});

test('a replica, with the minimal rights of sudo: the plan says what is missing, and nothing is sent', async () => {
  const data = '/srv/pool/far';
  await on(`btrfs subvolume create ${data} && echo one >${data}/file`);
  const name = await fleet.snapshot(data);
  assert.equal((await fleet.replicate('full', data, name, '--to', 'b')).code, 0);
  await fleet.ok(['snapshot', 'delete', data, name, '--allow-last-base', '--yes']);
  lab.setSudoers('a', `${sudoersLines('fleet').join('\n')}\n`);
  await fleet.ok(
    serverAdd('far', lab.server('a'), ['--user', 'fleet', '--key', lab.keyFile, '--trust-first']),
  );
  await fleet.ok(['server', 'promote', 'far']);
  const words = ['snapshot', 'restore', data, name, '--from', 'b'];
  const { code, fault } = await fleet.fault(...words, '--dry-run');
  assert.deepEqual([code, fault.code], [1, 'sudo-missing']);
  const lines = `${fault.hint.slice(fault.hint.indexOf('Cmnd_Alias'))}\n`;
  const checked = spawnSync('visudo', ['-cf', '-'], { input: lines, encoding: 'utf8' });
  assert.equal(checked.status, 0, checked.stderr);
  assert.equal((await fleet.fault(...words, '--yes')).fault.code, 'sudo-missing');
  assert.equal(await on(`ls /srv/pool/.snapshots/far`), '', 'nothing was sent');
  lab.setSudoers('a', lines);
  assert.equal((await restore(data, name, '--from', 'b')).outcome, 'restored');
  await fleet.ok(['server', 'promote', 'a']);
});

test('a replica of a replica, on the second hop: it comes back, and its history goes on', async () => {
  const { data, one, two } = await sentTwice('/srv/pool/hops');
  const there = replica(data, two);
  // By hand, as an archive disk is filled: from b on to a directory of the same server that b's own replicas are not in.
  await lab.must('b', [
    'sh',
    '-c',
    `mkdir -p /srv/pool/.snapshots/archive && btrfs send -q ${there} | btrfs receive -q /srv/pool/.snapshots/archive`,
  ]);
  await lab.must('b', ['btrfs', 'subvolume', 'delete', there]);
  await fleet.ok(['snapshot', 'delete', data, two, '--yes', '--allow-last-base']);
  const far = `/srv/pool/.snapshots/archive/${two}`;
  const shown = await plan(data, far);
  assert.deepEqual([shown.back?.path, shown.back?.mode, shown.back?.base], [far, 'incremental', one]);
  const done = await restore(data, far, '--from', 'b');
  assert.equal(done.outcome, 'restored');
  assert.equal(await print('a', data), await print('b', far));
  await fleet.snapshot(data);
  const sent = await fleet.replicateOne('auto', data, '--to', 'b');
  assert.deepEqual([sent.status, sent.mode, sent.base], ['ok', 'incremental', two]);
});
