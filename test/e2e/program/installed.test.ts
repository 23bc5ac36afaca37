/** What `npm pack` makes, installed as users install it: one package, and the lines of the documents work with it. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, test } from 'node:test';
import { must, run } from '../../../scripts/lab/run-command.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const prefix = mkdtempSync(join(tmpdir(), 'btrfleet installed-'));
after(() => rmSync(prefix, { recursive: true, force: true }));

const npm = (...args: readonly string[]) => must(['npm', '--prefix', ROOT, ...args]);
const packed = JSON.parse(await npm('pack', ROOT, '--json', '--pack-destination', prefix)) as readonly {
  filename: string;
  files: readonly { path: string }[];
}[];
const [tarball] = packed;
assert.ok(tarball);
// Offline: what is not in the package cannot be fetched.
await must([
  'npm',
  ...['install', '--global', '--offline', '--no-audit', '--no-fund', '--prefix', prefix],
  join(prefix, tarball.filename),
]);
symlinkSync(process.execPath, join(prefix, 'bin/node'));

/** As cron does it: https://man7.org/linux/man-pages/man5/crontab.5.html. */
const asCron = (line: string): readonly string[] => {
  const [, text = ''] = /^(?:\S+\s+){5}(.*)$/.exec(line) ?? [];
  const environment = ['PATH=/usr/bin:/bin', `HOME=${prefix}`, 'LOGNAME=root', 'SHELL=/bin/sh'];
  return ['env', '-i', ...environment, '/bin/sh', '-c', text.replaceAll('\\%', '%')];
};

test('the program is in the package, and nothing else is installed with it', async () => {
  for (const file of ['dist/btrfleet.mjs', 'dist/program.mjs'])
    assert.ok(tarball.files.some(({ path }) => path === file));
  assert.deepEqual(readdirSync(join(prefix, 'lib/node_modules')), ['btrfleet']);
  assert.ok(!readdirSync(join(prefix, 'lib/node_modules/btrfleet')).includes('node_modules'));
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  const said = await run([join(prefix, 'bin/node'), join(prefix, 'bin/btrfleet'), '--version']);
  assert.deepEqual([said.code, said.stdout, said.stderr], [0, `${version}\n`, '']);
});

test('the line of cron that setup-service prints works with cron’s few variables, % and spaces in paths', async () => {
  const state = join(prefix, '100% state');
  const call = [join(prefix, 'bin/node'), join(prefix, 'bin/btrfleet'), 'setup-service', '--cron'];
  const line = await must([...call, '--home', state]);
  const ended = await run(asCron(line.trimEnd()));
  assert.equal(ended.code, 0, `${line}${ended.stdout}${ended.stderr}`);
  assert.ok(readdirSync(state).includes('journal.db'));
});

test('the line of cron in the document works where both programs are in /usr/local/bin', async () => {
  const document = readFileSync(join(ROOT, 'docs/scheduler.md'), 'utf8');
  const [line] = /^\*\/15 .*btrfleet --schedule --once$/m.exec(document) ?? [];
  assert.ok(line);
  // In a mount namespace of its own: nobody else sees this.
  const script = 'mount --bind "$1" /usr/local && shift && exec "$@"';
  const ended = await run(['unshare', '--mount', 'sh', '-c', script, 'sh', prefix, ...asCron(line)]);
  assert.equal(ended.code, 0, `${ended.stdout}${ended.stderr}`);
  assert.match(ended.stderr, /started/);
});
