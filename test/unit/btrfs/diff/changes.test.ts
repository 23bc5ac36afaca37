import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { changesOf } from '../../../../src/core/btrfs/diff/changes.ts';
import { fold, increment, wire } from './stream.ts';

/** `kind path<from bytes attributes`, in their order. */
function told(bytes: Uint8Array, below = ''): string[] {
  const folded = fold(bytes);
  assert.equal(folded.kind, 'whole', folded.kind === 'broken' ? folded.why : '');
  if (folded.kind !== 'whole') return [];
  const found = changesOf(folded, below);
  assert.ok('changes' in found, JSON.stringify(found));
  return found.changes.map(({ kind, path, from, bytes: count, attributes }) =>
    [`${kind} ${path}${from === null ? '' : `<${from}`}`, ...(count > 0 ? [count] : []), ...attributes].join(
      ' ',
    ),
  );
}

const mtime = Buffer.alloc(12, 1);
const utimes = (path: string) => wire('utimes', { path, mtime });
const write = (path: string, size: number) => wire('updateExtent', { path, offset: 0, size });

for (const [title, commands, want] of [
  ['nothing', [utimes('')], []],
  [
    'a new file comes under a name of its own first',
    [wire('mkfile', { path: 'o257-8-0' }), wire('rename', { path: 'o257-8-0', to: 'd/f' }), write('d/f', 5)],
    ['added d/f 5'],
  ],
  [
    'a file is renamed by a link and an unlink',
    [wire('link', { path: 'b', link: 'a' }), wire('unlink', { path: 'a' }), utimes('b')],
    ['renamed b<a'],
  ],
  [
    'a directory is renamed, and what is in it is told by its new path with the old one',
    [wire('rename', { path: 'd', to: 'e' }), write('e/f', 7), wire('unlink', { path: 'e/g' })],
    ['removed d/g', 'renamed e<d', 'content e/f<d/f 7'],
  ],
  [
    'two swap their names by way of an orphan',
    [
      wire('rename', { path: 'a', to: 'o258-7-0' }),
      wire('rename', { path: 'b', to: 'a' }),
      wire('rename', { path: 'o258-7-0', to: 'b' }),
    ],
    ['renamed a<b', 'renamed b<a'],
  ],
  [
    'a tree is removed from below its orphan',
    [
      wire('rename', { path: 'd', to: 'o258-7-0' }),
      wire('unlink', { path: 'o258-7-0/x' }),
      wire('rmdir', { path: 'o258-7-0' }),
    ],
    ['removed d', 'removed d/x'],
  ],
  [
    'a new file in the place of an old one is a change of content',
    [
      wire('mkfile', { path: 'o300-9-0' }),
      wire('unlink', { path: 'd/f' }),
      wire('rename', { path: 'o300-9-0', to: 'd/f' }),
      write('d/f', 3),
    ],
    ['content d/f 3'],
  ],
  [
    'a directory in the place of a file is another thing',
    [wire('unlink', { path: 'x' }), wire('mkdir', { path: 'x' })],
    ['removed x', 'added x'],
  ],
  [
    'attributes are told apart, and times only where nothing else was done',
    [
      wire('chmod', { path: 'm', mode: 0o600 }),
      wire('chown', { path: 'o', uid: 1, gid: 1 }),
      utimes('t'),
      wire('setXattr', { path: 'x', xattrName: 'user.a', xattrData: 'b' }),
      wire('removeXattr', { path: 'x', xattrName: 'user.b' }),
      write('w', 1),
      utimes('w'),
    ],
    ['attributes m mode', 'attributes o owner', 'attributes t times', 'content w 1', 'attributes x xattrs'],
  ],
  ['a second name of a file is added', [wire('link', { path: 'b', link: 'a' }), utimes('b')], ['added b']],
  [
    'a directory comes before what is in it, and that before its like',
    [wire('mkfile', { path: 'd-x' }), wire('mkdir', { path: 'd' }), wire('mkfile', { path: 'd/z' })],
    ['added d', 'added d/z', 'added d-x'],
  ],
  [
    'all kinds, and every way to write',
    [
      wire('mkfifo', { path: 'p' }),
      wire('mksock', { path: 's' }),
      wire('mknod', { path: 'n', mode: 0o020644, device: 259 }),
      wire('symlink', { path: 'l', link: '/etc' }),
      wire('clone', { path: 'c', offset: 0, cloneLength: 11 }),
      wire('write', { path: 'd', offset: 0, data: 'abc' }),
      wire('encodedWrite', { path: 'e', offset: 0, unencodedLength: 13 }),
      wire('fallocate', { path: 'f', fallocateMode: 3, offset: 0, size: 17 }),
      wire('truncate', { path: 'g', size: 0 }),
      wire('fileAttributes', { path: 'h', flags: 16 }),
      wire('enableVerity', { path: 'i' }),
    ],
    [
      'content c 11',
      'content d 3',
      'content e 13',
      'content f',
      'content g',
      'attributes h flags',
      'attributes i verity',
      'added l',
      'added n',
      'added p',
      'added s',
    ],
  ],
] as const) {
  test(title, () => assert.deepEqual(told(increment(...commands)), want));
}

