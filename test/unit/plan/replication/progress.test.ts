import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { fault } from '../../../../src/core/model/fault.ts';
import type { JobEvent, TargetProgress } from '../../../../src/core/model/runs/job.ts';
import type { TargetResult } from '../../../../src/core/model/runs/target-result.ts';
import { advance, newJob } from '../../../../src/core/plan/replication/advance.ts';
import { checkSpace, reserveBytes } from '../../../../src/core/plan/replication/space.ts';
import { transferRate } from '../../../../src/core/plan/replication/transfer-rate.ts';

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;

// Space

for (const [payload, reserve] of [
  [0, 16 * MIB],
  [MIB, 16 * MIB],
  [800 * MIB, 16 * MIB],
  [10 * GIB, 0.02 * 10 * GIB],
] as const) {
  test(`${payload} bytes keep ${reserve} free beside them`, () =>
    assert.equal(reserveBytes(payload), reserve));
}

const refused = (payload: number | null, free: number | null): string | null =>
  checkSpace(payload, { sizeBytes: null, usedBytes: null, freeBytes: free }, { server: 'b', mount: '/mnt/x' })
    ?.code ?? null;

for (const [title, payload, free, want] of [
  ['plenty', 100 * MIB, GIB, null],
  ['exactly enough', 100 * MIB, 116 * MIB, null],
  ['one byte too little', 100 * MIB, 116 * MIB - 1, 'no-space'],
  ['enough but for the reserve', 100 * MIB, 100 * MIB, 'no-space'],
  ['nothing to send, nothing free', 0, 0, null],
  ['one byte to send, nothing free', 1, 0, 'no-space'],
  ['payload not known', null, 0, null],
  ['free space not known', GIB, null, null],
] as const) {
  test(`space: ${title}`, () => assert.equal(refused(payload, free), want));
}

test('too little space: both figures, where, and that nothing was sent', () => {
  const found = checkSpace(
    100 * MIB + 1,
    { sizeBytes: GIB, usedBytes: GIB, freeBytes: 7 },
    { server: 'b', mount: '/mnt/x' },
  );
  assert.match(found?.message ?? '', /b:\/mnt\/x has 7 bytes free; .* needs 121634817\./);
  assert.match(found?.hint ?? '', /Nothing was sent/);
  assert.equal(found?.server, 'b');
});

test('more free space never turns a yes into a no', () => {
  fc.assert(
    fc.property(fc.nat(), fc.nat(), fc.nat(), (payload, free, more) => {
      if (refused(payload, free) === null) assert.equal(refused(payload, free + more), null);
      if (refused(payload, free) !== null) assert.ok(free < payload + reserveBytes(payload));
    }),
  );
});

// Rate

type Sending = Extract<TargetProgress, { phase: 'sending' }>;
const START = '2026-01-01T00:00:00.000Z';

const sending = (sentBytes: number, payloadBytes: number, totalBytes: number | null): Sending => ({
  phase: 'sending',
  step: { snapshot: 's', base: null, index: 1, count: 1 },
  sentBytes,
  payloadBytes,
  totalBytes,
  startedAt: START,
  updatedAt: START,
});
const after = (seconds: number): number => Date.parse(START) + seconds * 1000;

for (const [title, progress, seconds, want] of [
  ['half way', sending(110, 100, 200), 10, [0.5, 11, 10]],
  ['the whole not known', sending(110, 100, null), 10, [null, 11, null]],
  ['just begun', sending(110, 100, 200), 0.4, [0.5, null, null]],
  ['settled', sending(110, 100, 200), 0.5, [0.5, 220, 0.5]],
  ['nothing sent yet', sending(0, 0, 200), 10, [0, null, null]],
  ['only metadata so far', sending(50, 0, 200), 10, [0, 5, null]],
  ['nothing to send', sending(50, 0, 0), 10, [1, 5, null]],
  ['more than was estimated', sending(330, 300, 200), 10, [1, 33, 0]],
  ['all there', sending(220, 200, 200), 10, [1, 22, 0]],
  ['the clock went back', sending(110, 100, 200), -5, [0.5, null, null]],
] as const) {
  test(`rate: ${title}`, () => {
    const { fraction, bytesPerSecond, secondsLeft } = transferRate(progress, after(seconds));
    assert.deepEqual([fraction, bytesPerSecond, secondsLeft], want);
  });
}

