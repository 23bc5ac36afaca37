import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wholeNumber } from '../../../../src/cli/frame/whole-number.ts';

for (const [text, want] of [
  ['1', 1],
  ['022', 22],
  ['65535', 65_535],
  ['0', null],
  ['65536', null],
  ['', null],
  [' 22', null],
  ['0x16', null],
  ['1.5', null],
  ['1e3', null],
  ['-1', null],
  ['abc', null],
] as const) {
  test(`"${text}" as a number from 1 to 65535: ${want ?? 'no'}`, () => {
    assert.equal(wholeNumber(text, 1, 65_535), want);
  });
}
