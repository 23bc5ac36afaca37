import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import type { FileFacts } from '../../../../src/core/model/runs/file-facts.ts';
import { batchesOf, chooseFiles, partOf } from '../../../../src/core/plan/verify/choose-files.ts';

const file = (about: Partial<FileFacts> = {}): FileFacts => ({
  ...{ type: 'file', mode: 0, uid: 0, gid: 0, size: 5, seconds: 0, nanoseconds: 0, device: 0 },
  ...{ leadsTo: null, xattrs: null, properties: null, acl: null, firstName: null },
  ...about,
});
const none: ReadonlySet<string> = new Set();

test('all files but empty ones, each under one of its names, and nothing that is none', () => {
  const facts = new Map([
    ['', file({ type: 'directory' })],
    ['a', file({ firstName: 'a' })],
    ['b', file({ firstName: 'a' })],
    ['empty', file({ size: 0 })],
    ['link', file({ type: 'symlink' })],
  ]);
  const all = { files: [{ path: 'a', size: 5 }], part: 0 };
  assert.deepEqual(chooseFiles(facts, { share: null, done: new Map(), written: none }), all);
});

test('of a share each file comes once in as many comparisons, and what was written comes first in any case', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.string({ minLength: 1 }), { maxLength: 40 }),
      fc.integer({ min: 1, max: 40 }),
      (paths, share) => {
        const facts = new Map(paths.map((path) => [path, file()]));
        const done = new Map<number, string>();
        // As long as a part was never compared, each brings files that were not.
        const seen: string[] = [];
        for (let time = 1; seen.length < paths.length; time++) {
          const { files, part } = chooseFiles(facts, { share, done, written: none });
          assert.ok(time <= share && files.length > 0 && part !== null && !done.has(part));
          seen.push(...files.map(({ path }) => path));
          done.set(part, `time ${String(time).padStart(2, '0')}`);
        }
        assert.deepEqual(seen.toSorted(), paths.toSorted());
        // Then the one that was compared longest ago.
        const next = chooseFiles(facts, { share, done, written: none });
        assert.deepEqual(next.part, paths.length === 0 ? null : [...done.keys()][0]);
        const [some = ''] = paths;
        const written = new Set(paths.slice(0, 1));
        const { files: chosen } = chooseFiles(facts, { share, done, written });
        if (paths.length > 0) assert.equal(chosen[0]?.path, some);
        assert.equal(new Set(chosen.map(({ path }) => path)).size, chosen.length);
      },
    ),
  );
});

test('what was written is found by whichever of its names it was written', () => {
  const facts = new Map([
    ['a', file({ firstName: 'a' })],
    ['z', file({ firstName: 'a' })],
    ...Array.from({ length: 50 }, (_, index) => [`other ${index}`, file()] as const),
  ]);
  const { files } = chooseFiles(facts, { share: 10_000, done: new Map(), written: new Set(['z']) });
  assert.equal(files[0]?.path, 'a');
});

test('the parts are about as large as each other', () => {
  const counts = Array.from({ length: 30 }, () => 0);
  for (let index = 0; index < 30_000; index++) {
    const part = partOf(`directory/file-${index}.txt`, 30);
    counts[part] = (counts[part] ?? 0) + 1;
  }
  assert.ok(Math.min(...counts) > 800 && Math.max(...counts) < 1200, counts.join(' '));
});

test('batches hold all files in their order, and none is too large but where one file is', () => {
  const size = fc.oneof(fc.nat(100), fc.constant(5 * 1024 ** 3));
  fc.assert(
    fc.property(fc.array(fc.record({ path: fc.string(), size }), { maxLength: 50 }), (files) => {
      const batches = batchesOf(files);
      assert.deepEqual(batches.flat(), files);
      for (const batch of batches) {
        const bytes = batch.reduce((sum, one) => sum + one.size, 0);
        assert.ok(batch.length > 0 && (batch.length === 1 || bytes <= 4 * 1024 ** 3));
      }
    }),
  );
  const many = Array.from({ length: 5000 }, (_, index) => ({ path: `${index}`, size: 1 }));
  assert.deepEqual(
    batchesOf(many).map(({ length }) => length),
    [2000, 2000, 1000],
  );
});
