import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import fc from 'fast-check';
import { encodedName, FILE_WAY } from '../../../../src/core/btrfs/ask/file-way.ts';
import { createDirectoryReader } from '../../../../src/core/btrfs/read/directory.ts';
import { parseFileStat } from '../../../../src/core/btrfs/read/file-stat.ts';
import { createFindReader } from '../../../../src/core/btrfs/read/found.ts';
import { parseHashes, parseSightings } from '../../../../src/core/btrfs/read/sightings.ts';
import { eachPiece } from '../../../../src/core/hosts/port/bounded-output.ts';

const STAT =
  '257 59 81a4 1048576 1 1000 100|2026-11-20 08:05:01.123456789 +0000|2026-11-20 08:05:02.000000000 +0000|ann|users';

test('what stat says of a file', () => {
  assert.deepEqual(parseFileStat(STAT), {
    ...{ kind: 'file', inode: 257, device: 59, sizeBytes: 1048576, links: 1, mode: '0644' },
    ...{ modifiedAt: '2026-11-20T08:05:01.123456789Z', changedAt: '2026-11-20T08:05:02.000000000Z' },
    owner: { uid: 1000, gid: 100, user: 'ann', group: 'users' },
  });
});

for (const [mode, kind, bits] of [
  ['41ed', 'directory', '0755'],
  ['a1ff', 'link', '0777'],
  ['1180', 'fifo', '0600'],
  ['c1ed', 'socket', '0755'],
  ['2180', 'character-device', '0600'],
  ['6180', 'block-device', '0600'],
  ['8de9', 'file', '6751'],
  ['43ff', 'directory', '1777'],
] as const) {
  test(`mode ${mode} is ${kind} ${bits}`, () => {
    const stat = parseFileStat(STAT.replace('81a4', mode));
    assert.deepEqual([stat?.kind, stat?.mode], [kind, bits]);
  });
}

test('an owner without a name, a group with a bar in its name, a time without parts of a second', () => {
  const stat = parseFileStat(
    STAT.replace('ann|users', 'UNKNOWN|a|b').replace('01.123456789 +0000', '01 +0000'),
  );
  assert.deepEqual([stat?.owner.user, stat?.owner.group], [null, 'a|b']);
  assert.equal(stat?.modifiedAt, '2026-11-20T08:05:01.000000000Z');
});

for (const odd of [
  '',
  'x',
  STAT.replace('257', '-1'),
  STAT.replace('+0000', '+0100'),
  STAT.replace('81a4', 'zz'),
])
  test(`no file: ${JSON.stringify(odd.slice(0, 30))}`, () => assert.equal(parseFileStat(odd), null));

/** Any name that a server can have. */
const fileName = fc
  .uint8Array({ minLength: 1, maxLength: 12 })
  .map((bytes) => bytes.map((byte) => (byte === 0 || byte === 0x2f ? 0x0a : byte)));

const cut = (whole: Buffer, sizes: readonly number[], take: (chunk: Buffer) => void): void => {
  let at = 0;
  for (const size of [...sizes, whole.length]) {
    take(whole.subarray(at, at + size));
    at += size;
  }
};

test('a directory: every name comes out as it is, however the output is cut', () => {
  fc.assert(
    fc.property(
      fc.array(fileName, { maxLength: 6 }),
      fc.array(fc.integer({ min: 1, max: 30 })),
      (names, cuts) => {
        const lines = names.map((name) =>
          Buffer.concat([Buffer.from('./'), name, Buffer.from(`/${STAT}\n`)]),
        );
        const output = Buffer.concat([Buffer.from('/directory\n'), ...lines, Buffer.from('/end find 0\n')]);
        const found: Buffer[] = [];
        const words: string[] = [];
        const reader = createDirectoryReader({
          onEntry: (name, fields) => {
            assert.equal(fields, STAT);
            found.push(Buffer.from(name));
          },
          onWord: (said) => words.push(said.join(' ')),
        });
        cut(output, cuts, eachPiece(0x0a, reader));
        assert.deepEqual(
          found.map((name) => name.toString('hex')),
          names.map((name) => Buffer.from(name).toString('hex')),
        );
        assert.deepEqual(words, ['directory', 'end find 0']);
      },
    ),
  );
});

