/** Which paths a pattern means. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooser } from '../../../../src/core/plan/extract/patterns.ts';

for (const [pattern, yes, no] of [
  ['*.odt', 'a.odt d/a.odt .odt d.odt/x', 'a.odtx odt'],
  ['cache', 'cache d/cache cache/x d/cache/y/z', 'caches d/mycache'],
  ['/d/*.c', 'd/a.c d/a.c/x', 'a.c e/d/a.c d/e/a.c'],
  ['d/**/x', 'd/x d/a/x d/a/b/x d/a/x/y', 'x e/d/x d/xx'],
  ['**/t', 't a/t a/b/t', 'tt'],
  ['d/', 'd d/x x/d', 'dd'],
  ['a?c', 'abc aüc d/a.c', 'ac abbc'],
  ['[a-c]x[!0-9]', 'axb bx_', 'dxb ax1 ax'],
  ['\\*', '* d/*', 'a'],
  ['a[', 'a[', 'a'],
  ['?', 'a ü 😀 \udcff', '😀😀 \udcff\udcfe'],
  ['[äö]*', 'ä öx', 'a ü'],
  ['*a*a*a*a*b', 'aaaaab', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaac'],
] as const) {
  test(`${pattern} means ${yes}, not ${no}`, () => {
    const [include, exclude] = [
      chooser({ include: [pattern], exclude: [] }),
      chooser({ include: [], exclude: [pattern] }),
    ];
    for (const path of yes.split(' ')) assert.deepEqual([include(path), exclude(path)], [true, false], path);
    for (const path of no.split(' ')) assert.deepEqual([include(path), exclude(path)], [false, true], path);
  });
}

test('a path of thousands of steps is looked at once', () => {
  const deep = Array.from({ length: 2000 }, () => 'd').join('/');
  const chooses = chooser({ include: [], exclude: ['*.x', 'a/b', '**/q'] });
  const began = process.cpuUsage().user;
  for (let index = 0; index < 200; index += 1) assert.equal(chooses(`${deep}/${index}`), true);
  assert.ok(process.cpuUsage().user - began < 10_000_000);
});

test('without patterns it is everything; what is left out wins', () => {
  assert.equal(chooser({ include: [], exclude: [] })(''), true);
  const both = chooser({ include: ['d'], exclude: ['*.o'] });
  assert.deepEqual(['d', 'd/a', 'd/a.o', 'e'].map(both), [true, true, false, false]);
});
