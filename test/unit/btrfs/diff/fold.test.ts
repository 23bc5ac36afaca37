import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import fc from 'fast-check';
import { changesOf } from '../../../../src/core/btrfs/diff/changes.ts';
import type { Folded } from '../../../../src/core/btrfs/diff/fold.ts';
import { fold, full, header, increment, UUID, wire } from './stream.ts';

const stream = (name: string): Uint8Array =>
  readFileSync(new URL(`../../../fixtures/btrfs/${name}.stream`, import.meta.url));

const changes = (folded: Folded) => {
  assert.equal(folded.kind, 'whole', folded.kind === 'broken' ? folded.why : '');
  return folded.kind === 'whole' ? changesOf(folded) : null;
};
const kindOf = (bytes: Uint8Array): string => fold(bytes).kind;

// Recorded of a real kernel: SOURCES.txt.
for (const name of ['full-v1', 'full-v2', 'increment-v1', 'increment-v2']) {
  test(`${name}: with and without its data it is the same`, () => {
    const whole = changes(fold(stream(name)));
    const without = changes(fold(stream(`${name}.no-data`)));
    assert.ok(whole && without && 'changes' in whole && 'changes' in without);
    assert.ok(whole.changes.length > 0);
    assert.deepEqual(
      whole.changes.map(({ bytes: _, ...change }) => change),
      without.changes.map(({ bytes: _, ...change }) => change),
    );
  });
}

test('any cut into chunks gives the same', () => {
  const bytes = stream('full-v2');
  const whole = changes(fold(bytes));
  fc.assert(
    fc.property(fc.array(fc.nat(bytes.length), { maxLength: 100 }), (cuts) => {
      assert.deepEqual(changes(fold(bytes, cuts)), whole);
    }),
    { numRuns: 20 },
  );
});

test('it says of what it is', () => {
  const folded = fold(increment());
  assert.equal(folded.kind === 'whole' && folded.uuid, UUID);
});

test('cut off anywhere it is never whole', () => {
  const bytes = stream('increment-v1.no-data');
  for (let length = 0; length < bytes.length; length += 1)
    assert.equal(kindOf(bytes.subarray(0, length)), 'cut');
});

test('a byte that changed on the way is found', () => {
  const bytes = stream('increment-v1.no-data');
  for (let at = 17; at < bytes.length; at += 1) {
    const changed = Uint8Array.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ 4;
    assert.notEqual(kindOf(changed), 'whole', `byte ${at}`);
  }
});

const mkdir = (path: string) => wire('mkdir', { path });

for (const [title, bytes] of [
  ['another magic', Buffer.from('btrfs-strean\0\x01\0\0\0')],
  ['no version', header(0)],
  [
    'a path in a new directory that is not there',
    full(wire('utimes', { path: 'a', mtime: Buffer.alloc(12) })),
  ],
  ['what was removed', increment(wire('unlink', { path: 'a' }), wire('truncate', { path: 'a', size: 1 }))],
  [
    'a directory moved into itself',
    increment(mkdir('a'), mkdir('a/b'), wire('rename', { path: 'a', to: 'a/b/c' })),
  ],
  ['a rename onto what is there', increment(mkdir('a'), mkdir('b'), wire('rename', { path: 'a', to: 'b' }))],
  ['a name twice', increment(mkdir('a'), mkdir('a'))],
  ['a way up', increment(mkdir('a/../b'))],
  ['an absolute path', increment(mkdir('/a'))],
  ['a name with a zero', increment(mkdir('a\0b'))],
  ['a path through a file', increment(wire('mkfile', { path: 'a' }), mkdir('a/b'))],
  ['a directory unlinked', increment(mkdir('a'), wire('unlink', { path: 'a' }))],
  ['a link to a directory', increment(mkdir('a'), wire('link', { path: 'b', link: 'a' }))],
  ['a command without its path', increment(wire('mkfile'))],
  ['a number of four bytes', increment(wire('truncate', { path: 'a', size: Buffer.alloc(4) }))],
  ['a command nobody knows', increment(wire(40))],
  ['two subvolumes', increment(wire('snapshot', { path: 'x' }))],
  ['no subvolume', Buffer.concat([header(), mkdir('a'), wire('end')])],
  ['more after the end', Buffer.concat([increment(), Buffer.from('x')])],
] as const) {
  test(`broken: ${title}`, () => assert.equal(kindOf(bytes), 'broken'));
}

test('a chain that is deeper than any path can name is not followed', () => {
  const chain = Array.from({ length: 5000 }, (_, index) => [
    mkdir(`d${index}`),
    ...(index === 0 ? [] : [wire('rename', { path: `d${index - 1}`, to: `d${index}/x` })]),
  ]).flat();
  const folded = fold(increment(...chain));
  const found = folded.kind === 'whole' ? changesOf(folded) : folded;
  assert.match('why' in found ? found.why : '', /longer than any/);
});

test('no bytes make it throw, and no commands', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (tail) => {
      fold(Buffer.concat([header(), tail]));
    }),
  );
  const path = fc.constantFrom('', 'a', 'b', 'a/b', 'a/b/c', '..', '/', 'b/');
  const any = fc.record({ path, to: path, link: path, size: fc.nat(), mode: fc.nat(), offset: fc.nat() });
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.integer({ min: 1, max: 27 }), any)), (commands) => {
      const folded = fold(increment(...commands.map(([code, attributes]) => wire(code, attributes))));
      if (folded.kind === 'whole') changesOf(folded);
    }),
  );
});

test('it keeps no more than it may', () => {
  const many = Array.from({ length: 1000 }, (_, index) => mkdir(`d${index}`));
  assert.equal(fold(increment(...many), [], 100_000).kind, 'large');
  assert.equal(fold(increment(...many), [], 1_000_000).kind, 'whole');
});
