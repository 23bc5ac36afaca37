/**
 * The manager's own disk fails for a while: it is full, its journal is locked by another process, or nothing can be
 * written there. The scheduler says so, waits and goes on; a transfer at work is finished, recorded once, and not sent again.
 */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { run } from '../../../scripts/lab/run-command.ts';
import { paced, slowRate } from '../../patience.ts';
import { eventually, type Running, TestFleet } from '../fleet/fleet.ts';
import { namesIn, poolDirectory } from '../fleet/rounds.ts';
import { journalRuns, stateOf } from '../fleet/transfers.ts';

const fleet = await TestFleet.up('manager-disk', { servers: 2 });
const isRoot = process.getuid?.() === 0;

async function must(...argv: readonly [string, ...string[]]): Promise<void> {
  const { code, stderr } = await run(argv);
  assert.equal(code, 0, `${argv.join(' ')}: ${stderr}`);
}

/** A state directory of its own, on a small filesystem of its own. */
async function smallHome(name: string, type: 'tmpfs' | 'ext4'): Promise<string> {
  const home = join(fleet.home, name);
  mkdirSync(home);
  if (type === 'tmpfs') await must('mount', '-t', 'tmpfs', '-o', 'size=8M', 'tmpfs', home);
  else {
    await must('truncate', '-s', '64M', `${home}.img`);
    await must('mkfs.ext4', '-q', `${home}.img`);
    await must('mount', '-o', 'loop', `${home}.img`, home);
  }
  after(() => run(['umount', '-l', home]));
  const state = join(home, 'state');
  mkdirSync(state, { mode: 0o700 });
  for (const file of ['config.json', 'known_hosts']) cpSync(join(stateOf(fleet), file), join(state, file));
  return state;
}

type Heal = () => Promise<void>;

async function fill(state: string): Promise<Heal> {
  await run(['sh', '-c', 'cat /dev/zero >"$1/filler" 2>/dev/null', 'sh', state]);
  return () => must('rm', join(state, 'filler'));
}

async function lock(state: string): Promise<Heal> {
  const other = new DatabaseSync(join(state, 'journal.db'), { timeout: 5000 });
  other.exec('BEGIN EXCLUSIVE');
  return () => Promise.resolve(other.close());
}

/** What an error of the disk does to a mounted filesystem: files that are open cannot be written any more. */
async function readOnly(state: string): Promise<Heal> {
  const files = ['', '-wal', '-shm'].map((end) => join(state, `journal.db${end}`));
  await must('chattr', '+i', ...files);
  return () => must('chattr', '-i', ...files);
}

const received = async (path: string, name: string): Promise<boolean> => {
  const replica = `${poolDirectory(path)}/${name}`;
  const shown = await fleet.lab.exec('b', ['btrfs', 'subvolume', 'show', replica]);
  return shown.code === 0 && /Received UUID:\s+[0-9a-f]/.test(shown.stdout) && /readonly/.test(shown.stdout);
};

function scheduler(state: string): Running {
  const running = fleet.start(['--home', state, '--schedule']);
  after(() => running.child.kill('SIGKILL'));
  return running;
}

const sends = (state: string): boolean =>
  journalRuns(state).some(({ job }) =>
    job?.targets.some(({ progress }) => progress.phase === 'sending' && progress.sentBytes > 1_000_000),
  );

const begun = (running: Running, item: string): number => running.stderr().split(`${item}  run `).length - 1;

