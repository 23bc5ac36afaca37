import assert from 'node:assert/strict';
import { once } from 'node:events';
import { hostname } from 'node:os';
import { type TestContext, test } from 'node:test';
import { snapshotByHand } from '../../../../src/core/model/runs/snapshot.ts';
import { type Holder, holderCheck, holderOf } from '../../../../src/core/state/home/holder.ts';
import { openJournal } from '../../../../src/core/state/journal/journal.ts';
import { clockAt, faultOf, must, startWorker, stateHome, workerSays } from '../fixtures/state-home.ts';

const me: Holder = { pid: 1, startTime: 1, host: 'here', bootId: 'boot' };
const other: Holder = { ...me, pid: 2 };
const alive = () => true;
const dead = () => false;

function setUp(t: TestContext) {
  const home = stateHome(t);
  const journal = must(openJournal({ home, clock: clockAt('2026-11-20T08:00:00.000Z') }));
  t.after(() => journal.close());
  return { home, journal };
}

test('locks are all or none, say who has them, and are free when released', (t) => {
  const { journal } = setUp(t);
  const owner = { holder: me, runId: 7, what: 'replication of /data to b' };
  const lock = must(journal.acquireLocks(['x', 'y', 'x'], owner, alive));
  assert.deepEqual(lock.keys, ['x', 'y']);
  const conflict = faultOf(journal.acquireLocks(['z', 'y'], { ...owner, holder: other }, alive));
  assert.equal(conflict.code, 'locked');
  assert.match(
    conflict.message,
    /^y is busy: replication of \/data to b \(run 7, pid 1 on here, since 2026-11-20T08:00:00\.000Z\)\.$/,
  );
  assert.equal(journal.acquireLocks(['y'], owner, alive).ok, false, 'the same process twice');
  const z = must(journal.acquireLocks(['z'], { ...owner, runId: null }, alive));
  lock.release();
  const again = must(journal.acquireLocks(['x', 'y'], { ...owner, holder: other }, alive));
  lock.release();
  assert.equal(journal.acquireLocks(['x'], owner, alive).ok, false, 'a late release frees nobody else');
  again.release();
  z.release();
});

test('what the dead held is taken over', (t) => {
  const { journal } = setUp(t);
  must(journal.acquireLocks(['x'], { holder: me, runId: null, what: 'w' }, alive));
  must(
    journal.acquireLocks(['x'], { holder: other, runId: null, what: 'w' }, (holder) => holder.pid !== me.pid),
  );
  assert.match(
    faultOf(journal.acquireLocks(['x'], { holder: me, runId: null, what: 'w' }, alive)).message,
    /pid 2/,
  );
});

test('rows of the dead go when anybody takes a lock; only when the scheduler was last seen stays', (t) => {
  const { journal } = setUp(t);
  const isAlive = (holder: Holder) => holder.pid !== me.pid;
  for (const key of ['cleanup of /data', 'scheduler'])
    must(journal.acquireLocks([key], { holder: me, runId: null, what: 'w' }, alive));
  must(journal.acquireLocks(['mine'], { holder: other, runId: null, what: 'w' }, isAlive));
  const left = (key: string) => journal.lockBeat(key) !== null;
  assert.deepEqual(['cleanup of /data', 'scheduler', 'mine'].map(left), [false, true, true]);
});

test('who holds a lock, and since when; a dead one holds nothing', (t) => {
  const { journal } = setUp(t);
  assert.equal(journal.lockHolder('x', alive), null);
  const lock = must(journal.acquireLocks(['x'], { holder: me, runId: null, what: 'the schedule' }, alive));
  const held = { holder: me, what: 'the schedule', since: '2026-11-20T08:00:00.000Z' };
  assert.deepEqual(journal.lockHolder('x', alive), held);
  assert.equal(journal.lockHolder('y', alive), null);
  assert.equal(journal.lockHolder('x', dead), null);
  lock.release();
  assert.equal(journal.lockHolder('x', alive), null);
});

