import assert from 'node:assert/strict';
import test from 'node:test';
import { fault } from '../../../../src/core/model/fault.ts';
import type { Filesystem } from '../../../../src/core/model/inventory.ts';
import { failed } from '../../../../src/core/model/result.ts';
import { baseName, parentDirectory } from '../../../../src/core/model/snapshot.ts';
import {
  basesBelow,
  findSubvolume,
  placeOf,
  snapshotsIn,
  snapshotsOf,
  subvolumesOf,
} from '../../../../src/core/plan/catalog/catalog.ts';
import { codeOf, filesystem, inventory, place, snap, used, valueIn } from '../world.ts';

const N1 = '2026-01-01T00:00:00.000Z';
const N2 = '2026-01-02T00:00:00.000Z';
const N3 = '2026-01-03T00:00:00.000Z';
const LIKE_A_NAME = '2026-02-31T00:00:00.000Z';

const paths = (fs: Filesystem): string[] =>
  valueIn(subvolumesOf(fs)).map((entry) => entry.absolutePath ?? `(${entry.path})`);
const listed = (path: string, ...all: Filesystem[]): string[] =>
  valueIn(snapshotsOf(place(path, ...all))).map((one) => `${one.state} ${one.path}`);

/** `/data` beside `/data2`, on a filesystem mounted as a whole. */
const siblings = filesystem(
  ['/'],
  [
    used('data'),
    used('data2'),
    snap(`.snapshots/data/${N1}`, 'data'),
    snap(`.snapshots/data2/${N2}`, 'data2'),
    snap(`.snapshots/data2/${N1}`, 'data2'),
  ],
);

test('/data beside /data2: each has its own snapshots', () => {
  assert.deepEqual(listed('/data', siblings), [`complete /.snapshots/data/${N1}`]);
  assert.deepEqual(listed('/data2', siblings), [
    `complete /.snapshots/data2/${N1}`,
    `complete /.snapshots/data2/${N2}`,
  ]);
});

test('subvolumes in use leave out snapshots and whatever lies in .snapshots', () => {
  const fs = filesystem(
    ['/'],
    [
      used('data'),
      used('.snapshots'),
      used('.snapshots/scratch'),
      used('data/.snapshots/half'),
      used('snapshots'),
      used('x.snapshots'),
      snap(`.snapshots/data/${N1}`, 'data'),
      snap('by-hand', 'data'),
    ],
  );
  assert.deepEqual(paths(fs), ['/', '/data', '/snapshots', '/x.snapshots']);
});

test('what lies in .snapshots is no subvolume in use where no mount reaches it, either', () => {
  const fs = filesystem(['/data = /@data'], [used('@data'), used('.snapshots/data/half')]);
  assert.deepEqual(paths(fs), ['()', '/data']);
});

test('a subvolume that no mount reaches is listed, and cannot be chosen', () => {
  const fs = filesystem(['/data = /@data'], [used('@data'), used('@other')]);
  assert.ok(paths(fs).includes('(@other)'));
  const other = valueIn(subvolumesOf(fs)).find((entry) => entry.path === '@other');
  assert.ok(other);
  const refused = placeOf('a', fs, other);
  assert.ok(!refused.ok && refused.fault.code === 'not-mounted');
  assert.match(refused.fault.message, /@other/);
  assert.match(refused.fault.hint, /subvolid=5/);
});

test('mounted by subvol=: the snapshots lie inside it, the replicas below its path', () => {
  const fs = filesystem(['/data = /@data'], [used('@data'), snap(`@data/.snapshots/${N1}`, '@data')]);
  const found = place('/data', fs);
  assert.equal(found.path, '/data');
  assert.equal(found.mount, '/data');
  assert.equal(found.directory, '/data/.btrfleet/.snapshots');
  assert.equal(found.replicaBelow, 'data');
  assert.deepEqual(listed('/data', fs), [`complete /data/.snapshots/${N1}`]);
});

test('the root of the server, mounted by subvol=', () => {
  const fs = filesystem(
    ['/ = /@', '/home = /@home'],
    [used('@'), used('@home'), snap(`@/.snapshots/${N1}`, '@')],
  );
  const root = place('/', fs);
  assert.equal(root.subvolume.path, '@');
  assert.equal(root.directory, '/.btrfleet/.snapshots');
  assert.equal(root.replicaBelow, 'root');
  assert.deepEqual(listed('/', fs), [`complete /.snapshots/${N1}`]);
  assert.equal(place('/home', fs).directory, '/home/.btrfleet/.snapshots');
  assert.equal(place('/home', fs).replicaBelow, 'home');
});

