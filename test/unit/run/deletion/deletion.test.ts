/** A clean-up and a replication that meet: one of them sees the other. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { fault } from '../../../../src/core/model/fault.ts';
import { ok } from '../../../../src/core/model/result.ts';
import { deleting, lookPastDeletions, type Seen } from '../../../../src/core/run/deletion/deletion.ts';
import type { Fleet } from '../../../../src/core/run/ground/fleet.ts';
import { lenientJournal } from '../../../../src/core/run/ground/lenient-journal.ts';
import { owedWrites } from '../../../../src/core/run/ground/owed-writes.ts';
import { patiently } from '../../../../src/core/run/ground/patiently.ts';
import { JournalFailure } from '../../../../src/core/state/journal/database.ts';
import type { Journal } from '../../../../src/core/state/journal/journal.ts';
import { faultOf, must, server } from '../../state/fixtures/state-home.ts';
import { HOLDER, knownFleet, secondary, time } from '../fixtures/known-fleet.ts';

const never = new AbortController().signal;
const once = patiently({ signal: never, seconds: 0, onWait: () => {} });

/** Servers are looked at as often as `looks` says, and what is seen there never changes. */
function setUp(t: TestContext) {
  const fleet = { ...knownFleet(t), holder: HOLDER, isAlive: () => true } as unknown as Fleet;
  const notes: string[] = [];
  const looks: string[] = [];
  const emit = (event: { readonly type: string }): void => {
    if ('message' in event) notes.push(String(event.message));
  };
  const look = (_: unknown, name: string) => {
    looks.push(name);
    return Promise.resolve(ok({ inventory: secondary(name, '11:00:00', '') } as Seen));
  };
  const lookFor = (uuids: readonly string[], name = 'b', signal = never, on = fleet) =>
    lookPastDeletions({ fleet: on, signal, emit }, name, () => new Set(uuids), look as never);
  return { fleet, notes, looks, lookFor };
}

/** A deletion of that snapshot on b, by the run of that number, until it is ended. */
function deletion(fleet: Fleet, uuid: string, runId: number) {
  const end = Promise.withResolvers<void>();
  const done = deleting({ fleet, runId, patiently: once }, server('b'), [uuid], () => end.promise);
  return { end: () => end.resolve(), done };
}

test('who chooses from what is being deleted looks again once it is gone; nobody else waits', async (t) => {
  const { fleet, notes, looks, lookFor } = setUp(t);
  // Two clean-ups do not keep each other back.
  const deletions = ['x', 'y'].map((uuid, index) => deletion(fleet, uuid, 7 + index));
  must(await lookFor(['z']));
  must(await lookFor(['x'], 'c'));
  assert.deepEqual([looks, notes], [['b', 'c'], []]);
  let isDone = false;
  const waiting = lookFor(['x', 'y', 'z']).then((seen) => {
    isDone = true;
    return seen;
  });
  for (const { end, done } of deletions) {
    await nextTurn();
    assert.equal(isDone, false);
    end();
    must(await done);
  }
  must(await waiting);
  assert.deepEqual(looks, ['b', 'c', 'b', 'b']);
  assert.deepEqual(notes, ['waiting until a snapshot on b is deleted']);
});

test('a clean-up of many is waited for no longer than its one deletion', async (t) => {
  const { fleet, looks, lookFor } = setUp(t);
  const first = deletion(fleet, 'x', 7);
  const waiting = lookFor(['x', 'y']);
  first.end();
  must(await first.done);
  // The next one sees the replication, and is none that this look knows of.
  const second = deletion(fleet, 'w', 7);
  must(await waiting);
  assert.deepEqual(looks, ['b', 'b']);
  second.end();
  must(await second.done);
});

test('a dead process deletes nothing, and who cancels does not wait', async (t) => {
  const { fleet, lookFor } = setUp(t);
  await deleting({ fleet, runId: 7, patiently: once }, server('b'), ['x'], async () => {
    must(await lookFor(['x'], 'b', never, { ...fleet, isAlive: () => false }));
    const cancel = new AbortController();
    const waiting = lookFor(['x'], 'b', cancel.signal);
    cancel.abort();
    assert.equal((await waiting).ok, false);
  });
});

test('a deletion that does not end is a fault that says whose it is, and may be tried again', async (t) => {
  const { fleet, lookFor } = setUp(t);
  const stuck = deletion(fleet, 'x', 7);
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let isDone = false;
  const waiting = lookFor(['x']).finally(() => {
    isDone = true;
  });
  for (let second = 0; second <= 550 && !isDone; second += 0.05) {
    await nextTurn();
    t.mock.timers.tick(50);
  }
  t.mock.timers.reset();
  const why = faultOf(await waiting);
  assert.deepEqual([why.code, why.server, why.retry], ['locked', 'b', true]);
  assert.match(why.message, new RegExp(`since ${time('12:00:00')} \\(run 7, pid 1 on manager\\)`));
  stuck.end();
  must(await stuck.done);
});

test('a release that the journal did not take is made up for, and the next deletion is not held by itself', async (t) => {
  const { fleet } = setUp(t);
  let isBusy = true;
  const whenFree = (release: () => void) => (): void => {
    if (isBusy) throw new JournalFailure(fault('locked', 'busy', 'h'));
    release();
  };
  const busy: Journal = {
    ...fleet.journal,
    acquireLocks: (...words) => {
      const lock = fleet.journal.acquireLocks(...words);
      return lock.ok ? ok({ ...lock.value, release: whenFree(lock.value.release) }) : lock;
    },
  };
  const owed = owedWrites();
  const journal = lenientJournal(busy, owed);
  const context = { fleet: { ...fleet, journal }, runId: 7, patiently: once };
  const held = (): number => fleet.journal.heldLocks('delete on ', () => true).length;
  const deleteOnce = () => deleting(context, server('b'), ['x'], () => Promise.resolve('deleted'));
  assert.equal(must(await deleteOnce()), 'deleted');
  assert.equal(held(), 1);
  assert.equal(faultOf(await deleteOnce()).message, 'busy');
  isBusy = false;
  assert.equal(must(await deleteOnce()), 'deleted');
  assert.equal(held(), 0);
});
