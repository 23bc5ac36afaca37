/** A whole subvolume is brought back, and that is taken back; what was there is kept. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TestFleet } from '../fleet/fleet.ts';
import { type Restored, restoring } from '../fleet/restores.ts';

const fleet = await TestFleet.up('restore', { servers: 2 });
const { on, restore, undo } = restoring(fleet);

/** Everything that can be seen of it, by tools that are not btrfleet. */
const listing = (path: string): Promise<string> =>
  on(
    `cd ${path} && find . -printf '%P %y %m %U:%G %s %T@ %l\\n' | sort && find . -type f -exec sha256sum {} + | sort`,
  );

test('it is what it was in the snapshot; what was there lies beside it; both ways back', async () => {
  const data = await fleet.subvolume('/srv/pool/data');
  await on(`cd ${data} && mkdir -p d && echo one >d/f && ln -s d/f l && chown 7:8 d/f && chmod 640 d/f`);
  const before = await listing(data);
  const name = await fleet.snapshot(data);
  await on(`cd ${data} && echo two >d/f && rm l && echo new >n`);
  const changed = await listing(data);

  const plan = await fleet.ok<{ replacedPath: string }>(['snapshot', 'restore', data, name, '--dry-run']);
  assert.equal(await listing(data), changed);
  assert.match(plan.replacedPath, /^\/srv\/pool\/data\.replaced-/);

  const done = await restore(data, name);
  assert.equal(done.outcome, 'restored');
  assert.ok(done.replacedPath && done.undo !== null);
  assert.equal(await listing(data), before);
  assert.equal(await listing(done.replacedPath), changed);
  await on(`echo writable >${data}/w && rm ${data}/w`);
  await on(`touch -d @1700000000 ${data}`);

  const back = await undo(done.undo);
  assert.equal(back.outcome, 'restored');
  assert.equal(await listing(data), changed);
  assert.ok(back.undo !== null && back.replacedPath);
  assert.equal(await on(`ls -d ${data}.* | wc -l`), '1\n');

  await undo(back.undo);
  assert.equal((await on(`cat ${data}/d/f`)).trim(), 'one');
});

test('its history goes on: the next replication is an increment, and its snapshots are its own', async () => {
  const data = await fleet.subvolume('/srv/pool/history');
  const one = await fleet.snapshot(data);
  assert.equal((await fleet.replicateOne('auto', data, '--to', 'b')).mode, 'full');
  await restore(data, one);
  const two = await fleet.snapshot(data);
  const sent = await fleet.replicateOne('auto', data, '--to', 'b');
  assert.deepEqual([sent.status, sent.mode, sent.snapshot, sent.base], ['ok', 'incremental', two, one]);
  const rows = await fleet.ok<{ name: string; state: string }[]>(['snapshot', 'list', data]);
  assert.deepEqual(
    rows.map(({ state }) => state),
    ['complete', 'complete', 'replaced'],
  );
  const used = await fleet.ok<{ path: string }[]>(['subvolume', 'list']);
  assert.deepEqual(
    used.filter(({ path }) => path.includes('history')).map(({ path }) => path),
    [data],
  );
});

test('only what is still in place is taken back: not twice, and not an older one', async () => {
  const data = await fleet.subvolume('/srv/pool/again');
  const one = await fleet.snapshot(data);
  await on(`echo two >${data}/n`);
  const first = await restore(data, one);
  await undo(first.undo);
  const there = await listing(data);
  const twice = await fleet.fault('restore', 'undo', String(first.undo), '--yes');
  assert.deepEqual([twice.code, twice.fault.code], [3, 'refused']);
  assert.equal(await listing(data), there);

  const second = await restore(data, one);
  const third = await restore(data, one);
  const older = await fleet.fault('restore', 'undo', String(second.undo), '--yes');
  assert.deepEqual([older.code, older.fault.code], [3, 'refused']);
  const rows = await fleet.ok<{ run: number; subvolume: string; undoable: boolean }[]>(['restore', 'list']);
  assert.deepEqual(
    rows.filter((row) => row.subvolume === data && row.undoable).map(({ run }) => run),
    [third.undo],
  );
});

test('one that is gone comes back', async () => {
  const data = await fleet.subvolume('/srv/pool/gone');
  const before = await listing(data);
  const name = await fleet.snapshot(data);
  await on(`btrfs subvolume delete ${data}`);
  const done = await restore(data, name);
  assert.deepEqual([done.outcome, done.replacedPath, done.undo], ['restored', null, null]);
  assert.equal(await listing(data), before);
});

test('subvolumes inside: refused by name, moved along, or left', async () => {
  const data = await fleet.subvolume('/srv/pool/outer');
  const inner = await fleet.subvolume('/srv/pool/outer/inner');
  const name = await fleet.snapshot(data);
  await on(`btrfs subvolume snapshot -r ${inner} ${data}/still && echo here >${inner}/here`);
  const asked = await fleet.fault('snapshot', 'restore', data, name, '--yes');
  assert.deepEqual([asked.code, asked.fault.code], [3, 'nested-subvolumes']);
  assert.match(asked.fault.message, /inner/);

  const moved = await restore(data, name, '--nested', 'move');
  assert.deepEqual([moved.moved, moved.left.map(({ path }) => path)], [['inner'], ['still']]);
  assert.equal((await on(`cat ${inner}/here`)).trim(), 'here');

  const left = await restore(data, name, '--nested', 'leave');
  assert.deepEqual([left.moved, left.left.map(({ path }) => path)], [[], ['inner']]);
  assert.equal((await on(`cat ${left.replacedPath}/inner/here`)).trim(), 'here');
  const undone = await fleet.ok<Restored>([
    'restore',
    'undo',
    String(left.undo),
    '--yes',
    '--nested',
    'leave',
  ]);
  assert.equal(undone.outcome, 'restored');
  assert.equal((await on(`cat ${inner}/here`)).trim(), 'here');
});
