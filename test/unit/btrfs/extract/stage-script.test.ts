/** What comes is staged by the script itself, on this machine and without btrfs: it needs no more than a shell and GNU tools. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { stageCommand } from '../../../../src/core/btrfs/extract/stage-script.ts';

const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;

const home = mkdtempSync(join(tmpdir(), 'btrfleet-stage-'));
after(() => rmSync(home, { recursive: true, force: true }));
chmodSync(home, 0o755);

test('nothing of it runs as who is not root and had it brought to his machine', () => {
  const [from, to] = [join(home, 'from'), join(home, 'to')];
  for (const path of [from, join(from, 'd'), to]) mkdirSync(path);
  writeFileSync(join(from, 'd', 'program'), '#!/bin/sh\n');
  chmodSync(join(from, 'd', 'program'), 0o6755);
  chmodSync(join(from, 'd'), 0o3770);
  const who = isRoot ? { uid: NOBODY, gid: NOBODY } : {};
  if (isRoot) chownSync(to, NOBODY, NOBODY);
  const tar = spawnSync('tar', ['-c', '--format=posix', './d'], { cwd: from });
  const orders = 'btrfleet-extract 1\nN d\nD \nS \nC d\n';
  const stage = '.btrfleet-extract-T';
  const { argv } = stageCommand({
    ...{ root: to, live: null, stage, isOwn: true, source: null },
    ...{ ordersBytes: orders.length, mayCopy: true },
  });
  const [program, ...words] = argv;
  const input = Buffer.concat([Buffer.from(`N\n${orders}`), tar.stdout]);
  const { stdout, stderr } = spawnSync(program, words, { input, ...who });
  assert.match(stdout.toString(), /\nN staged\n/, `${stdout}${stderr}`);
  const mode = (...names: string[]): number => statSync(join(to, stage, 'new', ...names)).mode & 0o7777;
  assert.deepEqual([mode('d'), mode('d', 'program')], [0o1770, 0o755]);
});
