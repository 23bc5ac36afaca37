import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { toolPath } from '../../../scripts/lab/requirements.ts';
import { sudoersLines } from '../../../src/core/btrfs/ask/commands.ts';
import { slowRate } from '../../patience.ts';
import { TestFleet } from '../fleet/fleet.ts';

const fleet = await TestFleet.up('rights', { enrol: false });
const { lab } = fleet;
for (const server of ['a', 'b', 'c']) lab.setSudoers(server, `${sudoersLines('fleet').join('\n')}\n`);

const login = (user: string): string[] => ['--user', user, '--key', lab.keyFile];

await fleet.enrol('a', login('fleet'));
await fleet.enrol('b', login('fleet'));
// Its root has dash as login shell.
await fleet.enrol('c');

/** The hint ends with lines for sudoers that are valid, with the one path by which sudo finds btrfs. */
function mends(hint = '', user = ''): void {
  const lines = hint.slice(hint.indexOf('Cmnd_Alias'));
  assert.ok(lines.endsWith(`\n${user} ALL=(root) NOPASSWD: BTRFLEET`), hint);
  assert.deepEqual([...new Set(lines.match(/\S+\/btrfs /g))], [`${toolPath('btrfs')} `]);
  const { status, stderr } = spawnSync('visudo', ['-cf', '-'], { input: `${lines}\n`, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
}

/** Full, then incremental, to the targets; content compared, nothing left. */
async function replicateTwice(path: string, targets: string): Promise<readonly [string, string]> {
  await fleet.subvolume(path);
  // A file that only root can read must arrive too.
  await lab.must('a', ['sh', '-c', 'echo secret >"$1/secret"; chmod 600 "$1/secret"', 'sh', path]);
  const first = await fleet.snapshot(path);
  assert.equal((await fleet.replicate('full', path, first, '--to', targets)).code, 0);
  await lab.must('a', ['sh', '-c', 'echo more >>"$1/secret"', 'sh', path]);
  const second = await fleet.snapshot(path);
  const { code, results } = await fleet.replicate(
    'incremental',
    path,
    second,
    '--base',
    first,
    '--to',
    targets,
  );
  assert.equal(code, 0, JSON.stringify(results));
  for (const { server, mode, verified } of results) {
    assert.deepEqual([mode, verified], ['incremental', true], server);
    for (const name of [first, second]) {
      const at = `/srv/pool/.snapshots/${path.slice('/srv/pool/'.length)}/${name}`;
      assert.equal(await fleet.fingerprint(server, at), await fleet.fingerprint('a', at));
    }
    await fleet.assertClean(server);
  }
  await fleet.assertClean('a');
  return [first, second];
}

test("the product's own sudoers lines are enough for a user on both sides", async () => {
  const path = '/srv/pool/by sudo';
  const [first, second] = await replicateTwice(path, 'b');
  for (const more of [[], ['--server', 'b']]) {
    const deleted = await fleet.ok<{ status: string }[]>([
      'snapshot',
      'delete',
      path,
      first,
      '--yes',
      ...more,
    ]);
    assert.deepEqual(
      deleted.map(({ status }) => status),
      ['deleted'],
    );
    const left = await fleet.ok<{ name: string }[]>(['snapshot', 'list', path, ...more]);
    assert.deepEqual(
      left.map(({ name }) => name),
      [second],
    );
  }
  const rows = await fleet.ok<{ name: string; privilege: string; filesystems: { uuid: string | null }[] }[]>([
    'server',
    'check',
  ]);
  assert.deepEqual(
    rows.map(({ name, privilege }) => [name, privilege]),
    [
      ['a', 'sudo'],
      ['b', 'sudo'],
      ['c', 'root'],
    ],
  );
  // By root on c and by a user on a: the same kind of answer.
  for (const { filesystems } of rows) assert.match(filesystems[0]?.uuid ?? '', /^[0-9a-f-]{36}$/);
});

test('a broken receive of a user with sudo is cleared away, too', async () => {
  const path = await fleet.subvolume('/srv/pool/broken', 16);
  await fleet.snapshot(path);
  const running = fleet.start(['replicate', 'auto', path, '--to', 'b', '--rate', slowRate(4)]);
  const isReceiving = () => lab.leftovers('b').some(({ argv }) => argv.includes('receive'));
  await new Promise<void>((resolve) => {
    const look = setInterval(() => {
      if (!isReceiving()) return;
      clearInterval(look);
      resolve();
    }, 50);
  });
  running.child.kill('SIGINT');
  assert.equal((await running.ended).code, 130);
  await fleet.assertClean('b');
  await fleet.assertClean('a');
  assert.equal((await fleet.replicateOne('auto', path, '--to', 'b')).status, 'ok');
  await fleet.assertClean('b');
});

test('dash is enough as login shell: of root, and of a user with sudo', async () => {
  await replicateTwice('/srv/pool/to-root-dash', 'c');
  await fleet.ok(['server', 'edit', 'c', '--user', 'dash']);
  await replicateTwice('/srv/pool/to-dash', 'b,c');
  await fleet.ok(['server', 'edit', 'a', '--user', 'dash']);
  await replicateTwice('/srv/pool/from-dash', 'b');
  await fleet.ok(['server', 'edit', 'a', '--user', 'fleet']);
});

test('without sudo: refused with the very lines that mend it', async () => {
  await fleet.ok(['server', 'edit', 'c', '--user', 'nosudo']);
  const path = await fleet.subvolume('/srv/pool/no-right');
  await fleet.snapshot(path);
  const { results, code } = await fleet.replicate('auto', path, '--to', 'b,c');
  assert.equal(code, 1);
  assert.deepEqual(
    results.map(({ server, status, fault }) => [server, status, fault?.code ?? null]),
    [
      ['b', 'ok', null],
      ['c', 'failed', 'sudo-missing'],
    ],
  );
  mends(results[1]?.fault?.hint, 'nosudo');
  assert.equal(results[1]?.fault?.server, 'c');
  assert.equal((await lab.exec('c', ['ls', '/srv/pool/.snapshots/no-right'])).code, 2);
});

test('one right that is missing is found before anything is done', async () => {
  const lines = sudoersLines('fleet').map((line) => line.replaceAll(/, [^,]*\/btrfs receive \*/g, ''));
  lab.setSudoers('b', `${lines.join('\n')}\n`);
  const path = await fleet.subvolume('/srv/pool/half-right');
  await fleet.snapshot(path);
  const result = await fleet.replicateOne('auto', path, '--to', 'b');
  assert.equal(result.fault?.code, 'sudo-missing');
  assert.match(result.fault?.message ?? '', /without a password: btrfs receive -q -- …\.$/);
  mends(result.fault?.hint, 'fleet');
  lab.setSudoers('b', `${sudoersLines('fleet').join('\n')}\n`);
  assert.equal((await fleet.replicateOne('auto', path, '--to', 'b')).status, 'ok');
});
