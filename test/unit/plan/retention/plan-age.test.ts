import assert from 'node:assert/strict';
import test from 'node:test';
import { BY_HAND } from '../../../../src/core/model/runs/replication.ts';
import type { RunRequest, RunState } from '../../../../src/core/model/runs/run.ts';
import { hasMoved, isTooOld, type PlannedFor } from '../../../../src/core/plan/retention/plan-age.ts';

/** `replication /data b,c`, `cleanup /data b`, `delete /data` (on the primary), `task t`, `snapshot /data`. */
function requestOf(words: string): RunRequest {
  const [kind = '', subvolume = '', servers = ''] = words.split(' ');
  const server = servers === '' ? null : servers;
  switch (kind) {
    case 'replication':
      return {
        kind,
        subvolume,
        targets: servers.split(',').map((name) => ({ server: name, mount: null })),
        wanted: { mode: 'auto', snapshot: null, all: false },
        options: { path: 'auto', rateBytesPerSecond: null, compress: false, resumable: false },
        ...BY_HAND,
      };
    case 'cleanup': {
      const rules = { kind: 'per-period', timeZone: 'UTC', minAgeSeconds: 0, per: 'day', keep: 1 } as const;
      return { kind, subvolume, server, mount: null, into: null, rules, only: null };
    }
    case 'delete':
      return { kind, subvolume, server, snapshots: [] };
    case 'task':
      return { kind, task: subvolume, snapshot: false };
    default:
      return { kind: 'snapshot', subvolumes: [subvolume], group: false, hooks: [], dueAt: null, sync: false };
  }
}

const run = (words: string, state: RunState) => ({ request: requestOf(words), state });

const about = (server: string | null): PlannedFor => ({
  isMeant: (subvolume) => subvolume === '/data',
  isThere: server === null ? null : (name) => name === server,
  primary: 'a',
});

const moved = (
  server: string | null,
  words: string,
  before: RunState | null,
  now: RunState | null,
): boolean => {
  const was = before && run(words, before);
  const is = now && run(words, now);
  const mark = { newest: 7, unfinished: new Map(was ? [[7, was] as const] : []) };
  const unfinished = new Map(was && is && is.state !== 'finished' ? [[7, is] as const] : []);
  return hasMoved(mark, unfinished, is && !was ? [is] : [], about(server));
};

for (const [title, words, before, now, want] of [
  ['begun and over since', 'replication /data b', null, 'finished', true],
  ['begun since', 'replication /data b', null, 'running', true],
  ['only queued since', 'replication /data b', null, 'queued', false],
  ['queued then, at work now', 'replication /data b', 'queued', 'running', true],
  ['at work then, over now', 'replication /data b', 'running', null, true],
  ['at work all the time', 'replication /data b', 'running', 'running', false],
  ['of another subvolume', 'replication /data2 b', null, 'finished', false],
  ['a clean-up of the replicas', 'cleanup /data b', null, 'finished', true],
  ['a deletion by hand', 'delete /data b', null, 'finished', true],
  ['a snapshot is no base yet', 'snapshot /data', null, 'finished', false],
  ['a round, whose parts count', 'task t', null, 'finished', false],
] as const) {
  test(`moved on the primary: ${title}`, () => assert.equal(moved(null, words, before, now), want));
}

for (const [title, words, want] of [
  ['sent there', 'replication /data c,b', true],
  ['sent elsewhere', 'replication /data c', false],
  ['cleaned up on the primary', 'cleanup /data', true],
  ['cleaned up on the primary, by its name', 'cleanup /data a', true],
  ['cleaned up there', 'cleanup /data b', true],
  ['cleaned up elsewhere', 'cleanup /data c', false],
] as const) {
  test(`moved for the replicas on b: ${title}`, () =>
    assert.equal(moved('b', words, null, 'finished'), want));
}

test('a plan is too old after a minute, and when the clock was set back by more', () => {
  const at = Date.parse('2026-01-01T00:00:00.000Z');
  assert.deepEqual(
    [0, 60_000, 60_001, -60_001].map((later) => isTooOld(at, at + later)),
    [false, false, true, true],
  );
});
