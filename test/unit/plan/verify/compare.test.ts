import assert from 'node:assert/strict';
import test from 'node:test';
import type { FileFacts } from '../../../../src/core/model/runs/file-facts.ts';
import { isOfContent } from '../../../../src/core/model/runs/verify.ts';
import type { Snapshot } from '../../../../src/core/model/snapshot.ts';
import { choosePair, newerBeside } from '../../../../src/core/plan/verify/choose-pair.ts';
import { compareFacts } from '../../../../src/core/plan/verify/compare-facts.ts';
import { snapshots } from '../notation.ts';

const file = (about: Partial<FileFacts> = {}): FileFacts => ({
  ...{ type: 'file', mode: 0o644, uid: 0, gid: 0, size: 5, seconds: 7, nanoseconds: 9, device: 0 },
  ...{ leadsTo: null, xattrs: null, properties: null, acl: null, firstName: null },
  ...about,
});

for (const [title, path, source, replica, want] of [
  ['the same', 'a', file(), file(), []],
  ['mode', 'a', file(), file({ mode: 0o600 }), ['mode']],
  ['owner', 'a', file(), file({ gid: 1 }), ['owner']],
  ['size, and a time to the nanosecond', 'a', file(), file({ size: 6, nanoseconds: 8 }), ['size', 'mtime']],
  ['where a link leads', 'a', file({ type: 'symlink' }), file({ type: 'symlink', leadsTo: 'x' }), ['target']],
  ['which device', 'a', file({ type: 'block' }), file({ type: 'block', device: 1 }), ['device']],
  ['extended attributes', 'a', file(), file({ xattrs: '[["user.a","b"]]' }), ['xattrs']],
  ['properties', 'a', file(), file({ properties: '[]' }), ['properties']],
  ['access lists', 'a', file(), file({ acl: '[]' }), ['acl']],
  ['names', 'a', file(), file({ firstName: 'a' }), ['links']],
  ['another kind of file says it all', 'a', file(), file({ type: 'directory', mode: 0 }), ['type']],
  [
    'the size of a directory is nobody’s',
    'a',
    file({ type: 'directory' }),
    file({ type: 'directory', size: 1 }),
    [],
  ],
  ['missing', 'a', file(), undefined, ['missing']],
  ['extra', 'a', undefined, file(), ['extra']],
  ['the time of the top directory moves with what is received', '', file(), file({ seconds: 8 }), []],
  ['its mode does not', '', file(), file({ mode: 0 }), ['mode']],
] as const) {
  test(`what differs: ${title}`, () => {
    const tree = (facts: FileFacts | undefined) => new Map(facts ? [[path, facts]] : []);
    const found = compareFacts(tree(source), tree(replica));
    assert.deepEqual(found, want.length === 0 ? [] : [{ path, what: want }]);
  });
}

for (const [what, want] of [
  ...(['missing', 'extra', 'type', 'size', 'target', 'device', 'content', 'unreadable'] as const).map(
    (kind) => [[kind], true] as const,
  ),
  ...(['mode', 'owner', 'mtime', 'xattrs', 'properties', 'acl', 'links'] as const).map(
    (kind) => [[kind], false] as const,
  ),
  [['mtime', 'size'], true],
  [['acl', 'properties'], false],
  [['a kind of a newer version'], false],
] as readonly (readonly [readonly string[], boolean])[]) {
  test(`only what is in it says that a replica is wrong: ${what.join(', ')}`, () => {
    assert.equal(isOfContent({ what }), want);
  });
}

const made = (names: string): Snapshot[] => snapshots('primary', names);

for (const [title, source, replicas, name, want] of [
  ['the newest that both have', made('a b c'), made('a b'), null, 'b'],
  ['one that is named', made('a b c'), made('a b'), 'a', 'a'],
  ['none in common', made('b'), made('a'), null, null],
  ['nothing there', made('a'), [], null, null],
  [
    'one that is in doubt there is compared',
    made('a'),
    made('a').map((one) => ({ ...one, doubt: 'changed' as const })),
    null,
    'a',
  ],
  [
    'one that is in doubt here is no source',
    made('a').map((one) => ({ ...one, doubt: 'changed' as const })),
    made('a'),
    null,
    null,
  ],
  [
    'a writable one is none',
    made('a b'),
    made('a b').map((one, index) => ({ ...one, readOnly: index === 0 })),
    null,
    'a',
  ],
] as const) {
  test(`which are compared: ${title}`, () => {
    const named = name === null ? null : (replicas.find((one) => one.originId.includes(name))?.name ?? name);
    const pair = choosePair(source, replicas, named);
    const letter = pair && made('a b c').findIndex(({ originId }) => originId === pair.source.originId);
    assert.equal(letter === null ? null : 'abc'[letter], want);
  });
}

for (const [title, replicas, want] of [
  ['it is the newest', made('a b'), null],
  [
    'what was made writable',
    made('a b c').map((one, at) => ({ ...one, ...(at === 2 && { state: 'modified' as const }) })),
    'c',
  ],
  ['what has no source any more', made('a b c'), 'c'],
  ['the newest of them', made('a b c d'), 'd'],
  [
    'not what is being received',
    made('a b c').map((one, at) => ({ ...one, ...(at === 2 && { state: 'partial' as const }) })),
    null,
  ],
  [
    'not what lies elsewhere',
    made('a b c').map((one, at) => ({ ...one, ...(at === 2 && { path: `/other/${one.name}` }) })),
    null,
  ],
] as const) {
  test(`whether something newer lies beside what is compared: ${title}`, () => {
    const pair = choosePair(made('a b'), replicas, null);
    assert.ok(pair);
    const found = newerBeside(replicas, pair);
    const letter = found && made('a b c d').findIndex(({ name }) => name === found.name);
    assert.equal(letter === null ? null : 'abcd'[letter], want);
  });
}
