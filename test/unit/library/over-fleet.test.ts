/** An open fleet answers with a fault where the journal fails it; only a bug is thrown. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { overFleet } from '../../../src/core/library/over-fleet.ts';
import { fault } from '../../../src/core/model/fault.ts';
import { failed } from '../../../src/core/model/result.ts';
import { snapshotByHand } from '../../../src/core/model/runs/snapshot.ts';
import { JournalFailure } from '../../../src/core/state/journal/database.ts';
import { type Wired, wireFleet } from '../../../src/process/wiring.ts';
import { must, stateHome } from '../state/fixtures/state-home.ts';

function wired(t: TestContext): Wired {
  const { directory } = stateHome(t);
  const fleet = must(wireFleet(directory, { env: {}, randomBytes: (size) => new Uint8Array(size).fill(7) }));
  t.after(() => fleet.close());
  return fleet;
}

const open = ({ fleet, home, close }: Wired, whenAsked?: () => never) => {
  const journal = { ...fleet.journal, ...(whenAsked && { interruptDeadRuns: whenAsked }) };
  return overFleet({ ...fleet, journal }, { home: home.directory, notes: [], close });
};

test('a journal that takes no more is a fault of each method that asks it', async (t) => {
  const full = fault('no-space', 'full', 'free some');
  const fleet = open(wired(t), () => {
    throw new JournalFailure(full);
  });
  assert.deepEqual(fleet.runs({ limit: 1 }), failed(full));
  assert.deepEqual(fleet.runById(1), failed(full));
  assert.deepEqual(await fleet.run(snapshotByHand(['/data'])), failed(full));
});

test('a bug is thrown', async (t) => {
  const fleet = open(wired(t), () => {
    throw new TypeError('a bug');
  });
  assert.throws(() => fleet.runs({ limit: 1 }), /a bug/);
  await assert.rejects(fleet.run(snapshotByHand(['/data'])), /a bug/);
});

test('a server that nobody knows and a fleet without a primary are told', async (t) => {
  const fleet = open(wired(t));
  const codes = [
    await fleet.look({ servers: ['x'] }),
    await fleet.hostKey('x'),
    await fleet.trustHostKey('x', 'SHA256:x'),
    await fleet.snapshots('/data'),
    await fleet.health(),
    fleet.runById(7),
  ].map((answer) => (answer.ok ? 'fine' : answer.fault.code));
  const server = 'no-such-server';
  assert.deepEqual(codes, [server, server, server, 'no-primary', 'no-primary', 'no-such-run']);
});

test('a run that fails as a whole is in the journal all the same', async (t) => {
  const fleet = open(wired(t));
  const ended = must(await fleet.run(snapshotByHand(['/data'])));
  assert.equal(ended.unwritten, null);
  assert.equal(ended.report.kind === 'fault' && ended.report.fault.code, 'no-primary');
  assert.deepEqual(must(fleet.runById(ended.id)), must(fleet.runs({ limit: 5 }))[0]);
});

test('chance is what was handed in', (t) => {
  assert.equal(wired(t).fleet.nonce(), '07'.repeat(12));
});
