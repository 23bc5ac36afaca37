import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { run } from '../../../scripts/lab/run-command.ts';
import { runEngine } from '../../../src/core/engine/engine.ts';
import type { Fault } from '../../../src/core/model/fault.ts';
import { BY_HAND } from '../../../src/core/model/runs/replication.ts';
import type { Run, RunRequest } from '../../../src/core/model/runs/run.ts';
import { snapshotByHand } from '../../../src/core/model/runs/snapshot.ts';
import type { Fleet } from '../../../src/core/run/ground/fleet.ts';
import { wireFleet } from '../../../src/process/wiring.ts';
import { patience } from '../../patience.ts';
import { scriptArgv } from '../../script-argv.ts';
import { eventually, PROGRAM, type Running, TestFleet } from '../fleet/fleet.ts';
import { journalRuns, repairs, stateOf, underWay } from '../fleet/transfers.ts';

const fleet = await TestFleet.anywhere('engine', { servers: 3 });
const { lab } = fleet;
const state = stateOf(fleet);
const wired = wireFleet(state);
assert.ok(wired.ok);
/** The screen's side: it reads and writes the journal and carries nothing out. */
const screen: Fleet = wired.value.fleet;
const { journal } = screen;
after(() => wired.value.close());

const engine = (idleSeconds = 1): Running => fleet.start(['engine', '--idle', String(idleSeconds)]);

const replication = (
  subvolume: string,
  targets: readonly string[],
  rateMegabytes: number | null = 20,
): RunRequest => ({
  kind: 'replication',
  subvolume,
  targets: targets.map((server) => ({ server, mount: null })),
  wanted: { mode: 'auto', snapshot: null, all: false },
  options: {
    path: 'auto',
    rateBytesPerSecond: rateMegabytes === null ? null : rateMegabytes * 1024 * 1024,
    compress: false,
    resumable: false,
  },
  ...BY_HAND,
});

const queue = (request: RunRequest): Run =>
  journal.createRun({ request, trigger: 'hand', state: 'queued', holder: screen.holder });

function runOf(id: number): Run {
  const found = journal.getRun(id);
  assert.ok(found.ok);
  return found.value;
}

const outcome = (id: number, seconds = 30): Promise<string | null> =>
  eventually(() => {
    assert.equal(runOf(id).state, 'finished');
    return runOf(id).outcome;
  }, seconds);

const going = (targets: readonly string[], after: number, running?: Running) =>
  underWay(state, targets, running ? { after, running } : { after });

/** A process that queues as the screen does and then only waits; `program`: it starts an engine where none is. */
async function queuer(request: RunRequest, program = ''): Promise<{ child: ChildProcess; id: number }> {
  const script = join(import.meta.dirname, '../fleet/fixtures/queue-run.ts');
  const args = [...scriptArgv(script), state, JSON.stringify(request), program];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'], detached: true });
  let said = '';
  for await (const chunk of child.stdout) {
    said += chunk;
    if (said.includes('\n')) break;
  }
  return { child, id: Number(said) };
}

/** The process and all that is in its group, as when a terminal is closed hard. */
async function killGroup(child: ChildProcess): Promise<void> {
  const gone = new Promise((resolve) => child.once('exit', resolve));
  process.kill(-(child.pid ?? Number.NaN), 'SIGKILL');
  await gone;
}

test('what another process queued is carried out, though that process is killed; idle, it ends', async () => {
  const data = await fleet.subvolume('/srv/pool/queued', 40);
  const name = await fleet.snapshot(data);
  const running = engine();
  const { child, id } = await queuer(replication(data, ['b', 'c']));
  await going(['b', 'c'], id - 1, running);
  await killGroup(child);
  assert.equal(await outcome(id), 'ok');
  const { code, stderr } = await running.ended;
  assert.equal(code, 0);
  assert.match(stderr, new RegExp(`run ${id} began: replication[^]*run ${id} ended: ok`));
  await repairs(fleet, data, name, ['b', 'c']);
});

