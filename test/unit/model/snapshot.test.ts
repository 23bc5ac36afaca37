import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { asRoot, asUser } from '../../../src/core/model/command.ts';
import { originIdOf } from '../../../src/core/model/inventory.ts';
import { stepLabel } from '../../../src/core/model/runs/job.ts';
import {
  isSnapshotName,
  joinPath,
  pathBelow,
  snapshotDirectory,
  snapshotName,
} from '../../../src/core/model/snapshot.ts';
import { codePoint } from '../../code-points.ts';
import { snapshot } from '../plan/notation.ts';

const YEAR_10000 = Date.UTC(10_000, 0, 1);

test('a snapshot is named by its creation time in UTC with milliseconds', () => {
  assert.equal(snapshotName(Date.UTC(2026, 10, 20, 8, 5, 1, 123)), '2026-11-20T08:05:01.123Z');
});

for (const [name, why] of [
  ['2026-11-20T08:05:01Z', 'no milliseconds'],
  ['2026-11-20T08:05:01.12Z', 'hundredths'],
  ['2026-11-20T08:05:01.1234Z', 'more than milliseconds'],
  ['2026-11-20T08:05:01.123', 'no zone'],
  ['2026-11-20T08:05:01.123+00:00', 'another way to write UTC'],
  ['2026-11-20t08:05:01.123z', 'small letters'],
  ['2026-11-20 08:05:01.123Z', 'a space'],
  ['2026-02-31T08:05:01.123Z', '31 February'],
  ['2026-02-29T08:05:01.123Z', '29 February of a common year'],
  ['2026-04-31T08:05:01.123Z', '31 April'],
  ['2026-13-01T08:05:01.123Z', 'month 13'],
  ['2026-00-10T08:05:01.123Z', 'month 0'],
  ['2026-11-00T08:05:01.123Z', 'day 0'],
  ['2026-11-20T24:00:00.000Z', 'midnight as hour 24'],
  ['2026-11-20T08:60:01.123Z', 'minute 60'],
  ['2026-12-31T23:59:60.000Z', 'a leap second'],
  ['+010000-01-01T00:00:00.000Z', 'the year 10000'],
  ['-000001-01-01T00:00:00.000Z', 'a year before 0'],
  ['2026-11-20T08:05:01.123Z\n', 'a newline behind it'],
  ['\n2026-11-20T08:05:01.123Z', 'a newline before it'],
  [' 2026-11-20T08:05:01.123Z', 'a space before it'],
  ['2026-11-20T08:05:01.123Z.replaced', 'something behind it'],
  ['x2026-11-20T08:05:01.123Z', 'something before it'],
  ['٢٠٢٦-11-20T08:05:01.123Z', 'other digits'],
  ['before-upgrade-2', 'a word'],
  ['2', 'a number'],
  ['', 'nothing'],
] as const) {
  test(`no snapshot name: ${why}`, () => assert.equal(isSnapshotName(name), false));
}

test('29 February of a leap year is a snapshot name', () => {
  assert.equal(isSnapshotName('2028-02-29T00:00:00.000Z'), true);
});

test('every time of the years 0 to 9999 gives a snapshot name that is that time again', () => {
  fc.assert(
    fc.property(fc.integer({ min: Date.UTC(-1, 12, 1), max: YEAR_10000 - 1 }), (time) => {
      const name = snapshotName(time);
      assert.equal(isSnapshotName(name), new Date(time).getUTCFullYear() >= 0);
      assert.equal(Date.parse(name), time);
    }),
  );
});

test('nothing else passes: what does is what snapshotName gives for that time', () => {
  const digits = (count: number) => fc.stringMatching(new RegExp(`^\\d{${count}}$`));
  const near = fc
    .tuple(digits(4), digits(2), digits(2), digits(2), digits(2), digits(2), digits(3))
    .map(([y, mo, d, h, mi, s, ms]) => `${y}-${mo}-${d}T${h}:${mi}:${s}.${ms}Z`);
  fc.assert(
    fc.property(fc.oneof(near, fc.string(), fc.string({ unit: codePoint })), (name) => {
      const time = Date.parse(name);
      const exact =
        !Number.isNaN(time) && /^\d/.test(name) && time < YEAR_10000 && snapshotName(time) === name;
      assert.equal(isSnapshotName(name), exact);
    }),
    { numRuns: 500 },
  );
});

