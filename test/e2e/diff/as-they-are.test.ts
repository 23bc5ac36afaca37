/** What is different, on servers as they are: the minimal rights of sudo, and programs that are applets of busybox. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { sudoersLines } from '../../../src/core/btrfs/ask/commands.ts';
import type { Diff, FileDiff } from '../../../src/core/model/change.ts';
import { TestFleet } from '../fleet/fleet.ts';

const fleet = await TestFleet.up('diff-real', { servers: 2, profile: { b: 'busybox' }, enrol: false });
const { lab } = fleet;
const login = (user: string): string[] => ['--user', user, '--key', lab.keyFile];

/** Two snapshots of one subvolume, the second with `more`. */
async function twoSnapshots(server: string): Promise<readonly [data: string, one: string, two: string]> {
  const data = `/srv/pool/data`;
  const on = (script: string) => lab.must(server, ['sh', '-ec', script]);
  await on(
    `btrfs subvolume create ${data} && echo one >${data}/file && echo s >${data}/secret && chmod 600 ${data}/*`,
  );
  const one = await fleet.snapshot(data);
  await on(`echo two >>${data}/file && echo n >${data}/new`);
  return [data, one, await fleet.snapshot(data)];
}

test('the minimal rights of sudo are enough but for what the login may not read; the line for that is told', async () => {
  lab.setSudoers('a', `${sudoersLines('fleet').join('\n')}\n`);
  await fleet.enrol('a', login('fleet'));
  const [data, one, two] = await twoSnapshots('a');
  const found = await fleet.ok<Diff>(['snapshot', 'diff', data, one, two]);
  assert.deepEqual(
    found.changes.map(({ kind, path }) => `${kind} ${path}`),
    ['content file', 'added new'],
  );
  const live = await fleet.ok<Diff>(['snapshot', 'diff', data, one]);
  assert.deepEqual([live.changes, live.leftBehind], [found.changes, null]);
  const words = ['snapshot', 'diff', data, one, two, 'file', '--text'];
  const { fault } = await fleet.fault(...words);
  assert.equal(fault.code, 'sudo-missing');
  const lines = fault.hint
    .split('\n')
    .filter((line) => /^(?:Cmnd_Alias |\S+ ALL=|Defaults)/.test(line.trim()))
    .join('\n');
  assert.match(lines, /BTRFLEET_COMPARE/);
  const checked = spawnSync('visudo', ['-cf', '-'], { input: `${lines}\n`, encoding: 'utf8' });
  assert.equal(checked.status, 0, `${lines}\n${checked.stderr}`);
  lab.setSudoers('a', `${lines}\n`);
  const text = await fleet.ok<FileDiff>(words);
  assert.match(text.text ?? '', /\+two/);
});

test('with the applets of busybox', async () => {
  await fleet.enrol('b', login('root'));
  await fleet.ok(['server', 'promote', 'b']);
  const [data, one, two] = await twoSnapshots('b');
  const found = await fleet.ok<Diff>(['snapshot', 'diff', data, one]);
  assert.deepEqual(
    found.changes.map(({ kind, path }) => `${kind} ${path}`),
    ['content file', 'added new'],
  );
  assert.equal(await lab.must('b', ['sh', '-c', 'ls /srv/pool/.snapshots/data | wc -l']), '2\n');
  const text = await fleet.ok<FileDiff>(['snapshot', 'diff', data, one, two, 'file', '--text']);
  assert.match(text.text ?? '', /\+two/);
  assert.match(text.newFile?.sha256 ?? '', /^[0-9a-f]{64}$/);
});
