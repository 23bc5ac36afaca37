/** Files come from another server, to another place, and to this machine: only they cross the wire, and all they were comes. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { ShownExtract } from '../../../src/core/model/runs/extract.ts';
import { type Extracted, extracting } from '../fleet/extracts.ts';
import { TestFleet } from '../fleet/fleet.ts';
import { makeOdd, manifest } from '../fleet/manifest.ts';

const fleet = await TestFleet.up('extract-away', { servers: 2 });
const { on, extract, undo } = extracting(fleet);
const all = (path: string, server = 'a'): Promise<string> => manifest(fleet.real, server, path);

const data = await fleet.subvolume('/srv/pool/data', 24);
await makeOdd(fleet.real, 'a', `${data}/d`);
const before = await all(`${data}/d`);
const name = await fleet.snapshot(data);
await fleet.replicateOne('auto', data, '--to', 'b');
await fleet.ok(['snapshot', 'delete', data, name, '--yes', '--allow-last-base']);

test('from a replica: a stream of just those files, and they are all that they were', async () => {
  for (const change of [
    'cd d && echo other >big && rm -rf plain/deep && mkdir more && chmod 700 .',
    'rm -rf d',
  ]) {
    await on(`cd ${data} && ${change}`);
    const changed = await on(`ls -R ${data}`);
    const done = await extract(data, name, ['d'], '--from', 'b', '--delete');
    assert.equal(done.outcome, 'restored', JSON.stringify(done));
    assert.equal(await all(`${data}/d`), before);
    // data.bin of 24 MiB is beside it.
    assert.ok(done.wireBytes > 3 << 20 && done.wireBytes < 6 << 20, `${done.wireBytes} bytes`);
    await undo(done.undo);
    assert.equal(await on(`ls -R ${data}`), changed);
  }
  assert.equal(await on(`find ${data} -maxdepth 1 -name '.btrfleet*'`), '');
});

test('to another directory, also of another subvolume: created, and taken back', async () => {
  const other = await fleet.subvolume('/srv/pool/other');
  await on(`mkdir -p ${other}/in/here`);
  const done = await extract(data, name, ['d/plain', 'd/big'], '--from', 'b', '--to', `${other}/in/here`);
  assert.equal(await on(`ls ${other}/in/here`), 'big\nplain\n');
  const inner = (text: string): string[] =>
    text.split('\n').filter((line) => line.includes('one') || line.includes('leaf'));
  assert.ok(inner(await all(`${other}/in/here/plain`)).length > 0);
  await undo(done.undo);
  assert.equal(await on(`ls ${other}/in/here`), '');

  const second = await fleet.snapshot(data);
  await on(`mkdir ${other}/near`);
  await extract(data, second, ['data.bin'], '--to', `${other}/near`);
  await on(`cmp ${data}/data.bin ${other}/near/data.bin`);
  const missing = await fleet.fault(
    'snapshot',
    'extract',
    data,
    second,
    'd',
    '--to',
    `${other}/none`,
    '--yes',
  );
  assert.deepEqual([missing.code, missing.fault.code], [1, 'no-such-file']);
});

test('to a directory that is on no btrfs: nothing that is there is replaced', async () => {
  await on('mkdir -p /run/out && echo mine >/run/out/data.bin');
  const { code, fault } = await fleet.fault(
    ...['snapshot', 'extract', data, name, 'data.bin', '--from', 'b', '--to', '/run/out', '--yes'],
  );
  assert.deepEqual([code, fault.code], [3, 'refused']);
  const left = await extract(
    data,
    name,
    ['data.bin', 'd'],
    '--from',
    'b',
    '--to',
    '/run/out',
    '--overwrite',
    'never',
  );
  assert.deepEqual([left.before, left.undo, left.counts.left], [null, null, 1]);
  assert.equal(await on('cat /run/out/data.bin; cat /run/out/d/plain/-n'), 'mine\nin -n');
});

test('what has no place there is named, and not told as brought', async () => {
  await on(`mkdir /run/plain && mount -t ramfs none /run/plain && mkdir ${data}/few && cd ${data}/few && echo plain >plain && echo odd >odd
    python3 -c 'import os; os.setxattr("odd", "user.note", b"n")'`);
  const odd = await fleet.snapshot(data);
  const done = await fleet.json<Extracted>([
    'snapshot',
    'extract',
    data,
    odd,
    'few',
    '--to',
    '/run/plain',
    '--yes',
  ]);
  assert.deepEqual([done.code, done.value.outcome], [1, 'partly'], JSON.stringify(done.value));
  assert.deepEqual(
    done.value.missed.map(({ path }) => path),
    ['/run/plain/few/odd'],
  );
  assert.match(done.value.missed[0]?.why ?? '', /user\.note/);
  assert.equal(await on('cat /run/plain/few/odd'), 'odd\n');
});

test('to this machine', async () => {
  const out = join(fleet.home, 'out');
  mkdirSync(out);
  const done = await extract(
    data,
    name,
    ['d/plain/plain file', 'data.bin', 'd/sparse'],
    '--from',
    'b',
    '--here',
    '--to',
    out,
  );
  assert.deepEqual([done.server, done.undo], [null, null]);
  assert.equal(readFileSync(join(out, 'plain file'), 'latin1'), 'in plain file');
  assert.equal(statSync(join(out, 'data.bin')).size, 24 << 20);
  assert.equal(statSync(join(out, 'sparse')).size, 8 << 20);
  assert.ok(statSync(join(out, 'sparse')).blocks * 512 < 2 << 20, 'its holes are holes');
  writeFileSync(join(out, 'data.bin'), 'mine');
  const { fault } = await fleet.fault(
    ...['snapshot', 'extract', data, name, 'data.bin', '--from', 'b', '--here', '--to', out, '--yes'],
  );
  assert.equal(fault.code, 'refused');
  assert.equal(readFileSync(join(out, 'data.bin'), 'latin1'), 'mine');
  assert.ok(!existsSync(join(out, 'd')));
});

test('all of it comes to an empty directory of this machine; a path is written as people do', async () => {
  const small = await fleet.subvolume('/srv/pool/small');
  const of = await fleet.snapshot(small);
  const to = join(fleet.home, 'all-of-it');
  mkdirSync(to);
  const done = await extract(small, of, ['.'], '--here', '--to', `${to}//./`);
  assert.equal(done.outcome, 'restored');
  assert.ok(existsSync(join(to, 'data.bin')));
  writeFileSync(join(to, 'data.bin'), 'mine');
  const { code, fault } = await fleet.fault(
    'snapshot',
    'extract',
    small,
    of,
    '.',
    '--here',
    '--to',
    to,
    '--yes',
  );
  assert.deepEqual([code, fault.code], [3, 'refused']);
  assert.match(fault.message, /all-of-it\/data\.bin/);
  assert.equal(readFileSync(join(to, 'data.bin'), 'utf8'), 'mine');
});

test('a pattern that is empty is refused: it would mean nothing', async () => {
  const small = '/srv/pool/small';
  const [of] = await fleet.ok<{ name: string }[]>(['snapshot', 'list', small]);
  for (const pattern of ['', '/']) {
    const args = [
      'snapshot',
      'extract',
      small,
      of?.name ?? '',
      '.',
      '--delete',
      '--exclude',
      pattern,
      '--yes',
    ];
    const { code, fault } = await fleet.fault(...args);
    assert.deepEqual([code, fault.code], [2, 'usage']);
  }
});

test('what runs as its owner is named before it comes from another server', async () => {
  const more = await fleet.subvolume('/srv/pool/powerful');
  await on(`cp /bin/true ${more}/tool && chmod 4755 ${more}/tool`);
  const of = await fleet.snapshot(more);
  await fleet.replicateOne('auto', more, '--to', 'b');
  const plan = await fleet.ok<ShownExtract>([
    'snapshot',
    'extract',
    more,
    of,
    '.',
    '--from',
    'b',
    '--dry-run',
  ]);
  assert.match(plan.notes.join(), /1 of what comes run as their owner or group, or are devices: tool/);
});
