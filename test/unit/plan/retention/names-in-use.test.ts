import assert from 'node:assert/strict';
import test from 'node:test';
import type { Job, StepIds, TargetJob, TargetProgress } from '../../../../src/core/model/runs/job.ts';
import { BY_HAND, type ReplicationRequest } from '../../../../src/core/model/runs/replication.ts';
import { NO_ORIGIN, type Run, type RunState } from '../../../../src/core/model/runs/run.ts';
import { newJob } from '../../../../src/core/plan/replication/advance.ts';
import { namesInUse } from '../../../../src/core/plan/retention/names-in-use.ts';

const AUTO = { mode: 'auto', snapshot: null, all: true } as const;
const CATCH_UP = { mode: 'catch-up', snapshot: null, keep: null, group: null } as const;
const FULL = { mode: 'full', snapshot: 'b' } as const;
const ONTO = { mode: 'incremental', snapshot: 'b', base: 'a' } as const;

/** `c>d`: the step from c to d; `>d`: d in full. */
const stepOf = (words: string): StepIds => {
  const [base = '', snapshot = ''] = words.split('>');
  return { snapshot, base: base === '' ? null : base };
};

/** `b waiting >a a>b`, `b sending 2 >a a>b`: at the second of these two; `b preparing`: it has not said them. */
function targetOf(words: string): TargetJob {
  const [target = '', phase = '', ...rest] = words.split(' ');
  const index = /^\d$/.test(rest[0] ?? '') ? Number(rest.shift()) : 1;
  const steps = rest.length === 0 ? null : rest.map(stepOf);
  const step = { snapshot: 'named', base: 'otherwise', index, count: rest.length };
  const progress = { phase, step } as TargetProgress;
  return { target, progress, steps, results: [] };
}

const jobOf = (...targets: readonly string[]): Job => ({ ...newJob([]), targets: targets.map(targetOf) });

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
    targets: [
      { server: 'b', mount: null },
      { server: 'c', mount: '/usb' },
    ],
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

function round(
  subvolumes: readonly string[],
  state: RunState = 'running',
  snapshot: string | null = 'm',
): Run {
  const job = { ...newJob([]), moment: { subvolumes, snapshot } };
  return { ...run(AUTO, state, job), kind: 'task', request: { kind: 'task', task: 't', snapshot: false } };
}

const STEPS = '>a a>b b>c';

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
  ['one that prepares', [run(AUTO, 'running', jobOf('b preparing'))], 'all'],
  ['one that sends and never said what', [run(AUTO, 'running', jobOf('b sending 1'))], 'all'],
  ['one that waits: all its steps', [run(AUTO, 'running', jobOf(`b waiting ${STEPS}`))], 'a b c'],
  ['at the first step: all of them', [run(AUTO, 'running', jobOf(`b sending 1 ${STEPS}`))], 'a b c'],
  ['at the last step: it and its base', [run(CATCH_UP, 'running', jobOf(`b sending 3 ${STEPS}`))], 'b c'],
  ['verifying: what it verifies', [run(AUTO, 'running', jobOf(`b verifying 2 >a >b b>c`))], 'b c'],
  ['cleaning up: it may be sent again', [run(AUTO, 'running', jobOf(`b cleaning ${STEPS}`))], 'a b c'],
  ['done: nothing', [run(AUTO, 'running', jobOf(`b finished ${STEPS}`))], ''],
  [
    'one target is done, another at its last step',
    [run(AUTO, 'running', jobOf(`b finished ${STEPS}`, `c:/usb verifying 3 ${STEPS}`))],
    'b c',
  ],
  [
    'one target has failed before it said what, another sends',
    [run(AUTO, 'running', jobOf('b finished', `c:/usb sending 3 ${STEPS}`))],
    'b c',
  ],
  [
    'one target at its last step, another has not said what',
    [run(AUTO, 'running', jobOf(`b sending 3 ${STEPS}`, 'c:/usb preparing'))],
    'all',
  ],
  ['a round of a group: its moment', [round(['/data', '/home'])], 'm'],
  ['a round of a group that has not chosen it', [round(['/data', '/home'], 'running', null)], 'all'],
  ['one of other subvolumes that has not', [round(['/home', '/mail'], 'running', null)], ''],
  ['a round of other subvolumes', [round(['/home', '/mail'])], ''],
  ['a round that is over', [round(['/data', '/home'], 'finished')], ''],
] as const) {
  test(`in use on the primary: ${title}`, () => assert.equal(shown(runs, null), want));
}

for (const [title, server, job, want] of [
  ['what is sent there', 'b', jobOf('b sending 1 a>b', 'c:/usb sending 1 x>y'), 'a b'],
  ['whatever the mount', 'c', jobOf('b sending 1 a>b', 'c:/usb sending 1 x>y'), 'x y'],
  ['though another target has not said what', 'c', jobOf('b preparing', 'c:/usb sending 1 x>y'), 'x y'],
  ['all, until it has said what', 'b', jobOf('b preparing', 'c:/usb sending 1 x>y'), 'all'],
  ['nothing that goes elsewhere', 'd', jobOf('b preparing', 'c:/usb sending 1 x>y'), ''],
] as const) {
  test(`in use among the replicas on ${server}: ${title}`, () =>
    assert.equal(shown([run(AUTO, 'running', job)], server), want));
}

function shown(runs: readonly Run[], server: string | null): string {
  const isThere = server === null ? null : (name: string): boolean => name === server;
  const found = namesInUse(runs, { isMeant: (subvolume) => subvolume === '/data', isThere });
  return found === 'all' ? 'all' : [...found].toSorted().join(' ');
}
