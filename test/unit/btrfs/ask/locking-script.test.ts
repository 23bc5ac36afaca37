/** Whether directories can be locked, asked of real shells. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { lockingCommand, parseLocking } from '../../../../src/core/btrfs/ask/locking-script.ts';

const root = mkdtempSync(join(tmpdir(), 'btrfleet-locking-'));
after(() => rmSync(root, { recursive: true, force: true }));
chmodSync(root, 0o755);
const NOBODY = 65_534;
const directory = (name: string, mode: number): string => {
  const path = join(root, name);
  mkdirSync(path);
  chmodSync(path, mode);
  return path;
};
const open = directory("open 'a $(b)", 0o755);
const closed = directory('closed', 0o700);
const asked = [open, closed, join(open, 'absent'), join(closed, 'hidden'), join(root, 'no', 'parent')];

for (const shell of ['sh', 'bash', 'dash']) {
  const [, option = '', script = '', ...words] = lockingCommand('n0', asked).argv;
  const ask = (path: string): string =>
    execFileSync(`/bin/${shell}`, [option, script, ...words], {
      encoding: 'utf8',
      env: { PATH: path, HOME: '/nonexistent' },
      ...(process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {}),
    });

  test(`${shell}: what the login may not open cannot be locked`, { skip: process.getuid?.() !== 0 }, () => {
    chownSync(closed, 0, 0);
    assert.deepEqual(parseLocking('n0', asked.length, ask('/usr/bin:/bin')), {
      hasFlock: true,
      directories: ['open', 'closed', 'absent', 'closed', 'closed'],
    });
  });

  test(`${shell}: no flock is told`, () => {
    assert.equal(parseLocking('n0', asked.length, ask('/nonexistent'))?.hasFlock, false);
  });
}

for (const [title, output] of [
  ['nothing', ''],
  ['a cut answer', 'n0 flock\nn0 open\n'],
  ['too few', 'n0 flock\nn0 end\n'],
  ['an unknown word', 'n0 flock\nn0 perhaps\nn0 end\n'],
] as const) {
  test(`an answer that is not whole is none: ${title}`, () => {
    assert.equal(parseLocking('n0', 1, output), null);
  });
}
