/** What a run did to files is taken back: exactly that, and what was changed since is found. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ExtractPlace } from '../../../../src/core/model/extract/orders.ts';
import type { Tree } from '../../../../src/core/model/extract/tree.ts';
import { planUndo } from '../../../../src/core/plan/extract/undo-plan.ts';
import { tree } from './trees.ts';

/** `dir: -name +name ~name`, as the run had them. */
function placesOf(text: string): ExtractPlace[] {
  return text.split('; ').map((place) => {
    const [directory = '', names = ''] = place.split(':');
    const of = (sign: string): string[] =>
      names.split(' ').flatMap((word) => (word.startsWith(sign) ? [word.slice(1)] : []));
    const keeps = names.includes('*');
    return { directory, source: directory, removes: of('-'), creates: of('+'), replaces: of('~'), keeps };
  });
}

const shown = (places: readonly ExtractPlace[]): string =>
  places
    .map(({ directory, removes, creates, replaces, keeps }) =>
      [`${directory}:`, ...removes.map((name) => `-${name}`), ...creates.map((name) => `+${name}`)]
        .concat(
          replaces.map((name) => `~${name}`),
          keeps ? ['*'] : [],
        )
        .join(' '),
    )
    .join('; ');

for (const [title, did, before, brought, now, want, changed] of [
  ['what came goes', 'd: +a', 'd/', 'd/ d/a', 'd/ d/a', 'd: -a', ''],
  ['what was replaced comes back', 'd: ~a *', 'd/ d/a', 'd/ d/a=1', 'd/ d/a=1', 'd: ~a *', ''],
  ['what went comes back', 'd: -a', 'd/ d/a/ d/a/f', 'd/', 'd/', 'd: +a', ''],
  [
    'a directory for a file, and back',
    'd: -a +a',
    'd/ d/a',
    'd/ d/a/ d/a/f',
    'd/ d/a/ d/a/f',
    'd: -a +a',
    '',
  ],
  ['changed since', 'd: ~a ~b', 'd/ d/a d/b', 'd/ d/a=1 d/b=1', 'd/ d/a=2 d/b=1', 'd: ~b', 'd/a'],
  ['something was put into what came', 'd: +a', 'd/', 'd/ d/a/ d/a/f', 'd/ d/a/ d/a/f d/a/g', '', 'd/a'],
  ['gone since', 'd: ~a', 'd/ d/a', 'd/ d/a=1', 'd/', 'd: +a', ''],
  ['cut off before a directory came for a file', 'd: -a +a', 'd/ d/a', 'd/ d/a/ d/a/f', 'd/', 'd: +a', ''],
  ['what came is gone since', 'd: +a', 'd/', 'd/ d/a', 'd/', '', ''],
  ['what went was made again', 'd: -a', 'd/ d/a', 'd/', 'd/ d/a=2', '', 'd/a'],
  ['the run did not come to it', 'd: ~a +b', 'd/ d/a', 'd/ d/a=1 d/b=1', 'd/ d/a', '', ''],
  ['another subvolume was put into it', 'd: +a', 'd/', 'd/ d/a/', 'd/ d/a/ d/a/s/!', '', 'd/a'],
] as const) {
  test(title, () => {
    const trees = { before: tree(before), now: tree(now), brought: tree(brought), given: tree(brought) };
    const { plan, changed: found } = planUndo({
      ...trees,
      places: placesOf(did),
      force: false,
      shownAt: null,
    });
    assert.equal(shown(plan.orders.places), want);
    assert.equal(found.join(' '), changed);
  });
}

test('what was changed since is taken back all the same where that is wanted', () => {
  const trees = {
    before: tree('d/ d/a d/b'),
    now: tree('d/ d/a=2 d/c d/c/x'),
    brought: tree('d/ d/a=1 d/b=1 d/c/ d/c/x'),
    given: tree(''),
  };
  const { plan } = planUndo({ ...trees, places: placesOf('d: ~a ~b +c'), force: true, shownAt: null });
  assert.equal(shown(plan.orders.places), 'd: -c +b ~a');
});

test('rights that somebody gave a directory since are named and left, unless that is wanted', () => {
  const rights = (mode: string): Tree => {
    const some = tree('d/ d/a');
    const d = some.entries.get('d');
    return { ...some, entries: new Map([...some.entries, ...(d ? [['d', { ...d, mode }] as const] : [])]) };
  };
  const undone = (now: string, force = false) => {
    const trees = { before: rights('775'), now: rights(now), brought: tree('d/'), given: rights('755') };
    const { plan, changed } = planUndo({ ...trees, places: placesOf('d: *'), force, shownAt: null });
    return [shown(plan.orders.places), changed.join(' ')];
  };
  assert.deepEqual(undone('755'), ['d: *', '']);
  assert.deepEqual(undone('775'), ['', '']);
  assert.deepEqual(undone('700'), ['', 'd']);
  assert.deepEqual(undone('700', true), ['d: *', 'd']);
});
