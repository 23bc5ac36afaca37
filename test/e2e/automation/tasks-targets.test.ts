/** Where rounds of tasks send to: disks that come and go, other directories, full disks; and tasks in sync mode. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SnapshotReport } from '../../../src/core/model/runs/snapshot.ts';
import { slowRate } from '../../patience.ts';
import { eventually, onlyReal, TestFleet } from '../fleet/fleet.ts';
import { Desk, namesIn, poolDirectory, runRound, sentIn, targetsOf } from '../fleet/rounds.ts';
import { stateOf, underWay } from '../fleet/transfers.ts';

const fleet = await TestFleet.anywhere('tasks-targets', { servers: 3 });
const { lab } = fleet;
const desk = new Desk(fleet);

const add = (name: string, ...options: readonly string[]): Promise<unknown> =>
  fleet.ok(['task', 'add', name, '--every', '1h', ...options]);

const write = (path: string, text: string): Promise<string> =>
  lab.must('a', ['sh', '-c', 'echo "$2" >>"$1/log"', 'sh', path, text]);

const fill = (path: string, megabytes: number): Promise<string> =>
  lab.must('a', [
    'dd',
    'if=/dev/urandom',
    `of=${path}/data.bin`,
    'bs=1M',
    `count=${megabytes}`,
    'status=none',
  ]);

/** Until so many MiB are left on b. */
const fillUp = (mount: string, left: number): Promise<string> => {
  const filler = `i=0; while [ "$(stat -f -c '%a * %S / 1048576' "$1" | xargs expr)" -gt "$2" ]; do
    dd if=/dev/urandom of="$1/filler$i" bs=1M count=10 status=none conv=fsync; i=$((i + 1)); done`;
  return lab.must('b', ['sh', '-c', filler, 'sh', mount, String(left)]);
};

for (const server of ['b', 'c']) {
  await fleet.ok(['server', 'edit', server, '--default-mount', '/srv/pool']);
}

test('a disk that is away is waited for, comes back and catches up; too long, and the round fails', async () => {
  await lab.addFilesystem('b', '/mnt/usb', '200M');
  const data = await fleet.subvolume('/srv/pool/disk');
  await add('disk', '--subvolume', data, '--to', 'b:/mnt/usb,c', '--rpo', '1h');
  assert.equal((await runRound(fleet, 'disk')).code, 0);
  await lab.umount('b', '/mnt/usb');
  for (let round = 1; round <= 2; round += 1) {
    await write(data, `round ${round}`);
    const ran = await runRound(fleet, 'disk');
    assert.deepEqual([ran.code, ran.targets], [0, ['b:/mnt/usb absent not-mounted', 'c ok']]);
  }
  const replication = desk.newest('replication');
  assert.ok(replication.outcome === 'ok' && replication.report?.kind === 'replication');
  const [away] = replication.report.results;
  assert.deepEqual([away?.status, away?.verified, away?.fault?.code], ['absent', false, 'not-mounted']);
  assert.equal(desk.fleet.journal.resultsOf(replication.id)[0]?.status, 'absent');
  const [memory] = desk.fleet.journal.taskTargets('disk');
  assert.deepEqual([memory?.target, memory?.failures, memory?.fault?.code], ['b:/mnt/usb', 0, 'not-mounted']);
  assert.ok(memory?.absentSince);
  // The base is kept for the disk in the drawer, whatever retention says.
  await fleet.ok(['snapshot', 'cleanup', data, '--last', '2', '--yes']);
  const names = await namesIn(fleet, 'a', poolDirectory(data));
  assert.equal(names.length, 3);

  await fleet.ok(['task', 'edit', 'disk', '--rpo', '1s']);
  const late = await eventually(async () => {
    const round = await desk.scheduled('disk');
    assert.equal(round.run.outcome, 'failed');
    return round.report;
  });
  assert.deepEqual(targetsOf(late), ['b:/mnt/usb failed rpo-breached', 'c ok']);
  assert.match(late.targets[0]?.fault?.message ?? '', new RegExp(`newest replica is of ${names[0]}`));
  // That is no failure after which it would be left alone.
  assert.equal(desk.fleet.journal.taskTargets('disk')[0]?.failures, 0);

  await fleet.lab.plugIn('b', '/mnt/usb');
  const back = await desk.scheduled('disk');
  assert.deepEqual([back.run.outcome, targetsOf(back.report)], ['ok', ['b:/mnt/usb ok', 'c ok']]);
  assert.deepEqual(sentIn(back.report, names), ['b 0→1', 'b 1→2']);
  assert.equal(desk.fleet.journal.taskTargets('disk')[0]?.absentSince, null);
  await fleet.assertClean('b', '/mnt/usb');
});

