/** What a clean-up rests on: all that its rules keep, each where it must stay. And what it lets be as it was asked for. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fault } from '../../../../src/core/model/fault.ts';
import type { Kept } from '../../../../src/core/model/retention.ts';
import { namesAsked, restsOnKept } from '../../../../src/core/run/deletion/plan-cleanup.ts';
import { snapshot } from '../../plan/notation.ts';
import { at, claimsOn } from '../fixtures/claims.ts';

const kept = (letter: string, ...reasons: Kept['reasons']): Kept => ({
  verdict: 'kept',
  snapshot: snapshot('primary', letter),
  reasons,
});

test('it rests on all that is kept, on a base wherever that lies, and on nothing that goes', () => {
  const answers = [
    kept('a', { kind: 'base', target: 'b' }),
    { verdict: 'deleted', snapshot: snapshot('primary', 'b') } as const,
    kept('c', { kind: 'last', count: 2 }),
    kept('d', { kind: 'newest' }, { kind: 'base', target: 'c' }),
  ];
  const restsOn = restsOnKept({ answers }, () => 'fs');
  assert.deepEqual(restsOn, [at('id-a', ''), at('id-c'), at('id-d', '')]);
  assert.deepEqual(restsOnKept({ answers }, () => null)[1], at('id-c', ''));
});

test('what waits to be compared is asked for until that is over', (t) => {
  const { journal } = claimsOn(t);
  const holder = { pid: 1, startTime: 1, bootId: 'boot', host: 'manager' };
  const pair = { server: 'b', mount: null, filesystem: 'f', snapshot: 'v', uuid: 'u', source: 's' };
  const about = { subvolume: '/data', level: 'metadata', share: null, budgetSeconds: null } as const;
  const request = { kind: 'verify', ...about, pairs: [pair], unchosen: [] } as const;
  const { id } = journal.createRun({ request, trigger: 'hand', state: 'queued', holder });
  assert.deepEqual([...namesAsked(journal)], ['v']);
  assert.equal(journal.claimRun(holder)?.id, id);
  assert.deepEqual([...namesAsked(journal)], ['v']);
  journal.finishRun(id, 'failed', { kind: 'fault', fault: fault('cancelled', 'm', 'h') });
  assert.deepEqual([...namesAsked(journal)], []);
});

test('what waits to be restored is asked for until that is over', (t) => {
  const { journal } = claimsOn(t);
  const holder = { pid: 1, startTime: 1, bootId: 'boot', host: 'manager' };
  const request = {
    ...({ kind: 'restore', subvolume: '/data', server: 'a', filesystem: 'f', inside: 'data' } as const),
    ...{ from: { name: 'r', uuid: 'u' }, live: null, at: '2026-11-20T08:00:00.000Z', moveNested: false },
  };
  const { id } = journal.createRun({ request, trigger: 'hand', state: 'queued', holder });
  assert.deepEqual([...namesAsked(journal)], ['r']);
  assert.equal(journal.claimRun(holder)?.id, id);
  assert.deepEqual([...namesAsked(journal)], ['r']);
  journal.finishRun(id, 'failed', { kind: 'fault', fault: fault('cancelled', 'm', 'h') });
  assert.deepEqual([...namesAsked(journal)], []);
});
