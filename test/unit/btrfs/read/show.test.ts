import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { parseShow } from '../../../../src/core/btrfs/read/show.ts';

const shown = (name: string): string =>
  readFileSync(new URL(`../../../fixtures/btrfs/show-${name}.txt`, import.meta.url), 'utf8');

for (const [name, want] of [
  ['received', { name: 'small.1', readOnly: true, received: true }],
  // test/fixtures/btrfs/SOURCES.txt says where those with a version come from.
  ['4.4', { name: 'small.1', readOnly: true, received: true }],
  ['4.20', { name: 'small.1', readOnly: true, received: true }],
  ['5.15', { name: 'small.1', readOnly: true, received: true }],
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

test('what sudo prints before it is not read, and older btrfs-progs do not tell of a receive', () => {
  assert.deepEqual(parseShow(`Last login: now\n${shown('received')}`), parseShow(shown('received')));
  const told = (name: string) => {
    const result = parseShow(shown(name));
    return result.ok && result.value.receiveTransid;
  };
  assert.deepEqual(['4.4', '4.20', '5.15'].map(told), [null, null, 11]);
});

test('a name with a line break is refused, also one that brings its own fields', () => {
  const forged = `dir/x\n${shown('writable').split('\n').slice(1).join('\n')}`;
  const inPath = shown('writable').replace('data\n', forged);
  for (const text of [shown('newline'), inPath, '', 'ERROR: Not a Btrfs subvolume']) {
    const result = parseShow(text);
    assert.equal(!result.ok && result.fault.code, 'listing-failed', text);
  }
});
