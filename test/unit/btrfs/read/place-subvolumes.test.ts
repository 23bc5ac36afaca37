import assert from 'node:assert/strict';
import test from 'node:test';
import { mountTree, parseMountinfoLine } from '../../../../src/core/btrfs/read/mountinfo.ts';
import { compareForFilesystem, placeSubvolumes } from '../../../../src/core/btrfs/read/place-subvolumes.ts';

/** `id parent device root path [ro] [bind]`, one mount a line; a device that begins with 0:4 is our btrfs. */
function mounts(text: string) {
  const rows = text
    .trim()
    .split('\n')
    .map((line) => {
      const [id, parent, device, root, path, ...more] = line.trim().split(' ');
      const subvolume = more.includes('bind') ? '/' : root;
      const rw = more.includes('ro') ? 'ro' : 'rw';
      const row = parseMountinfoLine(
        `${id} ${parent} ${device} ${root} ${path} ${rw},relatime shared:1 - btrfs /dev/sda rw,subvolid=5,subvol=${subvolume}`,
      );
      assert.ok(row);
      return row;
    });
  const { mountAt, hides } = mountTree(rows);
  const reaches = rows
    .filter((row) => row.device === '0:40' && mountAt(row.path) === row)
    .map((row, order) => ({
      order,
      mount: { path: row.path, root: row.root, readOnly: row.readOnly, bind: row.root !== row.subvolumePath },
      leadsHere: (path: string) => !hides(row, path),
    }));
  return { reaches, mountAt };
}

const subvolume = (id: number, path: string, parentId = 5) => ({
  id,
  path,
  parentId,
  uuid: 'u',
  parentUuid: null,
  receivedUuid: null,
  generation: 1,
  createdGeneration: 1,
  createdAt: null,
  readOnly: false,
});

for (const [title, text, path, want] of [
  ['the mount itself', '1 0 0:40 /@ /', '@', '/'],
  ['below the mount', '1 0 0:40 /@ /', '@/a', '/a'],
  ['not below: /data2 beside /data', '1 0 0:40 /data /data', 'data2', null],
  ['not below: the mount is deeper', '1 0 0:40 /a/b /m', 'a', null],
  ['people use /home', '1 0 0:40 / /mnt/top\n2 0 0:40 /@home /home', '@home', '/home'],
  ['writable before read-only', '1 0 0:40 / /top\n2 0 0:40 /@home /home ro', '@home', '/top/@home'],
  ['not bind before bind', '1 0 0:40 / /top\n2 0 0:40 /dir /bound bind', 'dir/s', '/top/dir/s'],
  ['bound elsewhere later', '1 0 0:40 / /pool\n2 0 0:40 /data /export', 'data', '/pool/data'],
  ['the top mounted later', '2 0 0:40 /home /home\n3 0 0:40 / /mnt/top', 'home', '/home'],
  ['a bind mount alone', '2 0 0:40 /dir /bound bind', 'dir/s', '/bound/s'],
  ['the shortest of two', '1 0 0:40 /d /longer\n2 0 0:40 /d /b', 'd', '/b'],
  ['alphabetical of two', '1 0 0:40 /d /c\n2 0 0:40 /d /b', 'd', '/b'],
  ['hidden by another filesystem', '1 0 0:40 / /p\n2 1 0:50 / /p/x', 'x', null],
  ['hidden below another filesystem', '1 0 0:40 / /p\n2 1 0:50 / /p/x', 'x/y/z', null],
  ['hidden here, reached there', '1 0 0:40 / /p\n2 1 0:50 / /p/x\n3 0 0:40 / /longer', 'x', '/longer/x'],
  ['itself mounted on itself', '1 0 0:40 / /p\n2 1 0:40 /x /p/x', 'x', '/p/x'],
  ['all of it mounted over', '1 0 0:40 / /p\n2 1 0:50 / /p', 'x', null],
  ['mounted over with itself', '1 0 0:40 /a /p\n2 1 0:40 /b /p', 'b', '/p'],
  ['a directory above mounted over', '9 0 0:30 / /\n1 9 0:40 / /a/p\n2 9 0:50 / /a', 'x', null],
  ['/ mounted last, as after switch_root', '1 9 0:40 / /p\n9 0 0:30 / /', 'x', '/p/x'],
] as const) {
  test(`placed: ${title}`, () => {
    const { reaches } = mounts(text);
    const { subvolumes } = placeSubvolumes([subvolume(256, path)], reaches, 5, 'a');
    assert.equal(subvolumes.find(({ id }) => id === 256)?.absolutePath, want);
  });
}

