/** How scripts get to a place, run in real shells over plain directories: what is refused, what is made, and where. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { belowMount, ENTER_FUNCTIONS, inPlaceCommand } from '../../../../src/core/btrfs/ask/way-script.ts';
import { putMounts, type StandInMount } from '../stand-in-mounts.ts';

const root = mkdtempSync(join(tmpdir(), 'btrfleet-way-'));
after(() => rmSync(root, { recursive: true, force: true }));
chmodSync(root, 0o755);
const isRoot = process.getuid?.() === 0;

const SHELLS = [['bash'], ['dash'], ['busybox', 'ash'], ['mksh']].filter(([name = '']) =>
  ['/bin', '/usr/bin'].some((at) => existsSync(join(at, name))),
);

interface Case {
  /** Below the mount, before. */
  readonly there?: (mount: string) => void;
  readonly mounts?: (mount: string) => readonly StandInMount[];
  readonly below?: string;
  readonly make?: boolean;
  /** Said; with `MOUNT` for the mount. '': it was entered. */
  readonly want: string;
  /** It takes root to put it there. */
  readonly rooted?: boolean;
}

const directory = (path: string, mode = 0o755): void => {
  mkdirSync(path, { recursive: true });
  chmodSync(path, mode);
};
const outside = join(root, 'outside');
directory(outside);

const CASES: Readonly<Record<string, Case>> = {
  'what is missing is made': { make: true, want: '' },
  'nothing is made where nothing is to be made': { want: 'MOUNT/a b: No such file or directory' },
  'what is there is entered': { there: (at) => directory(join(at, 'a b/c')), want: '' },
  'the first is a symlink': {
    there: (at) => symlinkSync(outside, join(at, 'a b')),
    make: true,
    want: 'btrfleet-unsafe link - MOUNT/a b',
  },
  'the last is a symlink': {
    there: (at) => {
      directory(join(at, 'a b'));
      symlinkSync(outside, join(at, 'a b/c'));
    },
    make: true,
    want: 'btrfleet-unsafe link - MOUNT/a b/c',
  },
  'a symlink to nothing': {
    there: (at) => symlinkSync('/no/such', join(at, 'a b')),
    make: true,
    want: 'btrfleet-unsafe link - MOUNT/a b',
  },
  'a file': {
    there: (at) => writeFileSync(join(at, 'a b'), ''),
    make: true,
    want: 'btrfleet-unsafe file - MOUNT/a b',
  },
  'others can write in it': {
    there: (at) => directory(join(at, 'a b'), 0o777),
    make: true,
    want: 'btrfleet-unsafe writable drwxrwxrwx MOUNT/a b',
  },
  'a sticky one': { there: (at) => directory(join(at, 'a b'), 0o1777), make: true, want: '' },
  'it is of another user': {
    there: (at) => {
      directory(join(at, 'a b/c'));
      chownSync(join(at, 'a b'), 4242, 4242);
    },
    want: 'btrfleet-unsafe owner 4242 MOUNT/a b',
    rooted: true,
  },
  'the group of another can write in it': {
    there: (at) => {
      directory(join(at, 'a b'), 0o775);
      chownSync(join(at, 'a b'), 0, 4242);
    },
    make: true,
    want: 'btrfleet-unsafe writable drwxrwxr-x MOUNT/a b',
    rooted: true,
  },
  'the mount is anybody’s': { there: (at) => chmodSync(at, 0o777), make: true, want: '' },
  'nothing is mounted there': {
    mounts: () => [],
    make: true,
    want: 'btrfleet-unsafe mount - MOUNT',
  },
  'something else is mounted there': {
    mounts: (at) => [{ point: at, type: 'ext4' }],
    make: true,
    want: 'btrfleet-unsafe mount - MOUNT',
  },
  'another filesystem is mounted on the way': {
    mounts: (at) => [{ point: at }, { point: join(at, 'a b'), device: '0:41' }],
    make: true,
    want: 'btrfleet-unsafe elsewhere - MOUNT/a b',
  },
  'another mount of the same filesystem on the way': {
    mounts: (at) => [{ point: at }, { point: join(at, 'a b') }],
    make: true,
    want: '',
  },
  'a mount beside it that begins the same': {
    mounts: (at) => [{ point: at }, { point: join(at, 'a'), device: '0:41' }],
    make: true,
    want: '',
  },
};

let count = 0;
function enter(shell: readonly string[], script: string, one: Case, words: (mount: string) => string[]) {
  count += 1;
  const at = join(root, String(count));
  const [bin, mount] = [join(at, 'bin'), join(at, 'my #1\\pool')];
  for (const path of [bin, mount]) directory(path);
  putMounts(bin, one.mounts?.(mount) ?? [{ point: mount }]);
  one.there?.(mount);
  const [program = '', ...args] = shell;
  const said = spawnSync(program, [...args, '-c', script, 'sh', ...words(mount)], {
    encoding: 'utf8',
    env: { PATH: `${bin}:/usr/bin:/bin`, HOME: '/nonexistent', LC_ALL: 'C' },
  });
  return { ...said, mount };
}

const SCRIPT = `${ENTER_FUNCTIONS}
SUDO=
if enter "$1" $2; then pwd -P; : >here; else echo "$SAID"; fi
`;

for (const shell of SHELLS)
  for (const [title, one] of Object.entries(CASES))
    test(`${shell[0]}: ${title}`, { skip: one.rooted === true && !isRoot && 'it takes root' }, () => {
      const words = (mount: string) => [belowMount(mount, join(mount, 'a b/c')), one.make ? 'make' : ''];
      const { stdout, stderr, mount } = enter(shell, SCRIPT, one, words);
      assert.equal(stderr, '');
      assert.equal(stdout.replaceAll(mount, 'MOUNT'), `${one.want || 'MOUNT/a b/c'}\n`);
      assert.equal(existsSync(join(mount, 'a b/c/here')), one.want === '');
      assert.deepEqual(readdirSync(outside), []);
    });

test('a command is run in the directory, and not on a symlink there', () => {
  const there = (at: string): void => {
    directory(join(at, 'a b/c'));
    symlinkSync(outside, join(at, 'a b/link'));
  };
  const run = (name: string) => {
    const words = (mount: string) =>
      inPlaceCommand([], [join(mount, 'a b', name)], ['rmdir', '--']).argv.slice(4);
    return enter(['sh'], inPlaceCommand([], ['/a/b'], ['rmdir']).argv[2] ?? '', { there, want: '' }, words);
  };
  const removed = run('c');
  assert.equal(removed.status, 0, removed.stderr);
  assert.ok(!existsSync(join(removed.mount, 'a b/c')));
  const refused = run('link');
  assert.equal(refused.status, 73);
  assert.equal(refused.stderr, `btrfleet-unsafe link - ${refused.mount}/a b/link\n`);
  assert.ok(
    lstatSync(join(refused.mount, 'a b/link')).isSymbolicLink() && statSync(dirname(outside)).isDirectory(),
  );
});