test('a start that is no time gives no rate', () => {
  const { bytesPerSecond, secondsLeft } = transferRate(
    { ...sending(110, 100, 200), startedAt: '' },
    after(10),
  );
  assert.deepEqual([bytesPerSecond, secondsLeft], [null, null]);
});

test('what is told of a transfer is a finite number in its range, or nothing', () => {
  const total = fc.option(fc.nat(), { nil: null });
  fc.assert(
    fc.property(
      fc.nat(),
      fc.nat(),
      total,
      fc.integer({ min: -100, max: 1e6 }),
      (sent, payload, whole, seconds) => {
        const { fraction, bytesPerSecond, secondsLeft } = transferRate(
          sending(sent, payload, whole),
          after(seconds),
        );
        assert.equal(fraction === null, whole === null);
        if (fraction !== null) assert.ok(fraction >= 0 && fraction <= 1);
        if (bytesPerSecond !== null) assert.ok(bytesPerSecond > 0 && Number.isFinite(bytesPerSecond));
        if (secondsLeft !== null) assert.ok(secondsLeft >= 0 && Number.isFinite(secondsLeft));
      },
    ),
  );
});

// The fold

const result = (snapshot: string): TargetResult => ({
  server: 'b',
  mount: '/srv',
  status: 'ok',
  mode: 'full',
  snapshot,
  base: null,
  path: 'relay',
  sentBytes: 1,
  estimatedBytes: 1,
  elapsedSeconds: 1,
  verified: true,
  fault: null,
});

const fold = (events: readonly JobEvent[]) => events.reduce(advance, newJob(['b', 'c:/x']));

test('a new job prepares every target', () => {
  assert.deepEqual(newJob(['b', 'c:/x']), {
    targets: [
      { target: 'b', progress: { phase: 'preparing' }, results: [] },
      { target: 'c:/x', progress: { phase: 'preparing' }, results: [] },
    ],
    notes: [],
    fault: null,
  });
});

test('progress and results go to their target alone', () => {
  const job = fold([
    { type: 'target', target: 'b', progress: sending(1, 1, 2) },
    { type: 'target', target: 'c:/x', progress: { phase: 'waiting' } },
    { type: 'result', target: 'b', result: result('one') },
    { type: 'result', target: 'b', result: result('two') },
    { type: 'target', target: 'b', progress: { phase: 'finished' } },
  ]);
  assert.deepEqual(
    job.targets.map((one) => [one.target, one.progress.phase, one.results.map((each) => each.snapshot)]),
    [
      ['b', 'finished', ['one', 'two']],
      ['c:/x', 'waiting', []],
    ],
  );
});

test('notes add up, a fault is kept, an unknown target changes nothing', () => {
  const why = fault('locked', 'm', 'h');
  const job = fold([
    { type: 'note', message: 'one' },
    { type: 'fault', fault: why },
    { type: 'note', message: 'two' },
    { type: 'target', target: 'nobody', progress: { phase: 'finished' } },
  ]);
  assert.deepEqual(job.notes, ['one', 'two']);
  assert.deepEqual(job.fault, why);
  assert.ok(job.targets.every((one) => one.progress.phase === 'preparing'));
});

test('folding leaves the job before untouched, and a job survives being stored', () => {
  const before = newJob(['b']);
  const copy = structuredClone(before);
  const later = advance(before, { type: 'result', target: 'b', result: result('one') });
  assert.deepEqual(before, copy);
  assert.deepEqual(JSON.parse(JSON.stringify(later)), later);
});
