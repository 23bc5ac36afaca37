/** What was staged is held against what was planned: a server may send something else than it listed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Tree, TreeEntry } from '../../../../src/core/model/extract/tree.ts';
import { firstOther, type StagedFor } from '../../../../src/core/plan/extract/staged.ts';
import { tree } from './trees.ts';

const PLAN = 'd/e/ d/e/f d/g';
const STAGED = 'new/ new/d/ new/d/e/ new/d/e/f new/d/g meta/ meta/k/';

function planned(): Map<string, TreeEntry> {
  const entries = new Map(tree(PLAN).entries);
  entries.delete('');
  return entries;
}
const found = (comes: ReadonlyMap<string, TreeEntry>, staged: Tree, target: StagedFor): string | null =>
  firstOther({ comes, kept: new Map([...tree('k/').entries].slice(1)) }, staged, target);

function judged(
  staged: string,
  change: Partial<TreeEntry> = {},
  target: StagedFor = 'server',
  path = 'new/d/g',
) {
  const there = tree(staged);
  const entry = there.entries.get(path);
  const entries = new Map(there.entries);
  if (entry) entries.set(path, { ...entry, ...change });
  const changed: Tree = { ...there, entries };
  return found(planned(), changed, target);
}

test('all of it is as planned; when it was written does not matter', () => {
  assert.equal(judged(STAGED), null);
  assert.equal(judged(STAGED, { modified: '7.0', changed: '8.0', inode: '9' }), null);
});

test('what is missing, and what was not planned, is found', () => {
  assert.equal(judged(STAGED.replace(' new/d/g', '')), 'd/g');
  assert.equal(judged(STAGED.replace(' meta/k/', '')), 'k');
  assert.equal(judged(`${STAGED} new/d/more`), 'd/more');
  assert.equal(judged(`${STAGED} new/more/`), 'more');
  assert.equal(judged(`${STAGED} meta/d/`), 'd');
  assert.equal(judged(STAGED.replace('new/d/ ', 'new/d ')), 'd', 'what is on the way is a directory');
});

test('a directory of which the attributes alone are needed may come among the rest', () => {
  assert.equal(judged(`${STAGED} new/k/`), null);
  assert.equal(judged(`${STAGED} new/k`), 'k');
  assert.equal(judged(STAGED, { mode: '777' }, 'server', 'meta/k'), 'k');
});

for (const [title, change] of [
  ['a link', { kind: 'l', link: '/etc' }],
  ['a device', { kind: 'b' }],
  ['another size', { sizeBytes: 11 }],
  ['a program that runs as its owner', { mode: '4644' }],
  ['a file that all may write', { mode: '666' }],
  ['of another owner', { uid: '1000' }],
  ['of another group', { gid: '1000' }],
] as const)
  test(`${title} in the place of a file`, () => assert.equal(judged(STAGED, change), 'd/g'));

test('on this machine the owner is another one, and nothing runs as him that was not planned', () => {
  assert.equal(judged(STAGED, { uid: '1000', gid: '1000' }, 'own'), null);
  assert.equal(judged(STAGED, { mode: '4644' }, 'own'), 'd/g');
  const runs = planned();
  const entry = runs.get('d/g');
  if (entry) runs.set('d/g', { ...entry, mode: '6755' });
  const staged = tree(STAGED);
  const there = (mode: string): Tree => ({
    ...staged,
    entries: new Map([
      ...staged.entries,
      ['new/d/g', { ...staged.entries.get('new/d/g'), mode } as TreeEntry],
    ]),
  });
  assert.equal(found(runs, there('755'), 'own'), null);
  assert.equal(found(runs, there('6755'), 'own'), null);
  assert.equal(found(runs, there('755'), 'server'), 'd/g');
});