test('a second disk of the primary: its rules clean up the replicas there, never the snapshots themselves', async () => {
  await lab.addFilesystem('a', '/mnt/second', '200M');
  const data = await fleet.subvolume('/srv/pool/twofold');
  await add('twofold', '--subvolume', data, '--to', 'a:/mnt/second', '--keep-last', '1');
  for (let round = 0; round < 3; round += 1) {
    await write(data, `round ${round}`);
    const ran = await runRound(fleet, 'twofold');
    assert.deepEqual([ran.code, ran.targets], [0, ['a:/mnt/second ok']]);
  }
  const names = await namesIn(fleet, 'a', poolDirectory(data));
  assert.equal(names.length, 3);
  assert.deepEqual(await namesIn(fleet, 'a', '/mnt/second/.snapshots/twofold'), [names[2]]);
});

test('two tasks for one subvolume, each in a directory of its own: the rules of one leave the other’s alone', async () => {
  const data = await fleet.subvolume('/srv/pool/both');
  await add('short', '--subvolume', data, '--to', 'b:/srv/pool', '--keep-last', '1');
  const into = ['--to', 'b:/srv/pool', '--into', 'archive/of both'];
  await add('long', '--subvolume', data, ...into, '--keep-last', '3');
  const archive = '/srv/pool/.snapshots/archive/of both';
  for (let round = 0; round < 3; round += 1) {
    await write(data, `round ${round}`);
    for (const task of ['long', 'short']) assert.equal((await runRound(fleet, task)).code, 0);
  }
  const names = await namesIn(fleet, 'a', poolDirectory(data));
  const short = await namesIn(fleet, 'b', poolDirectory(data));
  const long = await namesIn(fleet, 'b', archive);
  assert.equal(names.length, 6);
  // Each by its own rules: the newest one, and the newest three.
  assert.deepEqual(short, names.slice(-1));
  assert.deepEqual(long, names.slice(2, 5));
  const listed = await fleet.ok<{ path: string; state: string }[]>([
    ...['snapshot', 'list', data, '--server', 'b'],
  ]);
  assert.deepEqual(new Set(listed.map(({ state }) => state)), new Set(['complete']));
  assert.equal(listed.filter(({ path }) => path.startsWith(`${archive}/`)).length, 3);
  // Another subvolume must not mix in.
  const other = await fleet.subvolume('/srv/pool/other');
  await fleet.ok(['task', 'remove', 'long']);
  await add('mix', '--subvolume', other, ...into);
  const mixed = await runRound(fleet, 'mix');
  assert.deepEqual([mixed.code, mixed.targets], [1, ['b:/srv/pool failed directory-taken']]);
  assert.match(mixed.report.targets[0]?.fault?.hint ?? '', /--into DIR/);
});

test('no room: the task’s rules make some, then it is sent once more', { skip: onlyReal }, async () => {
  await lab.addFilesystem('b', '/mnt/small', '600M');
  const data = await fleet.subvolume('/srv/pool/big', 60);
  await add('big', '--subvolume', data, '--to', 'b:/mnt/small', '--keep-last', '9');
  for (let round = 0; round < 3; round += 1) {
    await fill(data, 60);
    assert.equal((await runRound(fleet, 'big')).code, 0);
  }
  await fill(data, 60);
  // So much that the next one does not fit, and fits where two old ones were.
  await fillUp('/mnt/small', 70);
  const full = await runRound(fleet, 'big');
  assert.deepEqual([full.code, full.targets], [1, ['b:/mnt/small failed no-space']]);
  assert.equal((await namesIn(fleet, 'b', '/mnt/small/.snapshots/big')).length, 3);
  await fleet.ok(['task', 'edit', 'big', '--keep-last', '1', '--yes']);
  const ran = await runRound(fleet, 'big');
  assert.deepEqual([ran.code, ran.targets], [0, ['b:/mnt/small ok']], JSON.stringify(ran.report));
  assert.ok((ran.report.cleanups[0]?.deleted.length ?? 0) >= 2);
  const parts = desk.parts(desk.newest('task').id);
  assert.deepEqual(parts.slice(0, 4), ['snapshot ok', 'replication failed', 'cleanup ok', 'replication ok']);
  const sent = ran.report.replications[0]?.results ?? [];
  assert.ok(
    sent.every(({ mode, status }) => mode === 'incremental' && status === 'ok'),
    JSON.stringify(sent),
  );
});