test('an engine that a screen starts survives it, with its output in a file of its own', async () => {
  const data = await fleet.subvolume('/srv/pool/detached', 40);
  const name = await fleet.snapshot(data);
  const { child, id } = await queuer(replication(data, ['b']), PROGRAM);
  await going(['b'], id - 1);
  await killGroup(child);
  assert.equal(await outcome(id), 'ok');
  const holder = journal.currentEngine(screen.isAlive);
  assert.ok(holder !== null && holder.pid !== child.pid);
  const log = join(state, 'logs', 'engine.log');
  assert.match(readFileSync(log, 'utf8'), new RegExp(`run ${id} ended: ok`));
  assert.equal(statSync(log).mode & 0o777, 0o600);
  process.kill(holder.pid, 'SIGTERM');
  await eventually(() => assert.equal(journal.currentEngine(screen.isAlive), null));
  await repairs(fleet, data, name, ['b']);
});

test('a cancel written into the journal stops both ends and cleans up; progress is written at a calm pace', async () => {
  const data = await fleet.subvolume('/srv/pool/cancelled', 60);
  await fleet.snapshot(data);
  const running = engine();
  const { id } = queue(replication(data, ['b', 'c'], 10));
  await going(['b', 'c'], id - 1, running);
  const seen = new Set<string>();
  const began = performance.now();
  await eventually(() => {
    seen.add(JSON.stringify(journalRuns(state).at(-1)?.job));
    assert.ok(performance.now() - began > 2000);
  });
  const rate = seen.size / ((performance.now() - began) / 1000);
  assert.ok(rate > 1 && rate <= 5, `${rate} a second`);
  assert.ok(journal.requestCancel(id).ok);
  assert.equal(await outcome(id, 10), 'cancelled');
  for (const server of ['a', 'b', 'c']) await fleet.assertClean(server);
  assert.equal((await running.ended).code, 0);
});

test('of two engines one works, and the other leaves in peace', async () => {
  const data = await fleet.subvolume('/srv/pool/two', 40);
  await fleet.snapshot(data);
  const first = engine();
  const { id } = queue(replication(data, ['b']));
  await going(['b'], id - 1, first);
  const second = await engine(60).ended;
  assert.equal(second.code, 0);
  assert.doesNotMatch(second.stderr, /began/);
  assert.equal(await outcome(id), 'ok');
  assert.equal((await first.ended).stderr.match(/ began: /g)?.length, 1);
});

test('a killed engine: the next one says so, and the next replication cleans up', async () => {
  const data = await fleet.subvolume('/srv/pool/killed', 40);
  const name = await fleet.snapshot(data);
  const first = engine();
  const broken = queue(replication(data, ['b'], 10));
  await going(['b'], broken.id - 1, first);
  first.child.kill('SIGKILL');
  await first.ended;
  const again = queue(replication(data, ['b'], null));
  const second = engine();
  assert.equal(await outcome(broken.id), 'interrupted');
  assert.equal(await outcome(again.id), 'ok');
  assert.match((await second.ended).stderr, new RegExp(`run ${broken.id} was interrupted`));
  await repairs(fleet, data, name, ['b']);
});

test('SIGTERM in the midst of it: it ends within 30 s and leaves nothing half received', async () => {
  const data = await fleet.subvolume('/srv/pool/stopped', 40);
  await fleet.snapshot(data);
  const running = engine();
  const { id } = queue(replication(data, ['b', 'c'], 10));
  await going(['b', 'c'], id - 1, running);
  const waiting = queue(replication(data, ['b']));
  // Claimed at once or not at all: what is not begun when it is told to stop stays queued.
  running.child.kill('SIGTERM');
  const began = performance.now();
  assert.equal((await running.ended).code, 0);
  assert.ok(performance.now() - began < patience(30));
  assert.equal(runOf(id).outcome, 'cancelled');
  for (const server of ['a', 'b', 'c']) await fleet.assertClean(server);
  if (runOf(waiting.id).state === 'queued') journal.requestCancel(waiting.id);
  await outcome(waiting.id);
});

