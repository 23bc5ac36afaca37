import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SeenTree } from '../../../../src/core/model/file-versions.ts';
import type { FileStat } from '../../../../src/core/model/files.ts';
import { holderOf } from '../../../../src/core/plan/files/holder.ts';
import { fileVersions, type Seen } from '../../../../src/core/plan/files/versions.ts';
import { codeOf, filesystem, inventory, snap, used, valueIn } from '../world.ts';

/**
 * `a1=o1 i7 m1 c1 s5`: in the snapshot of the first second on a with the origin id o1, inode 7, modified, changed, size.
 * `a*`: the subvolume itself. What is left out is 0; no `=`: the origin is not proven.
 */
function seen(line: string): Seen {
  const [where = '', ...facts] = line.split(' ');
  const [place = '', origin = null] = where.split('=');
  const fact = (letter: string): number => Number(facts.find((one) => one.startsWith(letter))?.slice(1) ?? 0);
  const server = place.charAt(0);
  const isLive = place.endsWith('*');
  const second = isLive ? '59' : place.slice(1).padStart(2, '0');
  const time = (seconds: number): string => `2026-11-20T08:00:${String(seconds).padStart(2, '0')}.000000000Z`;
  const tree: SeenTree = {
    ...{ server, filesystem: 'f', snapshot: isLive ? 'live' : place, root: `/${place}`, isLive },
    ...{ at: `2026-11-20T08:00:${second}.000Z`, isHome: server === 'a', originId: origin, readOnly: !isLive },
  };
  const stat: FileStat = {
    ...{ kind: facts.includes('dir') ? 'directory' : 'file', inode: fact('i'), device: 1, links: 1 },
    ...{ sizeBytes: fact('s'), mode: '0644', modifiedAt: time(fact('m')), changedAt: time(fact('c')) },
    owner: { uid: 0, gid: 0, user: 'root', group: 'root' },
  };
  return { tree, stat };
}

/** Places of each version, the best first; versions the newest first. */
const versions = (lines: readonly string[], hashes: readonly string[] = []): string => {
  const all = lines.map(seen);
  const sha256 = new Map(
    hashes.map((one) => {
      const [place, digest = ''] = one.split('=');
      return [all.find(({ tree }) => tree.snapshot === place) as Seen, digest] as const;
    }),
  );
  return fileVersions(all, sha256)
    .map(({ places }) => places.map(({ snapshot }) => snapshot).join(' '))
    .join(' | ');
};

for (const [title, lines, want, hashes] of [
  ['untouched over snapshots', ['a1 i7 m1 c1', 'a2 i7 m1 c1', 'a* i7 m1 c1'], 'a2 a1 live'],
  ['written to in between', ['a1 i7 m1 c1', 'a2 i7 m2 c2'], 'a2 | a1'],
  ['the time of modification set back', ['a1 i7 m1 c1', 'a2 i7 m1 c2'], 'a2 | a1'],
  ['another file under the same name', ['a1 i7 m1 c1', 'a2 i8 m1 c1'], 'a2 | a1'],
  ['what was taken back by a restore is the old one', ['a1 i7 c1', 'a2 i7 c2', 'a3 i7 c1'], 'a3 a1 | a2'],
  ['a replica by its origin', ['a1=o i7 m1 c1', 'b1=o i20 m1 c9'], 'a1 b1'],
  [
    'two versions of one time and size, each with its replica',
    ['a1=o i7 m1 c1', 'a2=p i7 m1 c2', 'b1=o i20 m1 c8', 'b2=p i20 m1 c9'],
    'a2 b2 | a1 b1',
  ],
  [
    'the original is deleted: by what send keeps',
    ['a2=p i7 m1 c1', 'b1=o i20 m1 c9', 'c1=o i30 m1 c9'],
    'a2 b1 c1',
  ],
  ['the original is deleted: another size', ['a2=p i7 m1 c1', 'b1=o i20 m1 c9 s5'], 'a2 | b1'],
  [
    'touched twice on one server is two, also beside another one',
    ['b1 i20 m1 c1', 'b2 i20 m1 c2', 'c2 i30 m1 c7'],
    'b2 c2 | b1',
  ],
  ['not proven: no origin links it', ['a1 i7 m1 c1', 'b1 i20 m2 c9'], 'b1 | a1'],
  ['the same digest', ['a1 i7 m1 c1', 'a2 i8 m2 c2', 'a3 i9 m3 c3'], 'a3 a1 | a2', ['a1=x', 'a2=y', 'a3=x']],
  ['a digest that is not known joins nothing', ['a1 i7 c1', 'a2 i8 c2'], 'a2 | a1', ['a1=x']],
  ['what is there now comes first', ['b9 i1 m9 c1', 'a* i7 m1 c1'], 'live | b9'],
  ['a directory', ['a1 i7 m1 c1 dir', 'a2 i7 m2 c2 dir'], 'a2 | a1'],
] as const) {
  test(`versions: ${title}`, () => assert.equal(versions(lines, hashes), want));
}

test('first and last seen are those of all places', () => {
  const [version] = fileVersions(['b1=o i2 c1', 'a3=p i7 c1', 'a2=o i7 c1'].map(seen));
  assert.deepEqual(
    [version?.firstSeen, version?.lastSeen, version?.isLive],
    ['2026-11-20T08:00:01.000Z', '2026-11-20T08:00:03.000Z', false],
  );
});

const world = inventory(
  filesystem(
    ['/srv'],
    [
      ...[used('data'), used('data/inner'), snap('.snapshots/data/2026-11-20T08:05:01.123Z', 'data')],
      snap('.snapshots/gone/2026-11-20T08:05:01.123Z', null),
    ],
  ),
);

for (const [path, subvolume, inside, nested = []] of [
  ['/srv/data/x/y', '/srv/data', 'x/y'],
  ['/srv/data', '/srv/data', '', ['/srv/data/inner']],
  ['/srv/data/inner/x', '/srv/data/inner', 'x'],
  ['/srv/gone/x', '/srv/gone', 'x'],
  ['/srv/data2/x', '/srv', 'data2/x'],
  ['/srv/x\ny', '/srv', 'x\ny'],
] as const) {
  test(`${JSON.stringify(path)} belongs to ${subvolume}`, () =>
    assert.deepEqual(valueIn(holderOf(world, path)), { subvolume, inside, nested }));
}

for (const path of ['/srv/.snapshots/data/2026-11-20T08:05:01.123Z/x', '/etc/x'])
  test(`${path} belongs to none`, () => assert.equal(codeOf(holderOf(world, path)), 'no-such-subvolume'));

test('one that is gone with all its snapshots holds its files still, where somebody remembers it', () => {
  const isRemembered = (path: string): boolean => path === '/srv/lost';
  const found = (path: string) => valueIn(holderOf(world, path, isRemembered));
  assert.deepEqual(found('/srv/lost/x'), { subvolume: '/srv/lost', inside: 'x', nested: [] });
  assert.equal(found('/srv/lost2/x').subvolume, '/srv');
  assert.equal(found('/srv/data/x').subvolume, '/srv/data');
});
