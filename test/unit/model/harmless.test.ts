import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { harmless, harmlessJson, harmlessLines } from '../../../src/core/model/harmless.ts';
import { prometheusText } from '../../../src/text/prometheus.ts';

const CSI = '\u009b';
const TURNED = '\u202e';

test('what a terminal would obey is escaped, letters of all languages are not', () => {
  assert.equal(harmless(`a${CSI}31m\nb`), 'a\\u{9b}31m\\u{a}b');
  assert.equal(harmlessLines(`a${TURNED}\nb\u001b[2J`), 'a\\u{202e}\nb\\u{1b}[2J');
  for (const word of ['Größe', 'スナップ', 'צילום', '🐘']) assert.equal(harmless(word), word);
});

test('JSON is the same value, and holds nothing that a terminal would obey', () => {
  const text = fc.string({
    unit: fc.constantFrom(
      CSI,
      TURNED,
      '\u2066',
      '\u007f',
      '\u2028',
      '\ud800',
      '\n',
      '"',
      '\\',
      'é',
      '🐘',
      '\u{e0001}',
    ),
  });
  fc.assert(
    fc.property(text, fc.constantFrom(0, 2), (one, indent) => {
      const json = harmlessJson({ [`key ${one}`]: [one] }, indent);
      assert.deepEqual(JSON.parse(json), { [`key ${one}`]: [one] });
      const controls = json.replaceAll('\n', '').match(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
      assert.equal(controls, null);
    }),
  );
});

test('labels of metrics hold nothing that a terminal would obey', () => {
  const metric = {
    name: 'm',
    type: 'gauge',
    help: 'h',
    samples: [{ labels: { path: `a${CSI}"` }, value: 1 }],
  } as const;
  assert.match(prometheusText([metric]), /^m\{path="a\\\\u\{9b\}\\""\} 1$/m);
});
