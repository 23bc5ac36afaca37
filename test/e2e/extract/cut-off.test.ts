/** What comes of one that is cut off, and of what others do meanwhile: nothing is lost, nothing is half, and all of it is told. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Extracted, extracting } from '../fleet/extracts.ts';
import { eventually, TestFleet } from '../fleet/fleet.ts';
import { manifest } from '../fleet/manifest.ts';
import { killed, stopping } from '../fleet/stops.ts';

const fleet = await TestFleet.up('extract-cut', { servers: 1 });
const { lab } = fleet;
const { on, extract, undo } = extracting(fleet);
const { trap, at, dies } = stopping(fleet, on);
const all = (path: string): Promise<string> => manifest(fleet.real, 'a', path);

await trap('mv', '-t');
await trap('btrfs', 'snapshot');
await trap('cp', '--parents');

const stages = (data: string): Promise<string> => on(`find ${data} -maxdepth 1 -name '.btrfleet*' | wc -l`);

/** Two directories, so that there is a rename after the first; returns the snapshot that has them as they were. */
async function prepared(data: string): Promise<string> {
  await on(
    `mkdir -p ${data}/d/e ${data}/d/f && cd ${data}/d && for f in e/1 e/2 f/1 f/2; do echo was >$f; done`,
  );
  const name = await fleet.snapshot(data);
  await on(`cd ${data}/d && for f in e/1 e/2 f/1 f/2; do echo is >$f; done && echo new >e/3`);
  return name;
}

interface Row {
  readonly run: number;
  readonly outcome: string;
  readonly undoable: boolean;
}

test('btrfleet is killed while the server renames: the server finishes, and it can be taken back', async () => {
  const data = await fleet.subvolume('/srv/pool/alone');
  const name = await prepared(data);
  const changed = await all(`${data}/d`);
  await at('mv 2', [data, name, 'd', '--delete'], killed);
  await eventually(async () => assert.equal(await stages(data), '0\n'));
  assert.equal(await on(`cd ${data}/d && cat e/1 e/2 f/1 f/2 && ls e`), 'was\nwas\nwas\nwas\n1\n2\n');
  const [last] = await fleet.ok<Row[]>(['restore', 'list']);
  assert.deepEqual([last?.outcome, last?.undoable], ['unknown', true]);
  await undo(last?.run ?? null);
  assert.equal(await all(`${data}/d`), changed);
});

for (const manager of ['alive', 'killed'] as const) {
  test(`the server dies between two renames, btrfleet is ${manager}: told, taken back, and what is left goes`, async () => {
    const data = await fleet.subvolume(`/srv/pool/half-${manager}`);
    const name = await prepared(data);
    const changed = await all(`${data}/d`);
    const ended = await at('mv 3', [data, name, 'd', '--delete'], async (running) => {
      await dies();
      if (manager === 'killed') await killed(running);
    });
    if (manager === 'alive') {
      const report = JSON.parse(ended.stdout) as Extracted;
      assert.deepEqual([ended.code, report.outcome, report.fault?.code], [1, 'unknown', 'interrupted']);
    }
    await eventually(() => on('! pgrep -f [b]trfleet-place'));
    const [last] = await fleet.ok<Row[]>(['restore', 'list']);
    assert.deepEqual([last?.outcome, last?.undoable], ['unknown', true]);
    const undone = await undo(last?.run ?? null);
    assert.equal(undone.outcome, 'restored');
    assert.equal(await all(`${data}/d`), changed);
    assert.equal(await stages(data), '0\n');
  });
}

test('the server dies between what goes and what comes in its place: taken back', async () => {
  const data = await fleet.subvolume('/srv/pool/between');
  const name = await prepared(data);
  await on(`cd ${data}/d && rm -r e && echo file >e`);
  const changed = await all(`${data}/d`);
  await at('mv 2', [data, name, 'd'], dies);
  await eventually(() => on('! pgrep -f [b]trfleet-place'));
  await on(`test ! -e ${data}/d/e`);
  const [last] = await fleet.ok<Row[]>(['restore', 'list']);
  assert.equal((await undo(last?.run ?? null)).outcome, 'restored');
  assert.equal(await all(`${data}/d`), changed);
  assert.equal(await stages(data), '0\n');
});

