import assert from 'node:assert/strict';
import test from 'node:test';
import { type InkKey, keyNames, keyText, pasteText } from '../../../../src/screens/keys/keys.ts';

for (const [title, input, key, names] of [
  ['a letter', 'j', {}, ['j']],
  ['a large letter', 'J', { shift: true }, ['J']],
  ['Enter', '', { return: true }, ['Enter']],
  ['Enter within a text', 'a\r\nb', {}, ['a', 'Enter', 'b']],
  ['a blank', ' ', {}, ['Space']],
  ['Ctrl and a letter', 'd', { ctrl: true }, ['Ctrl-d']],
  ['Shift-Tab', '', { tab: true, shift: true }, ['Shift-Tab']],
  ['Esc', '', { escape: true }, ['Esc']],
  ['Esc twice', '', { escape: true, meta: true }, ['Esc']],
  ['delete is backspace on most terminals', '', { delete: true }, ['Backspace']],
  ['Alt and a letter', 'd', { meta: true }, []],
  ['Alt and Enter', '', { meta: true, return: true }, []],
  ['Alt and an arrow', '', { meta: true, downArrow: true }, []],
  ['Alt and Tab', '', { meta: true, tab: true }, []],
] as const satisfies readonly (readonly [string, string, InkKey, readonly string[]])[])
  test(`${title} is called ${names.join(' ') || 'nothing'}`, () =>
    assert.deepEqual(keyNames(input, key), [...names]));

test('only keys that stand for text are text', () => {
  assert.deepEqual(
    ['a', 'Space', 'é', '漢', 'Enter', 'Ctrl-d', 'Up'].map((name) => keyText(name)),
    ['a', ' ', 'é', '漢', null, null, null],
  );
});

test('a paste is one line without controls', () => {
  assert.equal(pasteText('  a\r\nb\tc\u001b[A\u0003 '), 'a b c[A');
});
