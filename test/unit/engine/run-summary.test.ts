import assert from 'node:assert/strict';
import { test } from 'node:test';
import { summaryOf } from '../../../src/core/engine/run-summary.ts';
import type { CreatedSnapshot } from '../../../src/core/model/runs/made.ts';
import type { RunReport } from '../../../src/core/model/runs/run.ts';
import type { SnapshotReport } from '../../../src/core/model/runs/snapshot.ts';
import type { TargetResult } from '../../../src/core/model/runs/target-result.ts';
import type { TaskReport } from '../../../src/core/model/runs/task.ts';
import { UNREACHABLE } from '../plan/automation-notation.ts';
import { NO_SNAPSHOTS, roundReport } from '../state/fixtures/reports.ts';

const made = (subvolume: string): CreatedSnapshot => ({
  subvolume,
  name: 'S1',
  path: `/.snapshots${subvolume}/S1`,
  uuid: 'u',
  createdAt: '2026-11-20T08:00:00.000Z',
});

const snapshots = (more: Partial<SnapshotReport>): SnapshotReport => ({
  ...NO_SNAPSHOTS,
  ...more,
});

const result = (server: string, more: Partial<TargetResult> = {}): TargetResult => ({
  ...{ server, mount: '/srv', status: 'ok', mode: 'incremental', snapshot: 'S2', base: 'S1', path: 'relay' },
  ...{ sentBytes: 1_048_576, estimatedBytes: null, elapsedSeconds: 1, verified: true, fault: null },
  ...more,
});

const round = (more: Partial<TaskReport>): RunReport => ({
  kind: 'task',
  ...roundReport('t', more),
});

const cleanup = { subvolume: '/data', server: 'b', kept: [], deleted: [{ name: 'S1' }], failed: [] };

const rows: readonly (readonly [string, RunReport | null, string])[] = [
  ['a run that failed as a whole', { kind: 'fault', fault: UNREACHABLE }, ''],
  ['a run of another version', null, ''],
  ['a snapshot', { kind: 'snapshot', ...snapshots({ snapshots: [made('/data')] }) }, 'S1 of /data made'],
  [
    'a group',
    { kind: 'snapshot', ...snapshots({ snapshots: [made('/data'), made('/home')] }) },
    'S1 of /data, /home made',
  ],
  [
    'a snapshot that another manager had made',
    { kind: 'snapshot', ...snapshots({ already: [{ subvolume: '/data', name: 'S1' }] }) },
    'S1 of /data was there',
  ],
  [
    'a clean-up',
    {
      ...{ kind: 'cleanup', ...cleanup },
      kept: [{ name: 'S2', reasons: [] }],
      failed: [{ name: 'S3', fault: UNREACHABLE }],
    },
    '1 snapshot deleted; 1 kept; 1 still there',
  ],
  [
    'a round with nothing new',
    round({ targets: [{ target: 'b', status: 'ok', fault: null }] }),
    'nothing to send',
  ],
  [
    'a round',
    round({
      initializing: true,
      replications: [
        { subvolume: '/data', results: [result('b'), result('b'), result('c', { status: 'absent' })] },
      ],
      cleanups: [cleanup],
      targets: [
        { target: 'b', status: 'ok', fault: null },
        { target: 'c:/mnt/usb', status: 'absent', fault: null },
      ],
    }),
    'initializing; 2 snapshots sent to b, 2.0 MiB; 1 snapshot deleted on targets; c:/mnt/usb: absent',
  ],
  [
    'a member is not there, the others have nothing new',
    round({
      replications: [{ subvolume: '/data', results: [result('b', { status: 'already-there' })] }],
      targets: [{ target: 'b', status: 'failed', fault: null }],
    }),
    'b: failed',
  ],
  [
    'two servers got the same',
    round({ replications: [{ subvolume: '/data', results: [result('b'), result('c')] }] }),
    '1 snapshot sent to b, c, 2.0 MiB',
  ],
  [
    'one of two catches up',
    round({ replications: [{ subvolume: '/data', results: [result('b'), result('c'), result('c')] }] }),
    '1 snapshot sent to b, 2 to c, 3.0 MiB',
  ],
];

for (const [title, report, want] of rows)
  test(`${title}: ${want}`, () => assert.equal(summaryOf(report), want));
