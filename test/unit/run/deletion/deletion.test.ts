/** A deletion is said in the journal before it is made: what runs use stays, and an old plan is not carried out. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { fault } from '../../../../src/core/model/fault.ts';
import { failed } from '../../../../src/core/model/result.ts';
import type { Snapshot } from '../../../../src/core/model/snapshot.ts';
import { deletePlanned } from '../../../../src/core/run/deletion/delete-snapshots.ts';
import { AT_ONCE } from '../../../../src/core/run/deletion/delete-together.ts';
import { deleteUnpinned, onBothSides } from '../../../../src/core/run/deletion/deletion.ts';
import type { DriverContext } from '../../../../src/core/run/ground/driver.ts';
import { lenientJournal } from '../../../../src/core/run/ground/lenient-journal.ts';
import { owedWrites } from '../../../../src/core/run/ground/owed-writes.ts';
import { createConfigStore } from '../../../../src/core/state/config/store.ts';
import { JournalFailure } from '../../../../src/core/state/journal/database.ts';
import type { Journal } from '../../../../src/core/state/journal/journal.ts';
import { faultOf, must } from '../../state/fixtures/state-home.ts';
import { claimsOn, doom, pin } from '../fixtures/claims.ts';

const chosen = (...ids: string[]) =>
  ids.map((id) => ({
    name: id,
    snapshot: { name: id, uuid: id, originId: id, path: `/pool/${id}`, state: 'complete' } as Snapshot,
    filesystem: 'fs',
  }));

/** On a server that says to every command that it is not there, but not before `answer` is over. */
function setUp(t: TestContext, over: (journal: Journal) => Journal = (journal) => journal) {
  const world = claimsOn(t);
  const { home, isAlive } = world;
  const journal = over(world.journal);
  const answer = Promise.withResolvers<void>();
  const asked: unknown[] = [];
  const run = async () => {
    asked.push(world.journal.doomed().map(({ origin }) => origin));
    await answer.promise;
    return failed(fault('unreachable', 'm', 'h'));
  };
  const host = { server: { name: 'b' }, facts: { sudo: [], sudoers: [] }, run } as never;
  const fleet = { journal, isAlive, config: createConfigStore(home), nonce: () => 'n' };
  const signal = new AbortController().signal;
  const patiently = async <T>(write: () => T) => write();
  const contextOf = (runId: number) =>
    ({ fleet, runId, signal, patiently, emit: () => {} }) as unknown as DriverContext;
  const plan = (...bases: readonly string[]) => ({
    host,
    since: world.journal.moves(),
    restsOn: bases.map(onBothSides),
  });
  return { ...world, contextOf, plan, asked, answer: answer.resolve };
}

test('what a run uses stays and is told with the run; the others are said to go, as long as they are at it', async (t) => {
  const { journal, begin, contextOf, plan, asked, answer } = setUp(t);
  const [using, deleting] = [begin(), begin()];
  must(pin(journal, using, ['y']));
  const ending = deleteUnpinned(plan(), chosen('x', 'y', 'z'), contextOf(deleting), true);
  answer();
  const ends = must(await ending);
  assert.ok(ends !== 'moved');
  assert.deepEqual(
    ends.map((end) => ('pinnedBy' in end ? end.pinnedBy : [end.name, end.status, end.fault?.code])),
    [['x', 'failed', 'unreachable'], using, ['z', 'failed', 'unreachable']],
  );
  assert.deepEqual(asked, [['x', 'z']]);
  assert.deepEqual(journal.doomed(), []);
});

test('where others delete what the plan rests on it waits for them, deletes nothing, and is to be planned again', async (t) => {
  const { journal, begin, contextOf, plan, asked } = setUp(t);
  const [other, deleting] = [begin(), begin()];
  const planned = plan('base');
  must(doom(journal, other, ['base']));
  let isDone = false;
  const ending = deleteUnpinned(planned, chosen('x'), contextOf(deleting), true).finally(() => {
    isDone = true;
  });
  await new Promise(setImmediate);
  assert.equal(isDone, false);
  journal.lift(other);
  assert.equal(must(await ending), 'moved');
  assert.equal(must(await deleteUnpinned(planned, chosen('x'), contextOf(deleting), true)), 'moved');
  assert.deepEqual(asked, []);
});

test('by hand, a deletion that does not end is waited for once, and told of all that is left', async (t) => {
  let asked = 0;
  const stuck = fault('locked', 'it does not end', 'h');
  const { begin, contextOf, plan } = setUp(t, (real) => ({
    ...real,
    doom: () => {
      asked += 1;
      return failed(stuck);
    },
  }));
  const names = Array.from({ length: 2 * AT_ONCE + 1 }, (_, index) => `x${index}`);
  const last = fault('last-base', 'm', 'h');
  const rows = chosen(...names).map(({ name, snapshot }, index) => {
    const isLast = index === AT_ONCE;
    return { name, snapshot, fault: isLast ? last : null, isLast, lastBaseOf: isLast ? ['b'] : [] };
  });
  const planned = { ...plan('base'), rows, filesystemOf: () => 'fs', unknown: [] };
  const results = await deletePlanned(planned, contextOf(begin()));
  assert.deepEqual(
    results.map(({ name, status, fault: why }) => [name, status, why]),
    names.map((name, index) => [name, 'failed', index === AT_ONCE ? last : stuck]),
  );
  assert.equal(asked, 1);
});

test('a process that stood still between saying and doing does not delete what others may use by then', async (t) => {
  const { journal, isAlive, begin, dead, contextOf, plan, asked, answer } = setUp(t);
  const run = begin(2);
  const ending = deleteUnpinned(plan(), chosen('x'), contextOf(run), true);
  dead.add(2);
  journal.interruptDeadRuns(isAlive);
  answer();
  await ending;
  const late = await deleteUnpinned(plan(), chosen('x'), contextOf(run), true);
  assert.equal(faultOf(late).code, 'interrupted');
  assert.equal(asked.length, 1);
});

test('an end that the journal did not take is made up for, and the next deletion is not ended by it', async (t) => {
  let isBusy = true;
  const owed = owedWrites();
  const { journal, begin, contextOf, plan, answer } = setUp(t, (real) =>
    lenientJournal(
      {
        ...real,
        lift: (run) => {
          if (isBusy) throw new JournalFailure(fault('locked', 'busy', 'h'));
          real.lift(run);
        },
      },
      owed,
    ),
  );
  answer();
  const context = contextOf(begin());
  const deleteOnce = () => deleteUnpinned(plan(), chosen('x'), context, true);
  assert.notEqual(must(await deleteOnce()), 'moved');
  assert.equal(journal.doomed().length, 1);
  assert.equal(faultOf(await deleteOnce()).message, 'busy');
  isBusy = false;
  must(await deleteOnce());
  assert.equal(journal.doomed().length, 0);
});
