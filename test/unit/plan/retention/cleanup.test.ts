import assert from 'node:assert/strict';
import test from 'node:test';
import { deletedBy, type RetentionRules } from '../../../../src/core/model/retention.ts';
import type { Snapshot } from '../../../../src/core/model/snapshot.ts';
import {
  type CleanupQuestion,
  goingBy,
  keptRows,
  planCleanup,
} from '../../../../src/core/plan/retention/cleanup.ts';

const at = (day: number): string => `2026-01-0${day}T00:00:00.000Z`;

const snapshot = (day: number, directory = '/pool/.snapshots/data', origin = `o${day}`): Snapshot => ({
  name: at(day),
  path: `${directory}/${at(day)}`,
  uuid: `${directory} ${day}`,
  receivedUuid: null,
  originId: origin,
  createdAt: at(day),
  readOnly: true,
  state: 'complete',
});

const LAST: RetentionRules = {
  ...{ kind: 'ladder', timeZone: 'UTC', minAgeSeconds: 0 },
  ...{ last: 1, hourly: 0, daily: 0, weekly: 0, monthly: 0, yearly: 0 },
};

const DAYS = [1, 2, 3].map((day) => snapshot(day));

function plan(more: Partial<CleanupQuestion> = {}) {
  const planned = planCleanup({
    snapshots: DAYS,
    rules: LAST,
    now: Date.parse(at(9)),
    holds: [],
    bases: new Map(),
    ...more,
  });
  assert.ok(planned.ok);
  return planned.value;
}

const gone = (more: Partial<CleanupQuestion>): string =>
  deletedBy(plan(more))
    .map(({ name }) => name.slice(9, 10))
    .join(' ');

const hold = { originId: 'o1', subvolume: '/data', name: 'whatever', note: null, heldAt: at(1) };

for (const [title, more, want] of [
  ['the rules alone', {}, '1 2'],
  ['held', { holds: [hold] }, '2'],
  ['named by a run', { isUsed: ({ name }: Snapshot) => name === at(2) }, '1'],
  ['a run may touch any', { isUsed: () => true }, ''],
  ['the base of a target', { bases: new Map([['b', new Set(['o1', 'o2'])]]) }, '1'],
  ['a target that is not known', { bases: new Map([['b', 'unknown' as const]]) }, ''],
  ['nothing there', { snapshots: [] }, ''],
] as const) {
  test(`clean-up: ${title}`, () => assert.equal(gone(more), want));
}

test('clean-up: each directory is a history of its own, and answers come in the order of the question', () => {
  const usb = [1, 2].map((day) => snapshot(day, '/usb/.snapshots/data'));
  const mixed = [DAYS[0], usb[0], DAYS[1], usb[1], DAYS[2]].filter((one) => one !== undefined);
  const found = plan({ snapshots: mixed });
  assert.deepEqual(
    found.answers.map((answer) => answer.snapshot),
    mixed,
  );
  assert.deepEqual(deletedBy(found), [DAYS[0], usb[0], DAYS[1]]);
});

test('clean-up: rules that keep nothing are refused, even where nothing lies', () => {
  const refused = planCleanup({
    ...{ snapshots: [], rules: { ...LAST, last: 0 }, now: 0, holds: [] },
    ...{ bases: new Map() },
  });
  assert.equal(refused.ok ? null : refused.fault.code, 'refused');
});

test('clean-up: at most what was shown goes, by name and uuid, and the rest says why it stays', () => {
  const found = plan();
  const only = [
    { name: at(1), uuid: DAYS[0]?.uuid ?? '' },
    { name: at(2), uuid: 'another one of that name' },
    { name: at(3), uuid: DAYS[2]?.uuid ?? '' },
  ];
  assert.deepEqual(goingBy(found, only), [DAYS[0]]);
  assert.deepEqual(keptRows(found, only), [
    { name: at(2), reasons: ['not in the list that was confirmed'] },
    { name: at(3), reasons: ['newest', 'last 1'] },
  ]);
  assert.deepEqual(goingBy(found, []), []);
  assert.deepEqual(goingBy(found, null), DAYS.slice(0, 2));
});

test('clean-up: what was found since to be needed stays, with that reason', () => {
  const [first, second] = DAYS;
  assert.ok(first && second);
  const spared = new Map([[second, [{ kind: 'base', target: 'b' }, { kind: 'in-use' }] as const]]);
  assert.deepEqual(
    keptRows(plan(), null, spared).map(({ name, reasons }) => [name, reasons.join()]),
    [
      [at(2), 'base for b,in use by a running job'],
      [at(3), 'newest,last 1'],
    ],
  );
});
