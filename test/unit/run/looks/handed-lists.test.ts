/** How old a list of replicas is that rests on looks which were handed on: as old as the older of them. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Inventory } from '../../../../src/core/model/inventory.ts';
import { ok } from '../../../../src/core/model/result.ts';
import { lookAndPlan } from '../../../../src/core/run/deletion/plan-cleanup.ts';
import type { Fleet, Look } from '../../../../src/core/run/ground/fleet.ts';
import { listReplicas, listSnapshots } from '../../../../src/core/run/looks/list-snapshots.ts';
import { rulesOf } from '../../plan/retention-notation.ts';
import { must } from '../../state/fixtures/state-home.ts';
import { knownFleet, primary, secondary, time } from '../fixtures/known-fleet.ts';

const { signal } = new AbortController();
const PLACE = { server: 'b', mount: '/pool', into: null };

/** By server: the look that was handed on, and the moves before it. */
type Handed = Readonly<Record<string, readonly [Inventory, number]>>;

function fleetOf(t: TestContext, handed: Handed) {
  const known = knownFleet(t);
  const look: Look = async (server) => {
    const [inventory, moves] = handed[server] ?? assert.fail(server);
    known.journal.saveInventory(inventory, '');
    return ok({ host: {} as never, inventory, moves, isHanded: true });
  };
  return { ...known, fleet: { ...known, look, isAlive: () => true } as unknown as Fleet };
}

for (const [title, handed, want] of [
  [
    'the primary',
    { a: [primary('11:59:20', '08:00:00'), 3], b: [secondary('b', '11:59:50', '08:00:00'), 5] },
    { at: '11:59:20', moves: 3 },
  ],
  [
    'the target',
    { a: [primary('11:59:50', '08:00:00'), 5], b: [secondary('b', '11:59:20', '08:00:00'), 3] },
    { at: '11:59:20', moves: 3 },
  ],
] as [string, Handed, { readonly at: string; readonly moves: number }][]) {
  test(`of two looks the older one counts: that at ${title}`, async (t) => {
    const { fleet } = fleetOf(t, handed);
    for (const listed of [
      await listSnapshots(fleet, '/data', 'b', signal),
      await listReplicas(fleet, '/data', PLACE, signal),
    ]) {
      const { lookedAt, moves, snapshots } = must(listed);
      assert.deepEqual([lookedAt, moves], [Date.parse(time(want.at)), want.moves]);
      assert.equal(snapshots.length, 1);
    }
  });

  test(`a clean-up is planned by it, and is too old a minute after it: that at ${title}`, async (t) => {
    const { fleet, clock } = fleetOf(t, handed);
    const { rules } = rulesOf('last 1');
    const planned = must(await lookAndPlan(fleet, { ...PLACE, subvolume: '/data', rules }, signal));
    assert.equal(planned.since, want.moves);
    assert.equal(planned.isOld(), false);
    clock.pass(21);
    assert.equal(planned.isOld(), true);
  });
}
