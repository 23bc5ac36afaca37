/**
 * What test/unit/worst shows of a little input, of as much as the bounded reader lets through: 16 MiB and 64 MiB, or a
 * quarter of its bound and all of it where that is less.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { INVENTORIES } from '../unit/worst/inventories.ts';
import { assertLinear } from '../unit/worst/measure.ts';
import { PARSERS } from '../unit/worst/parsers.ts';

const AS_MUCH_AS_THERE_IS = { enough: 50, largest: 64 * 1024 * 1024, tries: 1, onlyLargest: true };

/** Those that once were not linear, and one of each parser. */
const CHOSEN = [
  /mounts beside each other$/,
  /half of the mounts/,
  /filesystems, each/,
  /findmnt: nested lists/,
  /subvolumes below many mounts with others/,
  /snapshots below many mounts/,
  /a chain of/,
  /paths without end/,
  /sections without lines/,
  /: each in the one before$/,
  /marks of owners/,
  /: beginnings alone/,
  /: each its own/,
  /the same key again/,
  /large chunks of (?:lines|no line end)/,
  /a folded stream: the same file$/,
  /^a tree, 0$/,
];

const ALL = [...PARSERS, ...INVENTORIES];
const chosen = ALL.filter(({ title }) => CHOSEN.some((one) => one.test(title)));

for (const worst of chosen)
  test(worst.title, async (context) => context.diagnostic(await assertLinear(worst, AS_MUCH_AS_THERE_IS)));

test('every parser is among them', () => {
  const fed = new Set(chosen.flatMap(({ feeds }) => feeds));
  assert.deepEqual(
    ALL.flatMap(({ feeds }) => feeds.filter((one) => !fed.has(one))),
    [],
  );
});
