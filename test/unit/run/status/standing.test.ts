/** A stop waits for no reading of what is known, and nobody is told of a part of it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { watchFleet } from '../../../../src/core/engine/fleet-watch.ts';
import { fault } from '../../../../src/core/model/fault.ts';
import { failed } from '../../../../src/core/model/result.ts';
import type { Fleet } from '../../../../src/core/run/ground/fleet.ts';
import { standingSoon } from '../../../../src/core/run/status/standing.ts';
import { task } from '../../plan/automation-notation.ts';
import { knownFleet, primary, secondary } from '../fixtures/known-fleet.ts';

test('how everything stands is not read to its end once nobody waits for it', async (t) => {
  const fleet = knownFleet(t, { tasks: [task('nightly', '/data', 'b c')] });
  fleet.journal.saveInventory(primary('11:59:00', '09:00:00'));
  for (const name of ['b', 'c']) fleet.journal.saveInventory(secondary(name, '11:58:00', '09:00:00'));
  const stopped = await standingSoon(fleet, AbortSignal.abort());
  assert.equal(!stopped.ok && stopped.fault.code, 'cancelled');
  assert.equal(fleet.reads.includes('c'), false);
  assert.ok((await standingSoon(fleet, new AbortController().signal)).ok);
  assert.ok(fleet.reads.includes('c'));
});

test('a watch that is told to end in the middle of a pass ends it', async (t) => {
  const down = failed(fault('unreachable', 'off', 'Switch it on.'));
  const known = { ...knownFleet(t), hosts: { connect: async () => down } };
  const stop = new AbortController();
  let passes = 0;
  const watch = watchFleet(known as unknown as Fleet, {
    signal: stop.signal,
    deliver: (() => assert.fail('nobody is told')) as never,
    words: {} as never,
    onPass: async () => {
      passes += 1;
    },
    onBroke: assert.fail,
    sleep: async () => stop.abort(),
  });
  await watch.ended;
  assert.equal(passes, 0);
});