test('the top level is a subvolume like any other', () => {
  const fs = filesystem(
    ['/pool'],
    [used('data'), snap(`.snapshots/${N1}`, ''), snap(`.snapshots/data/${N1}`, 'data')],
  );
  const top = place('/pool', fs);
  assert.equal(top.subvolume.id, 5);
  assert.equal(top.directory, '/pool/.snapshots');
  assert.equal(top.replicaBelow, 'pool');
  assert.deepEqual(listed('/pool', fs), [`complete /pool/.snapshots/${N1}`]);
  assert.deepEqual(listed('/pool/data', fs), [`complete /pool/.snapshots/data/${N1}`]);
});

test('a top level without a uuid has no foreign snapshots by accident', () => {
  const fs = filesystem(['/pool'], [used('', { id: 5, uuid: null }), snap('stray', null), used('data')]);
  const [, top, ...rest] = valueIn(fs.listing);
  assert.ok(top);
  const without = { ...fs, listing: { ok: true as const, value: [top, ...rest] } };
  assert.deepEqual(listed('/pool', without), []);
});

test('nested subvolumes are places of their own', () => {
  const fs = filesystem(
    ['/pool'],
    [
      used('data'),
      used('data/db'),
      snap(`.snapshots/data/${N1}`, 'data'),
      snap(`.snapshots/data/db/${N2}`, 'data/db'),
    ],
  );
  assert.equal(place('/pool/data/db', fs).directory, '/pool/.snapshots/data/db');
  assert.equal(place('/pool/data/db', fs).replicaBelow, 'data/db');
  assert.deepEqual(listed('/pool/data', fs), [`complete /pool/.snapshots/data/${N1}`]);
  assert.deepEqual(listed('/pool/data/db', fs), [`complete /pool/.snapshots/data/db/${N2}`]);
});

test('one subvolume through two mounts is one place', () => {
  const fs = filesystem(
    ['/pool', '/data = /data', '/again = /data'],
    [used('data'), snap(`data/.snapshots/${N1}`, 'data')],
  );
  const [first, second, third] = ['/data', '/pool/data', '/again'].map((path) => place(path, fs));
  assert.deepEqual(second, first);
  assert.deepEqual(third, first);
  assert.deepEqual(listed('/pool/data', fs), [`complete /data/.snapshots/${N1}`]);
});

test('a nested subvolume is named through the mount above it', () => {
  const fs = filesystem(['/data = /@data'], [used('@data'), used('@data/db')]);
  const found = place('/data/db', fs);
  assert.equal(found.directory, '/data/.btrfleet/.snapshots/db');
  assert.equal(found.replicaBelow, 'db');
});

test('a slash behind the path changes nothing', () => {
  assert.equal(place('/data/', siblings).path, '/data');
  assert.equal(place('//', siblings).path, '/');
});

test('.snapshots is a subvolume itself', () => {
  const fs = filesystem(
    ['/ = /@'],
    [used('@'), used('@/.snapshots'), snap('@/.snapshots/1/snapshot', '@'), snap(`@/.snapshots/${N1}`, '@')],
  );
  assert.deepEqual(paths(fs), ['()', '/']);
  assert.deepEqual(listed('/', fs), [`complete /.snapshots/${N1}`, 'foreign /.snapshots/1/snapshot']);
});

test('.snapshots is a mount of its own', () => {
  const fs = filesystem(
    ['/ = /@', '/.snapshots = /@snapshots'],
    [used('@'), used('@snapshots'), snap('@snapshots/7/snapshot', '@'), snap(`@snapshots/${N1}`, '@')],
  );
  assert.deepEqual(paths(fs), ['()', '/']);
  assert.deepEqual(listed('/', fs), [`complete /.snapshots/${N1}`, 'foreign /.snapshots/7/snapshot']);
});

test('made of it but lying in another directory: foreign', () => {
  const fs = filesystem(
    ['/'],
    [used('data'), snap(`backup/${N2}`, 'data'), snap(`.snapshots/data/${N1}`, 'data')],
  );
  assert.deepEqual(listed('/data', fs), [`complete /.snapshots/data/${N1}`, `foreign /backup/${N2}`]);
});

