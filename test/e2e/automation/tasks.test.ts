/** Rounds of replication tasks on a real fleet: what is sent, what waits, and what one target's trouble does to others. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { slowRate } from '../../patience.ts';
import { eventually, onlyReal, TestFleet } from '../fleet/fleet.ts';
import { Desk, namesIn, poolDirectory, runRound, sentIn, targetsOf } from '../fleet/rounds.ts';
import { stateOf, underWay } from '../fleet/transfers.ts';

const fleet = await TestFleet.anywhere('tasks', { servers: 3 });
const { lab } = fleet;
const desk = new Desk(fleet);

const add = (name: string, ...options: readonly string[]): Promise<unknown> =>
  fleet.ok(['task', 'add', name, '--every', '1h', ...options]);

const write = (path: string, text: string): Promise<string> =>
  lab.must('a', ['sh', '-c', 'echo "$2" >>"$1/log"', 'sh', path, text]);

test('the first round is a full one and says so, the second one incremental; each part is a run below it', async () => {
  const data = await fleet.subvolume('/srv/pool/data');
  await add('nightly', '--subvolume', data, '--to', 'b,c', '--keep-last', '5');
  const first = await runRound(fleet, 'nightly');
  assert.deepEqual([first.code, first.targets, first.report.initializing], [0, ['b ok', 'c ok'], true]);
  const round = desk.newest('task');
  assert.deepEqual(desk.parts(round.id), ['snapshot ok', 'replication ok', 'cleanup ok', 'cleanup ok']);
  assert.match(
    round.job?.notes.join('\n') ?? '',
    /making a snapshot.*sending \/srv\/pool\/data to b, c.*initializing b.*cleaning up/s,
  );
  for (const part of desk.fleet.journal.listRuns({ parent: round.id, limit: 9 })) {
    assert.deepEqual([part.trigger, part.origin.item], ['hand', 'task:nightly']);
  }
  await write(data, 'more');
  const second = await runRound(fleet, 'nightly');
  const names = await namesIn(fleet, 'a', poolDirectory(data));
  assert.deepEqual([second.code, second.report.initializing], [0, false]);
  assert.deepEqual(sentIn(first.report, names), ['b ∅→0', 'c ∅→0']);
  assert.deepEqual(sentIn(second.report, names), ['b 0→1', 'c 0→1']);
  assert.equal(second.report.snapshot?.snapshots[0]?.name, names[1]);
  const original = await fleet.fingerprint('a', `${poolDirectory(data)}/${names[1]}`);
  for (const server of ['b', 'c']) {
    assert.equal(await fleet.fingerprint(server, `${poolDirectory(data)}/${names[1]}`), original);
    await fleet.assertClean(server);
  }
  // As the scheduler does it: snapshots are made apart, so here is nothing to send.
  const third = await desk.scheduled('nightly');
  assert.deepEqual([third.run.outcome, targetsOf(third.report)], ['ok', ['b ok', 'c ok']]);
  assert.deepEqual(desk.parts(third.run.id), ['replication ok', 'cleanup ok', 'cleanup ok']);
});

test('one of two targets down for five rounds: the other is not late, and then it gets every snapshot it missed', async () => {
  const data = await fleet.subvolume('/srv/pool/down');
  await add('down', '--subvolume', data, '--to', 'b,c');
  await runRound(fleet, 'down');
  await lab.kill('c');
  for (let round = 1; round <= 5; round += 1) {
    await write(data, `round ${round}`);
    const ran = await runRound(fleet, 'down');
    assert.deepEqual([ran.code, ran.targets], [1, ['b ok', 'c failed unreachable']]);
  }
  const names = await namesIn(fleet, 'a', poolDirectory(data));
  assert.deepEqual(await namesIn(fleet, 'b', poolDirectory(data)), names);
  assert.equal(desk.fleet.journal.taskTargets('down').find(({ target }) => target === 'c')?.failures, 5);
  await desk.restart(fleet, 'c');
  const { report, run } = await desk.scheduled('down');
  assert.equal(run.outcome, 'ok');
  assert.deepEqual(sentIn(report, names), ['c 0→1', 'c 1→2', 'c 2→3', 'c 3→4', 'c 4→5']);
  assert.deepEqual(await namesIn(fleet, 'c', poolDirectory(data)), names);
  assert.equal(desk.fleet.journal.taskTargets('down').find(({ target }) => target === 'c')?.failures, 0);
});

test('down while retention runs on both sides: the base is never deleted, and what it let go is never sent again', async () => {
  const data = await fleet.subvolume('/srv/pool/lean');
  await add('lean', '--subvolume', data, '--to', 'b,c', '--keep-last', '2');
  await runRound(fleet, 'lean');
  const [base = ''] = await namesIn(fleet, 'a', poolDirectory(data));
  await lab.kill('c');
  for (let round = 1; round <= 4; round += 1) {
    await write(data, `round ${round}`);
    assert.deepEqual((await runRound(fleet, 'lean')).targets, ['b ok', 'c failed unreachable']);
    await fleet.ok(['snapshot', 'cleanup', data, '--last', '1', '--yes']);
  }
  const onSource = await namesIn(fleet, 'a', poolDirectory(data));
  assert.equal(onSource[0], base);
  assert.equal((await namesIn(fleet, 'b', poolDirectory(data))).length, 2);
  await lab.start('c');
  const back = await runRound(fleet, 'lean');
  assert.deepEqual([back.code, back.targets], [0, ['b ok', 'c ok']]);
  const toC = back.report.replications[0]?.results.filter(({ server }) => server === 'c') ?? [];
  assert.deepEqual([toC[0]?.base, toC.every(({ mode }) => mode === 'incremental')], [base, true]);
  const newest = (await namesIn(fleet, 'a', poolDirectory(data))).at(-1);
  const sent = new Set<string>();
  for (const run of desk.fleet.journal.listRuns({ kind: 'replication', subvolume: data, limit: 99 })) {
    assert.ok(run.report?.kind === 'replication');
    for (const { server, snapshot, status } of run.report.results.filter((one) => one.status === 'ok')) {
      assert.ok(!sent.has(`${server} ${snapshot}`), `${snapshot} was sent to ${server} twice (${status})`);
      sent.add(`${server} ${snapshot}`);
    }
  }
  for (const server of ['b', 'c']) {
    const there = await namesIn(fleet, server, poolDirectory(data));
    assert.deepEqual([there.length, there.at(-1)], [2, newest]);
  }
  // What both have stays on both, whatever the rules say.
  assert.ok((await namesIn(fleet, 'a', poolDirectory(data))).includes(newest ?? ''));
});

test('a group of three: one moment, complete on the target, its spread recorded', async () => {
  const members: string[] = [];
  for (const name of ['g1', 'g2', 'g3']) members.push(await fleet.subvolume(`/srv/pool/${name}`));
  await add('group', ...members.flatMap((path) => ['--subvolume', path]), '--to', 'b');
  const ran = await runRound(fleet, 'group');
  assert.deepEqual([ran.code, ran.targets], [0, ['b ok']]);
  assert.equal(ran.report.snapshot?.snapshots.length, 3);
  assert.equal(typeof ran.report.snapshot?.spreadSeconds, 'number');
  const moments = await Promise.all(members.map((path) => namesIn(fleet, 'b', poolDirectory(path))));
  assert.equal(new Set(moments.flat()).size, 1);
  assert.equal(moments.flat().length, 3);
  // A snapshot of one member alone is no moment of the group.
  await fleet.snapshot(members[0] ?? '');
  const again = await desk.scheduled('group');
  assert.deepEqual(sentIn(again.report, []), []);
});

test('a group, one member’s name is taken: it is named, the moment is incomplete, the others have it', async () => {
  const members = ['g1', 'g2', 'g3'].map((name) => `/srv/pool/${name}`);
  const made = await fleet.ok<{ snapshots: { name: string }[] }>([
    'snapshot',
    'create',
    '--group',
    ...members,
  ]);
  const name = made.snapshots[0]?.name ?? '';
  const taken = `${poolDirectory('/srv/pool/g2')}/${name}`;
  await lab.must('b', ['mkdir', taken]);
  const { run, report } = await desk.scheduled('group');
  assert.deepEqual([run.outcome, targetsOf(report)], ['failed', ['b failed name-taken']]);
  assert.match(report.targets[0]?.fault?.message ?? '', /^\/srv\/pool\/g2 did not come through: .*\/g2\//);
  for (const path of ['/srv/pool/g1', '/srv/pool/g3']) {
    assert.equal((await namesIn(fleet, 'b', poolDirectory(path))).at(-1), name);
  }
  await lab.must('b', ['rmdir', taken]);
  const mended = await desk.scheduled('group');
  assert.equal(mended.run.outcome, 'ok');
  assert.deepEqual(await fleet.lab.must('b', ['ls', `${taken}`]), 'data.bin\n');
});

test('a base made by hand, with btrfs alone or by `replicate full`, is picked up by itself', {
  skip: onlyReal,
}, async () => {
  const [one, two] = [await fleet.subvolume('/srv/pool/hand1'), await fleet.subvolume('/srv/pool/hand2')];
  const first = await fleet.snapshot(one);
  const stream = '/srv/pool/hand.stream';
  await lab.must('a', ['btrfs', 'send', '-q', '-f', stream, `${poolDirectory(one)}/${first}`]);
  await lab.must('b', ['mkdir', '-p', '/srv/pool/elsewhere', poolDirectory(one)]);
  const content = await lab.must('a', ['base64', stream]);
  await lab.must('b', ['sh', '-c', 'base64 -d | btrfs receive -q /srv/pool/elsewhere'], { input: content });
  const second = await fleet.snapshot(two);
  await fleet.replicateOne('full', two, second, '--to', 'b');
  await add('hand1', '--subvolume', one, '--to', 'b');
  await add('hand2', '--subvolume', two, '--to', 'b');
  for (const [task, base] of [
    ['hand1', first],
    ['hand2', second],
  ] as const) {
    const { code, report } = await runRound(fleet, task);
    const sent = report.replications[0]?.results ?? [];
    assert.deepEqual([code, report.initializing], [0, false]);
    assert.deepEqual(
      sent.map(({ status, mode }) => `${status} ${mode}`),
      ['ok incremental'],
    );
    assert.equal(sent[0]?.base, base);
  }
});

test('two rounds of a task at once: the second is refused as locked, and nothing is sent twice', async () => {
  const data = await fleet.subvolume('/srv/pool/twice', 24);
  await add('twice', '--subvolume', data, '--to', 'b', '--rate', slowRate(8));
  const first = fleet.start(['task', 'run', 'twice', '--json']);
  await underWay(stateOf(fleet), ['b'], { running: first });
  const second = await fleet.fault('task', 'run', 'twice');
  assert.deepEqual([second.code, second.fault.code], [1, 'locked']);
  assert.match(second.fault.message, /task twice, target b is busy/);
  assert.equal((await first.ended).code, 0);
  assert.equal((await namesIn(fleet, 'b', poolDirectory(data))).length, 1);
});

test('a cancel reaches the parts; a killed process leaves none running, and the next round goes on', async () => {
  const data = await fleet.subvolume('/srv/pool/broken', 24);
  await add('broken', '--subvolume', data, '--to', 'b,c', '--rate', slowRate(4));
  const cancelled = fleet.start(['task', 'run', 'broken', '--json']);
  await underWay(stateOf(fleet), ['b', 'c'], { running: cancelled });
  desk.fleet.journal.requestCancel(desk.newest('task').id);
  assert.equal((await cancelled.ended).code, 130);
  assert.deepEqual(desk.parts(desk.newest('task').id), ['snapshot ok', 'replication cancelled']);
  assert.equal(desk.newest('task').outcome, 'cancelled');
  for (const server of ['a', 'b', 'c']) await fleet.assertClean(server);
  assert.deepEqual(desk.fleet.journal.taskTargets('broken'), []);

  const killed = fleet.start(['task', 'run', 'broken', '--json']);
  const before = desk.newest('replication').id;
  await underWay(stateOf(fleet), ['b', 'c'], { after: before, running: killed });
  killed.child.kill('SIGKILL');
  await killed.ended;
  const { id } = desk.newest('task');
  await fleet.ok(['task', 'edit', 'broken', '--no-rate']);
  const again = await runRound(fleet, 'broken');
  assert.deepEqual([again.code, again.targets], [0, ['b ok', 'c ok']]);
  assert.equal(desk.run(id).outcome, 'interrupted');
  assert.deepEqual(desk.parts(id), ['snapshot ok', 'replication interrupted']);
  for (const server of ['a', 'b', 'c']) await fleet.assertClean(server);
});

test('after so many failures in a row a target is left alone, the others go on; a probe or `resume` brings it back', async () => {
  const data = await fleet.subvolume('/srv/pool/given-up');
  await add('given-up', '--subvolume', data, '--to', 'b,c', '--suspend-after', '2');
  await runRound(fleet, 'given-up');
  await lab.kill('c');
  assert.deepEqual(targetsOf((await desk.scheduled('given-up')).report), ['b ok', 'c failed unreachable']);
  const last = await desk.scheduled('given-up');
  assert.match(last.run.job?.notes.join('\n') ?? '', /c failed 2 times in a row and is left alone/);
  const without = await desk.scheduled('given-up');
  assert.deepEqual(
    [without.run.outcome, targetsOf(without.report)],
    ['ok', ['b ok', 'c suspended unreachable']],
  );
  assert.deepEqual((await runRound(fleet, 'given-up')).targets, ['b ok', 'c failed unreachable']);
  await desk.restart(fleet, 'c');
  assert.equal(targetsOf((await desk.scheduled('given-up')).report)[1], 'c suspended unreachable');
  const probed = await desk.scheduled('given-up', 3601);
  assert.deepEqual([probed.run.outcome, targetsOf(probed.report)], ['ok', ['b ok', 'c ok']]);
  assert.deepEqual(targetsOf((await desk.scheduled('given-up')).report), ['b ok', 'c ok']);

  await lab.kill('c');
  for (let round = 0; round < 2; round += 1) await desk.scheduled('given-up');
  await desk.restart(fleet, 'c');
  assert.equal(targetsOf((await desk.scheduled('given-up')).report)[1], 'c suspended unreachable');
  await fleet.ok(['task', 'resume', 'given-up']);
  assert.deepEqual(targetsOf((await desk.scheduled('given-up')).report), ['b ok', 'c ok']);
});

test('a primary that cannot be reached is no failure of the targets', async () => {
  await lab.kill('a');
  const { run, report } = await desk.scheduled('given-up');
  assert.deepEqual(
    [run.outcome, targetsOf(report)],
    ['failed', ['b failed unreachable', 'c failed unreachable']],
  );
  assert.equal(report.targets[0]?.fault?.server, 'a');
  await desk.restart(fleet, 'a');
  assert.deepEqual(
    desk.fleet.journal.taskTargets('given-up').map(({ failures }) => failures),
    [0, 0],
  );
});

test('a task that is not there, and one that was suspended', async () => {
  const { code, fault } = await fleet.fault('task', 'run', 'nobody');
  assert.deepEqual([code, fault.code], [1, 'no-such-task']);
  await fleet.ok(['task', 'suspend', 'nightly']);
  const before = await desk.scheduled('nightly');
  assert.deepEqual(targetsOf(before.report), ['b suspended', 'c suspended']);
  assert.deepEqual(desk.parts(before.run.id), []);
  assert.deepEqual((await runRound(fleet, 'nightly')).targets, ['b ok', 'c ok']);
});

test('nothing is left anywhere', async () => {
  await eventually(() => assert.deepEqual(desk.fleet.journal.listRuns({ state: 'running', limit: 9 }), []));
  for (const { name } of lab.servers) await fleet.assertClean(name);
});
