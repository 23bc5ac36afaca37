/** A restore that is cut off between any two of its commands comes to one of its ends: all of it, or none of it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, type Running, TestFleet } from '../fleet/fleet.ts';
import { restoring } from '../fleet/restores.ts';

const fleet = await TestFleet.up('restore-cut', { servers: 1 });
const { lab } = fleet;

const { on } = restoring(fleet);
/** A directory of the server. */
const inHome = (name: string): string => `/tmp/cut/${name}`;

/**
 * A program of the server that stops at its n-th call, before or after its work, until it is let go on; then it and the
 * shells that wait for it are killed, as a machine that loses its power would. Only calls with this word count.
 */
async function trap(program: string, word: string): Promise<void> {
  const real = (await on(`command -v ${program}`)).trim();
  const at = inHome(program);
  await on(`mkdir -p /tmp/cut && cp -L ${real} ${at}.real`);
  const text = `#!/bin/sh
case " $* " in *" ${word} "*) ;; *) exec ${at}.real "$@" ;; esac
n=$(($(cat ${at}.count 2>/dev/null || echo 0) + 1))
echo $n >${at}.count
die() {
  : >${inHome('reached')}
  while [ ! -e ${inHome('go')} ]; do sleep 0.05; done
  p=$PPID all=
  while [ "$(cat /proc/$p/comm)" = sh ] || [ "$(cat /proc/$p/comm)" = dash ]; do
    all="$all $p"
    p=$(sed 's/.*) . \\([0-9]*\\) .*/\\1/' /proc/$p/stat)
  done
  kill -9 $all
  : >${inHome('dead')}
  exit 1
}
[ "$(cat ${inHome('stop')} 2>/dev/null)" != "${program} before $n" ] || die
${at}.real "$@"
code=$?
[ "$(cat ${inHome('stop')} 2>/dev/null)" != "${program} after $n" ] || die
exit $code
`;
  await lab.must('a', ['sh', '-ec', 'printf %s "$1" >"$2" && chmod 755 "$2"', 'sh', text, at]);
  await on(`mount --bind ${at} ${real}`);
}

await trap('mv', '-T');
await trap('btrfs', 'snapshot');

const arm = (stop: string): Promise<string> =>
  on(`cd /tmp/cut && rm -f reached go dead mv.count btrfs.count && echo ${stop} >stop`);
const disarm = (): Promise<string> => on(`cd /tmp/cut && rm -f stop reached go dead`);
const isReached = (running: Running): Promise<unknown> =>
  Promise.race([
    eventually(() => on(`test -e ${inHome('reached')}`)),
    running.ended.then(({ stdout, stderr }) => assert.fail(`it ended: ${stdout}\n${stderr}`)),
  ]);
async function letGo(): Promise<void> {
  await on(`touch ${inHome('go')}`);
  await eventually(() => on(`test -e ${inHome('dead')}`));
}

/** Begins a restore, cuts the server off there, and kills the manager before the server goes on; `meanwhile` comes between. */
async function cutOff(
  stop: string,
  args: readonly string[],
  meanwhile?: () => Promise<unknown>,
): Promise<void> {
  await arm(stop);
  const running = fleet.start([...args, '--yes', '--json']);
  await isReached(running);
  running.child.kill('SIGKILL');
  await running.ended;
  await meanwhile?.();
  await letGo();
  await disarm();
}

const listing = (path: string): Promise<string> => fleet.fingerprint('a', path);
const beside = async (data: string): Promise<string[]> =>
  (await on(`ls -d ${data}.* 2>/dev/null || true`)).split('\n').filter((line) => line !== '');

interface Listed {
  readonly outcome: string;
  readonly replacedPath: string | null;
}

const END = {
  'btrfs before 1': 'rolled-back',
  'btrfs after 1': 'rolled-back',
  'mv before 1': 'rolled-back',
  'mv after 1': 'restored',
  'mv before 2': 'restored',
  'mv after 2': 'restored',
} as const;

let number = 0;

for (const [stop, end] of Object.entries(END)) {
  for (const manager of ['alive', 'killed'] as const) {
    test(`cut off ${stop}, the manager is ${manager}: ${end}`, async () => {
      number += 1;
      const data = await fleet.subvolume(`/srv/pool/data${number}`);
      const before = await listing(data);
      const name = await fleet.snapshot(data);
      await on(`echo changed >${data}/changed`);
      const changed = await listing(data);
      await arm(stop);
      const running = fleet.start(['snapshot', 'restore', data, name, '--yes', '--json']);
      await isReached(running);
      if (manager === 'killed') {
        running.child.kill('SIGKILL');
        await running.ended;
      }
      await letGo();
      const { code, stdout } = await running.ended;
      if (manager === 'alive') {
        assert.equal((JSON.parse(stdout) as Listed).outcome, end, stdout);
        assert.equal(code, end === 'restored' ? 0 : 1);
      }
      await disarm();
      const [last] = await fleet.ok<Listed[]>(['restore', 'list']);
      assert.equal(last?.outcome, end);
      assert.equal(await listing(data), end === 'restored' ? before : changed);
      const aside = await beside(data);
      assert.deepEqual(aside, end === 'restored' ? [last?.replacedPath] : []);
      for (const path of aside) assert.equal(await listing(path), changed);
    });
  }
}

