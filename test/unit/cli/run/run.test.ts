/** The history by command: rounds of tasks with their parts, what commands around a snapshot wrote, what was there already. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type RunListOptions, runList, runShow } from '../../../../src/cli/run/actions.ts';
import { fault } from '../../../../src/core/model/fault.ts';
import {
  outcomeOf,
  type Run,
  type RunOrigin,
  type RunReport,
  type RunRequest,
} from '../../../../src/core/model/runs/run.ts';
import { type SnapshotReport, snapshotByHand } from '../../../../src/core/model/runs/snapshot.ts';
import type { TaskReport } from '../../../../src/core/model/runs/task.ts';
import { NO_SNAPSHOTS } from '../../state/fixtures/reports.ts';
import { must } from '../../state/fixtures/state-home.ts';
import { type Desk, desk } from '../desk.ts';

const NAME = '2026-11-20T11:00:00.000Z';
const LATER = '2026-11-20T12:00:00.000Z';

function ran(at: Desk, request: RunRequest, report: RunReport, origin?: RunOrigin): Run {
  const { journal, holder } = at.fleet;
  const run = journal.createRun({
    ...{ request, trigger: 'schedule', state: 'running', holder },
    ...(origin ? { origin } : {}),
  });
  return must(journal.finishRun(run.id, outcomeOf(report), report));
}

const MADE: SnapshotReport = {
  ...NO_SNAPSHOTS,
  snapshots: [
    { subvolume: '/data', name: NAME, path: `/.snapshots/data/${NAME}`, uuid: 'u', createdAt: NAME },
  ],
};

const ROUND: TaskReport = {
  task: 'nightly',
  initializing: true,
  snapshot: null,
  targets: [
    { target: 'b', status: 'ok', fault: null },
    { target: 'c:/usb', status: 'failed', fault: fault('unreachable', 'c is away.', 'Plug it in.') },
    { target: 'd', status: 'absent', fault: null },
  ],
  replications: [
    {
      subvolume: '/data',
      results: [
        {
          ...{
            server: 'b',
            mount: '/srv',
            status: 'ok',
            mode: 'full',
            snapshot: NAME,
            base: null,
            path: 'relay',
          },
          ...{ sentBytes: 1024, estimatedBytes: null, elapsedSeconds: 1, verified: true, fault: null },
        },
      ],
    },
  ],
  cleanups: [
    {
      ...{ subvolume: '/data', server: 'b', kept: [{ name: NAME, reasons: ['newest'] }] },
      ...{ deleted: [{ name: 'old' }], failed: [] },
    },
  ],
  faults: [fault('command-failed', 'Something else went wrong.', 'Look.')],
};

/** A round with one part, and a snapshot that has nothing to do with it. */
function history(at: Desk): { readonly round: Run; readonly part: Run; readonly snapshot: Run } {
  const snapshot = ran(at, snapshotByHand(['/other']), { kind: 'snapshot', ...MADE });
  const round = ran(
    at,
    { kind: 'task', task: 'nightly', snapshot: false },
    { kind: 'task', ...ROUND },
    { item: 'task:nightly', dueAt: LATER, parent: null },
  );
  const origin = { item: 'task:nightly', dueAt: null, parent: round.id };
  const part = ran(at, snapshotByHand(['/data']), { kind: 'snapshot', ...MADE }, origin);
  return { round, part, snapshot };
}

const list = (at: Desk, options: Partial<RunListOptions> = {}) =>
  at.json<Record<string, unknown>[]>((context) => runList(context, { limit: '50', ...options }));

test('a round tells its task, its item, when it was due, and what it is a part of', async (t) => {
  const at = desk(t);
  const { round, part, snapshot } = history(at);
  const keys = ({ id, task, item, dueAt, parent, subvolume, snapshot: name }: Record<string, unknown>) => [
    ...[id, task, item, dueAt, parent, subvolume, name],
  ];
  assert.deepEqual((await list(at)).map(keys), [
    [part.id, 'nightly', 'task:nightly', null, round.id, '/data', NAME],
    [round.id, 'nightly', 'task:nightly', LATER, null, '/data', NAME],
    [snapshot.id, null, null, null, null, '/other', NAME],
  ]);
});