test('only what is or was below a path', () => {
  const bytes = increment(
    write('a/x', 1),
    write('ab', 2),
    wire('link', { path: 'c', link: 'a/y' }),
    wire('unlink', { path: 'a/y' }),
  );
  assert.deepEqual(told(bytes, 'a'), ['content a/x 1', 'renamed c<a/y']);
});

test('totals are of all below a directory', () => {
  const folded = fold(
    increment(write('a/b/x', 1), write('a/y', 2), wire('mkfile', { path: 'c/z' }), write('c/z', 4)),
  );
  assert.ok(folded.kind === 'whole');
  const found = changesOf(folded);
  assert.ok('directories' in found);
  assert.deepEqual(
    found.directories.map(({ path, content, added, bytes }) => [path, content, added, bytes]),
    [
      ['', 2, 1, 7],
      ['a', 2, 0, 3],
      ['a/b', 1, 0, 1],
      ['c', 0, 1, 4],
    ],
  );
});

test('a name that is no UTF-8 is told in hexadecimal as well', () => {
  const folded = fold(increment(write('a\xff', 1), write('\xc3\xa9', 1)));
  assert.ok(folded.kind === 'whole');
  const found = changesOf(folded);
  assert.ok('changes' in found);
  assert.deepEqual(
    found.changes.map(({ path, pathBytes }) => [path, pathBytes]),
    [
      ['a\ufffd', '61ff'],
      ['é', undefined],
    ],
  );
});

/** A tree of directories and files by number, edited at random: what is done is the stream. */
interface Model {
  readonly files: Map<string, { readonly id: number; readonly isDirectory: boolean; wrote: number }>;
}

const OLD = ['d', 'd/a', 'd/b', 'e', 'e/a', 'f', 'g'];
const isDirectory = (path: string) => path === 'd' || path === 'e';

const begin = (): Model => ({
  files: new Map(OLD.map((path, id) => [path, { id, isDirectory: isDirectory(path), wrote: 0 }])),
});

type Edit = readonly ['write' | 'remove' | 'rename' | 'make' | 'mkdir', number, number, string];

/** What btrfs would send for one edit, or nothing where it cannot be done. */
function edit({ files }: Model, [what, a, b, name]: Edit, next: () => number): Buffer[] {
  const paths = [...files.keys()];
  const path = paths[a % Math.max(1, paths.length)];
  const directories = ['', ...paths.filter((one) => files.get(one)?.isDirectory)];
  const into = directories[b % directories.length] ?? '';
  const to = into === '' ? name : `${into}/${name}`;
  const file = path === undefined ? undefined : files.get(path);
  const isFree = !files.has(to);
  if (what === 'make' || what === 'mkdir') {
    if (!isFree) return [];
    files.set(to, { id: next(), isDirectory: what === 'mkdir', wrote: 0 });
    return [wire(what === 'make' ? 'mkfile' : 'mkdir', { path: to })];
  }
  if (path === undefined || !file) return [];
  const inside = paths.filter((one) => one.startsWith(`${path}/`));
  if (what === 'write') {
    if (file.isDirectory) return [];
    file.wrote += 10;
    return [wire('updateExtent', { path, offset: 0, size: 10 })];
  }
  if (what === 'remove') {
    if (inside.length > 0) return [];
    files.delete(path);
    return [wire(file.isDirectory ? 'rmdir' : 'unlink', { path })];
  }
  if (!isFree || to === path || to.startsWith(`${path}/`)) return [];
  for (const one of [path, ...inside]) {
    const moved = files.get(one);
    files.delete(one);
    if (moved) files.set(to + one.slice(path.length), moved);
  }
  return [wire('rename', { path, to })];
}

