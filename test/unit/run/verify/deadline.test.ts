import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { fault } from '../../../../src/core/model/fault.ts';
import { deadlineOf } from '../../../../src/core/run/verify/deadline.ts';

const cancelled = fault('cancelled', 'Cancelled.', '');
const other = fault('unreachable', 'off', 'Switch it on.');

test('what ends since the time is over is told so, and nothing else is', async () => {
  const by = new AbortController();
  const { signal, told, until } = deadlineOf(0.01, 1000, by.signal);
  assert.equal(until, 1010);
  assert.equal(told(cancelled).code, 'cancelled');
  await once(signal, 'abort');
  assert.deepEqual([told(cancelled).code, told(other).code], ['stalled', 'unreachable']);
});

test('a cancel is told as one, and without a budget there is an end as well', () => {
  const by = new AbortController();
  const { signal, told, until } = deadlineOf(null, 0, by.signal);
  assert.ok(until > 86_400_000 && Number.isFinite(until));
  by.abort();
  assert.equal(signal.aborted, true);
  assert.equal(told(cancelled).code, 'cancelled');
});
