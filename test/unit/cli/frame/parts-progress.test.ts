/** How a round is followed while it runs: by what its parts, and theirs, say in the journal. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { partsProgress } from '../../../../src/cli/frame/parts-progress.ts';
import { createProgress } from '../../../../src/cli/frame/progress.ts';
import { fault } from '../../../../src/core/model/fault.ts';
import type { JobEvent, TargetProgress } from '../../../../src/core/model/runs/job.ts';
import { BY_HAND } from '../../../../src/core/model/runs/replication.ts';
import type { RunRequest } from '../../../../src/core/model/runs/run.ts';
import { newJob } from '../../../../src/core/plan/replication/advance.ts';
import { JournalFailure } from '../../../../src/core/state/journal/database.ts';
import { desk } from '../desk.ts';

const SENDING: TargetProgress = {
  ...{ phase: 'sending', sentBytes: 1, payloadBytes: 1, totalBytes: 4 },
  step: { snapshot: 's2', base: 's1', index: 1, count: 1 },
  ...{ startedAt: '2026-11-20T12:00:00.000Z', updatedAt: '2026-11-20T12:00:00.000Z' },
};

const replication: RunRequest = {
  ...{ kind: 'replication', subvolume: '/data', targets: [{ server: 'b', mount: null }] },
  wanted: { mode: 'auto', snapshot: null, all: false },
  options: { path: 'auto', rateBytesPerSecond: null, compress: false, resumable: false },
  ...BY_HAND,
};

/** A snapshot with the round of a task below it, and a replication below that. */
function world(t: TestContext) {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const { fleet } = desk(t);
  const { journal, holder } = fleet;
  const begin = (request: RunRequest, parent: number | null) =>
    journal.createRun({
      ...{ request, trigger: 'hand', state: 'running', holder },
      origin: { item: null, dueAt: null, parent },
    });
  const round: RunRequest = { kind: 'task', task: 'nightly', snapshot: false };
  const top = begin(round, null);
  const part = begin(replication, begin(round, top.id).id);
  const said: string[] = [];
  const view = createProgress({ write: (text) => said.push(text) }, fleet.clock.now);
  return { t, journal, top, part, said, view, beat: () => t.mock.timers.tick(250) };
}

test('what a part of a part sends is told once, with whose it is', (t) => {
  const { journal, top, part, said, view, beat } = world(t);
  const progress = partsProgress(journal, top.id, view);
  beat();
  assert.deepEqual(said, []);
  const job = { ...newJob(['b']), targets: [{ target: 'b', progress: SENDING, results: [] }] };
  journal.writeProgress(part.id, job);
  beat();
  beat();
  assert.deepEqual(said, ['/data → b: sending s2 on top of s1\n']);
  const note: JobEvent = { type: 'note', message: 'cleaning up' };
  progress.show(newJob([]), note);
  assert.deepEqual(said.slice(1), ['cleaning up\n']);
  progress.finish();
});

test('what is over is not looked at any more, and a journal that fails for a moment ends nothing', (t) => {
  const { journal, top, view, beat } = world(t);
  let looks = 0;
  const failing = {
    listRuns: (filter: Parameters<typeof journal.listRuns>[0]) => {
      looks += 1;
      if (looks === 1) throw new JournalFailure(fault('no-space', 'full', 'free some'));
      return journal.listRuns(filter);
    },
  };
  const progress = partsProgress(failing, top.id, view);
  beat();
  beat();
  const before = looks;
  assert.ok(before > 1);
  progress.finish();
  beat();
  assert.equal(looks, before);
});
