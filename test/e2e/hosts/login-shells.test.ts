/** Login shells and their start-up files as they are on real servers: they change no word, spoil no stream and no answer. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Desk } from '../fleet/desk.ts';
import { TestFleet } from '../fleet/fleet.ts';

const fleet = await TestFleet.up('login-shells', { servers: 2, size: '512M' });
const { lab } = fleet;

const fileOf = (server: string, path: string) => join(lab.record.directory, server, path);
/** Written in place: the file is mounted. */
const setShell = (server: string, shell: string): void => {
  const file = fileOf(server, 'etc/passwd');
  writeFileSync(file, readFileSync(file, 'utf8').replace(/^(root:.*:)[^:\n]*$/m, `$1${shell}`));
};

/** Sent in full and incrementally by a fresh process, under a name that is hard to quote; both ends compared. */
async function replicates(path: string): Promise<void> {
  await fleet.subvolume(path);
  const first = await fleet.snapshot(path);
  await lab.must('a', ['sh', '-c', 'echo more >"$1/more"', 'sh', path]);
  const second = await fleet.snapshot(path);
  const { code, results } = await fleet.replicate('auto', path, '--to', 'b', '--all');
  assert.equal(code, 0, JSON.stringify(results));
  assert.deepEqual(
    results.map(({ snapshot, mode, verified }) => [snapshot, mode, verified]),
    [
      [first, 'full', true],
      [second, 'incremental', true],
    ],
  );
  const at = `/srv/pool/.snapshots/${path.slice('/srv/pool/'.length)}/${second}`;
  assert.equal(await fleet.fingerprint('b', at), await fleet.fingerprint('a', at));
}

const here = (...shells: readonly string[]): string | false => {
  const missing = shells.filter((shell) => !existsSync(shell));
  return missing.length > 0 && `no ${missing.join(', ')} here`;
};

const HARD = `it's \\ "a" \\\\ !x a!b $HOME é\\`;
for (const [from, to] of [
  ['/usr/bin/fish', '/bin/dash'],
  ['/bin/bash', '/usr/bin/fish'],
  ['/usr/bin/tcsh', '/usr/bin/tcsh'],
] as const)
  test(`${from} sends to ${to}, and every word arrives`, { skip: here(from, to) }, async (context) => {
    context.after(() => {
      for (const server of ['a', 'b']) setShell(server, '/bin/bash');
    });
    setShell('a', from);
    setShell('b', to);
    await replicates(`/srv/pool/${from.split('/').at(-1)} ${HARD}`);
  });

test('start-up files that print, and a library that cannot be preloaded, change nothing', async (context) => {
  context.after(() => {
    for (const server of ['a', 'b']) writeFileSync(fileOf(server, 'root/.bashrc'), '');
  });
  const noise =
    'echo "Welcome to $HOSTNAME"; printf "No such file or directory" >&2; echo "sh: btrfs: command not found" >&2\nexport LD_PRELOAD=/nowhere.so LC_ALL=xx_YY.UTF-8\n';
  for (const server of ['a', 'b']) writeFileSync(fileOf(server, 'root/.bashrc'), noise);
  await replicates('/srv/pool/noise');
  // The fault is that of the program that failed, not of what spoke first.
  const path = '/srv/pool/noise';
  const name = await fleet.snapshot(path);
  await lab.must('a', ['btrfs', 'subvolume', 'set-default', `/srv/pool/.snapshots/noise/${name}`]);
  const { code, value } = await fleet.json<{ status: string; fault: { code: string; message: string } }[]>([
    'snapshot',
    'delete',
    path,
    name,
    '--yes',
  ]);
  assert.equal(code, 1);
  assert.equal(value[0]?.fault.code, 'refused', JSON.stringify(value));
  assert.doesNotMatch(value[0]?.fault.message ?? '', /ld\.so|Welcome|setlocale/);
  await lab.must('a', 'btrfs subvolume set-default 5 /srv/pool');
});

for (const [shell, said] of [
  ['/usr/sbin/nologin', /"This account is currently not available\."/],
  ['/bin/false', /did not start a command, and said nothing/],
  ['/bin/rbash', /exec: restricted/],
] as const)
  test(`${shell} is refused with what it says`, {
    skip: here(shell),
  }, async (context) => {
    context.after(() => setShell('a', '/bin/bash'));
    setShell('a', shell);
    const desk = new Desk(fleet);
    await desk.add('a');
    const [check] = await desk.check();
    assert.equal(check?.fault?.code, 'login-shell', JSON.stringify(check));
    assert.match(check?.fault?.message ?? '', said);
    assert.match(check?.fault?.hint ?? '', /chsh/);
    const doctor = (await desk.json<{ name: string; status: string }[]>(['doctor'])).value;
    assert.equal(doctor.find(({ name }) => name === 'a: login')?.status, 'failed');
    assert.equal(doctor.find(({ name }) => name === 'a: reachable')?.status, 'ok');
  });

test('start-up files that read the input of commands are refused', async () => {
  writeFileSync(fileOf('a', 'root/.bashrc'), 'cat >/dev/null\n');
  const desk = new Desk(fleet);
  await desk.add('a');
  const [check] = await desk.check();
  assert.match(check?.fault?.message ?? '', /reads the input that is for commands/);
  writeFileSync(fileOf('a', 'root/.bashrc'), '');
});
