import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eachServerInTurn } from '../../../../src/core/run/verify/in-turn.ts';

/** Work that ends when it is told to. */
function bench(words: string) {
  const items = words.split(' ').map((name) => ({ server: name[0] ?? '', name }));
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const work = async ({ name }: { readonly name: string }): Promise<string> => {
    begun.push(name);
    const { promise, resolve } = Promise.withResolvers<void>();
    ends.set(name, resolve);
    await promise;
    return name;
  };
  const end = async (name: string): Promise<void> => {
    ends.get(name)?.();
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  };
  return { items, begun, work, end };
}

const NEVER = 1_000_000;

test('a server has one at a time, and others are beside it', async () => {
  const { items, begun, work, end } = bench('a1 a2 a3 b1 c1');
  const all = eachServerInTurn(items, work, { count: 2, patience: NEVER, most: 8 });
  assert.deepEqual(begun, ['a1', 'b1']);
  await end('a1');
  assert.deepEqual(begun, ['a1', 'b1', 'a2']);
  await end('b1');
  assert.deepEqual(begun, ['a1', 'b1', 'a2', 'c1']);
  for (const name of ['a2', 'a3', 'c1']) await end(name);
  assert.deepEqual(
    await all,
    items.map(({ name }) => name),
  );
});

test('servers that take long give their turn away, but for so many at once', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { items, begun, work, end } = bench('a1 b1 c1 d1 e1 f1');
  const all = eachServerInTurn(items, work, { count: 2, patience: 1000, most: 4 });
  assert.deepEqual(begun, ['a1', 'b1']);
  t.mock.timers.tick(1000);
  assert.deepEqual(begun, ['a1', 'b1', 'c1', 'd1']);
  t.mock.timers.tick(5000);
  assert.deepEqual(begun, ['a1', 'b1', 'c1', 'd1'], 'what they hold in memory is bounded');
  await end('c1');
  assert.deepEqual(begun, ['a1', 'b1', 'c1', 'd1', 'e1']);
  for (const name of ['a1', 'b1', 'd1', 'e1', 'f1']) await end(name);
  assert.equal((await all).length, 6);
});

test('nothing to do is done', async () => {
  assert.deepEqual(await eachServerInTurn([], async () => 1, { count: 2, patience: 1, most: 8 }), []);
});
