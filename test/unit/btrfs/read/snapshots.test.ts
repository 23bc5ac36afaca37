import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseSnapshots } from '../../../../src/core/btrfs/read/snapshots.ts';

const section = (title: string, code: number | string, ...lines: readonly string[]): string =>
  [`n0 ${title}`, ...lines.map((line) => `|${line}`), `n0 end ${code}`, ''].join('\n');
const OVER = section('over', 0);
const MADE = section('made 0 2026-11-20T08:05:01.123Z 12.34', 0, 'Create a readonly snapshot');
const SHOW = section('show 0', 0, 'path', '\tName: x');

for (const [title, output, want] of [
  ['nothing', '', 'broken'],
  ['no end', `${MADE}${SHOW}`, 'broken'],
  ['an end that is not whole', `${MADE}${SHOW}n0 over\n`, 'broken'],
  ['made and not shown', `${MADE}${OVER}`, 'broken'],
  ['made without a code', `${section('made 0 x 12.34', '')}${SHOW}${OVER}`, 'broken'],
  ['made without a time', `${section('made 0 x', 0)}${SHOW}${OVER}`, 'broken'],
  ['whole', `${MADE}${SHOW}${OVER}`, 'done tried'],
  ['words before it, as a login shell prints them', `Welcome!\n${MADE}${SHOW}${OVER}`, 'done tried'],
  ['failed', `${section('made 0 x 1.00', 1, 'ERROR')}${OVER}`, 'done tried'],
  ['already', `${section('already 0 x', 0)}${OVER}`, 'done already'],
  ['another one than was asked for', `${section('already 1 x', 0)}${OVER}`, 'done none'],
  ['locked', `${section('locked', 0)}${OVER}`, 'locked'],
  ['refused', `${section('refused', 0, 'mkdir: no')}${OVER}`, 'refused'],
  ['lacks', `${section('lacks timeout', 0)}${OVER}`, 'lacks'],
] as const) {
  test(`what was said of snapshots: ${title}`, () => {
    const said = parseSnapshots('n0', 1, output);
    const members = said.kind === 'done' ? said.members.map(({ kind }) => kind) : [];
    assert.equal([said.kind, ...members].join(' '), want);
  });
}

test('what is cut anywhere is broken, never less', () => {
  const hook = section('before 0 12', 3, 'n0 over', 'n0 end 0');
  const output = `${section('unlocked', 0)}${hook}${MADE}${SHOW}${section('back 0', 0)}${OVER}`;
  assert.equal(parseSnapshots('n0', 1, output).kind, 'done');
  fc.assert(
    fc.property(fc.nat(output.length - 2), (length) => {
      assert.equal(parseSnapshots('n0', 1, output.slice(0, length)).kind, 'broken');
    }),
  );
});
