/** Runs that use snapshots and runs that delete them, on a real journal: whoever meets whom, nothing that is used is deleted. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { fault } from '../../../../src/core/model/fault.ts';
import { awaitDeletions, claimed } from '../../../../src/core/run/ground/pins.ts';
import { JournalFailure } from '../../../../src/core/state/journal/database.ts';
import type { Claim } from '../../../../src/core/state/journal/pins.ts';
import { faultOf, must } from '../../state/fixtures/state-home.ts';
import { at, claimsOn, doom, pin } from '../fixtures/claims.ts';

const never = new AbortController().signal;

function setUp(t: TestContext) {
  const world = claimsOn(t);
  const { journal, isAlive } = world;
  const notes: unknown[] = [];
  const emit = (event: { readonly type: string }): void =>
    void notes.push('message' in event && event.message);
  const wait = (met: readonly Claim[], signal = never) =>
    awaitDeletions(met, () => 'b', { fleet: { journal, isAlive } as never, signal, emit });
  return { ...world, notes, wait };
}

test('who waits says so, and waits for those deletions alone', async (t) => {
  const { journal, begin, notes, wait } = setUp(t);
  const [first, second] = [begin(), begin()];
  doom(journal, first, ['x']);
  doom(journal, second, ['y']);
  const met = must(pin(journal, begin(), ['x', 'y', 'z']));
  assert.equal(met.length, 2);
  let isDone = false;
  const waiting = wait(met).finally(() => {
    isDone = true;
  });
  journal.lift(first);
  // The next of the first one is none of those.
  doom(journal, first, ['w']);
  await nextTurn();
  assert.equal(isDone, false);
  journal.lift(second);
  assert.equal(await waiting, null);
  assert.deepEqual(notes, ['waiting until a snapshot on b is deleted']);
});

test('a dead process deletes nothing, and who cancels does not wait', async (t) => {
  const { journal, begin, dead, notes, wait } = setUp(t);
  doom(journal, begin(2), ['x']);
  doom(journal, begin(3), ['y']);
  const met = must(pin(journal, begin(), ['x', 'y']));
  dead.add(2);
  const cancel = new AbortController();
  const waiting = wait(met, cancel.signal);
  cancel.abort();
  assert.equal((await waiting)?.code, 'cancelled');
  dead.add(3);
  assert.equal(await wait(met), null);
  assert.equal(notes.length, 1);
});

test('a journal that is busy when a dead process is to be told does not end the wait', async (t) => {
  const { journal, begin, dead, isAlive } = claimsOn(t);
  doom(journal, begin(2), ['x']);
  const met = must(pin(journal, begin(), ['x']));
  dead.add(2);
  let busy = 3;
  const interruptDeadRuns: typeof journal.interruptDeadRuns = (alive) => {
    busy -= 1;
    if (busy >= 0) throw new JournalFailure(fault('locked', 'busy', 'h'));
    return journal.interruptDeadRuns(alive);
  };
  const fleet = { journal: { ...journal, interruptDeadRuns }, isAlive } as never;
  assert.equal(await awaitDeletions(met, () => null, { fleet, signal: never, emit: () => {} }), null);
  assert.deepEqual([busy, journal.doomed()], [-1, []]);
});

test('what is over already is not waited for', async (t) => {
  const { journal, begin, notes, wait } = setUp(t);
  const deleting = begin();
  doom(journal, deleting, ['x']);
  journal.lift(deleting);
  const met = must(pin(journal, begin(), ['x'], 1));
  assert.equal(met.length, 1);
  doom(journal, begin(), ['q']);
  assert.equal(await wait(met), null);
  assert.deepEqual(notes, []);
});

test('a deletion that does not end is a fault that says whose it is, and may be tried again', async (t) => {
  const { journal, begin, wait } = setUp(t);
  const deleting = begin();
  doom(journal, deleting, ['x']);
  const met = must(pin(journal, begin(), ['x']));
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let isDone = false;
  const waiting = wait(met).finally(() => {
    isDone = true;
  });
  for (let second = 0; second <= 550 && !isDone; second += 0.05) {
    await nextTurn();
    t.mock.timers.tick(50);
  }
  t.mock.timers.reset();
  const why = await waiting;
  assert.deepEqual([why?.code, why?.server, why?.retry], ['locked', 'b', true]);
  assert.match(
    why?.message ?? '',
    new RegExp(`since 2026-11-20T12:00:00.000Z \\(run ${deleting}, pid 1 on manager\\)`),
  );
});

test('where the journal takes no pin it is told why, and a dead run holds nobody up', async (t) => {
  const { journal, isAlive, begin, dead } = setUp(t);
  const fleet = { journal, isAlive } as never;
  const busy = new JournalFailure(fault('locked', 'busy', 'h'));
  const refused = { fleet, patiently: () => Promise.reject(busy) };
  assert.equal(faultOf(await claimed(refused, () => assert.fail('it was asked'))).message, 'busy');
  must(pin(journal, begin(2), ['x']));
  dead.add(2);
  const context = { fleet, patiently: async <T>(write: () => T) => write() };
  const deleting = begin();
  const doomed = await claimed(context, (now) =>
    now.doom(deleting, { wanted: [at('x')], restsOn: [], since: now.moves() }),
  );
  assert.deepEqual(must(doomed), { kind: 'doomed', pinned: new Map() });
});