test('the rounds of a task and their parts can be listed alone', async (t) => {
  const at = desk(t);
  const { round, part } = history(at);
  assert.deepEqual(
    (await list(at, { task: 'nightly' })).map(({ id }) => id),
    [part.id, round.id],
  );
  assert.deepEqual(
    (await list(at, { task: 'nightly', kind: 'task' })).map(({ id }) => id),
    [round.id],
  );
  assert.deepEqual(await list(at, { task: 'night' }), []);
});

test('a round by hand belongs to its task, whoever asked for it', async (t) => {
  const at = desk(t);
  const { journal, holder } = at.fleet;
  const request = { kind: 'task', task: 'nightly', snapshot: true } as const;
  const { id } = journal.createRun({ request, trigger: 'hand', state: 'queued', holder });
  assert.deepEqual(
    (await list(at, { task: 'nightly' })).map((run) => [run['id'], run['item']]),
    [[id, 'task:nightly']],
  );
});

test('a round is told target by target, with what was sent, cleaned up and run below it', async (t) => {
  const at = desk(t);
  const { round, part } = history(at);
  const { out } = await at.said((context) => runShow(context, String(round.id)));
  for (const line of [
    /^Run 2: task of nightly, by schedule$/m,
    /^ {2}for task:nightly, due at 2026-11-20T12:00:00.000Z$/m,
    /^ {2}b {2}OK$/m,
    /^ {2}c:\/usb {2}FAILED\n {6}c is away\.\n {6}Plug it in\.$/m,
    /^ {2}d {2}NOT THERE NOW$/m,
    /Something else went wrong\./,
    /A target got its first replica, in full\./,
    /b:\/srv {2}OK {2}2026-11-20T11:00:00.000Z in full, 1\.00 KiB/,
    /^Clean-up of \/data on b: 1 deleted, 1 kept$/m,
    /^Its parts:\n *RUN +WHAT/m,
  ])
    assert.match(out, line);
  const shown = await at.json<{ parts: { id: number }[]; results: unknown[] }>((context) =>
    runShow(context, String(round.id)),
  );
  assert.deepEqual(
    shown.parts.map(({ id }) => id),
    [part.id],
  );
  assert.deepEqual(shown.results, ROUND.targets);
  assert.match((await at.said((context) => runShow(context, String(part.id)))).out, /a part of run 2$/m);
});

test('a snapshot tells what its commands came to and wrote, and what was there already', async (t) => {
  const at = desk(t);
  const why = fault('hook-failed', 'The command after the snapshot failed.', 'Look at what it wrote.');
  const hook = { subvolume: '/data', seconds: 1, code: 0 } as const;
  const { id } = ran(at, snapshotByHand(['/data']), {
    kind: 'snapshot',
    ...MADE,
    snapshots: [],
    already: [{ subvolume: '/data', name: NAME }],
    hooks: [
      { ...hook, when: 'before', output: '', fault: null },
      { ...hook, when: 'after', code: 3, output: 'no such\n\u001b[31mthing\n', fault: why },
    ],
  });
  const { out } = await at.said((context) => runShow(context, String(id)));
  assert.match(out, /^ {2}\/data has 2026-11-20T11:00:00.000Z already$/m);
  assert.match(out, /^ {2}command before: OK, 1\.0 s$/m);
  assert.match(out, /^ {2}FAILED The command after the snapshot failed\.\n {4}Look at what it wrote\.$/m);
  assert.match(out, /^ {2}what the command after wrote: no such\n {4}\\u\{1b\}\[31mthing$/m);
  const { results } = await at.json<{ results: Record<string, unknown>[] }>((context) =>
    runShow(context, String(id)),
  );
  assert.deepEqual(
    results.map(({ status, when, name }) => [status, when ?? name]),
    [
      ['already', NAME],
      ['ok', 'before'],
      ['failed', 'after'],
    ],
  );
});
