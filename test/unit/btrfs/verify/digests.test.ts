import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import test from 'node:test';
import fc from 'fast-check';
import { digestInput, parseDigests } from '../../../../src/core/btrfs/verify/digest-script.ts';
import { treeFacts } from '../../../../src/core/btrfs/verify/tree-facts.ts';
import { fold, full, increment, wire } from '../diff/stream.ts';

const SNAPSHOT = '/srv/pool/.snapshots/data/ünï';
const digest = (text: string): string => createHash('sha256').update(text).digest('hex');
const HEAD = Buffer.from(SNAPSHOT).toString('latin1');

/** As GNU coreutils and busybox print it, one character for each byte. */
const line = (path: string, escapes: 'all' | 'no returns' | 'none'): string => {
  const name = `${HEAD}/${path}`;
  const special = escapes === 'all' ? /[\\\n\r]/g : /[\\\n]/g;
  if (escapes === 'none' || name.search(special) < 0) return `${digest(path)}  ${name}\n`;
  const words: Record<string, string> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r' };
  return `\\${digest(path)}  ${name.replace(special, (one) => words[one] ?? one)}\n`;
};

const name = fc
  .array(fc.oneof(fc.constantFrom(10, 13, 92, 32, 45, 0xc3, 0xff), fc.integer({ min: 1, max: 255 })), {
    minLength: 1,
  })
  .map((bytes) => String.fromCharCode(...bytes));

test('whatever the names, each digest is that of its file, and what is left out shows', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(name, { maxLength: 20 }),
      fc.constantFrom('all' as const, 'no returns' as const, 'none' as const),
      fc.array(fc.boolean()),
      (paths, escapes, lost) => {
        const output = paths.map((path, index) => (lost[index] ? '' : line(path, escapes))).join('');
        const told = parseDigests(SNAPSHOT, paths, output);
        const real = paths.map((path, index) => (lost[index] ? null : digest(path)));
        // Names with line ends that are not escaped may not be told apart; then nothing is said of any.
        const isPlain = escapes !== 'none' || !paths.some((path) => path.includes('\n'));
        if (isPlain || !lost.includes(true) || told !== null) assert.deepEqual(told, real);
      },
    ),
    { numRuns: 2000 },
  );
});

test('any answer is read without a throw, and gives no digest to a file that it does not name', () => {
  fc.assert(
    fc.property(fc.string(), (output) => {
      assert.deepEqual(parseDigests(SNAPSHOT, ['a'], output), output === '' ? [null] : null);
    }),
  );
  assert.equal(parseDigests(SNAPSHOT, ['a'], line('b', 'all')), null);
  assert.equal(parseDigests(SNAPSHOT, ['a'], `${line('a', 'all')}x`), null);
});

test('paths are handed over as bytes', () => {
  const input = Buffer.from(digestInput('/s', ['a', '\xff\n']));
  assert.deepEqual([...input], [...Buffer.from('/s/a\0/s/'), 0xff, 10, 0]);
});

