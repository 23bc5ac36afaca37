/** How the rows of the Dashboard are shared out: no section hides the rest of the fleet, and none is drawn beyond the room. */
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { SECTIONS, type Section } from '../../../../src/screens/Dashboard/lines.ts';
import { shareRows } from '../../../../src/screens/Dashboard/room.ts';

const SHORT: Readonly<Record<string, Section>> = {
  w: 'why',
  r: 'running',
  s: 'subvolumes',
  d: 'disks',
  f: 'failures',
  n: 'next',
};

/** `w9 s200`: nine reasons, two hundred subvolumes. */
const counts = (text: string): Map<Section, number> =>
  new Map(text.split(' ').map((word) => [SHORT[word[0] ?? ''] ?? 'why', Number(word.slice(1))]));

const shown = (rows: ReadonlyMap<Section, number>): string =>
  SECTIONS.flatMap((section) => {
    const room = rows.get(section);
    return room === undefined ? [] : [`${section[0]}${room}`];
  }).join(' ');

for (const [title, has, pressing, here, height, want] of [
  ['many reasons leave room for subvolumes and disks', 'w40 s200 d300 n5', 40, 'why', 13, 'w5 s3 d2'],
  ['one that stands in the disks sees more of them', 'w40 s200 d300 n5', 40, 'disks', 13, 'w4 s2 d4'],
  ['notes give way', 'w40 s9 d9 n5', 0, 'subvolumes', 20, 'w1 s9 d5 n1'],
  ['what is left over goes to the subvolumes', 'w2 s30 d3 n2', 2, null, 30, 'w2 s21 d2 n1'],
  ['hardly any room: only where one stands', 'w9 s9 d9', 9, 'disks', 3, 'd2'],
] as const) {
  test(title, () => {
    assert.equal(shown(shareRows({ counts: counts(has), pressing, here }, height)), want);
  });
}

test('never more rows than there are, never more than a section has, and where one stands is always shown', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom(...SECTIONS), fc.integer({ min: 1, max: 400 })), { minLength: 1 }),
      fc.nat(400),
      fc.integer({ min: 2, max: 60 }),
      fc.nat(5),
      (pairs, pressing, height, at) => {
        const all = new Map(pairs);
        const here = [...all.keys()][at % all.size] ?? null;
        const rows = shareRows({ counts: all, pressing, here }, height);
        const taken = [...rows.values()].reduce((sum, count) => sum + count + 1, 0);
        assert.ok(taken <= height);
        for (const [section, count] of rows) assert.ok(count >= 1 && count <= (all.get(section) ?? 0));
        assert.ok(here === null || rows.has(here));
      },
    ),
  );
});
