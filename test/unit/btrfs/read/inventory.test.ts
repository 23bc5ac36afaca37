import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { sudoersLines } from '../../../../src/core/btrfs/ask/commands.ts';
import { inventoryCommand } from '../../../../src/core/btrfs/ask/inventory-script.ts';
import { nonceInput } from '../../../../src/core/btrfs/ask/part-script.ts';
import { parseInventory, unsizedOutput } from '../../../../src/core/btrfs/read/inventory.ts';

const NAMES = readFileSync(new URL('../../../fixtures/btrfs/inventory-names.txt', import.meta.url), 'utf8');
const read = (output: string) =>
  parseInventory({
    server: 'a',
    takenAt: '2026-11-20T09:22:00.000Z',
    nonce: 'n0nce',
    output,
    sudoers: sudoersLines('backup'),
  });

function filesystems(output: string) {
  const result = read(output);
  assert.ok(result.ok, JSON.stringify(result));
  return result.value;
}

/** Replaces what is between the line that begins with `title` and the next `end`, and its exit code. */
const section = (title: string, lines: readonly string[], code = 0): string =>
  NAMES.replace(new RegExp(`^n0nce ${title}([^\\n]*)\\n[\\s\\S]*?^n0nce end \\d+$`, 'm'), (_, rest: string) =>
    [`n0nce ${title}${rest}`, ...lines, `n0nce end ${code}`].join('\n'),
  );

test('a server with every kind of name and mount', () => {
  const { filesystems: list, problems } = filesystems(NAMES);
  assert.deepEqual(
    list.map(({ mount, uuid }) => `${mount} ${uuid}`),
    ['/mnt/bf/top db291693-b194-4f2e-8d6e-280ed963042f', '/mnt/bf/b 3d68b75c-4eca-4fbb-abe7-92fea29fec94'],
  );
  assert.deepEqual(
    problems.map(({ code }) => code),
    ['unsupported-name'],
  );
  const [top] = list;
  assert.ok(top?.listing.ok);
  assert.equal(top.space.sizeBytes, 3221225472);
  assert.deepEqual(
    top.mounts.filter(({ bind }) => bind).map(({ path }) => path),
    ['/mnt/bf/bindd'],
  );
  const places = top.listing.value.map(({ path, absolutePath }) => [path, absolutePath]);
  assert.deepEqual(places.slice(0, 13), [
    ['', '/mnt/bf/top'],
    // A tmpfs lies over /mnt/bf/top/@.
    ['@', '/mnt/bf/m sp'],
    ['@home', '/mnt/bf/home'],
    ['data', '/mnt/bf/top/data'],
    ['data2', '/mnt/bf/top/data2'],
    ['@home/nested', '/mnt/bf/deep'],
    ['dir/sp ace', '/mnt/bf/top/dir/sp ace'],
    [`dir/q"uo'te`, `/mnt/bf/top/dir/q"uo'te`],
    ['dir/ünï漢', '/mnt/bf/top/dir/ünï漢'],
    ['dir/$(touch x)`y`', '/mnt/bf/top/dir/$(touch x)`y`'],
    ['dir/-leading', '/mnt/bf/top/dir/-leading'],
    ['dir/back\\slash', '/mnt/bf/top/dir/back\\slash'],
    ['dir/trail ', '/mnt/bf/top/dir/trail '],
  ]);
  // A newline, invalid UTF-8, and a name that imitates a line of the list.
  assert.deepEqual(
    top.problems.map(({ message }) => /: (.*)$/.exec(message)?.[1]),
    [
      'id 264, path "dir/new"',
      '"line"',
      'id 269, path "dir/inv\\ufffdalid"',
      'id 271, path "dir/x"',
      'id 256, path "forged"',
    ],
  );
  const snapshot = top.listing.value.find(({ path }) => path === 'data.s1');
  assert.deepEqual([snapshot?.readOnly, snapshot?.createdAt], [true, '2026-11-20T09:02:55.000Z']);
  assert.ok(top.receiving.includes('/mnt/bf/top/.snapshots/data/2026-11-20T08:05:01.123Z'));
  assert.deepEqual(top.owners['/mnt/bf/top/.snapshots/@home'], [
    'db291693-b194-4f2e-8d6e-280ed963042f:data/sub',
  ]);
});

test('a complete and an unfinished replica', () => {
  const second = filesystems(NAMES).filesystems[1];
  assert.ok(second?.listing.ok);
  assert.deepEqual(
    second.listing.value.map(({ path, readOnly, receivedUuid }) => [path, readOnly, receivedUuid !== null]),
    [
      ['', false, false],
      ['data.s1', true, true],
      ['data.s4', false, false],
      ['small.1', true, true],
    ],
  );
});

for (const [title, lines, code, want] of [
  ['sudo refused', ['n0nce said', 'sudo: a password is required'], 1, 'sudo-missing'],
  ['no btrfs', ['n0nce said', 'sh: 1: btrfs: not found'], 127, 'tool-missing'],
  ['not btrfs', ['n0nce said', 'ERROR: not a btrfs filesystem: /x'], 1, 'not-btrfs'],
  ['something else', ['n0nce said', 'ERROR: it burns'], 1, 'listing-failed'],
] as const) {
  test(`a list that failed is a fault, not empty: ${title}`, () => {
    const [top, second] = filesystems(section('ascending 0:40', lines, code)).filesystems;
    assert.ok(top && !top.listing.ok);
    assert.equal(top.listing.fault.code, want);
    assert.equal(second?.listing.ok, true);
    if (want === 'sudo-missing') assert.match(top.listing.fault.hint, /^backup ALL/m);
  });
}

