import assert from 'node:assert/strict';
import test from 'node:test';
import { BY_HAND, type ReplicationRequest } from '../../../../src/core/model/runs/replication.ts';
import type { RunRequest, RunState } from '../../../../src/core/model/runs/run.ts';
import { namesInUse } from '../../../../src/core/plan/retention/names-in-use.ts';

const AUTO = { mode: 'auto', snapshot: null, all: true } as const;
const CATCH_UP = { mode: 'catch-up', snapshot: 'm', keep: null, group: null } as const;
const FULL = { mode: 'full', snapshot: 'b' } as const;
const ONTO = { mode: 'incremental', snapshot: 'b', base: 'a' } as const;

const run = (wanted: ReplicationRequest['wanted'], state: RunState, subvolume = '/data') => ({
  state,
  request: {
    kind: 'replication',
    subvolume,
    targets: [{ server: 'b', mount: null }],
    wanted,
    options: { path: 'auto', rateBytesPerSecond: null, compress: false, resumable: false },
    ...BY_HAND,
  } satisfies RunRequest,
});

const deletion = {
  kind: 'delete',
  subvolume: '/data',
  server: null,
  snapshots: [{ name: 'b', uuid: 'u' }],
} as const;

const restore = (state: RunState) => ({
  state,
  request: {
    ...({ kind: 'restore', subvolume: '/data', server: 'a', filesystem: 'f', inside: 'data' } as const),
    ...{ from: { name: 'r', uuid: 'u' }, live: null, at: '2026-11-20T08:00:00.000Z', moveNested: false },
  },
});

const verification = (state: RunState) => ({
  state,
  request: {
    ...({ kind: 'verify', subvolume: '/data', level: 'content', share: null, budgetSeconds: null } as const),
    pairs: ['x', 'y'].map((snapshot) => ({
      ...{ server: 'b', mount: null, filesystem: 'f', snapshot, uuid: 'u', source: 's' },
    })),
    unchosen: [],
  },
});

for (const [title, runs, want] of [
  ['nothing runs', [], ''],
  ['a full one names its own', [run(FULL, 'running')], 'b'],
  ['an incremental one its base too', [run(ONTO, 'running')], 'a b'],
  ['one that waits as well', [run(ONTO, 'queued')], 'a b'],
  ['one of a group the moment it was given', [run(CATCH_UP, 'queued')], 'm'],
  ['a finished one nothing', [run(ONTO, 'finished')], ''],
  ['one that chooses: nothing yet', [run(AUTO, 'queued')], ''],
  ['that of another subvolume: a name says a moment', [run(FULL, 'running', '/data2')], 'b'],
  ['several', [run(FULL, 'running'), run(ONTO, 'queued')], 'a b'],
  ['a restore that waits, or has just begun', [restore('queued'), restore('running')], 'r'],
  ['a restore that is over', [restore('finished')], ''],
  ['a comparison that waits, or is at work', [verification('queued'), verification('running')], 'x y'],
  ['a comparison that is over', [verification('finished')], ''],
  ['what is deleted is not used', [{ request: deletion, state: 'queued' }], ''],
] as const) {
  test(`in use by name: ${title}`, () => assert.equal([...namesInUse(runs)].toSorted().join(' '), want));
}
