/** What becomes of a round when the journal does not take everything: its parts end, also those whose end was lost. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { fault } from '../../../src/core/model/fault.ts';
import { failed } from '../../../src/core/model/result.ts';
import type { Run } from '../../../src/core/model/runs/run.ts';
import { executeRun } from '../../../src/core/run/execute.ts';
import type { Fleet } from '../../../src/core/run/ground/fleet.ts';
import { JournalFailure } from '../../../src/core/state/journal/database.ts';
import type { Journal } from '../../../src/core/state/journal/journal.ts';
import { HOLDER, knownFleet } from './fixtures/known-fleet.ts';

const BUSY = new JournalFailure(fault('locked', 'busy', 'h'));

const task = (subvolumes: readonly [string, ...string[]]) => ({
  ...{
    name: 't',
    subvolumes,
    targets: [{ server: 'b', mount: null }],
    schedule: { kind: 'every', seconds: 60 },
  },
  ...{ mode: 'async', rpoSeconds: null, retention: null, into: null, enabled: true, suspended: false },
  options: { path: 'auto', rateBytesPerSecond: null, compress: false, resumable: false },
});

/** A round of that task whose servers cannot be reached; `over` is what its journal does otherwise. */
function roundOf(
  t: TestContext,
  subvolumes: readonly [string, ...string[]],
  over: (journal: Journal) => Partial<Journal> = () => ({}),
) {
  const known = knownFleet(t, { tasks: [task(subvolumes)] } as never);
  const { journal } = known;
  const looks: string[] = [];
  const connect = (name: string) => {
    looks.push(name);
    return Promise.resolve(failed(fault('unreachable', 'm', 'h')));
  };
  const fleet = {
    ...known,
    journal: { ...journal, ...over(journal) },
    holder: HOLDER,
    isAlive: () => true,
    hosts: { connect },
  } as unknown as Fleet;
  const request = { kind: 'task', task: 't', snapshot: false } as const;
  const run = journal.createRun({ request, trigger: 'hand', state: 'running', holder: HOLDER });
  const parts = (): Run[] => journal.listRuns({ parent: run.id, limit: 9 });
  return { fleet, run, parts, journal, looks };
}

for (const [title, failures, want] of [
  ['is written before the round has ended', 1, 'failed'],
  ['that is never taken is interrupted with the round', 99, 'interrupted'],
] as const) {
  test(`the end of a part that the journal did not take ${title}`, async (t) => {
    let left: number = failures;
    const { fleet, run, parts, journal } = roundOf(t, ['/data'], ({ finishRun }) => ({
      finishRun: (id, ...words) => {
        left -= id === run.id ? 0 : 1;
        if (id !== run.id && left >= 0) throw BUSY;
        return finishRun(id, ...words);
      },
    }));
    const report = await executeRun(fleet, run, { journalSeconds: 0 });
    assert.deepEqual(
      parts().map(({ kind, state, outcome }) => [kind, state, outcome]),
      [['replication', 'finished', want]],
    );
    assert.equal(report.kind === 'task' && report.targets[0]?.status, 'failed');
    assert.deepEqual(journal.listRuns({ state: 'running', limit: 9 }), []);
  });
}

test('a round of a group looks once for the moment of all, and sends none of them where it cannot', async (t) => {
  const { fleet, run, parts, looks } = roundOf(t, ['/data', '/home']);
  const report = await executeRun(fleet, run, { journalSeconds: 0 });
  assert.equal(looks.length, 1);
  assert.deepEqual(parts(), []);
  assert.ok(report.kind === 'task');
  assert.deepEqual(
    report.targets.map(({ status, fault: why }) => [status, why?.code]),
    [['failed', 'unreachable']],
  );
});