test('mounted in ever so many places, and most of them remembered of others, it stays where it is named', () => {
  const lines = Array.from({ length: 100 }, (_, index) => `${index + 1} 0 0:40 /top /m${index}`);
  const { reaches } = mounts([...lines, '200 0 0:40 /top /mnt/named/deeply'].join('\n'));
  const remembered = lines.map((_, index) => ({
    ...{ path: `/m${index}/other`, inside: 'top/other', uuid: 'other', before: [] },
  }));
  const known = { named: new Set(['/mnt/named/deeply/data']), remembered };
  const { subvolumes } = placeSubvolumes([subvolume(256, 'top/data')], reaches, 5, 's', known);
  assert.equal(subvolumes[0]?.absolutePath, '/mnt/named/deeply/data');
});

test('what lies in the listed subvolume is listed relative to it, everything else is not', () => {
  const { reaches } = mounts('1 0 0:40 /@home /home');
  const listed = [
    subvolume(256, '@'),
    subvolume(257, '@home'),
    subvolume(260, 'a', 257),
    subvolume(261, 'a/b', 260),
  ];
  const { subvolumes } = placeSubvolumes(listed, reaches, 257, 'a');
  assert.deepEqual(
    subvolumes.map(({ path, absolutePath }) => `${path} ${absolutePath}`),
    ['@ null', '@home /home', '@home/a /home/a', '@home/a/b /home/a/b'],
  );
});

test('what lies below one that was not believed is left out and told', () => {
  const { reaches } = mounts('1 0 0:40 /@home /home');
  const { subvolumes, problems } = placeSubvolumes([subvolume(261, 'a/b', 260)], reaches, 257, 'a');
  assert.deepEqual(subvolumes, []);
  assert.equal(problems[0]?.code, 'listing-failed');
});

test('the top level is there when a mount shows it', () => {
  const top = (text: string) => placeSubvolumes([], mounts(text).reaches, 5, 'a').subvolumes[0];
  assert.equal(top('1 0 0:40 /@ /m'), undefined);
  assert.deepEqual(
    [top('1 0 0:40 / /m')?.id, top('1 0 0:40 / /m')?.absolutePath, top('1 0 0:40 / /m ro')?.readOnly],
    [5, '/m', true],
  );
});

for (const [title, text, want] of [
  ['writable before read-only', '1 0 0:40 / /top ro\n2 0 0:40 /@ /m', '/m'],
  ['not bind before bind', '1 0 0:40 /d /a bind\n2 0 0:40 /@/x /m', '/m'],
  ['the shortest root', '1 0 0:40 /@ /a\n2 0 0:40 / /mnt/top', '/mnt/top'],
  ['the shortest path', '1 0 0:40 / /mnt/top\n2 0 0:40 / /z', '/z'],
  ['alphabetical', '1 0 0:40 / /b\n2 0 0:40 / /a', '/a'],
] as const) {
  test(`a filesystem is named by: ${title}`, () => {
    const names = mounts(text).reaches.map(({ mount }) => mount);
    assert.equal(names.sort(compareForFilesystem)[0]?.path, want);
  });
}

for (const [title, line, want] of [
  [
    'escapes',
    '1 2 0:40 /a\\040b /m\\134040\\011\\012\\043 rw - btrfs /dev/a rw,subvolid=257,subvol=/a\\040b',
    ['/a b', '/m\\040\t\n#', 257],
  ],
  [
    'a comma in the name',
    '1 2 0:40 /a,b /m rw master:1 - btrfs /dev/a rw,subvolid=257,subvol=/a,b,ro',
    ['/a,b', '/m', 257],
  ],
  ['an old kernel', '1 2 0:40 /a /m rw - btrfs /dev/a rw,space_cache', ['/a', '/m', null]],
] as const) {
  test(`a mountinfo line: ${title}`, () => {
    const row = parseMountinfoLine(line);
    assert.deepEqual([row?.root, row?.path, row?.subvolumeId], want);
  });
}

test('what is no mountinfo line is none', () => {
  for (const line of ['', 'x', '1 2 0:40 / /m rw', '1 2 sda / /m rw - btrfs /dev/a rw']) {
    assert.equal(parseMountinfoLine(line), null);
  }
});
