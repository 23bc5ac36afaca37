// Bundles src/main.tsx into the one file `bin` points to: with Node it is all that runs. ssh2's addons are left out.
// Nothing is split: a dynamic import() stays a lazily run part of the same file.
import { chmodSync, existsSync, readFileSync, renameSync, statSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type BuildOptions, build, type Plugin } from 'esbuild';

const ENTRY = 'src/main.tsx';
const OUTPUT = 'dist/btrfleet.mjs';
const INPUTS = [
  'src/**/*.{ts,tsx}',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'scripts/build.ts',
];

/** What comes with Node is loaded by require(), see below. */
const BANNER = `import { createRequire as __createRequire } from 'node:module';
const require = __createRequire(import.meta.url);`;

/** Ink asks for it only in development; it would bring a web socket server along. */
const withoutDevtools: Plugin = {
  name: 'without-devtools',
  setup(bundle) {
    bundle.onResolve({ filter: /^react-devtools-core$/ }, ({ path }) => ({ path, namespace: 'empty' }));
    bundle.onLoad({ filter: /.*/, namespace: 'empty' }, () => ({ contents: 'export default {};' }));
  },
};

/** ssh2 asks for them and goes without where they cannot be loaded; why it must is in hosts/plain-crypto.ts. */
const withoutAddons: Plugin = {
  name: 'without-addons',
  setup(bundle) {
    bundle.onResolve({ filter: /^cpu-features$|\.node$/ }, ({ path }) => ({ path, namespace: 'addon' }));
    bundle.onLoad({ filter: /.*/, namespace: 'addon' }, () => ({
      contents: "throw new Error('btrfleet uses no addon');",
    }));
  },
};

/**
 * An external `import` would be hoisted to the top of the file: loaded at every start, and on a Node too old to have
 * the module the program would die before it can say so. A require() waits until it is its turn.
 */
const lazyExternals: Plugin = {
  name: 'lazy-externals',
  setup(bundle) {
    const filter = /^node:/;
    bundle.onResolve({ filter, namespace: 'file' }, ({ path }) => ({ path, namespace: 'lazy' }));
    bundle.onLoad({ filter: /.*/, namespace: 'lazy' }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(path)});`,
    }));
  },
};

/** With the library of dates it brings along cron-parser is a tenth of a start: it is loaded when an expression is read. */
const lazyCron: Plugin = {
  name: 'lazy-cron',
  setup(bundle) {
    const filter = /^cron-parser$/;
    bundle.onResolve({ filter, namespace: 'file' }, ({ path, resolveDir }) => ({
      path,
      namespace: 'on-demand',
      pluginData: resolveDir,
    }));
    bundle.onLoad({ filter, namespace: 'on-demand' }, ({ pluginData }) => ({
      contents: `const name = 'CronExpressionParser';
        Object.defineProperty(exports, name, { enumerable: true, get: () => require('cron-parser')[name] });`,
      resolveDir: String(pluginData),
    }));
  },
};

/** esbuild puts the entry's own first line in front of the banner; a second one would be a syntax error. */
const shebang = (root: string): string =>
  readFileSync(join(root, ENTRY), 'utf8').startsWith('#!') ? '' : '#!/usr/bin/env node\n';

function options(root: string, outfile: string): BuildOptions {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  return {
    absWorkingDir: root,
    entryPoints: [ENTRY],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    jsx: 'automatic',
    minifyWhitespace: true,
    // Where the screen breaks, Ink shows the lines around it: of one that is half a megabyte long that takes seconds.
    lineLimit: 500,
    legalComments: 'eof',
    define: {
      'process.env.NODE_ENV': '"production"',
      BTRFLEET_VERSION: JSON.stringify(version),
      // Ink's layout engine would ask fetch() for its own base64 text, and Node loads a whole HTTP client for that.
      fetch: 'undefined',
      // A module has none; ssh2's Poly1305 puts it before a file name that it then does not use.
      __dirname: '""',
    },
    banner: { js: shebang(root) + BANNER },
    plugins: [lazyExternals, lazyCron, withoutDevtools, withoutAddons],
    logLevel: 'warning',
  };
}

/** True if the bundle is missing or anything it is made of is newer. */
export async function isStale(root: string): Promise<boolean> {
  const bundle = join(root, OUTPUT);
  if (!existsSync(bundle)) return true;
  const builtAt = statSync(bundle).mtimeMs;
  for await (const file of glob(INPUTS, { cwd: root })) {
    if (statSync(join(root, file)).mtimeMs > builtAt) return true;
  }
  return false;
}

/** Builds beside the bundle and moves it into place, so a program starting right now never reads half of it. */
export async function buildBundle(root: string): Promise<void> {
  const unfinished = join(root, `${OUTPUT}.${process.pid}`);
  await build(options(root, unfinished));
  chmodSync(unfinished, 0o755);
  renameSync(unfinished, join(root, OUTPUT));
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { 'if-needed': { type: 'boolean' }, root: { type: 'string' } } });
  const root = resolve(values.root ?? join(import.meta.dirname, '..'));
  if (!values['if-needed'] || (await isStale(root))) {
    const started = performance.now();
    await buildBundle(root);
    const size = Math.round(statSync(join(root, OUTPUT)).size / 1024);
    process.stderr.write(`${OUTPUT}: ${size} KiB in ${Math.round(performance.now() - started)} ms\n`);
  }
}