test('taking back, cut off between its renames, is finished', async () => {
  const data = await fleet.subvolume('/srv/pool/back');
  const name = await fleet.snapshot(data);
  await on(`echo changed >${data}/changed`);
  const changed = await listing(data);
  const { undo } = await fleet.ok<{ undo: number }>(['snapshot', 'restore', data, name, '--yes']);
  await cutOff('mv after 1', ['restore', 'undo', String(undo)]);
  const [last] = await fleet.ok<Listed[]>(['restore', 'list']);
  assert.equal(last?.outcome, 'restored');
  assert.equal(await listing(data), changed);
});

test('one after one that was cut off brings that to its end first', async () => {
  const data = await fleet.subvolume('/srv/pool/next');
  const name = await fleet.snapshot(data);
  const before = await listing(data);
  await cutOff('mv after 1', ['snapshot', 'restore', data, name]);
  const done = await fleet.ok<Listed>(['snapshot', 'restore', data, name, '--yes']);
  assert.equal(done.outcome, 'restored');
  assert.equal(await listing(data), before);
  assert.equal((await beside(data)).length, 2);
});

test('what somebody wrote into the half made one meanwhile is theirs', async () => {
  const data = await fleet.subvolume('/srv/pool/theirs');
  const name = await fleet.snapshot(data);
  await cutOff('btrfs after 1', ['snapshot', 'restore', data, name], () =>
    on(`cd ${data}.restoring-* && echo precious >precious`),
  );
  const { stderr } = await fleet.json<Listed[]>(['restore', 'list']);
  assert.match(stderr, /somebody wrote to it/);
  assert.equal(await on(`cat ${data}.restoring-*/precious`), 'precious\n');
});

test('an empty directory that somebody made in its place is no hindrance', async () => {
  const data = await fleet.subvolume('/srv/pool/empty');
  const name = await fleet.snapshot(data);
  const before = await listing(data);
  await cutOff('mv after 1', ['snapshot', 'restore', data, name]);
  await on(`mkdir ${data}`);
  const [last] = await fleet.ok<Listed[]>(['restore', 'list']);
  assert.equal(last?.outcome, 'restored');
  assert.equal(await listing(data), before);
});

test('two at once: one does it, the other says so', async () => {
  const data = await fleet.subvolume('/srv/pool/two');
  const name = await fleet.snapshot(data);
  const before = await listing(data);
  await on(`echo changed >${data}/changed`);
  await arm('mv before 1');
  const one = fleet.start(['snapshot', 'restore', data, name, '--yes', '--json']);
  await isReached(one);
  const other = await fleet.fault('snapshot', 'restore', data, name, '--yes');
  assert.deepEqual([other.code, other.fault.code], [1, 'locked']);
  await on(`rm ${inHome('stop')}`);
  await letGo();
  await one.ended;
  await fleet.ok(['restore', 'list']);
  await fleet.ok(['snapshot', 'restore', data, name, '--yes']);
  assert.equal(await listing(data), before);
});

test('the scheduler brings one to its end that was cut off', async () => {
  const data = await fleet.subvolume('/srv/pool/scheduled');
  const name = await fleet.snapshot(data);
  const before = await listing(data);
  await on(`echo changed >${data}/changed`);
  await cutOff('mv after 1', ['snapshot', 'restore', data, name]);
  const scheduler = fleet.start(['--schedule']);
  await eventually(() => on(`test -d ${data}`), 60, 1000);
  scheduler.child.kill('SIGTERM');
  assert.equal((await scheduler.ended).code, 0);
  assert.equal(await listing(data), before);
  const [last] = await fleet.ok<Listed[]>(['restore', 'list']);
  assert.equal(last?.outcome, 'restored');
});

test('while the server is still at it, nobody says what came of it', async () => {
  const data = await fleet.subvolume('/srv/pool/slow');
  const name = await fleet.snapshot(data);
  const before = await listing(data);
  await on(`echo changed >${data}/changed`);
  await arm('mv before 2');
  const running = fleet.start(['snapshot', 'restore', data, name, '--yes', '--json']);
  await isReached(running);
  running.child.kill('SIGKILL');
  await running.ended;
  const { stderr } = await fleet.json<Listed[]>(['restore', 'list']);
  assert.match(stderr, /at this moment/);
  await letGo();
  await disarm();
  const [last] = await fleet.ok<Listed[]>(['restore', 'list']);
  assert.equal(last?.outcome, 'restored');
  assert.equal(await listing(data), before);
});
