/** What is compared, on a real journal: both sides are pinned until it is over, or one is being deleted. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { pinCompared } from '../../../../src/core/run/verify/pin-compared.ts';
import type { Side } from '../../../../src/core/run/verify/side.ts';
import { must } from '../../state/fixtures/state-home.ts';
import { claimsOn, doom } from '../fixtures/claims.ts';

function setUp(t: TestContext) {
  const world = claimsOn(t);
  const { journal, isAlive, begin } = world;
  const runId = begin();
  const patiently = async <T>(write: () => T) => write();
  const side = (filesystem: string, moves = journal.moves()) =>
    ({ filesystem, moves, entry: { uuid: `${filesystem}-uuid`, receivedUuid: 'x' } }) as Side;
  const context = { fleet: { journal, isAlive } as never, runId, patiently };
  const pinned = () => journal.pinned().map(({ origin, filesystem, run }) => [origin, filesystem, run]);
  const take = (...sides: Side[]) => pinCompared(sides, context);
  return { ...world, runId, side, pinned, take };
}

test('who wants to delete either is told of the comparison, until that is over', async (t) => {
  const { journal, begin, end, runId, side, pinned, take } = setUp(t);
  assert.equal(await take(side('fs'), side('there')), null);
  assert.deepEqual(pinned().toSorted(), [
    ['x', 'fs', runId],
    ['x', 'there', runId],
  ]);
  assert.deepEqual(must(doom(journal, begin(), ['x'])), { kind: 'doomed', pinned: new Map([[0, runId]]) });
  end(runId);
  assert.deepEqual(pinned(), []);
});

test('what is being deleted, or was since it was looked at, is a fault that names the run', async (t) => {
  const { journal, begin, side, take } = setUp(t);
  const before = journal.moves();
  const deleting = begin();
  doom(journal, deleting, ['x']);
  const why = await take(side('there'), side('fs'));
  assert.deepEqual([why?.code, why?.retry], ['locked', true]);
  assert.match(why?.message ?? '', new RegExp(`^Run ${deleting} deletes`));
  journal.lift(deleting);
  assert.equal((await take(side('fs', before)))?.code, 'locked');
  assert.equal(await take(side('fs')), null);
});