test('killed before anything is changed: nothing was, and what is left goes with the next one', async () => {
  const data = await fleet.subvolume('/srv/pool/early');
  const name = await prepared(data);
  const changed = await all(`${data}/d`);
  await at('cp 1', [data, name, 'd'], async (running) => {
    await dies();
    await killed(running);
  });
  await eventually(() => on('! pgrep -f [b]trfleet-stage'));
  assert.equal(await all(`${data}/d`), changed);
  assert.equal(await stages(data), '1\n');
  const [last] = await fleet.ok<Row[]>(['restore', 'list']);
  const { fault } = await fleet.fault('restore', 'undo', String(last?.run), '--yes');
  assert.match(fault.message, /nothing was changed/);
  await extract(data, name, ['d/e/1']);
  assert.equal(await stages(data), '0\n');
});

test('the scheduler takes away what one that was cut off had staged', async () => {
  const data = await fleet.subvolume('/srv/pool/staged');
  const name = await prepared(data);
  await at('btrfs 1', [data, name, 'd'], async (running) => {
    await dies();
    await killed(running);
  });
  await eventually(() => on('! pgrep -f [b]trfleet-place'));
  assert.equal(await stages(data), '1\n');
  const scheduler = fleet.start(['--schedule']);
  await eventually(async () => assert.equal(await stages(data), '0\n'), 60, 1000);
  scheduler.child.kill('SIGTERM');
  assert.equal((await scheduler.ended).code, 0);
});

test('what somebody makes meanwhile stays, and what he puts in the way leads nowhere', async () => {
  const data = await fleet.subvolume('/srv/pool/meanwhile');
  const name = await prepared(data);
  await on(`rm ${data}/d/e/1 && mkdir /srv/pool/elsewhere`);
  const ended = await at('btrfs 1', [data, name, 'd'], () =>
    on(`cd ${data}/d && echo mine >e/1 && mv f real && ln -s /srv/pool/elsewhere f`),
  );
  const report = JSON.parse(ended.stdout) as Extracted;
  assert.deepEqual([ended.code, report.outcome], [1, 'partly'], ended.stdout);
  assert.equal(await on(`cd ${data}/d && cat e/1 e/2 real/1; ls /srv/pool/elsewhere`), 'mine\nwas\nis\n');
  assert.deepEqual(report.missed.map(({ path }) => path.slice(data.length)).toSorted(), [
    '/d/e/1',
    '/d/f',
    '/d/f/1',
    '/d/f/2',
  ]);
  assert.match(report.missed.find(({ path }) => path.endsWith('f/1'))?.why ?? '', /symbolic link/);
});

test('what is written to a file while it is replaced is not lost', async () => {
  const data = await fleet.subvolume('/srv/pool/late');
  const name = await prepared(data);
  const ended = await at('mv 2', [data, name, 'd'], () => on(`echo late >>${data}/d/f/2`));
  const report = JSON.parse(ended.stdout) as Extracted;
  assert.deepEqual([ended.code, report.outcome, report.missedCount], [1, 'partly', 1], ended.stdout);
  assert.equal(await on(`cat ${data}/d/f/2`), 'was\n');
  const kept = report.missed[0]?.path ?? '';
  assert.match(kept, /\.btrfleet-kept-/);
  assert.equal(await on(`find ${kept} -type f -exec cat {} +`), 'is\nlate\n');
  // It is nobody's to delete but theirs who look at it.
  await extract(data, name, ['.'], '--delete');
  await on(`test -e ${kept}`);
});

for (const [what, make] of [
  ['a file of long ago', 'echo late >x && touch -d @1000000000 x && mv x 3'],
  ['a symbolic link', 'ln -s late x && mv -T x 3'],
] as const)
  test(`${what} that comes to a place before it is cleared is not lost`, async () => {
    const data = await fleet.subvolume(`/srv/pool/${what.split(' ').at(-1)}`);
    const name = await prepared(data);
    const ended = await at('mv 1', [data, name, 'd', '--delete'], () => on(`cd ${data}/d/e && ${make}`));
    const report = JSON.parse(ended.stdout) as Extracted;
    assert.deepEqual([ended.code, report.outcome, report.missedCount], [1, 'partly', 1], ended.stdout);
    const kept = await on(
      `cd ${data}/.btrfleet-kept-* && find . -name 3 -exec sh -c 'readlink "$1" || cat "$1"' sh {} ';'`,
    );
    assert.equal(kept, 'late\n');
  });

