import assert from 'node:assert/strict';
import test from 'node:test';
import type { Job, TargetProgress } from '../../../src/core/model/job.ts';
import { BY_HAND, type ReplicationRequest } from '../../../src/core/model/replication.ts';
import { NO_ORIGIN, type Run, type RunState } from '../../../src/core/model/run.ts';
import { namesInUse } from '../../../src/core/plan/names-in-use.ts';

const AUTO = { mode: 'auto', snapshot: null, all: true } as const;
const CATCH_UP = { mode: 'catch-up', snapshot: null, keep: null, group: null } as const;
const FULL = { mode: 'full', snapshot: 'b' } as const;
const ONTO = { mode: 'incremental', snapshot: 'b', base: 'a' } as const;

const jobOf = (...progress: readonly TargetProgress[]): Job => ({
  targets: progress.map((now, index) => ({ target: `t${index}`, progress: now, results: [] })),
  notes: [],
  fault: null,
});

const verifying = (index: number, count: number, base: string | null = 'c'): TargetProgress => ({
  phase: 'verifying',
  step: { snapshot: 'd', base, index, count },
});

const run = (
  wanted: ReplicationRequest['wanted'],
  state: RunState,
  job: Job | null = null,
  subvolume = '/data',
): Run => ({
  id: 1,
  origin: NO_ORIGIN,
  kind: 'replication',
  trigger: 'hand',
  request: {
    kind: 'replication',
    subvolume,
    targets: [],
    wanted,
    options: { path: 'auto', rateBytesPerSecond: null, compress: false, resumable: false },
    ...BY_HAND,
  },
  state,
  outcome: null,
  createdAt: '',
  startedAt: null,
  finishedAt: null,
  cancelRequested: false,
  job,
  report: null,
});

for (const [title, runs, want] of [
  ['nothing runs', [], ''],
  ['a full one names its own', [run(FULL, 'running')], 'b'],
  ['an incremental one its base too', [run(ONTO, 'running')], 'a b'],
  ['one that waits as well', [run(ONTO, 'queued')], 'a b'],
  ['a finished one nothing', [run(ONTO, 'finished')], ''],
  ['that of another subvolume nothing', [run(ONTO, 'running', null, '/data2')], ''],
  ['one that chooses and has not begun: nothing yet', [run(AUTO, 'queued')], ''],
  ['one that chooses and has not said what', [run(AUTO, 'running')], 'all'],
  ['one of a task that has not said what', [run(CATCH_UP, 'running')], 'all'],
  ['one of a task at its last step', [run(CATCH_UP, 'running', jobOf(verifying(2, 2)))], 'c d'],
  ['one of a task that has more to send', [run(CATCH_UP, 'running', jobOf(verifying(1, 2)))], 'all'],
  ['one that prepares', [run(AUTO, 'running', jobOf({ phase: 'preparing' }))], 'all'],
  ['one that has more steps before it', [run(AUTO, 'running', jobOf(verifying(1, 2)))], 'all'],
  ['one at its last step: snapshot and base', [run(AUTO, 'running', jobOf(verifying(2, 2)))], 'c d'],
  ['in full: the snapshot', [run(AUTO, 'running', jobOf(verifying(1, 1, null)))], 'd'],
  [
    'one target is done, another at its last step',
    [run(AUTO, 'running', jobOf({ phase: 'finished' }, verifying(3, 3)))],
    'c d',
  ],
  [
    'one target at its last step, another not',
    [run(AUTO, 'running', jobOf(verifying(3, 3), { phase: 'waiting' }))],
    'all',
  ],
] as const) {
  test(`in use: ${title}`, () => {
    const found = namesInUse(runs, (subvolume) => subvolume === '/data');
    assert.equal(found === 'all' ? 'all' : [...found].toSorted().join(' '), want);
  });
}
