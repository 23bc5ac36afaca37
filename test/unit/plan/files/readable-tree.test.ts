import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Snapshot } from '../../../../src/core/model/snapshot.ts';
import { pathInside } from '../../../../src/core/plan/files/path-inside.ts';
import { readableTree, readingNote } from '../../../../src/core/plan/files/readable-tree.ts';

const NAME = '2026-11-20T08:05:01.123Z';

const snapshot = (more: Partial<Snapshot> = {}): Snapshot => ({
  ...{ name: NAME, path: `/p/.snapshots/data/${NAME}`, uuid: 'u', receivedUuid: null, originId: 'o' },
  ...{ createdAt: NAME, readOnly: true, state: 'complete' },
  ...more,
});

const foreign = (more: Partial<Snapshot> = {}): Snapshot => snapshot({ state: 'foreign', ...more });

const asked = (isPrimary: boolean, snapshots: readonly Snapshot[], wanted = NAME): string => {
  const foreignOrigins = new Set(['made by others']);
  const found = readableTree({
    server: 'b',
    isPrimary,
    subvolume: '/data',
    snapshots,
    foreignOrigins,
    wanted,
  });
  return found.ok ? found.value.path : found.fault.code;
};

const FIRST = `/p/.snapshots/data/${NAME}`;

for (const [title, isPrimary, snapshots, want, wanted] of [
  ['a whole one', true, [snapshot()], FIRST],
  ['none of that name', true, [snapshot({ name: 'other', path: '/x' })], 'no-such-snapshot'],
  ['by its path', true, [snapshot(), snapshot({ path: '/x', originId: 'p' })], '/x', '/x'],
  ['two of one name', true, [snapshot(), snapshot({ path: '/x', originId: 'p' })], 'refused'],
  ['the same content twice', false, [snapshot(), snapshot({ path: '/x' })], FIRST],
  ['a half received one', false, [snapshot({ state: 'partial', readOnly: false })], 'refused'],
  ['whole and half', false, [snapshot({ state: 'partial', path: '/x' }), snapshot()], FIRST],
  ['made writable', false, [snapshot({ state: 'modified', readOnly: false })], FIRST],
  ['of others, on the primary', true, [foreign()], FIRST],
  ['the same name on another server proves nothing', false, [foreign()], 'refused'],
  ['unproven, by its path', false, [foreign()], FIRST, FIRST],
  ['what others made, by its origin', false, [foreign({ originId: 'made by others' })], FIRST],
  ['a branch of an old primary', false, [foreign({ diverged: true })], FIRST],
  ['the proven one of two', false, [foreign({ path: '/x', originId: 'p' }), snapshot()], FIRST],
] as const) {
  test(`which tree is read: ${title}`, () => {
    assert.equal(asked(isPrimary, snapshots, wanted), want);
  });
}

for (const [title, one, code] of [
  ['a whole one is as it says', snapshot(), null],
  [
    'what a restore put aside is writable, and known to be',
    snapshot({ state: 'replaced', readOnly: false }),
    null,
  ],
  ['a writable one', snapshot({ state: 'modified', readOnly: false }), 'replica-modified'],
  ['one that was changed and closed again', snapshot({ doubt: 'changed' }), 'replica-modified'],
  ['a writable one of others', foreign({ readOnly: false }), 'replica-modified'],
  ['a branch of an old primary', foreign({ diverged: true }), 'foreign-snapshot'],
] as const) {
  test(`what is said of it: ${title}`, () => assert.equal(readingNote('b', one)?.code ?? null, code));
}

for (const [subvolume, path, want] of [
  ['/data', 'x/y', 'x/y'],
  ['/data', '/data/x/y', 'x/y'],
  ['/data', '/data', ''],
  ['/data', '', ''],
  ['/data', './x//y/', 'x/y'],
  ['/data', '/data2/x', 'usage'],
  ['/data', '/x', 'usage'],
  ['/data', 'x/../../y', 'usage'],
  ['/data', '/data/../etc/passwd', 'usage'],
  ['/data', 'x/..y', 'x/..y'],
  ['/data', 'x\0y', 'usage'],
  ['/', '/x', 'x'],
  ['/', '/', ''],
  ['/data', '-rf', '-rf'],
  ['/data', 'x\n/y', 'x\n/y'],
] as const) {
  test(`the path ${JSON.stringify(path)} in ${subvolume}`, () => {
    const inside = pathInside(subvolume, path);
    assert.equal(inside.ok ? inside.value : inside.fault.code, want);
  });
}
