// The set-up step: says "ready" only for exactly what package.json and the lock file ask for, one process at a time.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import test, { type TestContext } from 'node:test';

const SCRIPTS = resolve(import.meta.dirname, '../../../scripts');

interface SetUp {
  fingerprint(root: string): string;
  isReady(root: string): boolean;
}
interface Lock {
  acquireLock(
    directory: string,
    say: (text: string) => void,
  ): Promise<{ release(): void; worker(pid: number): void }>;
}
const load = async <T>(file: string): Promise<T> => (await import(join(SCRIPTS, file))) as T;

function checkout(t: TestContext): string {
  const root = mkdtempSync(join(tmpdir(), 'btrfleet-setup-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  mkdirSync(join(root, 'node_modules/.bin'), { recursive: true });
  writeFileSync(join(root, 'package.json'), JSON.stringify({ dependencies: { a: '1' } }));
  writeFileSync(join(root, 'package-lock.json'), '{}');
  writeFileSync(join(root, 'node_modules/.bin/node'), '');
  return root;
}

for (const [title, change, ready] of [
  ['nothing changed', {}, true],
  ['a script changed', { 'package.json': '{"dependencies":{"a":"1"},"scripts":{"b":"c"}}' }, true],
  ['a dependency changed', { 'package.json': '{"dependencies":{"a":"2"}}' }, false],
  [
    'an approved script changed',
    { 'package.json': '{"dependencies":{"a":"1"},"allowScripts":{"a":true}}' },
    false,
  ],
  ['the lock file changed', { 'package-lock.json': '{ }' }, false],
  ['the stamp is of another version', { 'node_modules/.btrfleet-setup': 'x' }, false],
] as const) {
  test(`ready if ${title}? ${ready ? 'yes' : 'no'}`, async (t) => {
    const { fingerprint, isReady } = await load<SetUp>('setup.mjs');
    const root = checkout(t);
    writeFileSync(join(root, 'node_modules/.btrfleet-setup'), fingerprint(root));
    for (const [file, text] of Object.entries(change)) writeFileSync(join(root, file), text);
    assert.equal(isReady(root), ready);
  });
}

test('not ready without the pinned node, whatever the stamp says', async (t) => {
  const { fingerprint, isReady } = await load<SetUp>('setup.mjs');
  const root = checkout(t);
  writeFileSync(join(root, 'node_modules/.btrfleet-setup'), fingerprint(root));
  rmSync(join(root, 'node_modules/.bin/node'));
  assert.equal(isReady(root), false);
});

test('a lock lets one in at a time', async (t) => {
  const { acquireLock } = await load<Lock>('setup-lock.mjs');
  const directory = join(checkout(t), 'lock');
  let inside = 0;
  const visit = async (): Promise<number> => {
    const lock = await acquireLock(directory, () => {});
    inside += 1;
    await new Promise(setImmediate);
    const seen = inside;
    inside -= 1;
    lock.release();
    return seen;
  };
  assert.deepEqual(await Promise.all([visit(), visit(), visit()]), [1, 1, 1]);
  assert.equal(existsSync(directory), false);
});

/** A pid that belonged to a process and does so no more. */
const deadPid = (): number => spawnSync(process.execPath, ['-e', '0']).pid;

test('a lock of a dead owner is inherited, by one', async (t) => {
  const { acquireLock } = await load<Lock>('setup-lock.mjs');
  const directory = join(checkout(t), 'lock');
  mkdirSync(directory);
  writeFileSync(join(directory, 'owner'), `${deadPid()}-x`);
  const order: string[] = [];
  const visit = async (name: string): Promise<void> => {
    const lock = await acquireLock(directory, () => {});
    order.push(`${name} in`);
    await new Promise(setImmediate);
    order.push(`${name} out`);
    lock.release();
  };
  await Promise.all([visit('a'), visit('b')]);
  assert.deepEqual(order, ['a in', 'a out', 'b in', 'b out']);
});

test('a dead owner whose npm still runs is waited for', async (t) => {
  const { acquireLock } = await load<Lock>('setup-lock.mjs');
  const directory = join(checkout(t), 'lock');
  const npm = spawn(process.execPath, ['-e', 'process.stdin.resume()']);
  t.after(() => npm.kill());
  mkdirSync(directory);
  writeFileSync(join(directory, 'owner'), `${deadPid()}-x`);
  writeFileSync(join(directory, 'worker'), String(npm.pid));
  let ended = false;
  npm.on('exit', () => {
    ended = true;
  });
  const lock = await acquireLock(directory, () => npm.stdin.end());
  assert.equal(ended, true);
  lock.release();
});

test('a checkout that cannot be written is named, and no npm is started', async (t) => {
  const { setUp } = await load<{ setUp(root: string, say: (text: string) => void): Promise<number> }>(
    'setup.mjs',
  );
  const root = checkout(t);
  rmSync(join(root, 'node_modules'), { recursive: true });
  // A file in its place: root could write anywhere else.
  writeFileSync(join(root, 'node_modules'), '');
  const said: string[] = [];
  assert.equal(await setUp(root, (text) => said.push(text)), 1);
  assert.match(said.join('\n'), /node_modules cannot be written by you/);
});
