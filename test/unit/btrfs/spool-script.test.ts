/** A send that goes on after a break: what is skipped is hashed, and not a byte is lost behind it, whatever userland there is. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { parseSendCode, resumedSendCommand } from '../../../src/core/btrfs/spool-script.ts';
import { asRoot } from '../../../src/core/model/command.ts';

const directory = mkdtempSync(join(tmpdir(), 'btrfleet-spool-'));
after(() => rmSync(directory, { recursive: true, force: true }));
const stream = randomBytes(1024 * 1024 + 70_001);
const file = join(directory, 'stream');
writeFileSync(file, stream);

const busybox = spawnSync('sh', ['-c', 'command -v busybox'], { encoding: 'utf8' }).stdout.trim();
if (busybox !== '')
  for (const applet of ['sh', 'dd', 'sha256sum', 'cut', 'cat']) symlinkSync(busybox, join(directory, applet));

for (const [userland, path, skip] of [
  ['this machine', process.env['PATH'] ?? '', false],
  ['busybox', directory, busybox === '' && 'no busybox here'],
] as const)
  for (const bytes of [0, 1, 10, 65_537, 1024 * 1024, 1024 * 1024 + 70_000, stream.length])
    test(`${bytes} bytes are skipped, the rest comes whole: ${userland}`, { skip }, () => {
      const { argv } = resumedSendCommand({ sudo: [], send: asRoot('cat', file), bytes, nonce: 'N' });
      const [program, ...args] = argv;
      const shell = userland === 'busybox' ? join(directory, 'sh') : program;
      const said = spawnSync(shell, args, { env: { PATH: path }, maxBuffer: 8 * 1024 * 1024 });
      const end = said.stdout.indexOf('\n');
      const hash = createHash('sha256').update(stream.subarray(0, bytes)).digest('hex');
      assert.equal(said.stdout.subarray(0, end).toString(), `N ${hash}`);
      assert.ok(said.stdout.subarray(end + 1).equals(stream.subarray(bytes)), 'the rest is whole');
      const told = said.stderr.toString();
      assert.equal(parseSendCode('N', told), 0);
      assert.equal(told.replaceAll('N skips\n', ''), 'N 0\n');
    });
