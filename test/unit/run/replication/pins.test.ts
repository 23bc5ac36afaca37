/** What a replication keeps pinned: of each target what is still to be sent to it, with its bases, on both sides. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { TargetProgress } from '../../../../src/core/model/runs/job.ts';
import type { SendStep } from '../../../../src/core/model/runs/replication.ts';
import { type Pins, replicationPins } from '../../../../src/core/run/replication/pins.ts';
import { patience } from '../../../patience.ts';
import { must } from '../../state/fixtures/state-home.ts';
import { at, claimsOn } from '../fixtures/claims.ts';

const snapshotOf = (id: string) => ({ originId: id, uuid: id, receivedUuid: null });

/** `c>d`: the step from c to d; `>d`: d in full; `=d`: it is there. */
function planOf(words: string) {
  const all = words.split(' ').filter((word) => word !== '');
  const steps = all
    .filter((word) => word.includes('>'))
    .map((step) => {
      const [base = '', sent = ''] = step.split('>');
      return { snapshot: snapshotOf(sent), base: base === '' ? null : snapshotOf(base) } as SendStep;
    });
  const present = all.filter((word) => word.startsWith('=')).map((word) => snapshotOf(word.slice(1)));
  return { kind: steps.length > 0 ? 'send' : 'current', steps, present } as never;
}

function setUp(t: TestContext) {
  const { journal, isAlive, begin } = claimsOn(t);
  const fleet = { journal, isAlive } as never;
  const pins = replicationPins({ fleet, runId: begin(), patiently: async (write) => write() });
  const looked = journal.moves();
  const place = { server: 'a', path: '/data', filesystem: { uuid: 'source' } };
  /** `source`, `since`: moves before the looks. Default: just now. */
  const take = async (target: string, words: string, source = journal.moves(), since = journal.moves()) => {
    const there = { server: target, filesystem: { uuid: target } } as never;
    const ways = { source: { place, moves: source } as never, place: there, since };
    return must(await pins.take(target, planOf(words), ways));
  };
  const on = (filesystem: string): string =>
    journal
      .pinned()
      .flatMap((one) => (one.filesystem === filesystem ? [one.origin] : []))
      .toSorted()
      .join(' ');
  const deleting = begin();
  const doom = (origin: string, filesystem: string) =>
    must(journal.doom(deleting, { wanted: [at(origin, filesystem)], restsOn: [], since: journal.moves() }));
  return { journal, pins, take, on, deleting, doom, looked };
}

/** `sending 2`: at the second of its steps. */
function tell(pins: Pins, target: string, words: string): void {
  const [phase, index = '1'] = words.split(' ');
  const step = { snapshot: 'named', base: 'otherwise', index: Number(index), count: 3 };
  pins.follow({ type: 'target', target, progress: { phase, step } as TargetProgress });
}

const STEPS = '>a a>b b>c';

for (const [title, steps, told, want] of [
  ['that waits: all its steps', STEPS, 'waiting', 'a b c'],
  ['at the first step: all of them', STEPS, 'sending 1', 'a b c'],
  ['at the last step: it and its base', STEPS, 'sending 3', 'b c'],
  ['verifying: what it verifies', '>a >b b>c', 'verifying 2', 'b c'],
  ['cleaning up: it may be sent again', STEPS, 'cleaning', 'a b c'],
  ['done: nothing', STEPS, 'finished', ''],
] as const) {
  test(`pinned for a target ${title}`, async (t) => {
    const { take, pins, on } = setUp(t);
    assert.deepEqual(await take('b', steps), []);
    tell(pins, 'b', told);
    assert.deepEqual([on('source'), on('b'), on('c')], [want, want, '']);
  });
}

test('what one target needs no more stays for another one that does', async (t) => {
  const { take, pins, on } = setUp(t);
  await take('b', STEPS);
  await take('c', 'a>b b>c');
  tell(pins, 'b', 'finished');
  assert.deepEqual([on('source'), on('b'), on('c')], ['a b c', '', 'a b c']);
  tell(pins, 'c', 'sending 2');
  assert.deepEqual([on('source'), on('c')], ['b c', 'b c']);
  // It never goes back: who fell out is at the same step.
  tell(pins, 'c', 'sending 1');
  assert.equal(on('source'), 'b c');
});

test('a plan that takes the place of another one lets go what only that one used', async (t) => {
  const { journal, take, on, pins, deleting, doom } = setUp(t);
  doom('b', 'b');
  const met = await take('b', STEPS);
  assert.deepEqual(
    met.map(({ filesystem, origin, run }) => [filesystem, origin, run]),
    [
      ['b', 'b', deleting],
      ['b', 'b', deleting],
    ],
  );
  assert.deepEqual([on('source'), on('b')], ['a b c', 'a c']);
  journal.lift(deleting);
  assert.deepEqual(await take('b', 'a>c'), []);
  assert.deepEqual([on('source'), on('b')], ['a c', 'a c']);
  tell(pins, 'b', 'finished');
  assert.equal(on('source') + on('b'), '');
});

test('what was deleted since either side was looked at is met; what is there already is only asked for', async (t) => {
  const { journal, take, on, deleting, doom, looked } = setUp(t);
  doom('d', 'b');
  assert.deepEqual((await take('b', '=d')).length, 1);
  journal.lift(deleting);
  assert.deepEqual((await take('b', '=d >e', journal.moves(), looked)).length, 1);
  assert.deepEqual(await take('b', '=d >e'), []);
  assert.deepEqual([on('source'), on('b')], ['e', 'e']);
  doom('a', 'source');
  journal.lift(deleting);
  assert.deepEqual((await take('b', '>a', looked)).length, 1);
  // It is not sent from there.
  doom('f', 'source');
  assert.deepEqual(await take('b', '=f'), []);
});

test('very many steps are followed in no time', async (t) => {
  const { take, pins, on } = setUp(t);
  const names = Array.from({ length: 2000 }, (_, index) => `s${String(index).padStart(4, '0')}`);
  const steps = names.map((name, index) => `${names[index - 1] ?? ''}>${name}`).join(' ');
  await take('b', steps);
  const began = performance.now();
  for (let step = 1; step <= 2000; step += 1) tell(pins, 'b', `sending ${step}`);
  assert.ok(performance.now() - began < patience(2), `${performance.now() - began} ms`);
  assert.equal(on('b'), names.slice(-2).join(' '));
});
