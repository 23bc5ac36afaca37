/** What a clean-up rests on: all that its rules keep, each where it must stay. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Kept } from '../../../../src/core/model/retention.ts';
import { restsOnKept } from '../../../../src/core/run/deletion/plan-cleanup.ts';
import { snapshot } from '../../plan/notation.ts';
import { at } from '../fixtures/claims.ts';

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