test('of every path what there is of it, at the end of the stream', () => {
  const mtime = Buffer.alloc(12);
  mtime.writeBigInt64LE(-5n);
  mtime.writeUInt32LE(9, 8);
  const folded = fold(
    full(
      wire('mkfile', { path: 'o257-1-0' }),
      wire('rename', { path: 'o257-1-0', to: 'b' }),
      wire('link', { path: 'a', link: 'b' }),
      wire('updateExtent', { path: 'b', offset: 10, size: 5 }),
      wire('setXattr', { path: 'b', xattrName: 'user.z', xattrData: 'z' }),
      wire('setXattr', { path: 'b', xattrName: 'user.a', xattrData: 'a' }),
      wire('setXattr', { path: 'b', xattrName: 'user.gone', xattrData: 'x' }),
      wire('removeXattr', { path: 'b', xattrName: 'user.gone' }),
      wire('setXattr', { path: 'b', xattrName: 'security.selinux', xattrData: 'a label of this machine' }),
      wire('setXattr', { path: 'b', xattrName: 'security.capability', xattrData: 'c' }),
      wire('setXattr', { path: 'b', xattrName: 'system.posix_acl_access', xattrData: 'l' }),
      wire('setXattr', { path: 'b', xattrName: 'btrfs.compression', xattrData: 'zstd' }),
      wire('chmod', { path: 'b', mode: 0o4755 }),
      wire('chown', { path: 'b', uid: 7, gid: 8 }),
      wire('utimes', { path: 'b', mtime }),
      wire('symlink', { path: 'l', link: '/etc' }),
      wire('chmod', { path: '', mode: 0o700 }),
    ),
  );
  assert.ok(folded.kind === 'whole');
  const facts = treeFacts(folded);
  assert.ok(facts instanceof Map);
  assert.deepEqual([...facts.keys()].toSorted(), ['', 'a', 'b', 'l']);
  assert.equal(facts.get('')?.mode, 0o700);
  assert.equal(facts.get('l')?.leadsTo, '/etc');
  assert.deepEqual(facts.get('a'), {
    ...{ type: 'file', mode: 0o4755, uid: 7, gid: 8, size: 15, seconds: -5, nanoseconds: 9, device: 0 },
    ...{
      leadsTo: null,
      acl: told(['system.posix_acl_access', 'l']),
      properties: told(['btrfs.compression', 'zstd']),
      firstName: 'a',
      xattrs: told(['security.capability', 'c'], ['user.a', 'a'], ['user.z', 'z']),
    },
  });
  assert.deepEqual(facts.get('b'), facts.get('a'));
});

/** Each behind its length, so that no two sets are one. */
const told = (...set: readonly (readonly [string, string])[]): string =>
  set
    .flat()
    .map((word) => `${word.length}:${word}`)
    .join('');

/** One file with attributes of that many bytes in all, as \`setXattr\` gives them. */
const withXattrs = (bytes: number): Uint8Array[] => {
  const xattrData = '\0'.repeat(10_000);
  return Array.from({ length: bytes / xattrData.length }, (_, index) =>
    wire('setXattr', { path: 'f', xattrName: `user.${index}`, xattrData }),
  );
};

test('extended attributes take no more room than they are large, and that is counted', () => {
  const stream = full(wire('mkfile', { path: 'f' }), ...withXattrs(200_000));
  const folded = fold(stream, [], 2_000_000);
  assert.ok(folded.kind === 'whole');
  const facts = treeFacts(folded);
  assert.ok(facts instanceof Map);
  assert.ok((facts.get('f')?.xattrs?.length ?? 0) < 210_000);
  // Room for the stream, and not for what is made of it.
  const tight = fold(stream, [], 600_000);
  assert.ok(tight.kind === 'whole');
  assert.deepEqual(treeFacts(tight), { why: 'it is of more and longer paths than can be held' });
});

test('an increment tells no whole tree', () => {
  const folded = fold(increment());
  assert.ok(folded.kind === 'whole');
  assert.ok('why' in treeFacts(folded));
});

test('paths that are far longer than the names they are made of are counted as well', () => {
  const names = Array.from({ length: 500 }, (_, index) => wire('mkfile', { path: `t/${index}` }));
  const deep = Array.from({ length: 10 }, () => 'x'.repeat(200));
  const steps = deep.map((_, index) => wire('mkdir', { path: deep.slice(0, index + 1).join('/') }));
  const moved = wire('rename', { path: 't', to: `${deep.join('/')}/t` });
  const folded = fold(full(wire('mkdir', { path: 't' }), ...names, ...steps, moved), [], 1_000_000);
  assert.ok(folded.kind === 'whole');
  assert.deepEqual(treeFacts(folded), { why: 'it is of more and longer paths than can be held' });
});
