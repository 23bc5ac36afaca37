import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import type { ChosenFile } from '../../../../src/core/plan/verify/choose-files.ts';
import { aheadOf, reachedBy, unitsOf } from '../../../../src/core/plan/verify/units.ts';

const PIECE = 256 * 1024 ** 2;
const large = (path: string, size = 3 * PIECE): ChosenFile => ({ path, size });
const small = (path: string): ChosenFile => ({ path, size: 1 });
const recent = (file: ChosenFile): ChosenFile => ({ ...file, recent: true });

/** `a+b c@0 c@1`: files by one command, or a piece of one from that GiB on. */
const shown = (files: readonly ChosenFile[], from: Parameters<typeof unitsOf>[1] = null): string =>
  [...unitsOf(files, from)]
    .map(({ files: some, piece }) => {
      const paths = some.map(({ path }) => path).join('+');
      return piece ? `${paths}@${piece.offset / PIECE}` : paths;
    })
    .join(' ');

test('what is small comes first, what is large in pieces, and of that what changes each day last', () => {
  const files = [recent(large('new')), large('z', PIECE + 1), recent(small('n')), small('b'), small('a')];
  assert.equal(shown(files), 'n a+b z@0 z@1 new@0 new@1 new@2');
  const last = [...unitsOf([large('z', PIECE + 1)], null)].at(-1);
  assert.deepEqual(last?.piece, { offset: PIECE, length: 1 });
});

test('what was written and the rest take turns, so that neither takes all of the time', () => {
  const many = (name: string, count: number) =>
    Array.from({ length: count }, (_, index) => small(`${name}${String(index).padStart(4, '0')}`));
  const files = [...many('n', 4000).map(recent), ...many('p', 6000)];
  const kinds = [...unitsOf(files, null)].map((unit) => (unit.files[0]?.recent ? 'n' : 'p'));
  assert.equal(kinds.join(''), 'npnppn'.slice(0, 4).concat('p'));
});

for (const [title, from, want] of [
  ['behind a small one', { path: 'b', offset: null }, 'n c y@0 y@1 y@2 z@0 z@1 z@2'],
  ['behind one that is gone by now', { path: 'bb', offset: null }, 'n c y@0 y@1 y@2 z@0 z@1 z@2'],
  ['in a large one', { path: 'y', offset: 2 * PIECE }, 'n y@2 z@0 z@1 z@2'],
  ['behind a large one', { path: 'y', offset: 3 * PIECE }, 'n z@0 z@1 z@2'],
  ['behind all', { path: 'z', offset: 3 * PIECE }, 'n'],
] as const) {
  test(`one that was cut off goes on where it was, ${title}`, () => {
    const files = [recent(small('n')), ...['c', 'b', 'a'].map(small), large('z'), large('y')];
    assert.equal(shown(files, from), want);
    const ahead = aheadOf(files, from).map(({ path }) => path);
    const told = new Set(want.split(' ').map((word) => word.split('@')[0]));
    assert.deepEqual(ahead.toSorted(), [...told].toSorted());
  });
}

test('wherever it is cut off, each byte is compared once in the end', () => {
  const size = fc.oneof(fc.constant(1), fc.constant(PIECE * 2 + 5), fc.constant(33 * 1024 ** 2));
  const file = fc.record({ path: fc.string({ minLength: 1 }), size });
  fc.assert(
    fc.property(
      fc.uniqueArray(file, { selector: ({ path }) => path }),
      fc.integer({ min: 1, max: 3 }),
      (files, some) => {
        const compared = new Map<string, number>();
        let from: Parameters<typeof unitsOf>[1] = null;
        for (let tries = 0; aheadOf(files, from).length > 0; tries++) {
          assert.ok(tries < 200);
          for (const unit of [...unitsOf(files, from)].slice(0, some)) {
            for (const { path, size: whole } of unit.files)
              compared.set(path, (compared.get(path) ?? 0) + (unit.piece?.length ?? whole));
            from = reachedBy(unit) ?? from;
          }
        }
        assert.deepEqual(compared, new Map(files.map(({ path, size: whole }) => [path, whole])));
      },
    ),
  );
});
