/** A send that goes on after a break: what is skipped is hashed, and not a byte is lost behind it, whatever userland there is. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import {
  parseSendCode,
  resumedSendCommand,
  spoolStatusCommand,
} from '../../../../src/core/btrfs/ask/spool-script.ts';
import { asRoot } from '../../../../src/core/model/command.ts';

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

const SPOOL = { base: '/no//b', directory: '/no//b/s', key: 'key', name: '2026.stream' };
const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);

/** By a login that is not root; `sudo` is not needed for it. */
function status(home: string) {
  const [program, ...args] = spoolStatusCommand(['sudo', '-n'], SPOOL).argv;
  const shell = spawnSync('sh', ['-c', 'umask 000; exec "$@"', 'sh', program, ...args], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] ?? '', HOME: home },
  });
  return { code: shell.status, says: shell.stderr.replaceAll(home, 'HOME') };
}

test('a login spools below its home, where nobody else can look', () => {
  const home = mkdtempSync(join(directory, 'home-'));
  const spool = join(home, '.btrfleet/spool/key');
  assert.deepEqual(status(home), { code: 0, says: '' });
  assert.deepEqual([modeOf(spool), modeOf(join(spool, SPOOL.name))], ['700', '600']);
  writeFileSync(join(spool, 'old.stream'), '');
  assert.deepEqual(status(home), { code: 0, says: '' });
  assert.deepEqual(readdirSync(spool), [SPOOL.name]);
});

for (const [title, plant, says] of [
  ['a symlink above', (at, out) => symlinkSync(out, join(at, '../..')), 'link - HOME/.btrfleet'],
  ['a symlink', (at, out) => symlinkSync(out, at), 'link - HOME/.btrfleet/spool/key'],
  [
    'a file that is one',
    (at, out) => linked(at, out, symlinkSync),
    'link - HOME/.btrfleet/spool/key/2026.stream',
  ],
  ['a second name', (at, out) => linked(at, out, linkSync), 'file - HOME/.btrfleet/spool/key/2026.stream'],
] as const satisfies readonly (readonly [string, (at: string, out: string) => void, string])[]) {
  test(`${title} is refused, and what it leads to is as it was`, () => {
    const home = mkdtempSync(join(directory, 'home-'));
    const out = join(home, 'out');
    mkdirSync(join(out, 'spool/key'), { recursive: true });
    writeFileSync(join(out, 'x.stream'), 'x', { mode: 0o644 });
    chmodSync(out, 0o755);
    if (!says.endsWith('HOME/.btrfleet')) mkdirSync(join(home, '.btrfleet/spool'), { recursive: true });
    plant(join(home, '.btrfleet/spool/key'), out);
    assert.deepEqual(status(home), { code: 73, says: `btrfleet-unsafe ${says}\n` });
    assert.deepEqual([modeOf(out), modeOf(join(out, 'x.stream'))], ['755', '644']);
    assert.equal(readFileSync(join(out, 'x.stream'), 'utf8'), 'x');
    assert.deepEqual(readdirSync(out), ['spool', 'x.stream']);
  });
}

function linked(at: string, out: string, link: (to: string, path: string) => void): void {
  mkdirSync(at);
  link(join(out, 'x.stream'), join(at, SPOOL.name));
}
