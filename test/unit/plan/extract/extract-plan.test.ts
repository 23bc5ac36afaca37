/** What is created, replaced, left and removed where files are brought back, from lists of both trees. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ExtractOrders } from '../../../../src/core/model/extract/orders.ts';
import { inDirectory, nameIn } from '../../../../src/core/model/extract/tree.ts';
import type { Overwrite } from '../../../../src/core/model/runs/extract.ts';
import { planExtract } from '../../../../src/core/plan/extract/extract-plan.ts';
import { chooser } from '../../../../src/core/plan/extract/patterns.ts';
import { tree } from './trees.ts';

interface Case {
  readonly paths?: readonly string[];
  readonly to?: string;
  readonly overwrite?: Overwrite;
  readonly removes?: boolean;
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  readonly shownAt?: string;
  readonly hasWayBack?: boolean;
}

/** `dir: -gone +new ~replaced *` : what happens in each directory; `*`: its attributes. */
const text = ({ places }: ExtractOrders): string =>
  places
    .map(({ directory, removes, creates, replaces, keeps }) =>
      [
        `${directory}:`,
        ...removes.map((name) => `-${name}`),
        ...creates.map((name) => `+${name}`),
        ...replaces.map((name) => `~${name}`),
        ...(keeps ? ['*'] : []),
      ].join(' '),
    )
    .join('; ');

function planned(source: string, target: string, about: Case) {
  const { paths = ['d'], to, overwrite = 'always', removes = false, include = [], exclude = [] } = about;
  const { shownAt = null, hasWayBack = true } = about;
  const wanted = paths.map((from) => ({
    from,
    to: to === undefined ? from : inDirectory(to, nameIn(from)),
  }));
  return planExtract({
    ...{
      source: tree(source, paths),
      target: tree(
        target,
        wanted.map((one) => one.to),
      ),
      wanted,
    },
    ...{ overwrite, removes, chooses: chooser({ include, exclude }), isStream: false },
    isOurs: (path) => path === '.btrfleet',
    ...{ shownAt, hasWayBack },
  });
}

const TABLE: readonly (readonly [
  title: string,
  source: string,
  target: string,
  about: Case,
  want: string,
])[] = [
  ['a directory that is gone comes as one', 'd/ d/a d/e/ d/e/f', '', {}, ': +d'],
  ['directories on the way come, too', 'x/ x/d/ x/d/a', '', { paths: ['x/d/a'] }, ': +x'],
  ['all that is there is replaced', 'd/ d/a d/b', 'd/ d/a d/c', {}, 'd: +b ~a *'],
  ['what is not asked for stays', 'd/ d/a e', 'd/ d/a=1 e=1', { paths: ['d/a'] }, 'd: ~a'],
  ['what is new since goes only if it is wanted so', 'd/ d/a', 'd/ d/a d/n', { removes: true }, 'd: -n ~a *'],
  ['never leaves all that is there', 'd/ d/a d/b', 'd/ d/a=1', { overwrite: 'never' }, 'd: +b'],
  ['newer in the snapshot', 'd/ d/a=2 d/b=1', 'd/ d/a=1 d/b=2', { overwrite: 'if-newer' }, 'd: ~a'],
  ['changed', 'd/ d/a d/b', 'd/ d/a d/b=3', { overwrite: 'if-changed' }, 'd: ~b *'],
  ['nothing is changed', 'd/ d/a', 'd/ d/a', { overwrite: 'if-changed' }, ''],
  [
    'names of one file that are apart',
    'd/ d/a@7 d/b@7',
    'd/ d/a d/b',
    { overwrite: 'if-changed' },
    'd: ~a ~b *',
  ],
  ['files that became one', 'd/ d/a d/b', 'd/ d/a@7 d/b@7', { overwrite: 'if-changed' }, 'd: ~a ~b *'],
  ['a file where a directory was', 'd/ d/a/ d/a/f', 'd/ d/a', {}, 'd: -a +a *'],
  ['a full directory does not give way', 'd/ d/a', 'd/ d/a/ d/a/f', {}, ''],
  ['it does where what is new goes', 'd/ d/a', 'd/ d/a/ d/a/f', { removes: true }, 'd: -a +a *'],
  ['another subvolume stays', 'd/ d/a/ d/a/f d/b/', 'd/ d/a/! d/b/! d/c/!', { removes: true }, ''],
  [
    'what holds one stays, and the rest of it goes',
    'd/',
    'd/ d/c/ d/c/s/! d/c/f',
    { removes: true },
    'd/c: -f',
  ],
  ['a subvolume that was inside does not come as a directory', 'd/ d/a d/s/!', '', {}, ': +d'],
  ['nothing goes for it', 'd/ d/s/!', 'd/ d/s/ d/s/mine', { removes: true }, ''],
  ['nor does it take the place of anything', 'd/ d/s/!', 'd/ d/s', { removes: true }, ''],
  [
    'what is left out stays where something else is to take its place',
    'd/ d/a',
    'd/ d/a/ d/a/k',
    { removes: true, exclude: ['k'] },
    '',
  ],
  [
    'what is left out does not come, though it was named',
    'x/ x/d/ x/d/a',
    '',
    { paths: ['x/d'], to: 't', exclude: ['d'] },
    '',
  ],
  ['nothing matches', 'x/ x/d/ x/d/a', '', { paths: ['x/d'], to: 't', include: ['*.x'] }, ''],
  ['to the root, several', 'a/ a/x b c', '', { paths: ['a/x', 'b', 'c'], to: '' }, ': +b +c; : +x'],
  [
    'what btrfleet made is not brought',
    '.btrfleet/ .btrfleet/x d',
    't/',
    { paths: [''], to: 't' },
    't: +d *',
  ],
  ['elsewhere', 'x/ x/d/ x/d/a', 't/ t/d/ t/d/a', { paths: ['x/d'], to: 't' }, 't/d: ~a *'],
  ['what is ours stays', 'd', '.btrfleet/ .btrfleet/x d', { paths: [''], removes: true }, ': ~d *'],
  ['left out', 'd/ d/a d/k', 'd/ d/a=1 d/k=1 d/n d/m', { removes: true, exclude: ['k', 'n'] }, 'd: -m ~a *'],
  [
    'only what is meant',
    'd/ d/a.x d/e/ d/e/b.x d/e/c',
    'd/ d/e/ d/n.x d/o',
    { removes: true, include: ['*.x'] },
    'd: -n.x +a.x; d/e: +b.x',
  ],
];
for (const [title, source, target, about, want] of TABLE)
  test(title, () => assert.equal(text(planned(source, target, about).orders), want));