test('rows that make no sense end as failed or are left alone, and the engine goes on', async () => {
  const data = await fleet.subvolume('/srv/pool/sense', 1);
  const direct = new DatabaseSync(join(state, 'journal.db'), { timeout: 5000 });
  const insert = direct.prepare(
    `INSERT INTO runs (kind, asked_by, request, state, created_at) VALUES (?, 'hand', ?, 'queued', ?) RETURNING id`,
  );
  const bad = (kind: string, request: string): number =>
    Number(insert.get(kind, request, new Date().toISOString())?.['id']);
  const garbage = bad('replication', '{"kind":');
  const other = bad('replication', JSON.stringify({ kind: 'replication', subvolume: data }));
  const unknown = bad('wash', '{"kind":"wash"}');
  const nowhere = queue(replication('/srv/pool/nowhere', ['b']));
  const nobody = queue(replication(data, ['nobody']));
  const good = queue(snapshotByHand([data]));
  const { code, stderr } = await engine().ended;
  assert.equal(code, 0, stderr);
  const rows = new Map(journalRuns(state).map((row) => [row.id, row.outcome ?? row.state]));
  assert.deepEqual(
    [garbage, other, unknown, nowhere.id, nobody.id, good.id].map((id) => rows.get(id)),
    ['failed', 'failed', 'queued', 'failed', 'failed', 'ok'],
  );
  direct.prepare('DELETE FROM runs WHERE id IN (?, ?, ?)').run(garbage, other, unknown);
  direct.close();
});

test('what is queued in the very moment the engine leaves is not lost', async () => {
  const data = await fleet.subvolume('/srv/pool/moment', 1);
  let late: Run | null = null;
  const releaseEngine: Fleet['journal']['releaseEngine'] = (holder) => {
    // Somebody queues, still sees an engine, and starts none; only then does it give its place up.
    if (late === null) {
      late = queue(snapshotByHand([data]));
      assert.notEqual(journal.currentEngine(screen.isAlive), null);
    }
    journal.releaseEngine(holder);
  };
  const leaving: Fleet = { ...screen, journal: { ...journal, releaseEngine } };
  const ended = await runEngine(leaving, { signal: AbortSignal.timeout(20_000), idleSeconds: 0.4 });
  assert.ok(ended.ok);
  assert.ok(late !== null);
  assert.equal(runOf((late as Run).id).outcome, 'ok');
  assert.equal(journal.currentEngine(screen.isAlive), null);
});

test('a journal that cannot be written is told as that, by the command and by the engine', {
  skip: process.getuid?.() !== 0 && 'only root can mount a small filesystem for it',
}, async (context) => {
  const home = join(fleet.home, 'small');
  mkdirSync(home, { mode: 0o700 });
  assert.equal((await run(['mount', '-t', 'tmpfs', '-o', 'size=4M,mode=700', 'tmpfs', home])).code, 0);
  context.after(() => run(['umount', home]));
  for (const file of ['config.json', 'known_hosts']) cpSync(join(state, file), join(home, file));
  const data = await fleet.subvolume('/srv/pool/full', 1);
  const at = ['--home', home];
  await fleet.ok([...at, 'snapshot', 'create', data]);
  const fill = () => run(['sh', '-c', 'cat /dev/zero >>"$1/filler"', 'sh', home]);
  // Held open by another process the journal can be opened and then takes no write; else it cannot even be opened.
  const other = new DatabaseSync(join(home, 'journal.db'));
  other.prepare('SELECT count(*) FROM runs').get();
  for (const when of ['held open', 'not held open']) {
    await fill();
    const { code, value, stderr } = await fleet.json<{ fault: Fault }>([...at, 'snapshot', 'create', data]);
    assert.deepEqual([code, value.fault.code], [1, 'no-space'], `${when}: ${JSON.stringify(value)}`);
    assert.match(value.fault.message, /no space left to write .*journal\.db/);
    assert.equal(stderr, '');
    const text = await fleet.run([...at, 'replicate', 'auto', data, '--to', 'b']);
    assert.equal(text.code, 1);
    assert.match(
      text.stderr,
      /^btrfleet: There is no space left to write .*\n {2}Free some space .*\(no-space\)\n$/,
    );
    const idle = await fleet.run([...at, 'engine', '--idle', '0']);
    assert.equal(idle.code, 1, idle.stderr);
    assert.match(idle.stderr, /no space left to write/);
    assert.doesNotMatch(idle.stderr, /\n\s+at /);
    if (other.isOpen) other.close();
  }
  await run(['rm', join(home, 'filler')]);
  assert.equal((await fleet.ok<unknown[]>([...at, 'run', 'list'])).length, 1);
});

test('nothing is left anywhere', async () => {
  assert.deepEqual(journal.listRuns({ state: 'running', limit: 9 }), []);
  for (const { name } of lab.servers) await fleet.assertClean(name);
});
