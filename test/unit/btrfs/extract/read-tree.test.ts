/** What a server lists of a tree of files: what is mounted in it is no part of it, and what no find writes is not believed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTreeReader } from '../../../../src/core/btrfs/extract/read-tree.ts';

const N = 'nonce';

function read(fields: readonly string[], paths: readonly string[] = ['d']) {
  const reader = createTreeReader(N, paths);
  const whole = ['now 100.5', '', 'a 0 0 d 1 1 0 1.5 1.5 755 0 0 41 ', '', ...fields, `end ${N}`, ''];
  reader.push(Buffer.from(whole.map((field) => `${field}\0`).join(''), 'latin1'));
  return reader.result();
}
const entry = (kind: string, path: string): string[] => [
  `e 0 ${kind} 300 1 4 1.5 1.5 644 0 0 41 ${path}`,
  '',
];
const THERE = ['way 0 0 there', ''];

test('what something is mounted on, and what is below it, is apart, though it is the same subvolume', () => {
  const said = read([
    'm ',
    '',
    'm d/x',
    '',
    ...THERE,
    ...entry('d', ''),
    ...entry('d', 'x'),
    ...entry('f', 'x/f'),
    ...entry('f', 'xf'),
  ]);
  assert.equal(said.kind, 'tree');
  const devices =
    said.kind === 'tree' ? [...said.tree.entries].map(([path, { device }]) => [path, device]) : [];
  assert.deepEqual(devices, [
    ['', '41'],
    ['d', '41'],
    ['d/x', 'mounted'],
    ['d/x/f', 'mounted'],
    ['d/xf', '41'],
  ]);
});

test('what is mounted is not looked at, and is there all the same, where it was asked for', () => {
  const said = read(['m d/x', '', 'm d/x/deep', '', 'm other/y', '', ...THERE, ...entry('d', '')]);
  const entries = said.kind === 'tree' ? [...said.tree.entries] : [];
  assert.deepEqual(
    entries.map(([path, { kind, device }]) => [path, kind, device]),
    [
      ['', 'd', '41'],
      ['d', 'd', '41'],
      ['d/x', 'd', 'mounted'],
      ['d/x/deep', 'd', 'mounted'],
    ],
  );
});

for (const [title, fields] of [
  ['a name that leads elsewhere', entry('f', '../x')],
  ['a name that is none', entry('f', 'x//y')],
  ['the directory itself', entry('f', './x')],
  ['a name that no file has', entry('f', 'n'.repeat(256))],
  ['a path that no file has', entry('f', Array.from({ length: 2100 }, () => 'x').join('/'))],
  ['a size that is no number', ['e 0 f 300 1 4x 1.5 1.5 644 0 0 41 x', '']],
  ['a time that holds a line', ['e 0 f 300 1 4 1.5\nX 1.5 644 0 0 41 x', '']],
  ['a kind that nobody knows', ['e 0 D 300 1 4 1.5 1.5 644 0 0 41 x', '']],
] as const)
  test(`${title}: nothing of the list is believed`, () =>
    assert.equal(read([...THERE, ...entry('d', ''), ...fields]).kind, 'unread'));

test('names of any other bytes, and times before 1970, are as they are', () => {
  const said = read([
    ...THERE,
    ...entry('f', 'a\n b\\\xff'),
    'e 0 f 300 1 4 -1.5000000000 -0.1 644 0 0 41 ...',
    '',
  ]);
  assert.deepEqual(said.kind === 'tree' ? [...said.tree.entries.keys()] : said, [
    '',
    'd/a\n b\\\udcff',
    'd/...',
  ]);
});