test('no room for one member of a group: the replicas of all are looked after, and the newest whole moment stays', {
  skip: onlyReal,
}, async () => {
  await lab.addFilesystem('b', '/mnt/pair', '600M');
  const [one, two] = [await fleet.subvolume('/srv/pool/p1', 2), await fleet.subvolume('/srv/pool/p2', 40)];
  const at = (path: string): string => path.replace('/srv/pool', '/mnt/pair/.snapshots');
  const to = ['--subvolume', one, '--subvolume', two, '--to', 'b:/mnt/pair'];
  await add('pair', ...to, '--keep-last', '9');
  for (let round = 0; round < 3; round += 1) {
    await fill(two, 40);
    assert.equal((await runRound(fleet, 'pair')).code, 0);
  }
  const whole = (await namesIn(fleet, 'b', at(one))).at(-1) ?? '';
  await fillUp('/mnt/pair', 50);
  await fleet.ok(['task', 'edit', 'pair', '--keep-last', '1', '--yes']);
  // It fits where two old ones of the other member were.
  await fill(one, 50);
  const ran = await runRound(fleet, 'pair');
  assert.deepEqual([ran.code, ran.targets], [0, ['b:/mnt/pair ok']], JSON.stringify(ran.report));
  const [ofOne, ofTwo] = ran.report.cleanups;
  assert.deepEqual([ofOne?.subvolume, ofTwo?.subvolume], [one, two]);
  assert.equal(ofTwo?.deleted.length, 2);
  for (const cleaned of [ofOne, ofTwo]) {
    const kept = cleaned?.kept.find(({ name }) => name === whole);
    assert.ok(kept?.reasons.includes('in use by a running job'), JSON.stringify(cleaned));
  }
  const sent = ran.report.replications.flatMap(({ results }) =>
    results.map(({ mode, status }) => `${mode} ${status}`),
  );
  assert.deepEqual(sent, ['incremental ok', 'incremental ok']);
  for (const path of [one, two])
    assert.deepEqual(
      await namesIn(fleet, 'b', at(path)),
      (await namesIn(fleet, 'a', poolDirectory(path))).slice(-1),
    );
});

test('sync: a snapshot by hand is done only when both targets have it', async () => {
  const data = await fleet.subvolume('/srv/pool/sync');
  await add('sync', '--subvolume', data, '--to', 'b,c', '--mode', 'sync', '--suspend-after', '0');
  const { snapshots, tasks } = await fleet.ok<SnapshotReport>(['snapshot', 'create', data]);
  const name = snapshots[0]?.name ?? '';
  assert.deepEqual(tasks.map(targetsOf), [['b ok', 'c ok']]);
  for (const server of ['b', 'c'])
    assert.deepEqual(await namesIn(fleet, server, poolDirectory(data)), [name]);
  const made = desk.newest('snapshot');
  assert.deepEqual(desk.parts(made.id), ['task ok']);
  const round = desk.fleet.journal.listRuns({ parent: made.id, limit: 1 })[0];
  assert.deepEqual(desk.parts(round?.id ?? 0), ['replication ok']);
});

