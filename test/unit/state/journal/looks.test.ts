import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import test, { type TestContext } from 'node:test';
import { deflateRawSync } from 'node:zlib';
import { fault } from '../../../../src/core/model/fault.ts';
import type { Filesystem, Inventory } from '../../../../src/core/model/inventory.ts';
import { failed } from '../../../../src/core/model/result.ts';
import { type Journal, openJournal } from '../../../../src/core/state/journal/journal.ts';
import { inventoryOf } from '../fixtures/inventory.ts';
import { clockAt, must, stateHome } from '../fixtures/state-home.ts';

const clock = clockAt('2026-11-20T08:00:00.000Z');

/** As two processes have it. */
function journals(t: TestContext) {
  const home = stateHome(t);
  const open = (): Journal => {
    const journal = must(openJournal({ home, clock }));
    t.after(() => journal.close());
    return journal;
  };
  return { home, mine: open(), theirs: open(), open };
}

const withFilesystems = (
  inventory: Inventory,
  change: (filesystem: Filesystem) => Partial<Filesystem>,
): Inventory => ({
  ...inventory,
  filesystems: inventory.filesystems.map((one) => ({ ...one, ...change(one) })),
});

const fuller = (inventory: Inventory): Inventory =>
  withFilesystems(inventory, () => ({ space: { sizeBytes: 9, usedBytes: 8, freeBytes: 1 } }));

const digestOf = (journal: Journal): string | undefined => journal.lookStamps().get('a')?.digest;

test('what is kept of a look is read back as it was, by this process and by another', (t) => {
  const { mine, theirs } = journals(t);
  const kept = mine.saveInventory(inventoryOf('a', 3));
  for (const read of [kept, mine.lastInventory('a'), theirs.lastInventory('a')]) {
    assert.deepEqual(read, inventoryOf('a', 3));
    assert.equal(JSON.stringify(read), JSON.stringify(inventoryOf('a', 3)));
  }
});

test('a filesystem that could not be listed keeps its place and its reason', (t) => {
  const { mine, theirs } = journals(t);
  const [whole] = inventoryOf('a', 2).filesystems;
  assert.ok(whole);
  const broken = {
    ...whole,
    uuid: 'broken',
    listing: failed(fault('listing-failed', 'no list', 'look again')),
  };
  const seen = { ...inventoryOf('a', 2), filesystems: [broken, whole] };
  mine.saveInventory(seen);
  assert.deepEqual(theirs.lastInventory('a'), seen);
});

for (const [title, next, isSame] of [
  ['the same', inventoryOf('a', 3), true],
  ['the same, and fuller', fuller(inventoryOf('a', 3)), true],
  ['another snapshot', inventoryOf('a', 4), false],
  ['another mark', withFilesystems(inventoryOf('a', 3), () => ({ receiving: ['/srv/x'] })), false],
] as const) {
  test(`${title}: ${isSame ? 'nothing that was worked out is another' : 'a new look'}`, (t) => {
    const { mine, theirs } = journals(t);
    mine.saveInventory(inventoryOf('a', 3));
    const before = digestOf(mine);
    mine.saveInventory(next);
    assert.equal(digestOf(mine) === before, isSame);
    assert.deepEqual(theirs.lastInventory('a'), next);
  });
}

test('two looks that listed the same share the lists', (t) => {
  const { mine } = journals(t);
  const first = mine.saveInventory(inventoryOf('a', 3));
  const again = mine.saveInventory(fuller(inventoryOf('a', 3)));
  assert.equal(first.filesystems[0]?.listing, again.filesystems[0]?.listing);
  const known = mine.saveInventory({ ...again, takenAt: '2026-11-20T09:00:00.000Z' });
  assert.deepEqual(mine.lastInventory('a'), known);
});

test('a server without any filesystem that gets one is not taken for the same', (t) => {
  const { mine } = journals(t);
  mine.saveInventory({ ...inventoryOf('a', 1), filesystems: [] });
  mine.saveInventory(inventoryOf('a', 1));
  assert.deepEqual(mine.lastInventory('a'), inventoryOf('a', 1));
});

test('lists that another process wrote meanwhile are replaced, although they are no news here', (t) => {
  const { mine, theirs } = journals(t);
  mine.saveInventory(inventoryOf('a', 3));
  theirs.saveInventory(inventoryOf('a', 5));
  mine.saveInventory(inventoryOf('a', 3));
  assert.deepEqual(theirs.lastInventory('a'), inventoryOf('a', 3));
});

test('a look that an older btrfleet packed whole is read', (t) => {
  const { home, mine } = journals(t);
  const database = new DatabaseSync(home.journal);
  const packed = deflateRawSync(JSON.stringify({ ...inventoryOf('a', 3), takenAt: '' }));
  database
    .prepare('INSERT INTO server_looks (server, taken_at, format, digest, content) VALUES (?, ?, 1, ?, ?)')
    .run('a', inventoryOf('a', 3).takenAt, 'x', packed);
  database.close();
  assert.deepEqual(mine.lastInventory('a'), inventoryOf('a', 3));
});

/** Each byte the same and one not. */
const damage = (home: { readonly journal: string }, table: string): void => {
  const database = new DatabaseSync(home.journal);
  const row = database.prepare(`SELECT content FROM ${table} WHERE server = 'a'`).get();
  const content = row?.['content'];
  assert.ok(content instanceof Uint8Array);
  content[content.length - 5] = (content[content.length - 5] ?? 0) ^ 1;
  database.prepare(`UPDATE ${table} SET content = ? WHERE server = 'a'`).run(content);
  database.close();
};

for (const table of ['server_looks', 'look_lists']) {
  test(`a look that is damaged in ${table} is none, and the next look mends it`, (t) => {
    const { home, mine, open } = journals(t);
    mine.saveInventory(inventoryOf('a', 3));
    damage(home, table);
    const later = open();
    assert.equal(later.lastInventory('a'), null);
    assert.deepEqual(later.lastInventories(), []);
    later.saveInventory(inventoryOf('a', 3));
    assert.deepEqual(open().lastInventory('a'), inventoryOf('a', 3));
  });
}

test('what a server said is kept with what it meant, for whoever looks next', (t) => {
  const { mine, theirs } = journals(t);
  assert.equal(mine.lastAnswer('a'), null);
  mine.saveInventory(inventoryOf('a', 3), 'said');
  assert.deepEqual(theirs.lastAnswer('a'), { answer: 'said', inventory: inventoryOf('a', 3) });
  theirs.saveInventory(inventoryOf('a', 4));
  assert.equal(mine.lastAnswer('a'), null);
});

test('a look that ends after a later one is no news', (t) => {
  const { mine, theirs } = journals(t);
  const at = (takenAt: string, snapshots: number) => ({ ...inventoryOf('a', snapshots), takenAt });
  mine.saveInventory(at('2026-11-20T07:00:02.000Z', 2));
  const slow = theirs.saveInventory(at('2026-11-20T07:00:01.000Z', 1));
  assert.deepEqual(slow, at('2026-11-20T07:00:01.000Z', 1));
  assert.deepEqual(theirs.lastInventory('a'), at('2026-11-20T07:00:02.000Z', 2));
});

test('a look in the future, by a clock that was wrong, is replaced', (t) => {
  const { mine } = journals(t);
  mine.saveInventory({ ...inventoryOf('a', 2), takenAt: '2027-01-01T00:00:00.000Z' });
  mine.saveInventory(inventoryOf('a', 1));
  assert.deepEqual(mine.lastInventory('a'), inventoryOf('a', 1));
});
