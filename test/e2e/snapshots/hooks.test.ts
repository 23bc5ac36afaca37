/** The commands around a snapshot, and snapshots that are due, on real servers. */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { sudoersLines } from '../../../src/core/btrfs/ask/commands.ts';
import type { PolicyHooks } from '../../../src/core/model/policy.ts';
import type { TaskReport } from '../../../src/core/model/runs/task.ts';
import { eventually, PROGRAM, TestFleet } from '../fleet/fleet.ts';
import { runSnapshots, snapshotsOf, startSnapshots } from '../fleet/snapshot-runs.ts';
import { stateOf } from '../fleet/transfers.ts';

const fleet = await TestFleet.up('hooks', { servers: 1 });
const { lab } = fleet;
const home = stateOf(fleet);
lab.setSudoers('a', `${sudoersLines('fleet').join('\n')}\n`);

const hooks = (before: string | null, after: string | null, required = false): readonly PolicyHooks[] => [
  {
    subvolume: '',
    before: before === null ? null : { command: before, timeoutSeconds: 60, required },
    after: after === null ? null : { command: after, timeoutSeconds: 60 },
  },
];

const inDirectory = async (name: string): Promise<string[]> =>
  (await lab.exec('a', ['ls', '-A', `/srv/pool/.snapshots/${name}`])).stdout.split('\n').filter(Boolean);

const isThere = async (path: string): Promise<boolean> =>
  (await lab.exec('a', ['test', '-e', path])).code === 0;

/** Hooks that note what they do in the subvolume, so that a snapshot shows when it was made. */
const noting = (path: string, gate = ':'): readonly PolicyHooks[] =>
  hooks(`touch '${path}/frozen'; ${gate}`, `rm '${path}/frozen'; touch '${path}/thawed'`);

/** A fifo that a hook waits at. */
async function gateAt(path: string): Promise<{ readonly wait: string; open(): Promise<unknown> }> {
  await lab.must('a', ['mkfifo', '-m', '666', path]);
  return { wait: `cat '${path}'`, open: () => lab.must('a', ['sh', '-c', 'echo >"$1"', 'sh', path]) };
}

/** A manager of its own: that server under another login. */
async function deskOf(name: string, login: readonly string[]): Promise<string> {
  const desk = join(fleet.home, name);
  mkdirSync(desk, { mode: 0o700 });
  const { host, port } = lab.server('a');
  const at = ['--host', host, '--port', String(port)];
  await fleet.ok(['--home', desk, 'server', 'add', 'a', ...at, ...login, '--primary', '--trust-first']);
  return desk;
}

test('the snapshot is made between the two commands, and what they did is told', async () => {
  const path = await fleet.subvolume('/srv/pool/order');
  const came = await runSnapshots(
    { subvolumes: [path], hooks: noting(path, 'echo quiet; sleep 1') },
    { home },
  );
  const report = snapshotsOf(came);
  assert.deepEqual([came.outcome, report.failed], ['ok', []]);
  const [made] = report.snapshots;
  assert.ok(await isThere(`${made?.path}/frozen`));
  assert.ok(!(await isThere(`${made?.path}/thawed`)));
  assert.deepEqual([await isThere(`${path}/frozen`), await isThere(`${path}/thawed`)], [false, true]);
  assert.deepEqual(
    report.hooks.map(({ when, code, output, fault }) => [when, code, output, fault]),
    [
      ['before', 0, 'quiet', null],
      ['after', 0, '', null],
    ],
  );
  assert.ok((report.hooks[0]?.seconds ?? 0) >= 1);
});

for (const user of ['fleet', 'dash']) {
  test(`hooks run as ${user}, the snapshot as root, with no more sudo rights than before`, async () => {
    const path = await fleet.subvolume(`/srv/pool/by-${user}`);
    const desk = await deskOf(`by-${user}`, ['--user', user, '--key', lab.keyFile]);
    const came = await runSnapshots(
      { subvolumes: [path], hooks: hooks('id -un', 'id -un'), dueAt: new Date().toISOString() },
      { home: desk },
    );
    assert.deepEqual([came.outcome, came.notes], ['ok', []], JSON.stringify(came));
    const report = snapshotsOf(came);
    assert.deepEqual([report.hooks.map(({ output }) => output), report.snapshots.length], [[user, user], 1]);
  });
}