test('sync: it fails and names the target that is down; the other has it', async () => {
  const data = '/srv/pool/sync';
  await lab.kill('c');
  const { code, value } = await fleet.json<SnapshotReport>(['snapshot', 'create', data]);
  assert.equal(code, 1);
  assert.deepEqual(value.tasks.map(targetsOf), [['b ok', 'c failed unreachable']]);
  assert.equal(value.tasks[0]?.targets[1]?.fault?.server, 'c');
  const text = await fleet.run(['snapshot', 'create', data]);
  assert.equal(text.code, 1);
  assert.match(text.stdout + text.stderr, /c +FAILED/);
  await desk.restart(fleet, 'c');
  const names = await namesIn(fleet, 'a', poolDirectory(data));
  assert.deepEqual(await namesIn(fleet, 'b', poolDirectory(data)), names);
  assert.equal((await fleet.run(['snapshot', 'create', data])).code, 0);
  assert.equal((await namesIn(fleet, 'c', poolDirectory(data))).length, names.length + 1);
});

test('sync: neither the task’s own snapshots nor those of others call for a round; a suspended task is left out', async () => {
  const [data, other] = ['/srv/pool/sync', await fleet.subvolume('/srv/pool/not-sync')];
  assert.deepEqual((await fleet.ok<SnapshotReport>(['snapshot', 'create', other])).tasks, []);
  const ran = await runRound(fleet, 'sync');
  assert.deepEqual([ran.code, ran.targets], [0, ['b ok', 'c ok']]);
  assert.deepEqual(desk.parts(desk.newest('task').id), ['snapshot ok', 'replication ok']);
  await fleet.ok(['task', 'suspend', 'sync']);
  assert.deepEqual((await fleet.ok<SnapshotReport>(['snapshot', 'create', data])).tasks, []);
  await fleet.ok(['task', 'resume', 'sync']);
});

test('sync: a group is covered only when all of its members are; a missing disk is a failure then', async () => {
  await lab.addFilesystem('c', '/mnt/sync', '200M');
  const members = [await fleet.subvolume('/srv/pool/s1'), await fleet.subvolume('/srv/pool/s2')];
  const each = members.flatMap((path) => ['--subvolume', path]);
  await add('sync-group', ...each, '--to', 'b,c:/mnt/sync', '--mode', 'sync');
  const [one = '', two = ''] = members;
  assert.deepEqual((await fleet.ok<SnapshotReport>(['snapshot', 'create', one])).tasks, []);
  const both = await fleet.ok<SnapshotReport>(['snapshot', 'create', '--group', one, two]);
  assert.deepEqual(both.tasks.map(targetsOf), [['b ok', 'c:/mnt/sync ok']]);
  await lab.umount('c', '/mnt/sync');
  const { code, value } = await fleet.json<SnapshotReport>(['snapshot', 'create', '--group', one, two]);
  assert.deepEqual([code, value.tasks.map(targetsOf)], [1, [['b ok', 'c:/mnt/sync failed not-mounted']]]);
});

test('sync: a round that is at work is waited for, unless somebody cancels', async () => {
  const data = await fleet.subvolume('/srv/pool/slow-sync', 32);
  // Still at work when two more programs have started.
  const rate = slowRate(6);
  await add('slow-sync', '--subvolume', data, '--to', 'b', '--mode', 'sync', '--rate', rate);
  const round = fleet.start(['task', 'run', 'slow-sync', '--json']);
  await underWay(stateOf(fleet), ['b'], { running: round });
  const waiting = (): Promise<void> =>
    eventually(() => assert.match(desk.newest('task').job?.notes.join() ?? '', /Waiting for the round/));
  const given = fleet.start(['snapshot', 'create', data, '--json']);
  await waiting();
  given.child.kill('SIGINT');
  const { code, stdout } = await given.ended;
  assert.equal(code, 130, stdout);
  const first = JSON.parse(stdout) as SnapshotReport;
  assert.deepEqual(first.tasks.map(targetsOf), [['b cancelled cancelled']]);
  const { snapshots, tasks } = await fleet.ok<SnapshotReport>(['snapshot', 'create', data]);
  assert.deepEqual(tasks.map(targetsOf), [['b ok']]);
  await waiting();
  assert.equal((await round.ended).code, 0);
  const names = await namesIn(fleet, 'b', poolDirectory(data));
  assert.deepEqual(names.slice(-2), [first.snapshots[0]?.name, snapshots[0]?.name]);
});

test('nothing is left anywhere', async () => {
  await eventually(() => assert.deepEqual(desk.fleet.journal.listRuns({ state: 'running', limit: 9 }), []));
  for (const { name } of lab.servers) await fleet.assertClean(name);
});
