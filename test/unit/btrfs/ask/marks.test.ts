import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import {
  isAmbiguousMark,
  ownerMark,
  ownerMarkName,
  ownerMarksDirectory,
  parseMarks,
  receivingMark,
} from '../../../../src/core/btrfs/ask/marks.ts';
import { digestOf } from '../../../../src/core/state/home/digest.ts';

const ownerMarkDirectory = (mount: string, directory: string, mark: string): string =>
  `${ownerMarksDirectory(mount, directory)}/${ownerMarkName(mark)}`;

const UUID = 'db291693-b194-4f2e-8d6e-280ed963042f';
const markOf = (path: string): string => ownerMark({ filesystemUuid: UUID, path }, digestOf);
const NAME = '2026-11-20T08:05:01.123Z';

for (const [mount, replica, mark] of [
  ['/', `/.snapshots/${NAME}`, `/.snapshots/.btrfleet/receiving/${NAME}`],
  ['/mnt', `/mnt/.snapshots/a b/@c/${NAME}`, `/mnt/.snapshots/.btrfleet/receiving/a b/@c/${NAME}`],
] as const) {
  test(`the mark of ${replica} is read back as it`, () => {
    assert.equal(receivingMark(mount, replica), mark);
    assert.deepEqual(parseMarks(mount, [mark]).receiving, [replica]);
  });
}

test('directories on the way to a mark, and those of another mount, are no marks', () => {
  const lines = [
    '/mnt/.snapshots/.btrfleet/receiving',
    '/mnt/.snapshots/.btrfleet/receiving/data',
    '/mnt/.snapshots/.btrfleet/receiving/2026-02-31T08:05:01.123Z',
    '/mnt/.snapshots/.btrfleet/owner/@home',
    '/mnt/.snapshots/.btrfleet/owner/@',
    `/mnt/.snapshots/.btrfleet/owner/@${UUID}%3A%ff`,
    `/mnt2/.snapshots/.btrfleet/receiving/data/${NAME}`,
    'receiving',
  ];
  assert.deepEqual(parseMarks('/mnt', lines), { receiving: [], owners: {} });
});

test('a replica that does not lie below .snapshots of the mount is a bug', () => {
  assert.throws(() => receivingMark('/mnt', '/mnt2/.snapshots/x'));
});

test('the mark of any source is read back, below any directory, and fits a file name', () => {
  const path = fc.stringMatching(/^[^/\n\0]{1,40}(\/[^/\n\0]{1,40}){0,6}$/);
  fc.assert(
    fc.property(
      path,
      fc.oneof(fc.constant(''), fc.constant('/@home'), fc.constant('/a/@b')),
      (source, below) => {
        const mark = markOf(source);
        const directory = `/m/.snapshots${below}`;
        const marked = ownerMarkDirectory('/m', directory, mark);
        assert.ok(Buffer.byteLength(marked.slice(marked.lastIndexOf('/') + 1)) <= 255);
        assert.deepEqual(parseMarks('/m', [marked]).owners, { [directory]: [mark] });
      },
    ),
  );
});

test('several sources may mark one directory', () => {
  const marks = ['a', 'b'].map((path) => markOf(path));
  const lines = marks.map((mark) => ownerMarkDirectory('/m', '/m/.snapshots/x', mark));
  assert.deepEqual(parseMarks('/m', lines).owners, { '/m/.snapshots/x': marks });
});

const LONG = 'srv/pool/データベースサーバー本番環境のコピー';

test('two long names that differ only in the last character have marks of their own', () => {
  for (const name of [LONG, 'x'.repeat(240), `${'d/'.repeat(200)}`]) {
    const [one, two] = [markOf(`${name}一`), markOf(`${name}二`)];
    assert.notEqual(one, two);
    assert.notEqual(ownerMarkName(one), ownerMarkName(two));
  }
});

test('no name that is noted as it is can be the mark of a longer one', () => {
  for (const path of [LONG, 'x'.repeat(240)]) {
    const mark = markOf(path);
    const forged = mark.slice(UUID.length + 1);
    assert.notEqual(markOf(forged), mark);
    assert.ok(encodeURIComponent(mark).length > 200);
  }
});

test('a mark that ends with a length proves nothing, and none is made like that', () => {
  const old = `${`${UUID}:${'x'.repeat(200)}`.slice(0, 180)}~237`;
  assert.ok(isAmbiguousMark(old));
  for (const path of [old.slice(UUID.length + 1), LONG, 'x'.repeat(200), 'data~201', 'data'])
    assert.equal(isAmbiguousMark(markOf(path)), false, path);
  assert.notEqual(markOf(old.slice(UUID.length + 1)), old);
  assert.equal(markOf('data~201'), `${UUID}:data~201`);
});
