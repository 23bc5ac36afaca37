// The house rules that need all files at once: circles and crowded folders.
import assert from 'node:assert/strict';
import test from 'node:test';
import { CROWDED } from '../../../scripts/lint/house.ts';
import { checkTree } from '../../../scripts/lint/tree.ts';

/** `a: b c` for each file: whom it imports. */
const findings = (...files: readonly string[]): string[] => {
  const tree = files.map((one) => {
    const [path = '', targets = ''] = one.split(':');
    const imports = targets.split(' ').filter(Boolean);
    return { path: `src/${path}`, text: imports.map((to) => `import type { A } from '${to}';\n`).join('') };
  });
  return checkTree(tree).map(({ path, rule, message }) => `${path} ${rule}: ${message}`);
};

test('what imports one way is no circle', () =>
  assert.deepEqual(findings('a/x.ts: ./y.ts ../b/z.ts', 'a/y.ts: ../b/z.ts', 'b/z.ts:'), []));

test('two files that import each other are a circle, for types alone', () =>
  assert.deepEqual(findings('a/x.ts: ./y.ts', 'a/y.ts: ./x.ts'), [
    'src/a/x.ts circle: files import each other: src/a/x.ts → src/a/y.ts → src/a/x.ts',
  ]));

test('a longer circle is named once, by its shortest way', () =>
  assert.deepEqual(findings('a/x.ts: ./y.ts', 'a/y.ts: ./z.ts', 'a/z.ts: ./x.ts'), [
    'src/a/x.ts circle: files import each other: src/a/x.ts → src/a/y.ts → src/a/z.ts → src/a/x.ts',
  ]));

test('folders are a circle where no files are', () =>
  assert.deepEqual(findings('a/x.ts: ../b/y.ts', 'a/w.ts:', 'b/y.ts:', 'b/z.ts: ../a/w.ts'), [
    'src/a circle: folders import each other: src/a → src/b → src/a',
  ]));

test('a folder of too many files is crowded', () => {
  const files = (count: number): string[] => Array.from({ length: count }, (_, index) => `a/f${index}.ts:`);
  assert.deepEqual(findings(...files(CROWDED)), []);
  assert.deepEqual(findings(...files(CROWDED + 1)), [
    `src/a crowded: has ${CROWDED + 1} files, ${CROWDED} are the limit: sort them into rooms`,
  ]);
});
