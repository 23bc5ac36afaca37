import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { patience, slowRate } from '../../patience.ts';
import { rootLogin } from '../fleet/desk.ts';
import { eventually, onlyReal, type Running, serverAdd, TestFleet } from '../fleet/fleet.ts';
import { otherManager } from '../fleet/snapshot-runs.ts';
import { begin, newestRun, repairs, replicate, resultsOf, stateOf, told } from '../fleet/transfers.ts';

const fleet = await TestFleet.anywhere('managers', { servers: 3, size: '2G' });
const { lab } = fleet;
const mine = stateOf(fleet);
const theirs = otherManager(join(fleet.home, 'theirs'), mine);

const partialsOn = async (server: string): Promise<string> => {
  const all = await lab.must(server, ['btrfs', 'subvolume', 'list', '-u', '/srv/pool']);
  const whole = await lab.must(server, ['btrfs', 'subvolume', 'list', '-ur', '/srv/pool']);
  return (
    all
      .split('\n')
      .filter((line) => line.includes('.snapshots/') && !whole.includes(line))
      // What is being received is written to, and each commit of the filesystem counts it on.
      .map((line) => line.replace(/ gen \d+ /, ' '))
      .join('\n')
  );
};

test('the same replication in two processes: one works, the other is told who is at it', async () => {
  const data = await fleet.subvolume('/srv/pool/twice', 60);
  const name = await fleet.snapshot(data);
  const first = await begin(fleet, data, ['b']);
  const run = newestRun(mine);
  const second = await fleet.run(replicate(mine, data, 'b,c'));
  assert.deepEqual(told(resultsOf(second)), [
    ['b', 'failed', 'locked'],
    ['c', 'ok', null],
  ]);
  const [refused] = resultsOf(second);
  assert.match(
    refused?.fault?.message ?? '',
    new RegExp(`replication of /srv/pool/twice to b:/srv/pool \\(run ${run}, pid ${first.child.pid} `),
  );
  assert.equal(refused?.fault?.retry, true);
  assert.deepEqual(told(resultsOf(await first.ended)), [['b', 'ok', null]]);
  await repairs(fleet, data, name, ['b', 'c']);
});

test('begun in the same moment by two processes and a second manager: whole in the end, whoever was first', async () => {
  const data = await fleet.subvolume('/srv/pool/race', 10);
  const name = await fleet.snapshot(data);
  const all = await Promise.all([mine, mine, theirs].map((state) => fleet.run(replicate(state, data, 'b'))));
  const outcomes = all.map((ended) => told(resultsOf(ended))[0]?.slice(1).join(' '));
  for (const outcome of outcomes) assert.match(outcome ?? '', /^(ok |already-there |failed locked)$/);
  assert.equal(outcomes.filter((outcome) => outcome === 'ok ').length, 1, outcomes.join(', '));
  await repairs(fleet, data, name, ['b']);
});

test('another manager is kept out by the kernel, and what the first is receiving is left alone', async () => {
  const data = await fleet.subvolume('/srv/pool/kept', 100);
  const name = await fleet.snapshot(data);
  const first = await begin(fleet, data, ['b'], { rate: '8M' });
  const partial = await partialsOn('b');
  assert.notEqual(partial, '');
  const second = await fleet.run(replicate(theirs, data, 'b'));
  assert.deepEqual(told(resultsOf(second)), [['b', 'failed', 'locked']]);
  assert.match(
    resultsOf(second)[0]?.fault?.message ?? '',
    /Another btrfleet is working in \/srv\/pool\/\.snapshots\/kept on b/,
  );
  assert.equal(await partialsOn('b'), partial);
  assert.deepEqual(told(resultsOf(await first.ended)), [['b', 'ok', null]]);
  await repairs(fleet, data, name, ['b']);
  const later = await fleet.run(replicate(theirs, data, 'b'));
  assert.deepEqual(told(resultsOf(later)), [['b', 'already-there', null]]);
});

test("a killed manager's lock is free at once; its partial is removed, and what came after it is not", async () => {
  const data = await fleet.subvolume('/srv/pool/freed', 60);
  const name = await fleet.snapshot(data);
  const first = await begin(fleet, data, ['b']);
  first.child.kill('SIGKILL');
  await first.ended;
  const began = performance.now();
  const second = await fleet.run(replicate(theirs, data, 'b'));
  assert.deepEqual(told(resultsOf(second)), [['b', 'ok', null]]);
  assert.ok(performance.now() - began < patience(8), 'it did not wait for the lock');
  const back = await fleet.run(replicate(mine, data, 'b'));
  assert.deepEqual(told(resultsOf(back)), [['b', 'already-there', null]]);
  await repairs(fleet, data, name, ['b']);
});