test('in its directory but not named by btrfleet: foreign, read-only or not', () => {
  const fs = filesystem(
    ['/'],
    [
      used('data'),
      snap('.snapshots/data/before-upgrade-2', 'data'),
      snap(`.snapshots/data/${LIKE_A_NAME}`, 'data'),
      used('.snapshots/data/scratch'),
      snap(`.snapshots/data/${N1}`, 'data'),
    ],
  );
  const states = Object.fromEntries(
    valueIn(snapshotsOf(place('/data', fs))).map((one) => [one.name, one.state]),
  );
  assert.deepEqual(states, {
    [N1]: 'complete',
    'before-upgrade-2': 'foreign',
    [LIKE_A_NAME]: 'foreign',
    scratch: 'foreign',
  });
});

test('deeper than its directory is not in it', () => {
  const fs = filesystem(['/'], [used('data'), snap(`.snapshots/data/old/${N1}`, 'other')]);
  assert.deepEqual(listed('/data', fs), []);
});

test('after a restore the subvolume has a new uuid: its snapshots stay its own', () => {
  const fs = filesystem(
    ['/'],
    [
      used('data', { uuid: 'u:new', parentUuid: 'u:s' }),
      used(`data.replaced-${N3}`, { uuid: 'u:data' }),
      snap(`.snapshots/data/${N1}`, 'data'),
      snap('by-hand', 'data'),
    ],
  );
  assert.deepEqual(listed('/data', fs), [`complete /.snapshots/data/${N1}`]);
  assert.deepEqual(listed(`/data.replaced-${N3}`, fs), [
    `foreign /.snapshots/data/${N1}`,
    'foreign /by-hand',
  ]);
});

for (const [title, more, receiving, want] of [
  ['read-only', { readOnly: true, receivedUuid: 'o' }, false, 'complete'],
  ['read-only, marked as being received', { readOnly: true, receivedUuid: 'o' }, true, 'complete'],
  ['writable, marked', { readOnly: false }, true, 'partial'],
  ['writable, not marked', { readOnly: false }, false, 'modified'],
  ['writable with an origin, marked', { readOnly: false, receivedUuid: 'o' }, true, 'modified'],
] as const) {
  test(`under a btrfleet name, ${title}: ${want}`, () => {
    const entries = [used(`.snapshots/data/${N1}`, more)];
    const path = `/.snapshots/data/${N1}`;
    const byMark = filesystem(['/'], entries, { receiving: receiving ? [path] : [] });
    assert.equal(valueIn(snapshotsIn(byMark, '/.snapshots/data'))[0]?.state, want);
    const byJournal = snapshotsIn(
      filesystem(['/'], entries),
      '/.snapshots/data',
      new Set(receiving ? [path] : []),
    );
    assert.equal(valueIn(byJournal)[0]?.state, want);
  });
}

test('marked, but not under a btrfleet name: foreign, and so never deleted', () => {
  const fs = filesystem(['/'], [used('.snapshots/data/scratch')], {
    receiving: ['/.snapshots/data/scratch'],
  });
  assert.equal(valueIn(snapshotsIn(fs, '/.snapshots/data'))[0]?.state, 'foreign');
});

test('a mark for /data says nothing of /data2', () => {
  const fs = filesystem(['/'], [used(`.snapshots/data2/${N1}`)], { receiving: [`/.snapshots/data/${N1}`] });
  assert.equal(valueIn(snapshotsIn(fs, '/.snapshots/data2'))[0]?.state, 'modified');
});

test('times: from the name for btrfleet’s own, from btrfs for others, unknown last', () => {
  const fs = filesystem(
    ['/'],
    [
      used('data'),
      snap('.snapshots/data/timeless', 'data', { createdAt: null }),
      snap(`.snapshots/data/${N2}`, 'data', { createdAt: '2020-01-01T00:00:00.000Z' }),
      snap(`.snapshots/data/${N1}`, null, { createdAt: null, receivedUuid: 'o' }),
      snap('.snapshots/data/by-hand', 'data', { createdAt: '2026-01-01T12:00:00.000Z' }),
    ],
  );
  assert.deepEqual(
    valueIn(snapshotsOf(place('/data', fs))).map((one) => [one.name, one.createdAt]),
    [
      [N1, N1],
      ['by-hand', '2026-01-01T12:00:00.000Z'],
      [N2, N2],
      ['timeless', null],
    ],
  );
});

test('a snapshot carries its identity: own uuid, received uuid, origin id', () => {
  const fs = filesystem(
    ['/'],
    [snap(`.snapshots/data/${N1}`, null, { uuid: 'own', receivedUuid: 'origin' })],
  );
  const [one] = valueIn(snapshotsIn(fs, '/.snapshots/data'));
  assert.deepEqual([one?.uuid, one?.receivedUuid, one?.originId], ['own', 'origin', 'origin']);
});

