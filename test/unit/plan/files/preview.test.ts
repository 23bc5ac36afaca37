/** How the beginning of a file is shown: harmless for any terminal, and never as text where it is none. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { previewOf } from '../../../../src/core/plan/files/preview.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text, 'utf8');
const linesOf = (content: Uint8Array): readonly string[] | null => previewOf(content, content.length).lines;

for (const [title, content, want] of [
  ['nothing', bytes(''), []],
  ['one line without an end', bytes('a'), ['a']],
  ['an empty line at the end', bytes('a\n\n'), ['a', '']],
  [
    'tabs go to the next column of eight',
    bytes('\ta\n1234567\tb\n12345678\tc'),
    ['        a', '1234567 b', '12345678        c'],
  ],
  ['line ends of another system', bytes('a\r\nb\r\n'), ['a', 'b']],
  [
    'colours and what turns text round',
    bytes('\u001b[31m a few more words \u202e'),
    ['\\u{1b}[31m a few more words \\u{202e}'],
  ],
  [
    'latin-1',
    Buffer.from('Gr\xfc\xdfe aus M\xfcnchen und anderen Orten', 'latin1'),
    ['Gr\ufffd\ufffde aus M\ufffdnchen und anderen Orten'],
  ],
  ['a NUL', bytes('text\0text'), null],
  ['noise', Uint8Array.from({ length: 200 }, (_, at) => (at * 37) % 255 || 1), null],
] as const) {
  test(title, () => assert.deepEqual(linesOf(content), want));
}

test('a long line is cut, and a part of a file is not taken for all of it', () => {
  assert.equal(linesOf(bytes('x'.repeat(10_000)))?.[0]?.length, 2000);
  assert.equal(previewOf(bytes('abc'), 4).isWhole, false);
});
