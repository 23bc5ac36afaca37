/** How a receive is begun, run in real shells over plain directories: whose marks are left. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { markedReceiveCommand } from '../../../../src/core/btrfs/ask/receive-script.ts';
import { belowMount } from '../../../../src/core/btrfs/ask/way-script.ts';
import { putMounts } from '../stand-in-mounts.ts';

const root = mkdtempSync(join(tmpdir(), 'btrfleet-receive-'));
after(() => rmSync(root, { recursive: true, force: true }));

const mark = (path: string): string => `@db291693-b194-4f2e-8d6e-280ed963042f%3A${path}`;
const NAME = '2026-11-20T08:05:01.123Z';
const OTHER = '2026-11-20T09:05:01.123Z';

interface Case {
  readonly owners: readonly string[];
  readonly outlived?: readonly string[];
  readonly replicas?: readonly string[];
  readonly receiving?: readonly string[];
  readonly locked?: boolean;
  /** What `rmdir` does beside its work, as a script. */
  readonly meanwhile?: (pool: Pool) => string;
}

interface Pool {
  readonly owners: string;
  readonly receiving: string;
}

let count = 0;

/** The names of the owner's marks that are left, without what they all begin with. */
function begin(
  shell: string,
  { owners, outlived = [], replicas = [], receiving = [], ...more }: Case,
): string[] {
  count += 1;
  const at = join(root, `pool ${count}`);
  const directory = join(at, 'data');
  const pool = { owners: join(at, 'owner'), receiving: join(at, 'receiving') };
  for (const name of replicas) mkdirSync(join(directory, name), { recursive: true });
  for (const name of owners) mkdirSync(join(pool.owners, mark(name)), { recursive: true });
  for (const name of receiving) mkdirSync(join(pool.receiving, name), { recursive: true });
  mkdirSync(directory, { recursive: true });
  const bin = join(at, 'bin');
  mkdirSync(bin);
  putMounts(bin, [{ point: at }]);
  if (more.meanwhile) {
    writeFileSync(join(bin, 'rmdir'), `#!/bin/sh\n${more.meanwhile(pool)}\nexec /bin/rmdir "$@"\n`);
    chmodSync(join(bin, 'rmdir'), 0o755);
  }
  const { argv } = markedReceiveCommand({
    sudo: [],
    replica: belowMount(at, join(directory, NAME)),
    mark: belowMount(at, join(pool.receiving, NAME)),
    owners: belowMount(at, pool.owners),
    own: mark('mine'),
    outlived: outlived.map(mark),
    locked: more.locked ?? true,
    receive: ['echo', 'received'],
  });
  const [, ...words] = argv;
  const said = execFileSync(`/bin/${shell}`, words, {
    encoding: 'utf8',
    env: { PATH: `${bin}:/usr/bin:/bin`, HOME: bin },
  });
  assert.equal(said, 'received .\n');
  assert.ok(existsSync(join(pool.receiving, NAME)));
  return readdirSync(pool.owners).map((name) => name.slice(mark('').length));
}

for (const shell of ['sh', 'bash', 'dash']) {
  for (const [title, about, want] of [
    ['an empty directory is taken over', { owners: ['theirs', 'x*'] }, ['mine']],
    ['not without the lock', { owners: ['theirs'], locked: false }, ['mine', 'theirs']],
    ['a full one keeps them', { owners: ['theirs'], replicas: [OTHER] }, ['mine', 'theirs']],
    [
      'but for those that ours takes the place of',
      { owners: ['before', 'theirs'], outlived: ['before'], replicas: [OTHER] },
      ['mine', 'theirs'],
    ],
    ['somebody without a lock has begun', { owners: ['theirs'], receiving: [OTHER] }, ['mine', 'theirs']],
    [
      '… and of those that ours takes the place of',
      { owners: ['before'], outlived: ['before'], receiving: [OTHER] },
      ['before', 'mine'],
    ],
    ['something is received further down', { owners: ['theirs'], receiving: ['sub'] }, ['mine']],
    [
      'somebody begins while they are taken away',
      { owners: ['theirs'], meanwhile: ({ receiving }) => `mkdir -p "${join(receiving, OTHER)}"` },
      ['mine', 'theirs'],
    ],
  ] as const satisfies readonly (readonly [string, Case, readonly string[]])[]) {
    test(`${shell}: whose marks are left? ${title}`, () => assert.deepEqual(begin(shell, about), want));
  }
}

test('a mark of the owner that cannot be made leaves nothing that says something was begun', () => {
  const at = join(root, 'no-owner');
  mkdirSync(join(at, 'data'), { recursive: true });
  mkdirSync(join(at, 'owner'));
  const bin = join(root, 'bin');
  mkdirSync(bin);
  putMounts(bin, [{ point: at }]);
  writeFileSync(join(at, 'owner', mark('mine')), '');
  const { argv } = markedReceiveCommand({
    sudo: [],
    replica: belowMount(at, join(at, 'data', NAME)),
    mark: belowMount(at, join(at, 'receiving', NAME)),
    owners: belowMount(at, join(at, 'owner')),
    own: mark('mine'),
    outlived: [],
    locked: true,
    receive: ['false'],
  });
  const [shell = '', ...words] = argv;
  const env = { PATH: `${bin}:/usr/bin:/bin` };
  assert.throws(() => execFileSync(shell, words, { stdio: 'ignore', env }));
  assert.deepEqual(readdirSync(join(at, 'receiving')), []);
});