test('a command that fails: required, it stops the snapshot; after, it fails the run; else it is only told', async () => {
  const path = await fleet.subvolume('/srv/pool/fails');
  const required = await runSnapshots(
    { subvolumes: [path], hooks: hooks('echo no; exit 3', 'true', true) },
    { home },
  );
  const stopped = snapshotsOf(required);
  assert.deepEqual(
    [required.outcome, stopped.snapshots, stopped.failed[0]?.fault.code],
    ['failed', [], 'hook-failed'],
  );
  assert.match(
    stopped.failed[0]?.fault.message ?? '',
    /before the snapshot failed on a with exit code 3.*"no"/,
  );
  assert.deepEqual(await inDirectory('fails'), []);
  const told = await runSnapshots({ subvolumes: [path], hooks: hooks('exit 3', 'true') }, { home });
  assert.deepEqual([told.outcome, snapshotsOf(told).hooks[0]?.fault?.code], ['ok', 'hook-failed']);
  const after = await runSnapshots({ subvolumes: [path], hooks: hooks('true', 'exit 4') }, { home });
  assert.deepEqual([after.outcome, snapshotsOf(after).snapshots.length], ['failed', 1]);
  assert.equal((await inDirectory('fails')).length, 2);
});

test('the snapshot of a task for a group runs the commands of the policies of all its members', async () => {
  await lab.addFilesystem('a', '/mnt/second', '200M');
  const paths = [await fleet.subvolume('/srv/pool/m1'), await fleet.subvolume('/srv/pool/m2')] as const;
  const set = (path: string, before: string): Promise<unknown> =>
    fleet.ok([
      ...['policy', 'set', 'snapshot', path, '--every', '365d', '--before', before, '--before-required'],
      ...['--after', `rm '${path}/frozen'; touch '${path}/thawed'`],
    ]);
  for (const path of paths) await set(path, `touch '${path}/frozen'`);
  const members = paths.flatMap((path) => ['--subvolume', path]);
  await fleet.ok(['task', 'add', 'pair', ...members, '--to', 'a:/mnt/second', '--every', '1d']);
  const round = await fleet.ok<TaskReport>(['task', 'run', 'pair']);
  assert.deepEqual(
    round.snapshot?.hooks.map(({ when, subvolume }) => [when, subvolume]),
    [
      ['before', paths[0]],
      ['before', paths[1]],
      ['after', paths[1]],
      ['after', paths[0]],
    ],
  );
  for (const [index, path] of paths.entries()) {
    const [name] = await inDirectory(`m${index + 1}`);
    assert.ok(await isThere(`/srv/pool/.snapshots/m${index + 1}/${name}/frozen`));
    assert.deepEqual([await isThere(`${path}/frozen`), await isThere(`${path}/thawed`)], [false, true]);
    await lab.must('a', ['rm', `${path}/thawed`]);
  }

  await set(paths[1], `touch '${paths[1]}/frozen'; exit 3`);
  const { code, value } = await fleet.json<TaskReport>(['task', 'run', 'pair']);
  assert.deepEqual([code, value.snapshot?.snapshots], [1, []]);
  assert.match(
    value.snapshot?.failed[0]?.fault.message ?? '',
    /The command before the snapshot of \/srv\/pool\/m2 failed on a with exit code 3/,
  );
  for (const [index, path] of paths.entries()) {
    assert.equal((await inDirectory(`m${index + 1}`)).length, 1);
    assert.deepEqual([await isThere(`${path}/frozen`), await isThere(`${path}/thawed`)], [false, true]);
  }
});

