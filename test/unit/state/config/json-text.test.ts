import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseJson } from '../../../../src/core/state/config/json-text.ts';

const where = (text: string): string => {
  const result = parseJson(Buffer.from(text));
  return result.ok ? 'fine' : `${result.fault.line}:${result.fault.column} ${result.fault.reason}`;
};

for (const [title, text, want] of [
  ['nothing', '', '1:1 the file is empty'],
  ['only space', ' \n ', '2:2 the file is empty'],
  ['cut off', '{\n  "a": [1,\n', '3:1 the file ends too early'],
  ['a comma too many', '{\n "a": 1,\n}', '3:1 a comma with nothing after it'],
  ['a comma too few', '{\n "a": 1\n "b": 2\n}', '3:2 a comma or } is expected, not "\\""'],
  ['a comment', '{\n // no\n}', '2:2 a key in double quotes is expected, not "/"'],
  ['a bare word', '{"a": yes}', '1:7 a value is expected, not "y"'],
  ['a key twice', '{"a": 1,\n "a": 2}', '2:2 the key "a" is there twice'],
  ['a key twice, written differently', '{"a": 1,\n "\\u0061": 2}', '2:2 the key "a" is there twice'],
  ['an open string', '{"a": "b\n}', '1:7 a string that never ends, or holds a line break or a wrong escape'],
  ['something after the end', '{}\n{}', '2:1 nothing more is expected, not "{"'],
  ['a byte order mark', '\uFEFF{}', 'fine'],
] as const) {
  test(`tells where and why: ${title}`, () => assert.equal(where(text), want));
}

test('refuses what is not UTF-8', () => {
  const result = parseJson(Buffer.from([0x22, 0xff, 0x22]));
  assert.equal(result.ok, false);
});

test('nests as deep as a configuration ever will, and does not crash on more', () => {
  assert.match(where('['.repeat(100_000)), /too deeply/);
});

test('agrees with JSON.parse on every JSON, and on every JSON that was damaged', () => {
  fc.assert(
    fc.property(fc.json(), fc.nat(), fc.string({ maxLength: 2 }), (json, place, noise) => {
      const at = place % (json.length + 1);
      for (const text of [json, json.slice(0, at) + noise + json.slice(at), json.slice(0, at)]) {
        const mine = parseJson(Buffer.from(text));
        let theirs: unknown;
        try {
          theirs = JSON.parse(text.replace(/^\uFEFF/, '').toWellFormed());
        } catch {
          assert.equal(mine.ok, false, text);
          continue;
        }
        if (mine.ok) assert.deepEqual(mine.value, theirs);
        else assert.match(mine.fault.reason, /there twice|too deeply/, text);
      }
    }),
    { numRuns: 2_000 },
  );
});
