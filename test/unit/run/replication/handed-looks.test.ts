/** What a look that was handed on speaks against is looked at again before anybody is told. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { fault } from '../../../../src/core/model/fault.ts';
import type { Inventory } from '../../../../src/core/model/inventory.ts';
import { failed, ok } from '../../../../src/core/model/result.ts';
import type { Fleet, Look } from '../../../../src/core/run/ground/fleet.ts';
import { openSource } from '../../../../src/core/run/replication/source.ts';
import { openTarget } from '../../../../src/core/run/replication/target-session.ts';
import { must } from '../../state/fixtures/state-home.ts';
import { knownFleet, primary, secondary, time } from '../fixtures/known-fleet.ts';

const wanted = { mode: 'catch-up', snapshot: null, keep: null, group: null } as const;
const { signal } = new AbortController();
const down = fault('unreachable', 'off', 'Switch it on.');

/** Answers with these in turn, the first (`handed` of them) of which was handed on; null: it cannot be looked at. */
function fleetOf(t: TestContext, looks: readonly (Inventory | null)[], handed = 1) {
  const asked: string[] = [];
  const left = [...looks];
  const look: Look = async (server) => {
    asked.push(server);
    const inventory = left.shift();
    const isHanded = asked.length <= handed;
    return inventory ? ok({ host: {} as never, inventory, moves: 0, isHanded }) : failed(down);
  };
  return { fleet: { ...knownFleet(t), look } as unknown as Fleet, asked };
}

const without = (inventory: Inventory): Inventory => ({ ...inventory, filesystems: [] });

test('a subvolume that a handed look does not show may have come since', async (t) => {
  const here = primary('12:00:10', '08:00:00');
  const { fleet, asked } = fleetOf(t, [without(here), here]);
  const source = must(await openSource(fleet, { subvolume: '/data', wanted }, signal));
  assert.deepEqual(
    source.snapshots.map(({ name }) => name),
    [time('08:00:00')],
  );
  assert.deepEqual(asked, ['a', 'a']);
});

test('one that no look shows is a fault after the second one', async (t) => {
  const gone = without(primary('12:00:10', ''));
  const { fleet, asked } = fleetOf(t, [gone, gone]);
  const source = await openSource(fleet, { subvolume: '/data', wanted }, signal);
  assert.equal(source.ok, false);
  assert.deepEqual(asked, ['a', 'a']);
});

test('a disk that a handed look does not show may have come since', async (t) => {
  const { fleet: primaries } = fleetOf(t, [primary('12:00:00', '08:00:00')], 0);
  const source = openSource(primaries, { subvolume: '/data', wanted }, signal);
  const { fleet, asked } = fleetOf(t, [without(secondary('b', '12:00:00', '')), null]);
  const target = { server: 'b', mount: '/pool' };
  const request = { subvolume: '/data', targets: [target], wanted, into: null } as never;
  const context = { fleet, signal, claimed: new Map() } as never;
  assert.deepEqual(await openTarget(target, request, source, context), {
    ok: false,
    fault: { fault: down, mount: null },
  });
  assert.deepEqual(asked, ['b', 'b']);
});

test('what speaks against a target by a handed look at the primary is asked of the primary anew', async (t) => {
  const here = primary('12:00:10', '08:00:00');
  const { fleet: primaries } = fleetOf(t, [here]);
  const source = openSource(primaries, { subvolume: '/data', wanted }, signal);
  const { fleet, asked } = fleetOf(t, [without(secondary('b', '12:00:00', '')), here, null]);
  const target = { server: 'b', mount: '/pool' };
  const request = { subvolume: '/data', targets: [target], wanted, into: null } as never;
  const context = { fleet, signal, claimed: new Map() } as never;
  assert.equal((await openTarget(target, request, source, context)).ok, false);
  assert.deepEqual(asked, ['b', 'a', 'b']);
});
