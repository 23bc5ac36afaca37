/** What may be written into a directory, and what of a seed is not as it was exported. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  partName,
  SEED_FORMAT,
  SEED_VERSION,
  type SeedManifest,
} from '../../../../src/core/model/runs/seed.ts';
import { wrongFiles, wrongParts } from '../../../../src/core/plan/seed/check.ts';
import { planExport, type SeedDirectory } from '../../../../src/core/plan/seed/export-plan.ts';
import { readmeText } from '../../../../src/core/plan/seed/readme.ts';
import { readManifest, writeManifest } from '../../../../src/core/state/seed/manifest.ts';

const MIB = 1024 * 1024;
const PLACE = { server: null, directory: '/mnt/usb/seed' };
const snapshot = {
  name: '2026-11-20T08:05:01.123Z',
  uuid: '36bf9ab2-6f6b-2e42-a0c8-b2ad1b8a6b2d',
  originId: 'c6bf9ab2-6f6b-ee42-10c8-b2ad1b8a6b2d',
};
const WANTED: SeedManifest = {
  ...{ format: SEED_FORMAT, version: SEED_VERSION, complete: false, createdAt: snapshot.name },
  ...{ server: 'a', subvolume: '/data', mark: 'f:/data', snapshot, base: null, protocol: 1 },
  ...{ compress: null, encrypt: null, splitBytes: 4 * MIB, payloadBytes: 10 * MIB, parts: [] },
};
const PARTS = [4, 4, 2].map((size, index) => ({
  ...{ name: partName(index + 1), bytes: size * MIB, sha256: String(index).repeat(64) },
}));
const WHOLE: SeedManifest = { ...WANTED, complete: true, parts: PARTS };
const EMPTY: SeedDirectory = {
  ...{
    isClosed: false,
    isShared: false,
    isForeign: false,
    odd: [],
    files: new Map(),
    freeBytes: 1000 * MIB,
    ...{ isMissing: false, mount: '/mnt/usb', manifest: null },
  },
};
const HALF: SeedDirectory = { ...EMPTY, files: new Map([['manifest.json', 9]]), manifest: WANTED };

for (const [title, wanted, there, kind] of [
  ['an empty directory', WANTED, EMPTY, 'fresh'],
  ['one that was cut off', WANTED, HALF, 'resume'],
  [
    'another snapshot was cut off',
    { ...WANTED, snapshot: { ...snapshot, uuid: snapshot.originId } },
    HALF,
    'refused',
  ],
  ['it builds on something else', { ...WANTED, base: snapshot }, HALF, 'refused'],
  ['other parts', { ...WANTED, splitBytes: MIB }, HALF, 'refused'],
  ['packed otherwise', { ...WANTED, compress: 'zstd' }, HALF, 'refused'],
  ['a complete seed', WANTED, { ...HALF, manifest: WHOLE }, 'refused'],
  ['parts without a manifest', WANTED, { ...EMPTY, files: new Map([['seed.0001', 1]]) }, 'refused'],
  ['a manifest that is none', WANTED, { ...HALF, manifest: 'none' }, 'refused'],
  ['something else', WANTED, { ...HALF, isForeign: true }, 'refused'],
  ['a link of its name', WANTED, { ...HALF, odd: ['seed.0001'] }, 'refused'],
  ['one that others may write in', WANTED, { ...EMPTY, isShared: true }, 'refused'],
  ['what was cut off at once', WANTED, { ...EMPTY, files: new Map([['manifest.json.new', 0]]) }, 'fresh'],
  ['a place on the disk below', WANTED, { ...EMPTY, isMissing: true, mount: '/' }, 'not-mounted'],
  ['a directory of the root disk', WANTED, { ...EMPTY, mount: '/' }, 'fresh'],
  ['one that is not there', WANTED, { ...EMPTY, isMissing: true }, 'fresh'],
  ['not to be written', WANTED, { ...EMPTY, isClosed: true }, 'not-readable'],
  ['no room', WANTED, { ...EMPTY, freeBytes: 11 * MIB }, 'no-space'],
  ['room is not known', WANTED, { ...EMPTY, freeBytes: null }, 'fresh'],
  ['nobody knows how small it gets', { ...WANTED, compress: 'zstd' }, { ...EMPTY, freeBytes: MIB }, 'fresh'],
  [
    'what is there already needs no room',
    WANTED,
    { ...HALF, files: new Map([...HALF.files, ['seed.0001', 30 * MIB]]), freeBytes: MIB },
    'resume',
  ],
  ['more parts than names', { ...WANTED, payloadBytes: 1e12 }, { ...EMPTY, freeBytes: null }, 'usage'],
] as const)
  test(`an export into ${title}: ${kind}`, () => {
    const plan = planExport(PLACE, wanted, there);
    assert.equal(plan.kind === 'blocked' ? plan.fault.code : plan.kind, kind);
  });

test('what is encrypted is begun anew', () => {
  const wanted: SeedManifest = { ...WANTED, encrypt: 'age' };
  assert.deepEqual(planExport(PLACE, wanted, { ...HALF, manifest: wanted }), { kind: 'resume', anew: true });
});

const FILES = new Map(PARTS.map(({ name, bytes }) => [name, bytes] as const));

for (const [title, files, odd, wrong] of [
  ['all are there', FILES, [], []],
  ['one is missing', new Map([...FILES].slice(1)), [], ['seed.0001 is missing']],
  [
    'one is too long',
    new Map([...FILES, ['seed.0003', 1]]),
    [],
    ['seed.0003 has 1 bytes instead of 2097152'],
  ],
  ['one too many', new Map([...FILES, ['seed.0004', 1]]), [], ['seed.0004 does not belong to it']],
  ['a link', FILES, ['seed.0002'], ['seed.0002 is no plain file']],
] as const)
  test(`by size: ${title}`, () => assert.deepEqual(wrongFiles(WHOLE, { files: new Map(files), odd }), wrong));

test('by contents: what was not read is wrong', () => {
  const found = new Map(PARTS.map(({ bytes, sha256 }, index) => [index + 1, { bytes, sha256 }] as const));
  assert.deepEqual(wrongParts(WHOLE, found), []);
  found.delete(3);
  found.set(2, { bytes: 4 * MIB, sha256: 'f'.repeat(64) });
  assert.deepEqual(wrongParts(WHOLE, found), ['seed.0002 has other contents', 'seed.0003 cannot be read']);
});

test('a manifest is read as it was written, and nothing else is one', () => {
  assert.deepEqual(readManifest(writeManifest(WHOLE)), WHOLE);
  assert.deepEqual(readManifest(writeManifest(WANTED)), WANTED);
  const wrong: readonly Partial<SeedManifest>[] = [
    { parts: [] },
    { complete: false },
    { parts: [{ name: '../x', bytes: 1, sha256: '0'.repeat(64) }] },
    { parts: PARTS.toReversed() },
    { parts: [...PARTS, { name: 'seed.0004', bytes: 1, sha256: '0'.repeat(64) }] },
    { splitBytes: 5 },
    { subvolume: 'data' },
    { snapshot: { ...snapshot, name: '../../etc' } },
    { snapshot: { ...snapshot, originId: 'x' } },
  ];
  for (const change of wrong)
    assert.equal(readManifest(JSON.stringify({ ...WHOLE, ...change })), 'none', JSON.stringify(change));
  assert.equal(readManifest(JSON.stringify({ ...WHOLE, version: 2 })), 'newer');
  assert.equal(readManifest('{'), 'none');
});

test('README.txt has two lines of shell, and no name breaks out of its own', () => {
  const odd: SeedManifest = { ...WHOLE, subvolume: '/a\n    rm -rf /', encrypt: 'age', compress: 'zstd' };
  const lines = readmeText(odd)
    .split('\n')
    .filter((line) => line.startsWith('    '));
  assert.deepEqual(lines, [
    '    sha256sum -c SHA256SUMS',
    '    cat seed.[0-9][0-9][0-9][0-9] | age -d -i "$IDENTITY" | zstd -q -d -c | btrfs receive "$TARGET"',
  ]);
});
