/** The command line that does the same as a run: what is pasted must be what was done. */
import assert from 'node:assert/strict';
import test from 'node:test';
import {
  BY_HAND,
  type ReplicationRequest,
  USUAL_TRANSFER,
} from '../../../../src/core/model/runs/replication.ts';
import { NO_ORIGIN, type Run, type RunRequest } from '../../../../src/core/model/runs/run.ts';
import { snapshotByHand } from '../../../../src/core/model/runs/snapshot.ts';
import { runCommand } from '../../../../src/screens/shared/command-line.ts';

const run = (request: RunRequest): Run => ({
  id: 7,
  origin: NO_ORIGIN,
  kind: request.kind,
  trigger: 'hand',
  request,
  state: 'queued',
  outcome: null,
  createdAt: '2026-11-20T12:00:00.000Z',
  startedAt: null,
  finishedAt: null,
  cancelRequested: false,
  job: null,
  report: null,
});

const sent = (
  wanted: ReplicationRequest['wanted'],
  options: Partial<ReplicationRequest['options']> = {},
): RunRequest => ({
  kind: 'replication',
  subvolume: '/data',
  targets: [
    { server: 'b', mount: null },
    { server: 'c', mount: '/mnt/usb' },
  ],
  wanted,
  options: { path: 'auto', rateBytesPerSecond: null, compress: false, resumable: false, ...options },
  ...BY_HAND,
});

const ladder = { last: 3, hourly: 0, daily: 7, weekly: 0, monthly: 12, yearly: 0 } as const;
const cleanup = { kind: 'cleanup', subvolume: '/data', mount: null, into: null, only: null } as const;

for (const [request, want] of [
  [snapshotByHand(['/data']), 'snapshot create /data'],
  [snapshotByHand(['/a b', '/c'], true), "snapshot create '/a b' /c --group"],
  [
    { kind: 'delete', subvolume: "/it's", server: 'b', snapshots: [{ name: 's1', uuid: 'u' }] },
    "snapshot delete '/it'\\''s' s1 --server b",
  ],
  [
    {
      kind: 'delete',
      subvolume: '/data',
      server: null,
      snapshots: ['s1', 's2'].map((name) => ({ name, uuid: name })),
    },
    'snapshot delete /data s1 s2',
  ],
  [
    {
      ...{ kind: 'delete', subvolume: '/data', server: null, allowLastBase: true },
      snapshots: [{ name: 's1', uuid: 'u' }],
    },
    'snapshot delete /data s1 --allow-last-base',
  ],
  [
    {
      ...cleanup,
      server: null,
      rules: { kind: 'per-period', per: 'week', keep: 2, timeZone: 'UTC', minAgeSeconds: 3600 },
    },
    'snapshot cleanup /data --per week --keep 2 --min-age 3600 --timezone UTC',
  ],
  [
    { ...cleanup, server: 'b', rules: { kind: 'ladder', ...ladder, timeZone: 'UTC', minAgeSeconds: 0 } },
    'snapshot cleanup /data --last 3 --daily 7 --monthly 12 --timezone UTC --server b',
  ],
  [sent({ mode: 'full', snapshot: 's1' }), 'replicate full /data s1 --to b,c:/mnt/usb'],
  [
    sent({ mode: 'incremental', snapshot: 's2', base: 's1' }, { resumable: true, rateBytesPerSecond: 1024 }),
    'replicate incremental /data s2 --base s1 --to b,c:/mnt/usb --rate 1024 --resumable',
  ],
  [sent({ mode: 'auto', snapshot: null, all: true }), 'replicate auto /data --all --to b,c:/mnt/usb'],
  [
    sent({ mode: 'auto', snapshot: 's2', all: false }, { path: 'relay', compress: true }),
    'replicate auto /data --snapshot s2 --to b,c:/mnt/usb --path relay --compress',
  ],
  [
    {
      ...{ kind: 'replication', subvolume: '/srv/data', targets: [{ server: 'b', mount: '/mnt/x' }] },
      ...{ wanted: { mode: 'full', snapshot: 's' }, options: USUAL_TRANSFER, ...BY_HAND },
      seed: {
        ...{
          server: 'b',
          directory: '/mnt/usb/my seed',
          compress: null,
          encrypt: 'age',
          identity: '/root/key',
        },
        ...{
          from: '/srv/data of a',
          parts: 1,
          bytes: 1,
          digest: 'd',
          base: null,
          mark: 'm',
          payloadBytes: 1,
        },
        snapshot: { name: 's', uuid: 'u', originId: 'o' },
      },
    },
    `seed import '/mnt/usb/my seed' --server b:/mnt/x --subvolume /srv/data --identity /root/key --on-server`,
  ],
] as const satisfies readonly (readonly [RunRequest, string])[]) {
  test(`btrfleet ${want}`, () => assert.equal(runCommand(run(request)), `btrfleet ${want}`));
}
