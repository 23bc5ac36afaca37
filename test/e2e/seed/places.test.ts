/** Where a seed goes: to the directory of the task that goes on with it, and to no disk but the one that was meant. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { ShownImport } from '../../../src/core/model/runs/seed.ts';
import { eventually, TestFleet } from '../fleet/fleet.ts';
import { manifestIn, partsIn, seeding } from '../fleet/seeds.ts';

const fleet = await TestFleet.up('seed-places', { servers: 2 });
const { lab } = fleet;
const { place, exportTo, importTo, refused } = seeding(fleet);
const replica = (directory: string, name: string): string => `/srv/pool/.snapshots/${directory}/${name}`;

const data = await fleet.subvolume('/srv/pool/data', 4);
const first = await fleet.snapshot(data);
const seed = place('seed');

test('a directory that is not there is made on a disk of its own, and not on the one below it', async () => {
  const words = ['seed', 'export', data, first, '--on-server', '--output'];
  const { code, fault } = await fleet.fault(...words, '/usr/seed', '--dry-run');
  assert.deepEqual([code, fault.code], [1, 'not-mounted'], fault.message);
  const plan = await fleet.run([...words, '/srv/pool/seed', '--dry-run']);
  assert.match(plan.stdout, /on the filesystem mounted at \/srv\/pool\n/);
  const large = await fleet.fault(...words, '/srv/pool/seed', '--split', '9G');
  assert.deepEqual([large.code, large.fault.code], [2, 'usage']);
});

test('it goes where the task of that subvolume and target keeps its replicas, and the task goes on with it', async () => {
  await exportTo(seed, data, first);
  const task = ['task', 'add', 't', '--subvolume', data, '--to', 'b', '--every', '1d', '--into', 'special'];
  await fleet.ok(task);
  const other = ['task', 'add', 'u', ...task.slice(3, -1), 'elsewhere'];
  await fleet.ok(other);
  const unsure = await refused('b', seed);
  assert.deepEqual([unsure.code, unsure.fault.code], [3, 'refused']);
  assert.match(unsure.fault.message, /t, u keep the replicas of/);
  await fleet.ok(['task', 'remove', 'u', '--yes']);
  const plan = await fleet.ok<ShownImport>(['seed', 'import', seed, '--server', 'b:/srv/pool', '--dry-run']);
  assert.equal(plan.into, 'special');
  await importTo('b', seed);
  assert.equal(
    await fleet.fingerprint('b', replica('special', first)),
    await fleet.fingerprint('a', replica('data', first)),
  );
  await lab.must('a', ['sh', '-c', `echo more >${data}/more`]);
  await fleet.ok(['task', 'run', 't']);
  const [run] = await fleet.ok<{ results: { base: string | null }[] }[]>([
    ...['run', 'list', '--kind', 'replication', '--limit', '1'],
  ]);
  assert.equal(run?.results[0]?.base, first, JSON.stringify(run));
  await fleet.assertClean('b');
});

/** Bytes behind the end of the stream, in the last part and in what the manifest says of it. */
function lengthen(directory: string, bytes: string): void {
  const name = partsIn(directory).at(-1) ?? '';
  appendFileSync(join(directory, name), bytes);
  const content = readFileSync(join(directory, name));
  const sha256 = createHash('sha256').update(content).digest('hex');
  const manifest = manifestIn(directory);
  const parts = manifest.parts.map((part) =>
    part.name === name ? { name, bytes: content.length, sha256 } : part,
  );
  writeFileSync(join(directory, 'manifest.json'), JSON.stringify({ ...manifest, parts }));
}

test('what a receive made whole is said to be there, whatever came behind its end', async () => {
  const small = await fleet.subvolume('/srv/pool/small', 1);
  const name = await fleet.snapshot(small);
  const odd = place('odd');
  await exportTo(odd, small, name);
  lengthen(odd, 'what is no stream at all');
  const ended = await fleet.run(['seed', 'import', odd, '--server', 'b']);
  assert.equal(ended.code, 0, ended.stderr);
  assert.match(ended.stderr, /whole, all the same/);
  assert.equal(
    await fleet.fingerprint('b', replica('small', name)),
    await fleet.fingerprint('a', replica('small', name)),
  );
  const rows = await fleet.ok<{ name: string; state: string }[]>([
    'snapshot',
    'list',
    small,
    '--server',
    'b',
  ]);
  assert.deepEqual(
    rows.map((row) => [row.name, row.state]),
    [[name, 'complete']],
  );
  await fleet.assertClean('b');
});

test('parts that are changed after they were checked are not received', async () => {
  const large = await fleet.subvolume('/srv/pool/large', 24);
  const name = await fleet.snapshot(large);
  const whole = place('whole');
  await exportTo(whole, large, name);
  const late = partsIn(whole).at(-2) ?? '';
  const bytes = readFileSync(join(whole, late));
  bytes[5000] = (bytes[5000] ?? 0) ^ 1;
  await fleet.enrolSlow('slow', 'b', { bytesPerSecond: 4 * 2 ** 20 });
  const running = fleet.start(['seed', 'import', whole, '--server', 'slow', '--json']);
  const marks = 'find /srv/pool/.snapshots/.btrfleet/receiving -name "2*" | grep .';
  await eventually(() => lab.must('b', ['sh', '-ec', marks]), 30);
  writeFileSync(join(whole, late), bytes);
  const ended = await running.ended;
  assert.equal(ended.code, 1, ended.stdout);
  assert.match(ended.stdout, /send-failed[\s\S]*could not be read to its end/);
  await lab.must('b', ['test', '!', '-e', replica('large', name)]);
  await fleet.assertClean('b');
});
