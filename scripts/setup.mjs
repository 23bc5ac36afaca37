// Makes a checkout ready to run: installs dependencies, and the pinned Node with them. Nothing is compiled.
// Plain JavaScript for any Node from 18 on, and no dependency: it runs before there is anything else.
// It must not touch package.json or package-lock.json, and it must do nothing, quickly, when nothing changed.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { accessSync, constants, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { acquireLock } from './setup-lock.mjs';

/** The only packages whose install scripts are run: they fetch or link their program. ssh2's would compile an addon. */
const SCRIPTED = ['node', 'esbuild'];

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

/** Runs a command silently; resolves to its exit code and everything it printed. */
function run({ root, lock, env }, command, args) {
  return new Promise((resolve) => {
    const path = `${modules(root, '.bin')}${delimiter}${process.env.PATH ?? ''}`;
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, ...env, PATH: path },
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

const npm = (job, ...args) =>
  run(job, 'npm', [...args, '--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error']);

/** Not `npm ci`: it refuses a lock file whose optional packages for other platforms the registry lacks. */
async function install(job) {
  const installed = await npm(job, 'install', '--no-save', '--include=dev', '--ignore-scripts');
  return installed.code === 0 ? await npm(job, 'rebuild', ...SCRIPTED) : installed;
}

/** True if files can be made in a directory, which is made if it is missing. */
export function isWritable(directory) {
  try {
    mkdirSync(directory, { recursive: true });
    accessSync(directory, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** npm does nothing without a cache it can write, and a home may be read-only, or not be there at all. */
const spareCache = (root) => {
  const usual = process.env.npm_config_cache ?? join(homedir(), '.npm');
  return isWritable(usual) ? undefined : modules(root, '.btrfleet-npm-cache');
};

/** @returns {Promise<number>} the exit code */
export async function setUp(root, say) {
  if (isReady(root)) return 0;
  if (!isWritable(modules(root))) {
    say(
      `${modules(root)} cannot be written by you: run "npm run setup" as the owner of the checkout, or clone it again`,
    );
    return 1;
  }
  const lock = await acquireLock(modules(root, '.btrfleet-setup.lock'), say);
  try {
    if (isReady(root)) return 0;
    const started = Date.now();
    say('setting up: installing dependencies (only when they changed; about a minute)');
    rmSync(stampFile(root), { force: true });
    const cache = spareCache(root);
    const installed = await install({
      root,
      lock,
      env: cache === undefined ? {} : { npm_config_cache: cache },
    });
    if (cache !== undefined) rmSync(cache, { recursive: true, force: true });
    if (installed.code !== 0 || !existsSync(modules(root, '.bin', 'node'))) {
      say(`npm install failed:\n${installed.output.trim()}`);
      return 1;
    }
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
