/** What is to be done with files, written down and read again: names of any bytes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { orderOf, ordersInput, readOrders } from '../../../../src/core/btrfs/extract/orders.ts';
import type { ExtractOrders } from '../../../../src/core/model/extract/orders.ts';
import { nameFromBytes } from '../../../../src/core/model/file-name.ts';

const ordersText = (all: ExtractOrders): string => nameFromBytes(ordersInput(all));

const name = fc
  .array(
    fc.integer({ min: 1, max: 255 }).filter((byte) => byte !== 47),
    { minLength: 1, maxLength: 8 },
  )
  .map((bytes) => nameFromBytes(Uint8Array.from(bytes)));
const names = fc.array(fc.oneof(name, fc.constantFrom('\n', '\\', '\\012', ' ', '-n', 'a\nD x')), {
  maxLength: 4,
});
const place = fc.record({
  ...{ directory: name, source: name, removes: names, creates: names, replaces: names, keeps: fc.boolean() },
});
const orders = fc.record({
  ...{
    copies: fc.array(names),
    newDirectories: names,
    kept: names,
    places: fc.array(place, { maxLength: 4 }),
    seen: fc.constant(new Map<string, string>()),
  },
});

test('what was to be done is read as it was written', () => {
  fc.assert(
    fc.property(orders, (all) =>
      assert.deepEqual(
        readOrders(ordersText(all)),
        all.places.map((one) => ({ ...one })),
      ),
    ),
  );
});

test('what each that goes or is replaced was lies before its name', () => {
  const place = {
    directory: 'd',
    source: 's',
    removes: ['a b', 'x'],
    creates: ['c'],
    replaces: ['r'],
    keeps: false,
  };
  const seen = new Map([
    ['d/a b', '7:d:3:1.5'],
    ['d/r', '8:f:10:2.5'],
  ]);
  const text = ordersText({ copies: [], newDirectories: [], kept: [], places: [place], seen });
  assert.deepEqual(text.split('\n').slice(1, -1), [
    'D d',
    'S s',
    'X 7:d:3:1.5 a b',
    'X - x',
    'C c',
    'R 8:f:10:2.5 r',
  ]);
  assert.deepEqual(readOrders(text), [place]);
});

test('a line of it is found by its number', () => {
  fc.assert(
    fc.property(orders, (all) => {
      const lines = ordersText(all).split('\n');
      for (const [index, line] of lines.entries()) {
        const [found] = orderOf(all, new Set([index + 1]));
        assert.equal(found?.word ?? null, /^[XCRT] /.test(line) ? line[0] : null, line);
      }
    }),
  );
});

for (const text of [
  '',
  'btrfleet-extract 2\nD d\n',
  'btrfleet-extract 1\nD d\nC a',
  'btrfleet-extract 1\nD d\nC a\\x\n',
  'btrfleet-extract 1\nD d\nX a\n',
])
  test(`not whole, or of another version: ${JSON.stringify(text)}`, () =>
    assert.equal(readOrders(text), null));