test('a time that is still to come is no sign that something was written', async () => {
  const data = await fleet.subvolume('/srv/pool/future');
  const name = await prepared(data);
  await on(`touch -d @4000000000 ${data}/d/e/1 ${data}/d/e/3`);
  assert.equal((await extract(data, name, ['d'], '--delete')).outcome, 'restored');
  assert.equal(await stages(data), '0\n');
});

test('what was written until the server died is kept by the next one, too', async () => {
  const data = await fleet.subvolume('/srv/pool/late-dead');
  const name = await prepared(data);
  await at('mv 2', [data, name, 'd', '--delete'], async () => {
    await on(`find ${data}/.btrfleet-extract-*/trash -name 3 -exec sh -c 'echo late >>"$1"' sh {} ';'`);
    await dies();
  });
  await eventually(() => on('! pgrep -f [b]trfleet-place'));
  await extract(data, name, ['d']);
  assert.equal(await on(`find ${data}/.btrfleet-kept-* -name 3 -exec cat {} +`), 'new\nlate\n');
});

test('what was changed since it was planned is left and named', async () => {
  const data = await fleet.subvolume('/srv/pool/edited');
  const name = await prepared(data);
  const ended = await at('cp 1', [data, name, 'd', '--delete'], () =>
    on(`cd ${data}/d && echo edited >f/2 && echo edited >e/3`),
  );
  const report = JSON.parse(ended.stdout) as Extracted;
  assert.deepEqual([ended.code, report.outcome], [1, 'partly'], ended.stdout);
  assert.equal(await on(`cd ${data}/d && cat e/1 f/1 f/2 e/3`), 'was\nwas\nedited\nedited\n');
  assert.deepEqual(report.missed.map(({ path }) => path.slice(data.length)).toSorted(), ['/d/e/3', '/d/f/2']);
  assert.match(report.missed[0]?.why ?? '', /changed/);
});

test('what is mounted on the way meanwhile is not entered, and not moved', async () => {
  const data = await fleet.subvolume('/srv/pool/bound');
  const name = await prepared(data);
  await on(`cd ${data} && mkdir -p d/jail/in home/e && echo precious >home/e/1 && echo precious >home/p`);
  const ended = await at('btrfs 1', [data, name, 'd', '--delete'], () =>
    on(`cd ${data} && mount --bind home d/jail/in && mount --bind home/e d/e`),
  );
  const said = await on(
    `cd ${data} && cat d/jail/in/p d/e/1 && umount d/jail/in d/e && cat home/p home/e/1 d/f/1`,
  );
  assert.equal(said, 'precious\nprecious\nprecious\nprecious\nwas\n');
  assert.deepEqual(
    [ended.code, (JSON.parse(ended.stdout) as Extracted).outcome],
    [1, 'partly'],
    ended.stdout,
  );
});

test('the filesystem becomes read-only between two renames: told how far it came, and taken back', async () => {
  await lab.addFilesystem('a', '/mnt/ro', '300M');
  const data = await fleet.subvolume('/mnt/ro/data');
  const name = await prepared(data);
  const changed = await all(`${data}/d`);
  const ended = await at('mv 3', [data, name, 'd', '--delete'], () => on('mount -o remount,ro /mnt/ro'));
  const report = JSON.parse(ended.stdout) as Extracted;
  assert.deepEqual(
    [ended.code, report.outcome, report.fault?.code],
    [1, 'partly', 'read-only-filesystem'],
    ended.stdout,
  );
  assert.match(report.fault?.message ?? '', /It stopped there/);
  await on('mount -o remount,rw /mnt/ro');
  await undo(report.undo);
  assert.equal(await all(`${data}/d`), changed);
  assert.equal(await stages(data), '0\n');
});

test('where more would go by now than was shown, nothing is done', async () => {
  await trap('find', '-xdev');
  const data = await fleet.subvolume('/srv/pool/more');
  const name = await prepared(data);
  const ended = await at('find 3', [data, name, 'd', '--delete'], () => on(`echo more >${data}/d/e/4`));
  const { fault } = JSON.parse(ended.stdout) as { fault: { code: string; message: string } };
  assert.deepEqual([ended.code, fault.code], [3, 'refused']);
  assert.match(fault.message, /2 would be removed/);
  assert.equal(await on(`cd ${data}/d && cat e/1 e/3 e/4`), 'is\nnew\nmore\n');
});