test('sightings: by tree, with paths of several lines, and what is not there', () => {
  const inside = Buffer.from('a\nb/\xffc', 'latin1');
  const paths = ['/p/1', '/p/2', '/p/3', '/p/4'].map((root) =>
    Buffer.concat([Buffer.from(`${root}/`), inside]),
  );
  const [one = Buffer.alloc(0), , three = Buffer.alloc(0)] = paths;
  const output = Buffer.concat([
    ...[Buffer.from('/stopped 1 gone 0\n/now 3 7\n'), Buffer.from(`${STAT}\n${STAT}`), one],
    ...[Buffer.from(`\n${STAT}`), three, Buffer.from('\n/end 2\n')],
  ]);
  const { seen, odd, lacksStat } = parseSightings(output, paths);
  assert.deepEqual([odd, lacksStat], [2, false]);
  assert.deepEqual([...seen.keys()].toSorted(), [0, 1, 2, 3]);
  assert.deepEqual(seen.get(1), { kind: 'not', why: 'gone', depth: 0, inRoot: false });
  const stat = parseFileStat(STAT);
  assert.deepEqual(seen.get(0), { kind: 'there', stat, rootDevice: null });
  assert.deepEqual(seen.get(3), { kind: 'there', stat, rootDevice: 7 });
});

test('sightings that were cut off are not whole', () => {
  assert.equal(parseSightings(Buffer.from('/stopped 0 gone 0\n'), []).odd, null);
  assert.equal(parseSightings(Buffer.from('/tool\n'), []).lacksStat, true);
});

test('digests, and why there is none', () => {
  const sum = 'e'.repeat(64);
  const told = parseHashes(`/hash 0 ${sum} moved\n/hash 1 - closed\n/hash 2 ${sum.slice(1)} moved\n/end 0\n`);
  assert.deepEqual(
    [...told],
    [
      [0, { sha256: sum, why: 'moved' }],
      [1, { sha256: null, why: 'closed' }],
    ],
  );
});

test('found names: a name is no word of the script', () => {
  const said: string[] = [];
  const reader = createFindReader({
    onFound: (tree, path) => said.push(`${tree} ${Buffer.from(path).toString('latin1')}`),
    onEnd: (tree, code) => said.push(`end ${tree} ${code}`),
    onLost: (tree, why) => said.push(`lost ${tree} ${why}`),
  });
  const output = '/tree 0\0./a\n/end 0 0\0./\xff/b\0/end 0 0\0/lost 1 gone\0/tree 2\0./c\0/end 2 1\0/end 3\0';
  eachPiece(0, reader)(Buffer.from(output, 'latin1'));
  assert.deepEqual(said, [
    '0 a\n/end 0 0',
    '0 \xff/b',
    'end 0 0',
    'lost 1 gone',
    '2 c',
    'end 2 1',
    'end 3 null',
  ]);
});

for (const shell of [['dash'], ['busybox', 'sh'], ['sh']] as const) {
  const [program, ...words] = shell;
  const skip = spawnSync(program, [...words, '-c', ':']).error ? `there is no ${program}` : false;
  test(`${shell.join(' ')} gets each byte of a name as it is`, { skip }, () => {
    const all = Uint8Array.from({ length: 255 }, (_, index) => index + 1);
    const digits = Buffer.from('\x019\n8\xff7\n');
    for (const name of [all, digits, Buffer.from('-n %s\\c\n\n')]) {
      const script = `${FILE_WAY}decode_name "$1"; printf '%s' "$NAME"`;
      const { stdout } = spawnSync(program, [...words, '-c', script, 'sh', encodedName(name)], {
        env: { ...process.env, LC_ALL: 'C' },
      });
      assert.deepEqual(stdout, Buffer.from(name));
    }
  });
}