test('names of one file are copied together, in groups that are bounded', () => {
  const names = Array.from({ length: 900 }, (_, index) => `d/f${index}`);
  const source = ['d/', ...names.map((name, index) => (index % 300 === 0 ? `${name}@7` : name))].join(' ');
  const { copies } = planned(source, '', {}).orders;
  assert.ok(copies.length >= 5 && copies.every((some) => some.length <= 200));
  assert.deepEqual(copies.flat().toSorted(), names.toSorted());
  assert.equal(
    copies.filter((some) => ['d/f0', 'd/f300', 'd/f600'].some((name) => some.includes(name))).length,
    1,
  );
});

test('names of one file are copied in groups that each begin with the first', () => {
  const names = Array.from({ length: 1000 }, (_, index) => `d/f${index}`);
  const { copies } = planned(['d/', ...names.map((name) => `${name}@7`)].join(' '), '', {}).orders;
  assert.ok(copies.length > 4 && copies.every((some) => some.length <= 200 && some[0] === copies[0]?.[0]));
  assert.deepEqual([...new Set(copies.flat())].toSorted(), names.toSorted());
});

test('what each that goes or is replaced is, goes with it', () => {
  const { seen } = planned('d/ d/a d/b/ d/b/f', 'd/ d/a=3 d/b d/n/=2 d/n/x=5 d/n/y=4 d/m/ d/m/x@7', {
    removes: true,
  }).orders;
  assert.deepEqual([...seen].toSorted(), [
    ['d/a', 'd/a 3:f:10:103.5:103.5'],
    ['d/b', 'd/b 0:f:10:100.5:100.5'],
    ['d/m', 'd/m 0:d:2:-'],
    ['d/n', 'd/n 2:d:3:105.5'],
  ]);
});

test('files of which a name does not come are counted', () => {
  const parted = (source: string, about: Case = {}) => planned(source, '', about).parted.length;
  assert.equal(parted('d/ d/a@7 d/b@7 d/c'), 0);
  assert.equal(parted('d/ d/a@7 d/c'), 1);
  assert.equal(parted('d/ d/a@7 d/b@7', { exclude: ['b'] }), 1);
});

test('a subvolume that was inside is told, unless one is there', () => {
  const told = (target: string) =>
    planned('d/ d/e/ d/e/s/!', target, {}).rows.flatMap(({ what, path }) =>
      what === 'skipped' ? [path] : [],
    );
  assert.deepEqual(['', 'd/', 'd/ d/e/ d/e/s/', 'd/ d/e/ d/e/s/!'].map(told), [
    ['d/e/s'],
    ['d/e/s'],
    ['d/e/s'],
    [],
  ]);
  assert.deepEqual(planned('d/ d/e/ d/e/s/!', '', {}).orders.newDirectories, ['d', 'd/e']);
});

test('what is told is what is done, and says whether anything that is there changes', () => {
  const plan = planned('d/ d/a d/b d/e/ d/e/f', 'd/ d/a=1 d/n/ d/n/x', { removes: true });
  assert.deepEqual(plan.counts, { created: 3, replaced: 1, removed: 2, attributes: 1, left: 0, skipped: 0 });
  assert.equal(plan.bytes, 30);
  assert.equal(plan.changesWhatIsThere, true);
  assert.equal(planned('d/ d/a', '', {}).changesWhatIsThere, false);
});
