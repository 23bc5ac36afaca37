import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { displayWidth, fitWidth, truncate, truncateStart, wrap } from '../../../src/text/width.ts';

for (const [text, width, cut, cutStart] of [
  ['snapshot', 8, 'snapshot', 'snapshot'],
  ['snapshot', 5, 'snap…', '…shot'],
  ['snapshot', 1, '…', '…'],
  ['snapshot', 0, '', ''],
  ['漢字漢字', 5, '漢字…', '…漢字'],
  ['漢字漢字', 4, '漢…', '…字'],
] as const)
  test(`"${text}" in ${width} columns`, () => {
    assert.equal(truncate(text, width), cut);
    assert.equal(truncateStart(text, width), cutStart);
  });

for (const [text, width, lines] of [
  ['one two three', 7, ['one two', 'three']],
  ['one  two', 20, ['one  two']],
  ['', 10, ['']],
  ['a\nb', 10, ['a', 'b']],
  ['/very/long/path', 6, ['/very/', 'long/p', 'ath']],
  // What was set in stays set in, and what follows stands below it.
  ['    deleted one and two more of them', 26, ['    deleted one and two', '    more of them']],
] as const)
  test(`"${text}" wrapped at ${width}`, () => assert.deepEqual(wrap(text, width), [...lines]));

const words = fc.string({
  unit: fc.constantFrom('a', 'b', ' ', '漢', '\u{1F600}', 'é', '\n'),
  maxLength: 60,
});

test('what is fitted has exactly the width, what is wrapped never more', () => {
  fc.assert(
    fc.property(words, fc.integer({ min: 2, max: 40 }), (text, width) => {
      const line = text.replaceAll('\n', ' ');
      assert.equal(displayWidth(fitWidth(line, width)), width);
      assert.equal(displayWidth(fitWidth(line, width, 'right')), width);
      for (const wrapped of wrap(text, width))
        assert.ok(displayWidth(wrapped) <= width, JSON.stringify(wrapped));
      const letters = (one: string): string => one.replaceAll(/\s/g, '');
      assert.equal(letters(wrap(text, width).join('')), letters(text));
    }),
  );
});
