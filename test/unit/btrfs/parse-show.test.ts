import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { parseShow } from '../../../src/core/btrfs/parse-show.ts';

const shown = (name: string): string =>
  readFileSync(new URL(`../../fixtures/btrfs/show-${name}.txt`, import.meta.url), 'utf8');

for (const [name, want] of [
  ['received', { name: 'small.1', readOnly: true, received: true }],
  ['writable', { name: 'data', readOnly: false, received: false }],
  ['top-level', { name: '<FS_TREE>', readOnly: false, received: false }],
] as const) {
  test(`show of a subvolume: ${name}`, () => {
    const result = parseShow(shown(name));
    assert.ok(result.ok);
    const { receivedUuid, readOnly } = result.value;
    assert.deepEqual({ name: result.value.name, readOnly, received: receivedUuid !== null }, want);
    assert.match(result.value.uuid ?? '', /^[0-9a-f-]{36}$/);
    assert.ok(result.value.generation > 0);
  });
}

test('a name with a line break is refused, also one that brings its own fields', () => {
  const forged = `dir/x\n${shown('writable').split('\n').slice(1).join('\n')}`;
  const inPath = shown('writable').replace('data\n', forged);
  for (const text of [shown('newline'), inPath, '', 'ERROR: Not a Btrfs subvolume']) {
    const result = parseShow(text);
    assert.equal(!result.ok && result.fault.code, 'listing-failed', text);
  }
});
