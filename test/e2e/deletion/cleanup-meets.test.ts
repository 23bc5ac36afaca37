/** A clean-up and what other runs do beside it: what they changed since it was planned counts, and what they have not said. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { CleanupReport } from '../../../src/core/model/runs/cleanup.ts';
import type { DeletedSnapshot } from '../../../src/core/model/runs/deletion.ts';
import { patience, slowRate } from '../../patience.ts';
import { eventually, type ReplicationDocument, type Running, TestFleet } from '../fleet/fleet.ts';
import { namesIn, poolDirectory } from '../fleet/rounds.ts';
import { journalRuns, newestRun, pinnedBy, underWay } from '../fleet/transfers.ts';

const fleet = await TestFleet.anywhere('cleanup-meets', { servers: 2, enrol: false });
const { lab } = fleet;
// Each command to the primary takes its time, as on a busy disk.
await fleet.enrolSlow('a', 'a', { delayMs: 60 });
await fleet.enrol('b');
// The same machine at another address.
await fleet.enrolSlow('b2', 'b', {});

const state = `${fleet.home}/state`;

/** `index` days after new year's day 2026. */
const day = (index: number): string => new Date(Date.UTC(2026, 0, 1 + index)).toISOString();

/** Makes snapshots by hand as btrfleet would have made them at these times. */
async function past(subvolume: string, names: readonly string[]): Promise<void> {
  await lab.must('a', ['mkdir', '-p', poolDirectory(subvolume)]);
  const script = `for name; do btrfs subvolume snapshot -r "$0" "${poolDirectory(subvolume)}/$name"; done`;
  await lab.must('a', ['sh', '-c', script, subvolume, ...names]);
}

const there = (subvolume: string, server = 'a'): Promise<string[]> =>
  namesIn(fleet, server, poolDirectory(subvolume));

const reasons = (report: CleanupReport, name: string): readonly string[] =>
  report.kept.find((one) => one.name === name)?.reasons ?? [];

/**
 * Cleans up many on the primary, more than go in one go; meanwhile the last but one is sent, and the base of before removed
 * from b. The clean-up stands still until it is asked for its report.
 */
async function movedMeanwhile(path: string) {
  const all = Array.from({ length: 200 }, (_, index) => day(index));
  const [first = '', second = ''] = all;
  const [sent = '', newest = ''] = all.slice(-2);
  await past(path, all);
  await fleet.replicateOne('full', path, first, '--to', 'b');
  const cleaning = fleet.start(['snapshot', 'cleanup', path, '--last', '1', '--yes', '--json']);
  await eventually(async () => assert.ok(!(await there(path)).includes(second)));
  cleaning.child.kill('SIGSTOP');
  after(() => cleaning.child.kill('SIGKILL'));
  await fleet.replicateOne('auto', path, '--snapshot', sent, '--to', 'b');
  const onTarget = await fleet.ok<CleanupReport>([
    ...['snapshot', 'cleanup', path, '--server', 'b', '--last', '1', '--yes'],
  ]);
  assert.deepEqual(
    onTarget.deleted.map(({ name }) => name),
    [first],
  );
  assert.equal(cleaning.child.exitCode, null, 'it was over too soon');
  return { cleaning, sent, newest };
}

async function reported({ child, ended }: Running): Promise<CleanupReport> {
  child.kill('SIGCONT');
  const { code, stdout, stderr } = await ended;
  assert.equal(code, 0, stdout + stderr);
  return JSON.parse(stdout) as CleanupReport;
}

/** Or it was met while it was being sent: several are looked at together. */
function assertBase(report: CleanupReport, name: string, ...says: readonly string[]): void {
  const why = reasons(report, name).join(', ');
  assert.ok([...says, 'in use by a running job'].includes(why), why);
}

test('what was sent while a long clean-up was at work is the base from then on, and stays', async () => {
  const path = await fleet.subvolume('/srv/pool/long');
  const { cleaning, sent, newest } = await movedMeanwhile(path);
  const report = await reported(cleaning);
  assert.deepEqual([report.failed, report.deleted.length >= 196], [[], true]);
  assertBase(report, sent, 'base for b, base for b2');
  assert.deepEqual([(await there(path)).slice(-2), await there(path, 'b')], [[sent, newest], [sent]]);
  const next = await fleet.replicateOne('auto', path, '--to', 'b');
  assert.deepEqual([next.status, next.mode, next.base], ['ok', 'incremental', sent]);
});

test('so it does when the target is down by then: what was sent there is remembered', async () => {
  const path = await fleet.subvolume('/srv/pool/down');
  const { cleaning, sent } = await movedMeanwhile(path);
  await lab.kill('b');
  const report = await reported(cleaning).finally(() => lab.start('b'));
  assert.deepEqual(report.failed, []);
  assertBase(report, sent, 'base for b, base for b2', 'base for b');
  assert.ok((await there(path)).includes(sent));
});