test('names sort as their times do', () => {
  const time = fc.integer({ min: 0, max: YEAR_10000 - 1 });
  fc.assert(
    fc.property(time, time, (a, b) => {
      assert.equal(Math.sign(a - b), snapshotName(a) < snapshotName(b) ? -1 : Number(a !== b));
    }),
  );
});

for (const [mount, path, want] of [
  ['/data', '/data', ''],
  ['/data', '/data/x', 'x'],
  ['/data', '/data/x/y', 'x/y'],
  ['/data', '/data2', null],
  ['/data', '/data2/x', null],
  ['/data', '/dat', null],
  ['/data', '/', null],
  ['/data/x', '/data', null],
  ['/', '/', ''],
  ['/', '/data', 'data'],
  ['/', '/data/x', 'data/x'],
  ['/my disk', '/my disk/ä b', 'ä b'],
] as const) {
  test(`${path} below ${mount}: ${want === null ? 'no' : `"${want}"`}`, () =>
    assert.equal(pathBelow(mount, path), want));
}

const part = fc.string({ minLength: 1, unit: codePoint }).filter((text) => !text.includes('/'));
const below = fc.array(part, { maxLength: 4 }).map((parts) => parts.join('/'));
const absolute = below.map((text) => `/${text}`);

test('what is joined to a directory lies below it, at just that place', () => {
  fc.assert(
    fc.property(absolute, below, (directory, rest) => {
      assert.equal(pathBelow(directory, joinPath(directory, rest)), rest);
    }),
  );
});

test('what lies below a directory, joined to it, is the path again', () => {
  fc.assert(
    fc.property(absolute, absolute, (directory, path) => {
      const found = pathBelow(directory, path);
      if (found !== null) assert.equal(joinPath(directory, found), path);
    }),
  );
});

test('a sibling whose name begins the same is never below', () => {
  fc.assert(
    fc.property(absolute, part, below, (directory, more, rest) => {
      if (directory === '/') return;
      assert.equal(pathBelow(directory, joinPath(`${directory}${more}`, rest)), null);
    }),
  );
});

for (const [mount, under, want] of [
  ['/', 'data', '/.snapshots/data'],
  ['/', '', '/.snapshots'],
  ['/srv/pool', 'data/db', '/srv/pool/.snapshots/data/db'],
  ['/data', '', '/data/.snapshots'],
] as const) {
  test(`the snapshots of "${under}" below ${mount} lie in ${want}`, () =>
    assert.equal(snapshotDirectory(mount, under), want));
}

test('the origin id is the received uuid, else the own one, else unknown', () => {
  assert.equal(originIdOf({ uuid: 'own', receivedUuid: 'origin' }), 'origin');
  assert.equal(originIdOf({ uuid: 'own', receivedUuid: null }), 'own');
  assert.equal(originIdOf({ uuid: null, receivedUuid: null }), null);
});

test('a step is labelled by names alone', () => {
  const [a, b] = [snapshot('primary', 'a'), snapshot('primary', 'b')];
  assert.deepEqual(stepLabel({ snapshot: b, base: a }, 2, 3), {
    snapshot: b.name,
    base: a.name,
    index: 2,
    count: 3,
  });
  assert.equal(stepLabel({ snapshot: a, base: null }, 1, 1).base, null);
});

test('a command says whether it needs root', () => {
  assert.deepEqual(asRoot('btrfs', 'send'), { argv: ['btrfs', 'send'], root: true });
  assert.deepEqual(asUser('true'), { argv: ['true'], root: false });
});