for (const [name, type, breakIt, why] of [
  ['full', 'tmpfs', fill, /There is no space left to write .*journal\.db/],
  ['locked', 'tmpfs', lock, /Another btrfleet keeps .*journal\.db busy/],
  ['readonly', 'ext4', readOnly, /journal\.db cannot be used: disk I\/O error/],
] as const) {
  test(`${name} for a while: it waits and says so, the transfer goes on, and nothing is done twice`, {
    skip: !isRoot && 'only root can mount a small filesystem for it',
  }, async () => {
    const state = await smallHome(name, type);
    const at = ['--home', state];
    const data = await fleet.subvolume(`/srv/pool/${name}`, 16);
    const often = await fleet.subvolume(`/srv/pool/${name}-often`);
    const settings = ['--every', '365d', '--rpo', '7d', '--to', 'b', '--rate', slowRate(4)];
    await fleet.ok([...at, 'task', 'add', name, '--subvolume', data, ...settings]);
    const every = `${paced(2)}s`;
    await fleet.ok([...at, 'policy', 'set', 'snapshot', often, '--every', every]);
    const running = scheduler(state);
    await eventually(() => assert.ok(sends(state), running.stderr()));
    const [snapshot = ''] = await namesIn(fleet, 'a', poolDirectory(data));
    assert.equal(await received(data, snapshot), false, 'it was over too soon');

    const heal = await breakIt(state);
    await eventually(() => assert.match(running.stderr(), why));
    assert.match(running.stderr(), /the journal fails; it is tried again/);
    const isOver = await eventually(async () => {
      const isDone = await received(data, snapshot);
      assert.ok(isDone || running.child.exitCode !== null, running.stderr());
      return isDone;
    }, 60);
    assert.deepEqual([isOver, running.child.exitCode], [true, null], running.stderr());
    const before = begun(running, `snapshot:${often}`);
    const made = await namesIn(fleet, 'a', poolDirectory(often));

    await heal();
    await eventually(() => assert.match(running.stderr(), /the journal works again/));
    await eventually(() => assert.match(running.stderr(), new RegExp(`task:${name} {2}.* sent to b, `)));
    await eventually(() => assert.ok(begun(running, `snapshot:${often}`) > before, running.stderr()));
    assert.doesNotMatch(running.stderr(), /FAILED|please report|cancelled/);
    await eventually(async () =>
      assert.ok((await namesIn(fleet, 'a', poolDirectory(often))).length > made.length),
    );
    assert.equal(begun(running, `task:${name}`), 1);
    running.child.kill('SIGTERM');
    assert.equal((await running.ended).code, 0, running.stderr());
    assert.deepEqual(
      journalRuns(state).filter(({ outcome }) => outcome !== 'ok'),
      [],
    );
    const journal = new DatabaseSync(join(state, 'journal.db'), { readOnly: true });
    const replicas = journal.prepare('SELECT name FROM replicas WHERE server = ?').all('b');
    const receiving = journal.prepare('SELECT * FROM receiving').all();
    journal.close();
    assert.deepEqual([replicas.map((row) => row['name']).includes(snapshot), receiving], [true, []]);
    for (const server of ['a', 'b']) await fleet.assertClean(server);
  });
}

for (const [name, breakIt] of [
  ['locked', lock],
  ['full', fill],
] as const) {
  test(`${name} when it starts: it waits and says so, ends when it is told to, and begins once that is over`, {
    skip: !isRoot && 'only root can mount a small filesystem for it',
  }, async () => {
    const state = await smallHome(`${name}-start`, 'tmpfs');
    const data = await fleet.subvolume(`/srv/pool/${name}-start`);
    await fleet.ok(['--home', state, 'policy', 'set', 'snapshot', data, '--every', `${paced(2)}s`]);
    const heal = await breakIt(state);
    const [told, waiting] = [scheduler(state), scheduler(state)];
    for (const running of [told, waiting])
      await eventually(() => assert.match(running.stderr(), /the journal fails; it is tried again/));
    told.child.kill('SIGTERM');
    assert.equal((await told.ended).code, 0, told.stderr());
    assert.equal(waiting.child.exitCode, null, waiting.stderr());
    await heal();
    await eventually(() => assert.match(waiting.stderr(), /the journal works again/));
    await eventually(async () => assert.ok((await namesIn(fleet, 'a', poolDirectory(data))).length > 0));
    waiting.child.kill('SIGTERM');
    assert.equal((await waiting.ended).code, 0, waiting.stderr());
  });
}