test('what has just begun holds nothing up, and sends what is left', async () => {
  const path = await fleet.subvolume('/srv/pool/begun');
  const all = [0, 1, 2, 3].map(day);
  const [first = '', , , last = ''] = all;
  await past(path, all);
  await fleet.replicateOne('full', path, first, '--to', 'b');
  const before = newestRun(state);
  const replication = fleet.start(['replicate', 'auto', path, '--all', '--to', 'b', '--json']);
  await eventually(() => assert.ok(newestRun(state) > before));
  replication.child.kill('SIGSTOP');
  after(() => replication.child.kill('SIGKILL'));
  assert.deepEqual(pinnedBy(state, newestRun(state)), [], 'it has chosen already');
  const cleanup = ['snapshot', 'cleanup', path, '--last', '1'];
  const asked = await fleet.ok<CleanupReport>([...cleanup, '--dry-run']);
  const done = await fleet.ok<CleanupReport>([...cleanup, '--yes']);
  assert.deepEqual(done, asked);
  assert.deepEqual(await there(path), [first, last]);
  replication.child.kill('SIGCONT');
  const { code, stdout } = await replication.ended;
  const { results } = JSON.parse(stdout) as ReplicationDocument;
  assert.deepEqual(
    [code, results.map(({ status, base, snapshot }) => [status, base, snapshot])],
    [
      0,
      [
        ['already-there', null, first],
        ['ok', first, last],
      ],
    ],
  );
});

test('what a run at work uses is not deleted by hand; once its process died, it holds nothing up', async () => {
  const path = await fleet.subvolume('/srv/pool/dies', 80);
  const all = [0, 1, 2, 3].map(day);
  const [first = '', second = '', third = '', last = ''] = all;
  await past(path, all);
  const words = ['replicate', 'auto', path, '--all', '--snapshot', third, '--to', 'b', '--json'];
  const replication = fleet.start([...words, '--rate', slowRate(4)]);
  after(() => replication.child.kill('SIGKILL'));
  await underWay(state, ['b'], { running: replication });
  const { id } = journalRuns(state).at(-1) ?? assert.fail();
  const deletion = ['snapshot', 'delete', path, second, last];
  const shown = await fleet.json<DeletedSnapshot[]>([...deletion, '--dry-run']);
  assert.deepEqual(
    shown.value.map(({ status, fault: why }) => [status, why?.code ?? null]),
    [
      ['failed', 'locked'],
      ['planned', null],
    ],
  );
  const refused = await fleet.json<DeletedSnapshot[]>([...deletion, '--yes']);
  assert.deepEqual(
    [refused.code, refused.value.map(({ status, fault: why }) => [status, why?.code ?? null])],
    [
      1,
      [
        ['failed', 'locked'],
        ['deleted', null],
      ],
    ],
  );
  assert.match(refused.value[0]?.fault?.message ?? '', new RegExp(`is in use by run ${id}\\.$`));
  assert.deepEqual(await there(path), [first, second, third]);
  replication.child.kill('SIGKILL');
  await replication.ended;
  const killedAt = Date.now();
  const done = await fleet.ok<CleanupReport>(['snapshot', 'cleanup', path, '--last', '1', '--yes']);
  assert.ok(Date.now() - killedAt < patience(30), 'it waited for a dead process');
  assert.deepEqual([done.failed, pinnedBy(state, id)], [[], []]);
  assert.deepEqual(await there(path), [third]);
});

test('what a server receives is in use there, whatever address the clean-up reaches it by', async () => {
  const path = await fleet.subvolume('/srv/pool/alias');
  const [first = '', second = '', last = ''] = [0, 1, 2].map(day);
  await past(path, [first, second]);
  await fleet.replicate('auto', path, '--all', '--to', 'b');
  await lab.must('a', ['dd', 'if=/dev/urandom', `of=${path}/more`, 'bs=1M', 'count=20', 'status=none']);
  await past(path, [last]);
  const running = fleet.start([
    ...[
      'replicate',
      'incremental',
      path,
      last,
      '--base',
      first,
      '--to',
      'b',
      '--rate',
      slowRate(2),
      '--json',
    ],
  ]);
  await underWay(state, ['b'], { running });
  const done = await fleet.ok<CleanupReport>([
    ...['snapshot', 'cleanup', path, '--server', 'b2', '--last', '1', '--yes'],
  ]);
  assert.equal(running.child.exitCode, null, 'the transfer is over');
  assert.deepEqual(reasons(done, first), ['in use by a running job']);
  assert.equal((await running.ended).code, 0);
});
