import assert from 'node:assert/strict';
import test from 'node:test';
import {
  formatAge,
  formatBytes,
  formatName,
  formatSeconds,
  formatText,
  parseBytes,
} from '../../../src/text/format.ts';

for (const [bytes, text] of [
  [null, '-'],
  [0, '0 B'],
  [999, '999 B'],
  [1000, '0.98 KiB'],
  [1536, '1.50 KiB'],
  [26_000_000, '24.8 MiB'],
  [700 * 1024 ** 3, '700 GiB'],
  [2 * 1024 ** 4, '2.00 TiB'],
] as const)
  test(`${String(bytes)} bytes are ${text}`, () => assert.equal(formatBytes(bytes), text));

for (const [seconds, text] of [
  [0.41, '0.41 s'],
  [9.96, '10.0 s'],
  [59.4, '59 s'],
  [60, '1 min'],
  [185, '3 min 5 s'],
  [7800, '2 h 10 min'],
  [5 * 86_400 + 3 * 3600, '5 d 3 h'],
] as const)
  test(`${seconds} seconds are ${text}`, () => assert.equal(formatSeconds(seconds), text));

test('a time ahead of the clock is said', () => {
  const now = Date.parse('2026-11-20T12:00:00.000Z');
  assert.equal(formatAge('2026-11-20T12:01:00.000Z', now), 'in 1 min');
  assert.equal(formatAge('2026-11-20T12:00:00.500Z', now), '0.00 s');
  assert.equal(formatAge(null, now), '-');
});

test('what could draw on a terminal or turn text round is shown as an escape', () => {
  assert.equal(
    formatName('a\u001b[2J\n\u202eb\u2028\u200bé漢'),
    'a\\u{1b}[2J\\u{a}\\u{202e}b\\u{2028}\\u{200b}é漢',
  );
  assert.equal(formatText('a\u0007\nb'), 'a\\u{7}\nb');
});

for (const [text, bytes] of [
  ['10M', 10 * 1024 ** 2],
  ['1.5G', 1.5 * 1024 ** 3],
  ['512 KiB/s', 512 * 1024],
  ['4096', 4096],
  ['0', null],
  ['fast', null],
  ['-1M', null],
] as const)
  test(`the rate "${text}" is ${String(bytes)}`, () => assert.equal(parseBytes(text), bytes));