for (const [user, login] of [
  ['root', ['--user', 'root', '--key', lab.keyFile]],
  ['fleet', ['--user', 'fleet', '--key', lab.keyFile]],
] as const) {
  test(`a manager that is killed while ${user} is quiet leaves nothing quiet`, async () => {
    const path = await fleet.subvolume(`/srv/pool/killed-${user}`);
    await lab.must('a', ['chmod', '777', path]);
    const desk = await deskOf(`killed-${user}`, login);
    const gate = await gateAt(`/srv/pool/gate-killed-${user}`);
    const running = startSnapshots({ subvolumes: [path], hooks: noting(path, gate.wait) }, { home: desk });
    await eventually(async () => assert.ok(await isThere(`${path}/frozen`)));
    running.child.kill('SIGKILL');
    assert.equal(await running.came, null);
    await gate.open();
    await eventually(async () => assert.ok(await isThere(`${path}/thawed`)));
    assert.equal((await inDirectory(`killed-${user}`)).length, 1);
    await fleet.assertClean('a');
  });

  test(`a cancel of ${user} while it is quiet: no snapshot, the command after runs, and it is waited for`, async () => {
    const path = await fleet.subvolume(`/srv/pool/cancelled-${user}`);
    await lab.must('a', ['chmod', '777', path]);
    const desk = await deskOf(`cancelled-${user}`, login);
    const gate = await gateAt(`/srv/pool/gate-cancelled-${user}`);
    const running = startSnapshots({ subvolumes: [path], hooks: noting(path, gate.wait) }, { home: desk });
    await eventually(async () => assert.ok(await isThere(`${path}/frozen`)));
    await eventually(() =>
      assert.ok(lab.leftovers('a').some(({ argv }) => argv[0] === 'cat' && argv.length > 1)),
    );
    const before = lab.leftovers('a').length;
    running.child.kill('SIGINT');
    // What tells that the word has arrived is that the one who waited for it is gone.
    await eventually(() => assert.equal(lab.leftovers('a').length, before - 1));
    await gate.open();
    const came = await running.came;
    assert.ok(came?.report.kind === 'fault', JSON.stringify(came));
    assert.deepEqual([came.outcome, came.report.fault.code], ['cancelled', 'cancelled']);
    assert.match(came.report.fault.message, /The command after it was run/);
    assert.deepEqual([await isThere(`${path}/thawed`), await inDirectory(`cancelled-${user}`)], [true, []]);
  });
}

test('a line that is cut while it is quiet: it is told, all goes on there, and the next try finds the snapshot', async () => {
  const path = await fleet.subvolume('/srv/pool/cut');
  const gate = await gateAt('/srv/pool/gate-cut');
  const dueAt = new Date().toISOString();
  const request = { subvolumes: [path], dueAt, hooks: noting(path, gate.wait) };
  const running = startSnapshots(request, { home });
  await eventually(async () => assert.ok(await isThere(`${path}/frozen`)));
  await lab.cut('a');
  await gate.open();
  await eventually(async () => assert.ok(await isThere(`${path}/thawed`)));
  const came = await running.came;
  await lab.heal('a');
  assert.ok(came?.report.kind === 'fault', JSON.stringify(came));
  assert.deepEqual([came.report.fault.code, came.report.fault.retry], ['unreachable', true]);
  assert.match(came.report.fault.message, /goes to its end without btrfleet/);
  const [name] = await inDirectory('cut');
  assert.ok(await isThere(`/srv/pool/.snapshots/cut/${name}/frozen`));
  const again = snapshotsOf(await runSnapshots(request, { home }));
  assert.deepEqual([again.already, again.hooks], [[{ subvolume: path, name }], []]);
});

test('on this machine, without SSH: a manager that is killed leaves nothing quiet there either', async (t) => {
  // Each server of the lab has a /tmp of its own.
  const isSeen = await lab.exec('a', ['test', '-x', process.execPath]);
  if (isSeen.code !== 0) return t.skip('the program lies where a server of the lab cannot see it');
  const path = await fleet.subvolume('/srv/pool/local');
  // The state lies in the server, too: it is the manager.
  const desk = '/root/desk';
  const add = ['--home', desk, 'server', 'add', 'here', '--local', '--primary'];
  await lab.must('a', [process.execPath, '--no-warnings', PROGRAM, ...add]);
  const inside = (argv: readonly string[]): string[] => lab.execArgv('a', argv);
  const at = { home: desk, inside };
  const whole = snapshotsOf(await runSnapshots({ subvolumes: [path], hooks: hooks('id -un', 'true') }, at));
  assert.deepEqual([whole.snapshots.length, whole.hooks[0]?.output], [1, 'root']);
  const gate = await gateAt('/srv/pool/gate-local');
  const running = startSnapshots({ subvolumes: [path], hooks: noting(path, gate.wait) }, at);
  await eventually(async () => assert.ok(await isThere(`${path}/frozen`)));
  const manager = lab
    .leftovers('a')
    .find(({ argv }) => argv.some((word) => /snapshot-run\.(?:ts|mjs)$/.test(word)));
  assert.ok(manager);
  process.kill(manager.pid, 'SIGKILL');
  assert.equal(await running.came, null);
  await gate.open();
  await eventually(async () => assert.ok(await isThere(`${path}/thawed`)));
  assert.equal((await inDirectory('local')).length, 2);
});