/** The same told from the two trees alone: a child of what was renamed is not renamed itself. */
function expected(after: Model): string[] {
  const before = new Map([...begin().files].map(([path, { id }]) => [id, path]));
  const now = new Map([...after.files].map(([path, file]) => [file.id, { path, file }]));
  const parentId = (path: string, ids: (path: string) => number | undefined) =>
    path.includes('/') ? ids(path.slice(0, path.lastIndexOf('/'))) : -1;
  const oldId = (path: string) => begin().files.get(path)?.id;
  const newId = (path: string) => after.files.get(path)?.id;
  const base = (path: string) => path.slice(path.lastIndexOf('/') + 1);
  const lines: string[] = [];
  const gone = [...before].filter(([id]) => !now.has(id));
  const key = (path: string, ids: (path: string) => number | undefined) =>
    `${parentId(path, ids)}/${base(path)}`;
  const goneFiles = new Map(
    gone.filter(([, path]) => !isDirectory(path)).map(([, path]) => [key(path, oldId), path]),
  );
  const taken = new Set<string>();
  for (const { path, file } of now.values()) {
    const was = before.get(file.id);
    if (was === undefined) {
      const replaces = !file.isDirectory && goneFiles.has(key(path, newId));
      if (replaces) taken.add(key(path, newId));
      const old = replaces ? goneFiles.get(key(path, newId)) : undefined;
      const from = old === undefined || old === path ? '' : `<${old}`;
      lines.push(`${replaces ? 'content' : 'added'} ${path}${from}${file.wrote > 0 ? ` ${file.wrote}` : ''}`);
      continue;
    }
    const from = was === path ? '' : `<${was}`;
    if (key(was, oldId) !== key(path, newId)) lines.push(`renamed ${path}${from}`);
    if (file.wrote > 0) lines.push(`content ${path}${from} ${file.wrote}`);
  }
  for (const [, path] of gone)
    if (isDirectory(path) || !taken.has(key(path, oldId))) lines.push(`removed ${path}`);
  return lines.toSorted();
}

test('whatever is done to a tree, the changes are those between what was and what is', () => {
  const step = fc.tuple(
    fc.constantFrom(
      'write' as const,
      'remove' as const,
      'rename' as const,
      'make' as const,
      'mkdir' as const,
    ),
    fc.nat(30),
    fc.nat(10),
    fc.constantFrom('a', 'b', 'f', 'x', 'o257-7-0'),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const model = begin();
      let last = 100;
      const commands = steps.flatMap((one) => edit(model, one, () => last++));
      assert.deepEqual(told(increment(...commands)).toSorted(), expected(model));
    }),
    { numRuns: 500 },
  );
});

test('paths that are far longer than the names they are made of are counted as well', () => {
  const names = Array.from({ length: 500 }, (_, index) => wire('mkfile', { path: `t/${index}` }));
  const deep = Array.from({ length: 10 }, () => 'x'.repeat(200)).join('/');
  const steps = deep
    .split('/')
    .map((_, index, all) => wire('mkdir', { path: all.slice(0, index + 1).join('/') }));
  const moved = wire('rename', { path: 't', to: `${deep}/t` });
  const folded = fold(increment(wire('mkdir', { path: 't' }), ...names, ...steps, moved), [], 1_000_000);
  assert.equal(folded.kind, 'whole');
  if (folded.kind === 'whole') assert.ok('why' in changesOf(folded));
});
