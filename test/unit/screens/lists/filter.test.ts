import assert from 'node:assert/strict';
import test from 'node:test';
import { compileFilter } from '../../../../src/screens/lists/filter.ts';

const DAY = 86_400;
const row = {
  text: '2026-11-02T18:00 complete beta gamma Held',
  fields: { server: 'beta gamma', age: 8 * DAY, replicas: 2, size: null },
};

for (const [filter, passes] of [
  ['', true],
  ['   ', true],
  ['!', true],
  ['beta', true],
  ['BETA held', true],
  ['beta delta', false],
  ['!delta', true],
  ['!beta', false],
  ['!!beta', true],
  ['server:gam', true],
  ['server:delta', false],
  ['!server:delta', true],
  ['age>7d', true],
  ['age<1w', false],
  ['age>1w', true],
  ['age<200h', true],
  ['replicas>1', true],
  ['replicas<2', false],
  // What is not known is neither more nor less.
  ['size>0', false],
  ['size<0', false],
  // What names no field is looked for as it stands.
  ['T18:00', true],
  ['T19:00', false],
  ['depth>3', false],
] as const)
  test(`"${filter}" lets the row ${passes ? 'through' : 'out'}`, () =>
    assert.equal(compileFilter(filter)(row), passes));