test('which locks of a kind are held; a dead one holds nothing', (t) => {
  const { journal } = setUp(t);
  const keys = ['delete on a:22, run 7', 'delete on %:22, run 8'];
  const locks = keys.map((key) =>
    must(journal.acquireLocks([key], { holder: me, runId: 7, what: 'w' }, alive)),
  );
  const held = (prefix: string, lives: () => boolean = alive) => journal.heldLocks(prefix, lives);
  const [first] = held('delete on a:22, ');
  assert.deepEqual(
    [first?.key, first?.runId, first?.holder, first?.what, first?.since],
    [keys[0], 7, me, 'w', '2026-11-20T08:00:00.000Z'],
  );
  assert.deepEqual(
    ['delete on a:22, ', 'delete on a:2, ', '%', 'a:22'].map((prefix) => held(prefix).length),
    [1, 0, 0, 0],
  );
  assert.deepEqual(held('delete on a:22, ', dead), []);
  for (const lock of locks) lock.release();
  assert.deepEqual(held('delete on a:22, '), []);
});

test('there is one engine', (t) => {
  const { journal } = setUp(t);
  assert.equal(journal.currentEngine(alive), null);
  must(journal.takeEngine(me, alive));
  must(journal.takeEngine(me, alive));
  assert.deepEqual(journal.currentEngine(alive), me);
  assert.match(faultOf(journal.takeEngine(other, alive)).message, /pid 1 on here/);
  journal.releaseEngine(other);
  assert.deepEqual(journal.currentEngine(alive), me);
  assert.equal(journal.currentEngine(dead), null);
  must(journal.takeEngine(other, dead));
  journal.releaseEngine(other);
  assert.equal(journal.currentEngine(alive), null);
});

test('a killed engine leaves nothing that stays: its run, its locks, its place', async (t) => {
  const { home, journal } = setUp(t);
  const site = { host: 'here', proc: '/proc', clock: { now: () => Date.now() } };
  const isAlive = holderCheck(site);
  const mine = holderOf(process.pid, site);
  const owner = { holder: mine, runId: null, what: 'w' };
  const request = snapshotByHand(['/data']);
  journal.createRun({ request, trigger: 'hand', state: 'queued', holder: me });
  const worker = startWorker('beEngine', home);
  await workerSays(worker, 'running');
  assert.equal(journal.currentEngine(isAlive)?.pid, worker.pid);
  assert.deepEqual(journal.interruptDeadRuns(isAlive), []);
  assert.equal(journal.takeEngine(mine, isAlive).ok, false);
  assert.equal(journal.acquireLocks(['/data → b'], owner, isAlive).ok, false);
  worker.kill('SIGKILL');
  await once(worker, 'exit');
  assert.equal(journal.currentEngine(isAlive), null);
  assert.deepEqual(
    journal.interruptDeadRuns(isAlive).map(({ outcome }) => outcome),
    ['interrupted'],
  );
  must(journal.takeEngine(mine, isAlive));
  must(journal.acquireLocks(['/data → b'], owner, isAlive));
});

test('knows itself alive, a reused pid dead, and does not guess about what it cannot see', () => {
  const clock = clockAt('2026-11-20T08:00:00.000Z');
  const site = { host: hostname(), proc: '/proc', clock };
  const isAlive = holderCheck(site);
  const now = '2026-11-20T08:00:00.000Z';
  const mine = holderOf(process.pid, site);
  const gone = { ...mine, pid: 2 ** 22 + 1 };
  for (const [title, holder, seenAt, want] of [
    ['itself', mine, now, true],
    ['a pid that is not there', gone, now, false],
    ['the same pid, started at another time', { ...mine, startTime: 5 }, now, false],
    ['before a reboot', { ...mine, bootId: 'another' }, now, false],
    ['in another container, seen lately', { ...gone, host: 'box' }, now, true],
    ['in another container, not seen for long', { ...gone, host: 'box' }, '2026-11-20T07:49:00.000Z', false],
    ['here, after the host was renamed', { ...mine, host: 'box' }, '2026-11-20T07:00:00.000Z', true],
  ] as const) {
    assert.equal(isAlive(holder, seenAt), want, title);
  }
  const bare = { ...site, proc: '/nonexistent' };
  assert.equal(holderCheck(bare)(holderOf(process.pid, bare), now), true);
  assert.equal(holderCheck(bare)({ ...gone, startTime: null, bootId: null }, now), false);
});
