import assert from 'node:assert/strict';
import test from 'node:test';
import { fewAtOnce } from '../../../../src/core/run/ground/few-at-once.ts';

for (const [items, count, most] of [
  [0, 2, 0],
  [1, 2, 1],
  [5, 2, 2],
  [5, 1, 1],
  [3, 9, 3],
] as const) {
  test(`${items} things, ${count} at a time: results in their order, never more than ${most} at once`, async () => {
    let now = 0;
    let seen = 0;
    const given = Array.from({ length: items }, (_, index) => index);
    const done = await fewAtOnce(given, count, async (item) => {
      now += 1;
      seen = Math.max(seen, now);
      // The first ones come to their end last.
      for (let turn = 0; turn < items - item; turn += 1) await Promise.resolve();
      now -= 1;
      return item * 10;
    });
    assert.deepEqual(
      done,
      given.map((item) => item * 10),
    );
    assert.equal(seen, most);
  });
}

test('what one of them throws is thrown only when all others are done', async () => {
  const done: number[] = [];
  const work = fewAtOnce([1, 2, 3], 2, async (item) => {
    if (item === 1) throw new Error('broken');
    await Promise.resolve();
    done.push(item);
  });
  await assert.rejects(work, /broken/);
  assert.deepEqual(done, [2, 3]);
});
