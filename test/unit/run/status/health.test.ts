/** Health as far as the journal tells: nothing is connected to, and what was seen too long ago is not fine. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { fault } from '../../../../src/core/model/fault.ts';
import type { Result } from '../../../../src/core/model/result.ts';
import type { FleetHealth, Health } from '../../../../src/core/model/status/health.ts';
import type { Fleet } from '../../../../src/core/run/ground/fleet.ts';
import { fleetHealth, type HealthOptions, healthOf } from '../../../../src/core/run/status/health.ts';
import type { Config } from '../../../../src/core/state/config/schema.ts';
import { findingWords } from '../../../../src/text/words/finding.ts';
import { snapshotPolicy, task } from '../../plan/automation-notation.ts';
import { codeOf } from '../../plan/world.ts';
import { must } from '../../state/fixtures/state-home.ts';
import { type KnownFleet, knownFleet, primary, replica, secondary, time } from '../fixtures/known-fleet.ts';

interface Fixture extends KnownFleet {
  ask(subvolume: string, snapshot?: string): Promise<Result<Health>>;
  all(options?: Partial<HealthOptions>): Promise<FleetHealth>;
}

function fixture(t: TestContext, more: Partial<Config> = {}): Fixture {
  const known = knownFleet(t, more);
  const fleet = known as unknown as Fleet;
  const options = { fresh: false, signal: new AbortController().signal };
  return {
    ...known,
    ask: (subvolume, snapshot) => healthOf(fleet, { subvolume, snapshot: snapshot ?? null }, options),
    all: async (other = {}) => must(await fleetHealth(fleet, { ...options, ...other })),
  };
}

const shown = ({ overall, replicas }: Health): string =>
  `${overall}: ${replicas.map(({ server, status }) => `${server} ${status}`).join(', ')}`;

function saveAll({ journal }: KnownFleet, at: string, data: string, onB = data, onC = data): void {
  journal.saveInventory(primary(at, data));
  journal.saveInventory(secondary('b', at, onB));
  journal.saveInventory(secondary('c', at, onC));
}

test('as it was last seen, and only while that is new enough', async (t) => {
  const fleet = fixture(t);
  saveAll(fleet, '11:50:00', '11:40:00');
  assert.equal(shown(must(await fleet.ask('/data'))), 'ok: b complete, c complete');
  fleet.clock.pass(301);
  const old = must(await fleet.ask('/data/'));
  assert.equal(shown(old), 'unknown: b could-not-check, c could-not-check');
  assert.match(
    old.reasons[0] ? findingWords(old.reasons[0]).message : '',
    /a could not be checked: a was last looked at at 2026-11-20T11:50:00/,
  );
});

test('what somebody else could not look at just now is not checked, however new the last look is', async (t) => {
  const fleet = fixture(t);
  saveAll(fleet, '11:59:00', '11:40:00');
  const why = fault('unreachable', 'b cannot be reached.', 'Look at its network.');
  const { overall, subvolumes } = await fleet.all({ faults: new Map([['b', why]]) });
  assert.equal(overall, 'unknown');
  assert.deepEqual(subvolumes.map(shown), ['unknown: b could-not-check, c complete']);
});

test('looks are read once; what has come since counts all the same', async (t) => {
  const fleet = fixture(t);
  saveAll(fleet, '11:58:00', '11:40:00 11:45:00', '11:40:00');
  const { reads, journal } = fleet;
  assert.equal(shown(must(await fleet.ask('/data'))), 'degraded: b missing, c complete');
  reads.length = 0;
  saveAll(fleet, '11:59:00', '11:40:00 11:45:00', '11:40:00');
  const again = must(await fleet.ask('/data'));
  assert.deepEqual(
    [shown(again), again.replicas[0]?.seenAt],
    ['degraded: b missing, c complete', time('11:59:00')],
  );
  assert.deepEqual(reads, ['a']);
  journal.noteReplica(replica('11:45:00', '11:59:30'));
  assert.equal(must(await fleet.ask('/data')).replicas[0]?.restorePoint, time('11:45:00'));
  saveAll(fleet, '11:59:40', '11:40:00 11:45:00');
  assert.equal(shown(must(await fleet.ask('/data'))), 'ok: b complete, c complete');
  saveAll(fleet, '11:59:50', '11:40:00 11:45:00', '11:40:00');
  assert.equal(shown(must(await fleet.ask('/data'))), 'degraded: b missing, c complete');
});

test('of all: what has snapshots, a policy or a task, each enabled', async (t) => {
  const fleet = fixture(t, {
    snapshotPolicies: [snapshotPolicy('/policy'), snapshotPolicy('/off', { enabled: false })],
    tasks: [task('nightly', '/task', 'b')],
  });
  saveAll(fleet, '11:59:00', '11:40:00');
  const { overall, subvolumes } = await fleet.all();
  assert.deepEqual(
    subvolumes.map((one) => [one.subvolume, one.overall]),
    [
      ['/data', 'ok'],
      ['/policy', 'failed'],
      ['/task', 'failed'],
    ],
  );
  assert.equal(overall, 'failed');
  const [gone] = subvolumes[1]?.reasons ?? [];
  assert.match(gone ? findingWords(gone).message : '', /\/policy is not on a any more/);
});

test('a snapshot that only the journal and a target know', async (t) => {
  const fleet = fixture(t);
  saveAll(fleet, '11:59:00', '11:40:00', '11:30:00 11:40:00');
  fleet.journal.noteReplica(replica('11:30:00', '11:31:00'));
  assert.equal(shown(must(await fleet.ask('/data', time('11:30:00')))), 'degraded: b complete, c missing');
});

test('what nobody knows is a fault', async (t) => {
  const fleet = fixture(t);
  saveAll(fleet, '11:59:00', '11:40:00');
  assert.equal(codeOf(await fleet.ask('/nothing')), 'no-such-subvolume');
  assert.equal(codeOf(await fleet.ask('/data', time('01:00:00'))), 'no-such-snapshot');
  assert.equal(codeOf(await fleet.ask('/data', 'yesterday')), 'no-such-snapshot');
});

test('before anything was ever looked at it is not known', async (t) => {
  const fleet = fixture(t);
  assert.equal(shown(must(await fleet.ask('/data'))), 'unknown: b could-not-check, c could-not-check');
});

test('sizes that were measured are told', async (t) => {
  const fleet = fixture(t);
  saveAll(fleet, '11:59:00', '11:40:00');
  const size = { referencedBytes: 7, exclusiveBytes: 3, source: 'du', measuredAt: time('11:50:00') } as const;
  fleet.journal.saveSizes([{ uuid: 'b-data-11:40:00', ...size }]);
  const { replicas } = must(await fleet.ask('/data'));
  assert.deepEqual(
    replicas.map(({ referencedBytes, exclusiveBytes }) => [referencedBytes, exclusiveBytes]),
    [
      [7, 3],
      [null, null],
    ],
  );
});
