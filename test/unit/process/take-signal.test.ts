/** A signal that has come already when its listener changes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { takeSignal } from '../../../src/process/take-signal.ts';

test('one that arrived before is not lost, and nobody else hears of it', async () => {
  const others: string[] = [];
  process.on('SIGUSR2', () => others.push('other'));
  // It is delivered only when this turn is over.
  process.kill(process.pid, 'SIGUSR2');
  const { promise, resolve } = Promise.withResolvers<string>();
  takeSignal('SIGUSR2', resolve);
  const soon = new Promise<string>((told) => setTimeout(() => told('nothing came'), 5000).unref());
  assert.equal(await Promise.race([promise, soon]), 'SIGUSR2');
  assert.deepEqual(others, []);
  process.removeAllListeners('SIGUSR2');
});
