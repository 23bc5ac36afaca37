// The faults of a chaos run: the seed alone decides them, each kind comes before one comes again, and there are many.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KINDS } from '../../../scripts/chaos/kinds/table.ts';
import { type Step, sequence, TARGETS } from '../../../scripts/chaos/sequence.ts';

function first(seed: number, count: number): Step[] {
  const steps: Step[] = [];
  for (const step of sequence(seed, KINDS)) {
    if (steps.length === count) break;
    steps.push(step);
  }
  return steps;
}

const told = (seed: number, count = 60): string[] =>
  first(seed, count).map(({ kind, server, holdSeconds, pauseSeconds, seed: own }) =>
    [kind.name, server, holdSeconds, pauseSeconds, own].join(' '),
  );

test('the same seed gives the same faults, another one others', () => {
  assert.deepEqual(told(7), told(7));
  assert.notDeepEqual(told(7), told(8));
});

test('there are at least twenty kinds, each with a name of its own', () => {
  assert.ok(KINDS.length >= 20);
  assert.equal(new Set(KINDS.map(({ name }) => name)).size, KINDS.length);
});

test('no kind comes again before all of its place have come', () => {
  const ofTargets = KINDS.filter(({ place }) => place === 'target').length;
  const names = first(3, 200)
    .filter(({ kind }) => kind.place === 'target')
    .map(({ kind }) => kind.name);
  assert.equal(new Set(names.slice(0, ofTargets)).size, ofTargets);
  assert.equal(new Set(names.slice(ofTargets, 2 * ofTargets)).size, ofTargets);
});

test('the faults of targets go to one of them for a while, so that the others are well meanwhile', () => {
  for (const { kind, server } of first(5, 100)) {
    if (kind.place === 'target') assert.ok(TARGETS.some((one) => one === server));
    if (kind.only !== undefined) assert.equal(server, kind.only);
  }
  const block = first(5, 6).filter(({ kind }) => kind.only === undefined);
  assert.equal(new Set(block.map(({ server }) => server)).size, 1);
});

test('it ends at once where there are no kinds', () => assert.deepEqual([...sequence(1, [])], []));
