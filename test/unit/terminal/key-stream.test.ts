import assert from 'node:assert/strict';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { createKeyStream, splitKeys } from '../../../src/terminal/key-stream.ts';

const ESC = '\u001b';
const ESC_KEY = `${ESC}[27u`;
const PASTE = `${ESC}[200~dq\rn${ESC}[201~`;

for (const [title, text, keys, rest] of [
  ['letters', 'jjj', ['j', 'j', 'j'], ''],
  ['a name and Enter', 'ab\r', ['a', 'b', '\r'], ''],
  ['a letter of two code points', 'e\u0301x', ['e\u0301', 'x'], ''],
  ['arrows between letters', `j${ESC}[Bk${ESC}OA`, ['j', `${ESC}[B`, 'k', `${ESC}OA`], ''],
  ['a paste stays whole', `a${PASTE}b`, ['a', PASTE, 'b'], ''],
  ['a paste right after Esc', `${ESC}${PASTE}`, [ESC_KEY, PASTE], ''],
  ['a paste whose end has not come', `a${PASTE.slice(0, -1)}`, ['a'], PASTE.slice(0, -1)],
  ['a mark of a paste that is torn', `a${ESC}[20`, ['a'], `${ESC}[20`],
  ['Esc that may go on', `j${ESC}`, ['j'], ESC],
  ['Esc twice', `${ESC}${ESC}`, [ESC_KEY], ESC],
  ['Esc and an arrow', `${ESC}${ESC}[B`, [ESC_KEY, `${ESC}[B`], ''],
  ['Esc and a letter in one chunk', `${ESC}qj`, [ESC_KEY, 'q', 'j'], ''],
  ['Esc, a letter and a mark on it', `${ESC}e\u0301`, [ESC_KEY, 'e\u0301'], ''],
  ['Esc and Enter', `${ESC}\r`, [ESC_KEY, '\r'], ''],
  ['Esc, Esc and a letter', `${ESC}${ESC}q`, [ESC_KEY, ESC_KEY, 'q'], ''],
] as const)
  test(title, () => assert.deepEqual(splitKeys(text), { keys, rest }));

/** Writes each text once the keys of those before have come; gives the keys there are when `count` came. */
async function given(texts: readonly string[], count: number): Promise<string[]> {
  const terminal = new PassThrough();
  const stream = createKeyStream(terminal as unknown as NodeJS.ReadStream);
  stream.setRawMode(true);
  const keys: string[] = [];
  for (const text of texts.slice(0, -1)) {
    terminal.write(text);
    for await (const key of stream.iterator({ destroyOnReturn: false })) {
      keys.push(String(key));
      break;
    }
  }
  terminal.write(texts.at(-1) ?? '');
  if (keys.length < count) {
    for await (const key of stream.iterator({ destroyOnReturn: false })) {
      keys.push(String(key));
      if (keys.length === count) break;
    }
  }
  return keys;
}

test('Esc alone comes after a moment, whole by itself', async () =>
  assert.deepEqual(await given([ESC], 1), [ESC_KEY]));

test('a paste that is torn after its first byte is still a paste', async () =>
  assert.deepEqual(await given([ESC, PASTE.slice(1)], 2), [ESC_KEY, PASTE]));

for (const sequence of [`${ESC}[B`, `${ESC}OA`, `${ESC}[1;5C`, `${ESC}[3~`, ESC_KEY]) {
  test(`${JSON.stringify(sequence)} with silence after its Esc`, async () =>
    assert.deepEqual(await given([ESC, sequence.slice(1)], 2), [ESC_KEY, sequence]));
  for (let at = 2; at < sequence.length; at += 1)
    test(`${JSON.stringify(sequence)} torn after ${at}`, async () =>
      assert.deepEqual(await given([`j${sequence.slice(0, at)}`, sequence.slice(at)], 2), ['j', sequence]));
}

test('a sequence whose end is lost does nothing, and keys work again', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const terminal = new PassThrough();
  const stream = createKeyStream(terminal as unknown as NodeJS.ReadStream);
  stream.setRawMode(true);
  terminal.write(`${ESC}[1;`);
  await new Promise(setImmediate);
  t.mock.timers.tick(1000);
  terminal.write('k');
  const [key] = await once(stream, 'data');
  assert.equal(key, 'k');
});

test('Esc and a bracket, and nothing after them, are two keys', async () =>
  assert.deepEqual(await given([`${ESC}[`], 2), [ESC_KEY, '[']));

test('brackets typed after Esc are keys', async () =>
  assert.deepEqual(await given([ESC, '[2'], 3), [ESC_KEY, '[', '2']));

test('a paste whose end is lost is over after a moment, and keys work again', async () => {
  const begun = PASTE.slice(0, -`${ESC}[201~`.length);
  assert.deepEqual(await given([begun, 'q'], 2), [PASTE, 'q']);
});
