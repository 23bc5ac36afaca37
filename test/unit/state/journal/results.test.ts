/** How fast the last large sends to a place were. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { unsentResult } from '../../../../src/core/model/runs/target-result.ts';
import { openJournal } from '../../../../src/core/state/journal/journal.ts';
import { must, stateHome } from '../fixtures/state-home.ts';

const holder = { pid: 1, startTime: 1, host: 'here', bootId: 'boot' };
const B = { server: 'b', mount: '/srv/pool' };

test('the rate is that of the last large sends to that very place', (t) => {
  const journal = must(openJournal({ home: stateHome(t), clock: { now: () => 0 } }));
  t.after(() => journal.close());
  const request = { kind: 'task', task: 'nightly', snapshot: false } as const;
  const { id } = journal.createRun({ request, trigger: 'hand', state: 'running', holder });
  const send = (megabytes: number, elapsedSeconds: number, place = B, status: 'ok' | 'failed' = 'ok') =>
    journal.addResult(id, {
      ...unsentResult(place, { status, snapshot: 's' }),
      sentBytes: megabytes * 1_000_000,
      elapsedSeconds,
    });
  assert.equal(journal.sendRate(B), null);
  send(1, 10);
  send(1000, 1, { ...B, mount: '/mnt/usb' });
  send(1000, 1, { ...B, server: 'c' });
  send(1000, 1, B, 'failed');
  assert.equal(journal.sendRate(B), null, 'too small, elsewhere, or failed');
  send(100_000, 1);
  for (let index = 0; index < 5; index += 1) send(100, 10);
  assert.equal(journal.sendRate(B), 10_000_000, 'the last five');
});
