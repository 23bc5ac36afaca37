/** From which bases nothing is sent any more, as sends from them failed. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { fault } from '../../../../src/core/model/fault.ts';
import { BY_HAND } from '../../../../src/core/model/runs/replication.ts';
import type { RequestOf, RunRequest } from '../../../../src/core/model/runs/run.ts';
import type { TargetResult } from '../../../../src/core/model/runs/target-result.ts';
import { type Journal, openJournal } from '../../../../src/core/state/journal/journal.ts';
import { clockAt, must, stateHome } from '../fixtures/state-home.ts';

const REPLICATION: RequestOf<'replication'> = {
  ...{ kind: 'replication', subvolume: '/data', targets: [{ server: 'b', mount: null }] },
  wanted: { mode: 'auto', snapshot: null, all: false },
  options: { path: 'auto', rateBytesPerSecond: null, compress: false, resumable: false },
  ...BY_HAND,
};

const result = (server: string, more: Partial<TargetResult> = {}): TargetResult => ({
  ...{ server, mount: '/srv', status: 'ok', mode: 'incremental', snapshot: 's2', base: 's1', path: 'relay' },
  ...{ sentBytes: 52_463_544, estimatedBytes: null, elapsedSeconds: 1.5, verified: true, fault: null },
  ...more,
});

function setUp(t: TestContext) {
  const journal = must(openJournal({ home: stateHome(t), clock: clockAt('2026-11-20T08:00:00.000Z') }));
  t.after(() => journal.close());
  return { journal };
}

const queue = (journal: Journal, request: RunRequest) =>
  journal.createRun({
    ...{ request, trigger: 'hand', state: 'queued' },
    holder: { pid: 1, startTime: 1, host: 'here', bootId: 'boot' },
  });

test('a base from which two sends in a row failed is told, until one goes well', (t) => {
  const { journal } = setUp(t);
  queue(journal, REPLICATION);
  const target = { server: 'b', mount: '/srv' };
  const broken = result('b', {
    status: 'failed',
    verified: false,
    fault: fault('receive-failed', 'm', 'h', { server: 'b' }),
  });
  const told = (): string[] => [...journal.failingBases('/data', target)];
  journal.addResult(1, broken);
  assert.deepEqual(told(), []);
  journal.addResult(1, { ...broken, elapsedSeconds: 0 });
  assert.deepEqual(told(), [], 'what was never begun is no failure of its base');
  journal.addResult(1, { ...broken, fault: fault('unreachable', 'm', 'h', { server: 'b' }) });
  assert.deepEqual(told(), [], 'a line that broke says nothing of it');
  journal.addResult(1, broken);
  assert.deepEqual(told(), ['s1']);
  assert.deepEqual([...journal.failingBases('/data', { ...target, mount: '/mnt/usb' })], []);
  assert.deepEqual([...journal.failingBases('/home', target)], []);
  journal.addResult(1, result('b'));
  assert.deepEqual(told(), []);
});

test('a seed that fails twice says nothing of its base', (t) => {
  const { journal } = setUp(t);
  const snapshot = { name: 's2', uuid: 'u2', originId: 'o2' };
  const seed = {
    ...{ server: null, directory: '/mnt/usb/seed', compress: null, encrypt: null, identity: null },
    ...{
      from: '/data of a',
      parts: 1,
      bytes: 1,
      digest: 'd',
      snapshot,
      base: null,
      mark: 'm',
      payloadBytes: 1,
    },
  };
  queue(journal, { ...REPLICATION, seed });
  const why = fault('receive-failed', 'm', 'h', { server: 'b' });
  for (let times = 0; times < 2; times += 1)
    journal.addResult(1, result('b', { status: 'failed', verified: false, fault: why }));
  assert.deepEqual([...journal.failingBases('/data', { server: 'b', mount: '/srv' })], []);
});