test('a list that is missing or taken through a mount that is hidden is a fault', () => {
  const missing = NAMES.replace(/^n0nce readonly 0:40[\s\S]*?^n0nce end 0\n/m, '');
  const hidden = NAMES.replaceAll('ascending 0:40 67', 'ascending 0:40 77');
  for (const output of [missing, hidden]) {
    const top = filesystems(output).filesystems[0];
    assert.equal(top && !top.listing.ok && top.listing.fault.code, 'listing-failed');
  }
});

test('findmnt missing: sizes are not known, everything else is; no uuid from it: the kernel tells', () => {
  const { filesystems: list, problems } = filesystems(
    section('findmnt', ['n0nce said', 'sh: 1: findmnt: not found'], 127),
  );
  assert.ok(problems.some(({ code }) => code === 'tool-missing'));
  assert.deepEqual(list[0]?.space, { sizeBytes: null, usedBytes: null, freeBytes: null });
  assert.equal(list[0]?.uuid, 'db291693-b194-4f2e-8d6e-280ed963042f');
  const without = filesystems(section('findmnt', [], 1));
  assert.deepEqual(
    without.problems.map(({ code }) => code),
    ['unsupported-name'],
  );
});

test('marks that cannot be read are a problem, not "none"', () => {
  const { problems } = filesystems(section('marks 67', [], 113)).filesystems[0] ?? { problems: [] };
  assert.ok(
    problems.some(({ message }) => message.includes('"/mnt/bf/top" or its .snapshots cannot be entered')),
  );
});

test('a bind mount of a file is no mount to work with', () => {
  const paths = filesystems(section('marks 66', [], 120)).filesystems[0]?.mounts.map(({ path }) => path);
  assert.ok(paths && !paths.includes('/mnt/bf/bindd'));
});

test('no btrfs at all is an empty list; a cut or foreign answer is a fault', () => {
  const none =
    'Welcome!\nn0nce mountinfo\n1 0 8:1 / / rw - ext4 /dev/a rw\nn0nce end 0\nn0nce findmnt\nn0nce end 1\n';
  assert.deepEqual(filesystems(none), {
    server: 'a',
    takenAt: '2026-11-20T09:22:00.000Z',
    filesystems: [],
    problems: [],
  });
  const whole = filesystems(NAMES).filesystems;
  for (let length = 0; length < NAMES.length - 1; length += 97) {
    const result = read(NAMES.slice(0, length));
    // Cut between two sections: what is told must be the truth, what is missing a fault.
    for (const { uuid, listing } of result.ok ? result.value.filesystems : []) {
      if (listing.ok) assert.deepEqual(listing, whole.find((one) => one.uuid === uuid)?.listing);
    }
  }
  for (const output of ['', 'This account is not available.\n']) assert.equal(read(output).ok, false);
});

for (const shell of ['sh', 'dash', 'bash', 'bash --posix', 'busybox sh']) {
  const [program = '', ...options] = shell.split(' ');
  const exists = spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
  test(`the script runs in ${shell}`, { skip: !exists && `there is no ${program}` }, () => {
    const [, ...words] = inventoryCommand({ sudo: [] }).argv;
    const given = { encoding: 'utf8', input: nonceInput('n0nce') } as const;
    const { status, stdout, stderr } = spawnSync(program, [...options, ...words], given);
    assert.equal(stderr, '');
    assert.equal(status, 0);
    filesystems(stdout);
  });
}

const unsized = (nonce: string, output: string): string => unsizedOutput(nonce, output).join('');

/** The same answer with another nonce, on disks that are fuller. */
const LATER = NAMES.replaceAll('n0nce', '0ther').replaceAll(/"(size|used|avail)":\s*\d+/g, '"$1": 4096');

test('of two answers that differ in nothing but the nonce and the sizes the rest is the same', () => {
  assert.notEqual(LATER.replaceAll('0ther', 'n0nce'), NAMES);
  assert.equal(unsized('0ther', LATER), unsized('n0nce', NAMES));
});

for (const [title, other] of [
  ['a subvolume', NAMES.replace('@home', '@hom3')],
  ['a mount', NAMES.replace('/mnt/bf/home', '/mnt/bf/h0me')],
  ['an exit code', NAMES.replace(/end 0\n$/, 'end 1\n')],
  ['the uuid of a filesystem', NAMES.replace('db291693', 'db291694')],
  ['a size anywhere but in the sizes', NAMES.replace('relatime', 'relatime "used": 5')],
] as const) {
  test(`another ${title.replace(/^an? |^the /, '')} is another answer`, () => {
    assert.notEqual(other, NAMES);
    assert.notEqual(unsized('n0nce', other), unsized('n0nce', NAMES));
  });
}

test('an answer that is known but for the sizes means what it would mean read in full', () => {
  const about = { server: 'a', takenAt: '2026-11-20T10:00:00.000Z', nonce: '0ther', output: LATER };
  const known = filesystems(NAMES);
  const quick = parseInventory({ ...about, sudoers: sudoersLines('backup'), known });
  assert.deepEqual(quick, parseInventory({ ...about, sudoers: sudoersLines('backup') }));
  assert.ok(quick.ok);
  assert.equal(quick.value.filesystems[0]?.space.sizeBytes, 4096);
  // Nothing was read again.
  assert.equal(quick.value.filesystems[0].listing, known.filesystems[0]?.listing);
});
