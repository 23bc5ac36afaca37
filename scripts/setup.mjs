// Makes a checkout ready to run: installs dependencies and builds ssh2's native crypto for the pinned Node.
// Plain JavaScript for any Node from 18 on, and no dependency: it runs before there is anything else.
// It must not touch package.json or package-lock.json, and it must do nothing, quickly, when nothing changed.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { acquireLock } from './setup-lock.mjs';

const NATIVE = ['ssh2', 'cpu-features'];

/** Sums up what node_modules depends on: any difference here means installing anew. */
export function fingerprint(root) {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const { dependencies, devDependencies, optionalDependencies, overrides, allowScripts } = manifest;
  const wanted = { dependencies, devDependencies, optionalDependencies, overrides, allowScripts };
  const lock = join(root, 'package-lock.json');
  return createHash('sha256')
    .update(JSON.stringify(wanted))
    .update(existsSync(lock) ? readFileSync(lock) : '')
    .update(`${process.platform}-${process.arch}`)
    .digest('hex');
}

const modules = (root, ...rest) => join(root, 'node_modules', ...rest);
const stampFile = (root) => modules(root, '.btrfleet-setup');

export function isReady(root) {
  if (!existsSync(modules(root, '.bin', 'node')) || !existsSync(stampFile(root))) return false;
  return readFileSync(stampFile(root), 'utf8') === fingerprint(root);
}

/** The folder with the pinned Node's headers: inside the `node` package, or hoisted beside it. */
export function headersDirectory(root) {
  const prefix = process.platform === 'darwin' && process.arch === 'arm64' ? 'node-bin' : 'node';
  const name = `${prefix}-${process.platform}-${process.arch}`;
  const candidates = [modules(root, 'node', 'node_modules', name), modules(root, name)];
  return candidates.find((folder) => existsSync(join(folder, 'include', 'node', 'node.h')));
}

/** Runs a command silently; resolves to its exit code and everything it printed. */
function run({ root, lock }, command, args, env = {}) {
  return new Promise((resolve) => {
    const path = `${modules(root, '.bin')}${delimiter}${process.env.PATH ?? ''}`;
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, PATH: path, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    if (child.pid) lock.worker(child.pid);
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.on('error', (error) => resolve({ code: 127, output: String(error) }));
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

const npm = (job, args, env) =>
  run(job, 'npm', [...args, '--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error'], env);

async function loadsNativeCrypto(job) {
  const probe =
    "require('cpu-features'); process.exit(require('ssh2/lib/protocol/crypto').bindingAvailable ? 0 : 1)";
  return (await run(job, modules(job.root, '.bin', 'node'), ['-e', probe])).code === 0;
}

/** Without the binding ssh2 runs on plain Node crypto, slower but right: so a failure is one line, no more. */
async function buildNativeCrypto(job) {
  if (await loadsNativeCrypto(job)) return undefined;
  // A later `npm install` prunes the headers' package, which no lock file names; its install script brings it back.
  if (!headersDirectory(job.root)) await npm(job, ['rebuild', 'node']);
  const headers = headersDirectory(job.root);
  if (!headers) return 'the headers of the pinned Node were not found';
  await npm(job, ['rebuild', ...NATIVE], { npm_config_nodedir: headers });
  if (await loadsNativeCrypto(job)) return undefined;
  return 'it could not be built (that takes a C++ compiler, make and python3)';
}

/** @returns {Promise<number>} the exit code */
export async function setUp(root, say) {
  if (isReady(root)) return 0;
  mkdirSync(modules(root), { recursive: true });
  const lock = await acquireLock(modules(root, '.btrfleet-setup.lock'), say);
  try {
    if (isReady(root)) return 0;
    const started = Date.now();
    say('setting up: installing dependencies (only when they changed; about a minute)');
    rmSync(stampFile(root), { force: true });
    // Not `npm ci`: it refuses a lock file whose optional packages for other platforms the registry lacks.
    const job = { root, lock };
    const installed = await npm(job, ['install', '--no-save']);
    if (installed.code !== 0 || !existsSync(modules(root, '.bin', 'node'))) {
      say(`npm install failed:\n${installed.output.trim()}`);
      return 1;
    }
    const slower = await buildNativeCrypto(job);
    if (slower) say(`note: ssh2 goes without native crypto, ${slower}; transfers are slower, nothing else`);
    writeFileSync(stampFile(root), fingerprint(root));
    say(`ready after ${Math.round((Date.now() - started) / 1000)} s`);
    return 0;
  } finally {
    lock.release();
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const root = fileURLToPath(new URL('..', import.meta.url));
  process.exitCode = await setUp(root, (text) => process.stderr.write(`btrfleet: ${text}\n`));
}
