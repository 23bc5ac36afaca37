/** Files come back from a snapshot on the primary: all that they were, without a copy, and nothing else is touched. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ShownExtract } from '../../../src/core/model/runs/extract.ts';
import { type Extracted, extracting } from '../fleet/extracts.ts';
import { TestFleet } from '../fleet/fleet.ts';
import { makeOdd, manifest, rsyncSees } from '../fleet/manifest.ts';

const fleet = await TestFleet.up('extract', { servers: 1 });
const { lab } = fleet;
const { on, extract, undo } = extracting(fleet);
const all = (path: string): Promise<string> => manifest(fleet.real, 'a', path);

test('a directory of all kinds of files is what it was, whatever became of it', async () => {
  const data = await fleet.subvolume('/srv/pool/data');
  await makeOdd(fleet.real, 'a', `${data}/d`);
  const before = await all(`${data}/d`);
  const name = await fleet.snapshot(data);
  await on(`cd ${data} && echo beside >beside`);
  const beside = await all(`${data}/beside`);
  const changedAt = () => on(`stat -c %y ${data}`);

  // It is gone; it was changed in all its parts; a few of its files are gone.
  for (const change of [
    'rm -rf d',
    `cd d && for f in big sparse 'plain/plain file'; do echo other >"$f"; done; rm -rf empty plain/deep link
     ln -s elsewhere plain/deep; mkdir empty2; chmod 700 plain; chown 9:9 .; rm plain/one && echo apart >plain/one`,
    'cd d/plain && rm -f -- *i* && touch new',
    ':',
  ]) {
    await on(`cd ${data} && { ${change}\n}`);
    const rootBefore = await changedAt();
    const done = await extract(data, name, ['d'], '--delete');
    assert.equal(done.outcome, 'restored', JSON.stringify(done));
    assert.equal(done.wireBytes, 0);
    assert.equal(await all(`${data}/d`), before, change);
    assert.equal(await rsyncSees(lab, 'a', `/srv/pool/.snapshots/data/${name}/d`, `${data}/d`), '');
    if (change === ':') assert.equal(await changedAt(), rootBefore, 'the root was only passed through');
  }
  assert.equal(await all(`${data}/beside`), beside);
  assert.equal(await on(`find ${data} -maxdepth 1 -name '.btrfleet*'`), '');
});

interface Listed {
  readonly name: string;
  readonly state: string;
}

test('what it changed is put back, and that is taken back too; nothing else is touched', async () => {
  const data = await fleet.subvolume('/srv/pool/undone');
  await makeOdd(fleet.real, 'a', `${data}/d`);
  const name = await fleet.snapshot(data);
  await on(
    `cd ${data}/d && rm -rf plain/deep three && echo mine >big && mkdir plain/new && echo new >plain/new/n && chmod 711 plain`,
  );
  const changed = await all(`${data}/d`);
  const done = await extract(data, name, ['d'], '--delete');
  const restored = await all(`${data}/d`);
  assert.notEqual(restored, changed);
  await on(`echo later >${data}/later`);

  const undone = await undo(done.undo);
  assert.equal(undone.outcome, 'restored', JSON.stringify(undone));
  assert.equal(await all(`${data}/d`), changed);
  assert.equal(await on(`cat ${data}/later`), 'later\n');

  const again = await undo(undone.undo);
  assert.equal(again.outcome, 'restored', JSON.stringify(again));
  assert.equal(await all(`${data}/d`), restored);
  const rows = await fleet.ok<{ run: number; undoable: boolean; paths: string[] }[]>(['restore', 'list']);
  assert.deepEqual(
    rows.slice(0, 3).map(({ run, undoable, paths }) => [run, undoable, paths]),
    [again, undone, done].map((one) => [one.undo, true, ['d']]),
  );
});

test('what somebody changed since is named and left, unless it is to be taken back all the same', async () => {
  const data = await fleet.subvolume('/srv/pool/since');
  await on(`cd ${data} && mkdir d && echo one >d/one && echo two >d/two`);
  const name = await fleet.snapshot(data);
  await on(`cd ${data}/d && echo lost >one && rm two`);
  const done = await extract(data, name, ['d']);
  await on(`echo since >${data}/d/one`);
  const there = await all(`${data}/d`);
  const { code, fault } = await fleet.fault('restore', 'undo', String(done.undo), '--yes');
  assert.deepEqual([code, fault.code], [3, 'refused']);
  assert.match(fault.message, /\/srv\/pool\/since\/d\/one/);
  assert.doesNotMatch(fault.message, /d\/two/);
  assert.equal(await all(`${data}/d`), there);

  const forced = await undo(done.undo, '--force');
  assert.equal(await on(`cat ${data}/d/one && ls ${data}/d`), 'lost\none\n');
  // What was changed since is kept, too.
  assert.equal(await on(`cat ${forced.before?.path}/d/one`), 'since\n');
});

test('what is kept before is told apart from snapshots: no clean-up and no replication takes it', async () => {
  const data = await fleet.subvolume('/srv/pool/kept');
  const first = await fleet.snapshot(data);
  await on(`echo 1 >${data}/data.bin`);
  const done = await extract(data, first, ['data.bin']);
  const name = done.before?.path.split('/').at(-1) ?? '';
  const second = await fleet.snapshot(data);
  await fleet.ok(['snapshot', 'cleanup', data, '--last', '1', '--yes']);
  const rows = await fleet.ok<Listed[]>(['snapshot', 'list', data]);
  assert.deepEqual(
    rows.map((row) => [row.name, row.state]),
    [
      [second, 'complete'],
      [name, 'replaced'],
    ],
  );
  await fleet.ok(['snapshot', 'delete', data, name, '--yes']);
  assert.equal(await on(`ls ${done.before?.path} 2>/dev/null || echo gone`), 'gone\n');
  const { fault } = await fleet.fault('restore', 'undo', String(done.undo), '--yes');
  assert.equal(fault.code, 'refused');
});

test('what becomes of files that are there is chosen', async () => {
  const data = await fleet.subvolume('/srv/pool/modes');
  await on(`cd ${data} && mkdir d && cd d && for f in same older newer size gone rights; do echo was >$f; done
    touch -d @1700000000.5 *`);
  const name = await fleet.snapshot(data);
  const change = `cd ${data}/d && for f in same rights; do echo was >$f; done && touch -d @1700000000.5 same rights
    echo own >older && touch -d @1600000000 older && echo own >newer && echo longer >size && touch -d @1700000000.5 size
    chmod 600 rights && rm -f gone && echo mine >mine`;
  const state = (): Promise<string> =>
    on(`cd ${data}/d && for f in *; do printf '%s=%s ' $f $(cat $f); done; stat -c %a rights`);
  for (const [mode, want] of [
    ['never', 'gone=was mine=mine newer=own older=own rights=was same=was size=longer 600\n'],
    ['if-newer', 'gone=was mine=mine newer=own older=was rights=was same=was size=longer 600\n'],
    ['if-changed', 'gone=was mine=mine newer=was older=was rights=was same=was size=was 644\n'],
    ['always', 'gone=was mine=mine newer=was older=was rights=was same=was size=was 644\n'],
  ] as const) {
    await on(change);
    const inode = await on(`stat -c %i ${data}/d/same`);
    const done = await extract(data, name, ['d'], '--overwrite', mode);
    assert.equal(await state(), want, mode);
    assert.equal((await on(`stat -c %i ${data}/d/same`)) === inode, mode !== 'always', mode);
    await undo(done.undo);
  }
  await on(change);
  await extract(
    data,
    name,
    ['d'],
    '--delete',
    '--exclude',
    'm*',
    '--include',
    'd/*e*',
    '--overwrite',
    'if-changed',
  );
  assert.equal(await state(), 'gone=was mine=mine newer=was older=was rights=was same=was size=was 600\n');
});

test('a symbolic link on the way is followed neither there nor in the snapshot', async () => {
  const data = await fleet.subvolume('/srv/pool/planted');
  await on(`cd ${data} && mkdir -p d/e && echo was >d/e/f && ln -s d way && mkdir /srv/pool/victim`);
  const name = await fleet.snapshot(data);
  const through = await fleet.fault('snapshot', 'extract', data, name, 'way/e/f', '--yes');
  assert.deepEqual([through.code, through.fault.code], [1, 'unsafe-path']);
  await on(`cd ${data} && mv d real && ln -s /srv/pool/victim d && mkdir /srv/pool/victim/e`);
  const planted = await fleet.fault('snapshot', 'extract', data, name, 'd/e/f', '--yes');
  assert.deepEqual([planted.code, planted.fault.code], [1, 'unsafe-path']);
  assert.equal(await on('find /srv/pool/victim -type f'), '');
  // What was asked for itself takes the place of the link; where that leads stays as it is.
  await extract(data, name, ['d']);
  assert.equal(await on(`cat ${data}/d/e/f; find /srv/pool/victim -type f`), 'was\n');
});

test('a link that leads from where it is staged to the very file it replaces', async () => {
  const data = await fleet.subvolume('/srv/pool/same');
  await on(`ln -s ../../b ${data}/b`);
  const name = await fleet.snapshot(data);
  await on(`rm ${data}/b && echo mine >${data}/b`);
  const done = await extract(data, name, ['b']);
  assert.equal(await on(`readlink ${data}/b`), '../../b\n');
  await undo(done.undo);
  assert.equal(await on(`cat ${data}/b`), 'mine\n');
});

test('a dry run says all of it and does nothing; what is not there is a fault', async () => {
  const data = await fleet.subvolume('/srv/pool/dry');
  await on(`mkdir -p ${data}/d && echo was >${data}/d/f`);
  const name = await fleet.snapshot(data);
  await on(`echo is >${data}/d/f`);
  const there = await all(data);
  const plan = await fleet.ok<ShownExtract>(['snapshot', 'extract', data, name, 'd', '--dry-run']);
  assert.deepEqual([plan.how, plan.wireBytes, plan.bytes, plan.counts.replaced], ['reflink', 0, 4, 1]);
  assert.ok(plan.rows.some(({ path, what }) => path === `${data}/d/f` && what === 'replaced'));
  assert.equal(await all(data), there);
  const { code, fault } = await fleet.fault('snapshot', 'extract', data, name, 'nowhere/f', '--yes');
  assert.deepEqual([code, fault.code], [1, 'no-such-file']);
});

test('attributes of a directory alone, and the time of the root, come back by an undo', async () => {
  const data = await fleet.subvolume('/srv/pool/attributes');
  const python = (code: string): Promise<string> => lab.must('a', ['python3', '-c', `import os\n${code}`]);
  const give = (what: string) => python(`os.setxattr("${data}/tree/sub", "user.k", b"${what}")`);
  const value = () => python(`print(os.getxattr("${data}/tree/sub", "user.k").decode())`);
  await on(`mkdir -p ${data}/tree/sub`);
  await give('old');
  const name = await fleet.snapshot(data);
  await give('precious');
  const changed = await all(data);
  const done = await extract(data, name, ['.']);
  assert.equal(await value(), 'old\n');
  assert.equal((await undo(done.undo)).outcome, 'restored');
  assert.equal(await value(), 'precious\n');
  assert.equal(await all(data), changed);
});

test('a file that had a name outside is told, where an undo cannot make them one again', async () => {
  const data = await fleet.subvolume('/srv/pool/outside');
  await on(`cd ${data} && mkdir q && echo was >q/a && ln q/a outside`);
  const name = await fleet.snapshot(data);
  await on(`echo is >${data}/q/a`);
  const done = await extract(data, name, ['q/a']);
  const { code, value } = await fleet.json<Extracted>(['restore', 'undo', String(done.undo), '--yes']);
  assert.deepEqual(
    [code, value.outcome, value.missed.map(({ path }) => path)],
    [1, 'partly', [`${data}/q/a`]],
  );
  assert.match(value.missed[0]?.why ?? '', /further names/);
  assert.equal(await on(`cat ${data}/q/a ${data}/outside`), 'is\nis\n');
});

test('a path that no tool takes holds nothing else up, and is left as it is', async () => {
  const data = await fleet.subvolume('/srv/pool/long');
  const deep = (directory: string): Promise<string> =>
    lab.must('a', [
      ...['python3', '-c'],
      `import os\nos.chdir("${directory}")\nfor _ in range(25): os.mkdir("n" * 200); os.chdir("n" * 200)\nopen("f", "w").write("deep")`,
    ]);
  await on(`mkdir -p ${data}/d ${data}/e && echo was >${data}/d/f`);
  await deep(`${data}/d`);
  const name = await fleet.snapshot(data);
  await on(`echo is >${data}/d/f`);
  await deep(`${data}/e`);
  const done = await fleet.json<Extracted>(['snapshot', 'extract', data, name, '.', '--delete', '--yes']);
  assert.equal(await on(`cat ${data}/d/f`), 'was\n');
  assert.deepEqual([done.code, done.value.outcome], [1, 'partly']);
  assert.ok(
    done.value.missed.every(({ why }) => /so long/.test(why)),
    JSON.stringify(done.value.missed),
  );
  assert.equal(await on(`find ${data} -name f | wc -l`), '3\n');
});