test('a cancelled manager keeps the lock until it has cleaned up; the one that waits then works', async () => {
  const data = await fleet.subvolume('/srv/pool/handed', 60);
  const name = await fleet.snapshot(data);
  const first = await begin(fleet, data, ['b'], { rate: slowRate(4) });
  const second = fleet.start(replicate(theirs, data, 'b'));
  const waiting = () => lab.leftovers('b').filter(({ argv }) => argv[0] === 'flock').length;
  await eventually(() => assert.equal(waiting(), 2));
  first.child.kill('SIGINT');
  const [cancelled, worked] = await Promise.all([first.ended, second.ended]);
  assert.deepEqual(told(resultsOf(cancelled)), [['b', 'cancelled', 'cancelled']]);
  assert.deepEqual(told(resultsOf(worked)), [['b', 'ok', null]]);
  await repairs(fleet, data, name, ['b']);
});

test('what was to be sent next is deleted meanwhile, by whomever: the rest is planned anew in the same run', async () => {
  const data = await fleet.subvolume('/srv/pool/overtaken');
  const base = await fleet.snapshot(data);
  await fleet.ok(replicate(mine, data, 'b,c'));
  const more: string[] = [];
  for (let count = 1; count <= 3; count += 1) {
    await lab.must('a', [
      'dd',
      'if=/dev/urandom',
      `of=${data}/more${count}`,
      'bs=1M',
      'count=3',
      'status=none',
    ]);
    more.push(await fleet.snapshot(data));
  }
  const [first = '', gone = '', last = ''] = more;
  const running = await begin(fleet, data, ['b', 'c'], { rate: slowRate(2), more: ['--all'] });
  await lab.must('a', ['btrfs', 'subvolume', 'delete', `/srv/pool/.snapshots/overtaken/${gone}`]);
  const ended = await running.ended;
  const results = resultsOf(ended);
  for (const server of ['b', 'c'])
    assert.deepEqual(
      results
        .filter((one) => one.server === server)
        .map(({ status, snapshot, base }) => `${snapshot} ${status} ${base}`),
      [`${base} already-there null`, `${first} ok ${base}`, `${last} ok ${first}`],
    );
  assert.match(ended.stderr, /planned anew/);
  await repairs(fleet, data, last, ['b', 'c']);
});

test('where the directory cannot be locked, what another manager is receiving is still left alone', {
  skip: onlyReal,
}, async () => {
  const own = join(fleet.home, 'own');
  for (const [server, login] of [
    ['a', rootLogin(lab)],
    ['b', ['--user', 'fleet', '--key', lab.keyFile]],
  ] as const)
    await fleet.ok(['--home', own, ...serverAdd(server, lab.server(server), [...login, '--trust-first'])]);
  const foreign = otherManager(join(fleet.home, 'foreign'), own);
  await lab.addFilesystem('b', '/srv/shut', '512M');
  const data = await fleet.subvolume('/srv/pool/shut', 40);
  await fleet.ok(['--home', own, 'snapshot', 'create', data]);
  await lab.must('b', 'mkdir -p /srv/shut/.snapshots/shut && chmod 700 /srv/shut/.snapshots/shut');
  const first = await begin(fleet, data, ['b:/srv/shut'], { state: own, rate: '10M' });
  const second = await fleet.run(replicate(foreign, data, 'b:/srv/shut'));
  const [refused] = resultsOf(second);
  assert.equal(refused?.status, 'failed', JSON.stringify(refused));
  assert.deepEqual(told(resultsOf(await first.ended)), [['b', 'ok', null]], JSON.stringify(refused));
  await fleet.assertClean('b', '/srv/shut');
});

test('700 MB to two targets of different speed do not pile up in memory', async () => {
  const data = await fleet.subvolume('/srv/pool/large', 700);
  const name = await fleet.snapshot(data);
  await fleet.enrolSlow('slow', 'c', { bytesPerSecond: 90_000_000 });
  const running = fleet.start(replicate(mine, data, 'b:/srv/pool,slow'));
  const peak = await peakMegabytes(running);
  assert.deepEqual(told(resultsOf(await running.ended)), [
    ['b', 'ok', null],
    ['slow', 'ok', null],
  ]);
  // Far less than what went through. The 150 MB it should stay below are measured by the bench, where noise is no failure.
  assert.ok(peak > 20 && peak < 200, `it took ${peak} MB`);
  for (const server of ['b', 'c']) await fleet.assertClean(server);
  const path = `/srv/pool/.snapshots/large/${name}`;
  assert.equal(await fleet.fingerprint('c', path), await fleet.fingerprint('a', path));
});

/** The most it ever had in memory, asked until it ends. */
async function peakMegabytes(running: Running): Promise<number> {
  let peak = 0;
  let ended = false;
  void running.ended.then(() => {
    ended = true;
  });
  await eventually(() => {
    peak = Math.max(peak, residentPeak(running.child.pid ?? 0));
    assert.ok(ended, 'it still runs');
  }, 120);
  return peak;
}

function residentPeak(pid: number): number {
  try {
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}
