/** What a restore takes, on a real journal: it is pinned or being deleted, never both, and nothing else counts. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { fault } from '../../../../src/core/model/fault.ts';
import { pinTaken } from '../../../../src/core/run/restore/pin-taken.ts';
import { JournalFailure } from '../../../../src/core/state/journal/database.ts';
import { must } from '../../state/fixtures/state-home.ts';
import { at, claimsOn, doom } from '../fixtures/claims.ts';

const request = {
  ...{ subvolume: '/data', server: 'a', filesystem: 'fs', inside: 'data', live: null, moveNested: false },
  ...{ from: { name: 's', uuid: 'x' }, at: '2026-11-20T08:00:00.000Z' },
};

function setUp(t: TestContext) {
  const world = claimsOn(t);
  const { journal, isAlive, begin } = world;
  const runId = begin();
  const patiently = async <T>(write: () => T) => write();
  const context = { fleet: { journal, isAlive } as never, runId, patiently };
  const pinned = () => journal.pinned().map(({ origin, filesystem, run }) => [origin, filesystem, run]);
  return { ...world, runId, context, pinned, take: () => pinTaken(request, at('x'), context) };
}

test('who wants to delete it is told of the restore, until that is over', async (t) => {
  const { journal, begin, end, runId, pinned, take } = setUp(t);
  assert.equal(await take(), null);
  assert.deepEqual(pinned(), [['x', 'fs', runId]]);
  const deleting = begin();
  assert.deepEqual(must(doom(journal, deleting, ['x', 'y'])), {
    kind: 'doomed',
    pinned: new Map([[0, runId]]),
  });
  end(runId);
  assert.deepEqual(pinned(), []);
});

test('what is being deleted is a fault that names the run, and is not pinned; what was left is', async (t) => {
  const { journal, begin, runId, pinned, take } = setUp(t);
  const deleting = begin();
  doom(journal, deleting, ['x']);
  const why = await take();
  assert.deepEqual([why?.code, why?.server, why?.retry], ['locked', 'a', true]);
  assert.equal(why?.message, `s on a is being deleted by run ${deleting}. Nothing was done.`);
  assert.deepEqual(pinned(), []);
  journal.lift(deleting);
  assert.equal(await take(), null);
  assert.deepEqual(pinned(), [['x', 'fs', runId]]);
});

test('a deletion of another one, or elsewhere, or by a dead process does not matter', async (t) => {
  const { journal, begin, dead, take } = setUp(t);
  journal.doom(begin(), { wanted: [at('y'), at('x', 'other')], restsOn: [], since: journal.moves() });
  doom(journal, begin(2), ['x']);
  dead.add(2);
  assert.equal(await take(), null);
});

test('an older program may be deleting it, which is told as what it is', async (t) => {
  const { journal, begin, pinned, take } = setUp(t);
  journal.doom(begin(), { wanted: [at('', '')], restsOn: [], since: journal.moves() });
  assert.match(
    (await take())?.message ?? '',
    /of an older btrfleet is deleting snapshots, and s on a may be/,
  );
  assert.deepEqual(pinned(), []);
});

test('where the journal takes no pin, it is told why', async (t) => {
  const { context } = setUp(t);
  const busy = new JournalFailure(fault('locked', 'busy', 'h'));
  const why = await pinTaken(request, at('x'), { ...context, patiently: () => Promise.reject(busy) });
  assert.equal(why?.message, 'busy');
});