for (const name of ['my data', 'dätä ☃', `it's "data"`, '-rf', '$(reboot)', 'back\\slash', 'a,b:c', '*']) {
  test(`a subvolume named ${name}`, () => {
    const fs = filesystem(['/my disk'], [used(name), snap(`.snapshots/${name}/${N1}`, name)]);
    const found = place(`/my disk/${name}`, fs);
    assert.equal(found.directory, `/my disk/.snapshots/${name}`);
    assert.equal(found.replicaBelow, name);
    assert.deepEqual(listed(`/my disk/${name}`, fs), [`complete /my disk/.snapshots/${name}/${N1}`]);
  });
}

test('several filesystems: the nearest mount decides', () => {
  const outer = filesystem(['/'], [used('data')], { uuid: 'outer' });
  const usb = filesystem(['/mnt/usb'], [used('data')], { uuid: 'usb' });
  assert.equal(place('/mnt/usb/data', outer, usb).filesystem.uuid, 'usb');
  assert.equal(place('/mnt/usb', outer, usb).filesystem.uuid, 'usb');
  assert.equal(place('/data', outer, usb).filesystem.uuid, 'outer');
});

test('what a mount hides is never taken for what was named', () => {
  const outer = filesystem(['/'], [used('mnt/usb/data')], { uuid: 'outer' });
  const usb = filesystem(['/mnt/usb'], [], { uuid: 'usb' });
  assert.equal(codeOf(findSubvolume(inventory(outer, usb), '/mnt/usb/data')), 'no-such-subvolume');
});

for (const [title, path] of [
  ['a plain directory', '/data/dir'],
  ['not there', '/nothing'],
  ['only the beginning of a name', '/dat'],
  ['not absolute', 'data'],
  ['empty', ''],
] as const) {
  test(`no subvolume: ${title}`, () => {
    const found = findSubvolume(inventory(siblings), path);
    assert.ok(!found.ok && found.fault.code === 'no-such-subvolume');
    assert.equal(found.fault.server, 'a');
    assert.ok(found.fault.message.includes(path));
    assert.match(found.fault.hint, /subvolume list --server a/);
  });
}

test('neither a snapshot, wherever it lies, nor what lies in .snapshots is a subvolume in use', () => {
  const fs = filesystem(
    ['/'],
    [snap(`.snapshots/data/${N1}`, 'data'), snap('by-hand', 'data'), used('.snapshots/scratch')],
  );
  for (const path of [`/.snapshots/data/${N1}`, '/by-hand', '/.snapshots/scratch']) {
    const refused = findSubvolume(inventory(fs), path);
    assert.ok(!refused.ok && refused.fault.code === 'no-such-subvolume');
    assert.match(refused.fault.message, /is a snapshot/);
  }
});

test('a listing that failed stays a fault, it never becomes an empty list', () => {
  const why = fault('listing-failed', 'm', 'h', { server: 'a' });
  const broken = { ...siblings, listing: failed(why) };
  const before = place('/data', siblings);
  for (const result of [
    subvolumesOf(broken),
    findSubvolume(inventory(broken), '/data'),
    snapshotsOf({ ...before, filesystem: broken }),
    snapshotsIn(broken, '/.snapshots/data'),
    basesBelow(broken, '/'),
  ]) {
    assert.deepEqual(result, failed(why));
  }
});

test('one filesystem that cannot be listed does not hide another', () => {
  const broken = filesystem(['/mnt/usb'], [], { listing: failed(fault('listing-failed', 'm', 'h')) });
  assert.equal(place('/data', siblings, broken).path, '/data');
});

for (const [path, directory, name] of [
  ['/a/b', '/a', 'b'],
  ['/a', '/', 'a'],
  ['/', '/', ''],
] as const) {
  test(`${path} lies in ${directory} as "${name}"`, () =>
    assert.deepEqual([parentDirectory(path), baseName(path)], [directory, name]));
}

test('a directory holds the same through whatever mount it is named', () => {
  const entries = [used('data'), snap('.snapshots/data/2026-01-01T00:00:00.000Z', 'data')];
  const fs = filesystem(['/pool', '/again', '/deep = /.snapshots'], entries);
  for (const directory of ['/pool/.snapshots/data', '/again/.snapshots/data', '/deep/data']) {
    const found = valueIn(snapshotsIn(fs, directory));
    assert.deepEqual(
      found.map(({ path }) => path),
      [`${directory}/2026-01-01T00:00:00.000Z`],
    );
  }
});

test('a path with a line break is refused as such, not told as missing', () => {
  assert.equal(codeOf(findSubvolume(inventory(siblings), '/data\n')), 'unsupported-name');
});
