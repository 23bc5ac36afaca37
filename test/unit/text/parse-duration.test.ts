import assert from 'node:assert/strict';
import test from 'node:test';
import { parseDuration } from '../../../src/text/parse-duration.ts';

for (const [text, want] of [
  ['0', 0],
  ['90', 90],
  ['45s', 45],
  ['30m', 1800],
  ['1h', 3600],
  ['2d', 172_800],
  ['1 W', 604_800],
  ['', null],
  ['h', null],
  ['1.5h', null],
  ['-1h', null],
  ['1y', null],
  ['soon', null],
  ['99999999999999999d', null],
] as const) {
  test(`a span of time: "${text}"`, () => assert.equal(parseDuration(text), want));
}
