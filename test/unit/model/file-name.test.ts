import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { bytesOfName, nameFromBytes } from '../../../src/core/model/file-name.ts';

const bytes = fc.uint8Array({ maxLength: 40 });
/** Much of what looks like UTF-8 and is none. */
const nearly = fc
  .array(
    fc.constantFrom(0x41, 0x80, 0xbf, 0xc0, 0xc2, 0xe0, 0xed, 0xa0, 0xef, 0xbb, 0xf0, 0x90, 0xf4, 0x8f, 0xff),
  )
  .map((all) => Uint8Array.from(all));

test('any bytes come back as they were', () => {
  fc.assert(
    fc.property(fc.oneof(bytes, nearly), (name) => {
      assert.deepEqual(bytesOfName(nameFromBytes(name)), Uint8Array.from(name));
    }),
  );
});

test('what is UTF-8 is its text, and nothing else is text that is well formed', () => {
  const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  fc.assert(
    fc.property(fc.oneof(bytes, nearly), (name) => {
      let text: string | null = null;
      try {
        text = strict.decode(name);
      } catch {}
      const told = nameFromBytes(name);
      assert.equal(told.isWellFormed(), text !== null);
      if (text !== null) assert.equal(told, text);
    }),
  );
});

for (const [title, name, text] of [
  ['a byte that is not UTF-8, as Python writes it', [0x61, 0xff, 0x62], 'a\udcffb'],
  ['a mark of the byte order is part of the name', [0xef, 0xbb, 0xbf, 0x61], '\ufeffa'],
  ['a character cut off at the end', [0xe2, 0x82], '\udce2\udc82'],
  ['half a surrogate pair as UTF-8 would have it', [0xed, 0xb3, 0xbf], '\udced\udcb3\udcbf'],
] as const) {
  test(title, () => assert.equal(nameFromBytes(Uint8Array.from(name)), text));
}

test('half a surrogate pair that stands for no byte is no name', () => {
  assert.equal(bytesOfName('a\ud800'), null);
  assert.equal(bytesOfName('a\udc41'), null);
  assert.deepEqual(bytesOfName('😀\udcff'), Uint8Array.from([0xf0, 0x9f, 0x98, 0x80, 0xff]));
});
