import assert from 'node:assert/strict';
import test from 'node:test';
import { isTooOld } from '../../../../src/core/plan/retention/plan-age.ts';

test('a plan is too old after a minute, and when the clock was set back by more', () => {
  const at = Date.parse('2026-01-01T00:00:00.000Z');
  assert.deepEqual(
    [0, 60_000, 60_001, -60_001].map((later) => isTooOld(at, at + later)),
    [false, false, true, true],
  );
});
