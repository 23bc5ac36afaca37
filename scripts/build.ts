// Bundles the program into two files, with Node all that runs: the one `bin` points to, a few lines that have Node keep
// what it compiles, and the program. A third is the library that other programs import. ssh2's addons are left out.
// Nothing is split: a dynamic import() stays a lazily run part of the same file, as an update must not take parts away
// from a process that is at work.
import { chmodSync, existsSync, readFileSync, renameSync, statSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type BuildOptions, build, type Plugin } from 'esbuild';

const ENTRY = 'src/main.tsx';
const OUTPUT = 'dist/btrfleet.mjs';
/** What the entry imports when it has decided that this Node can run it. */
const PROGRAM = 'src/face.ts';
const PROGRAM_OUTPUT = 'dist/program.mjs';
/** `btrfleet/core`. */
const LIBRARY = 'src/library.ts';
const LIBRARY_OUTPUT = 'dist/core.mjs';
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

/**
 * conf brings it along, to remove temporary files at the end: on import it would listen to every signal, and end the
 * process at the first one. What a killed process leaves is swept by the next write.
 */
const withoutExitHook: Plugin = {
  name: 'without-exit-hook',
  setup(bundle) {
    bundle.onResolve({ filter: /^when-exit$/ }, ({ path }) => ({ path, namespace: 'no-hook' }));
    bundle.onLoad({ filter: /.*/, namespace: 'no-hook' }, () => ({
      contents: 'export default () => () => {};',
    }));
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

/**
 * What takes a tenth of a start each and is seldom needed: cron-parser brings a library of dates, string-width compiles
 * a pattern of every emoji, and conf asks ajv only where it is given a schema. Each is loaded when it is first used.
 */
const ON_DEMAND: Readonly<Record<string, string>> = {
  'cron-parser':
    "export const CronExpressionParser = { parse: (...words) => require('cron-parser').CronExpressionParser.parse(...words) };",
  'string-width': "export default (...words) => require('string-width').default(...words);",
  'ajv/dist/2020.js':
    "export function Ajv2020(...words) { return new (require('ajv/dist/2020.js').Ajv2020)(...words); }",
  'ajv-formats': "export default { default: (...words) => require('ajv-formats').default(...words) };",
};

const lazyPackages: Plugin = {
  name: 'lazy-packages',
  setup(bundle) {
    const filter = /^(?:cron-parser|string-width|ajv\/dist\/2020\.js|ajv-formats)$/;
    bundle.onResolve({ filter, namespace: 'file' }, ({ path, resolveDir }) => ({
      path,
      namespace: 'on-demand',
      pluginData: resolveDir,
    }));
    bundle.onLoad({ filter: /.*/, namespace: 'on-demand' }, ({ path, pluginData }) => ({
      contents: ON_DEMAND[path] ?? '',
      resolveDir: String(pluginData),
    }));
  },
};

/** zod brings its messages in fifty languages, a tenth of the program; it speaks English here. */
const oneLanguage: Plugin = {
  name: 'one-language',
  setup(bundle) {
    bundle.onLoad({ filter: /zod\/v4\/locales\/[\w-]+\.js$/ }, ({ path }) =>
      ['en.js', 'index.js'].includes(basename(path)) ? null : { contents: 'export default () => ({});' },
    );
  },
};

/** The entry of the program is the other file. */
const programApart: Plugin = {
  name: 'program-apart',
  setup(bundle) {
    bundle.onResolve({ filter: /^\.\/face\.ts$/ }, () => ({
      path: `./${basename(PROGRAM_OUTPUT)}`,
      external: true,
    }));
  },
};

/** esbuild puts the entry's own first line in front of the banner; a second one would be a syntax error. */
const shebang = (root: string): string =>
  readFileSync(join(root, ENTRY), 'utf8').startsWith('#!') ? '' : '#!/usr/bin/env node\n';

/**
 * What the thread that derives keys runs, as text: a file of its own would be one that an update can take away. Its
 * licence is in the program, which has the same package through ssh2.
 */
async function bcryptText(root: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: "module.exports = require('bcrypt-pbkdf');", resolveDir: root },
    bundle: true,
    format: 'iife',
    globalName: 'bcrypt',
    platform: 'node',
    target: 'node22',
    minify: true,
    legalComments: 'none',
    write: false,
    logLevel: 'warning',
  });
  return outputFiles[0]?.text ?? '';
}

interface Part {
  readonly entry: string;
  readonly outfile: string;
  readonly bcrypt: string;
}

function options(root: string, { entry, outfile, bcrypt }: Part): BuildOptions {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  return {
    absWorkingDir: root,
    entryPoints: [entry],
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
      BTRFLEET_BCRYPT: JSON.stringify(bcrypt),
      // Ink's layout engine would ask fetch() for its own base64 text, and Node loads a whole HTTP client for that.
      fetch: 'undefined',
      // A module has none; ssh2's Poly1305 puts it before a file name that it then does not use.
      __dirname: '""',
    },
    banner: { js: (entry === ENTRY ? shebang(root) : '') + BANNER },
    plugins: [
      ...[lazyExternals, lazyPackages, oneLanguage, programApart],
      ...[withoutAddons, withoutDevtools, withoutExitHook],
    ],
    logLevel: 'warning',
  };
}

/** True if the bundle is missing or anything it is made of is newer. */
export async function isStale(root: string): Promise<boolean> {
  const bundles = [OUTPUT, PROGRAM_OUTPUT, LIBRARY_OUTPUT].map((output) => join(root, output));
  if (!bundles.every((bundle) => existsSync(bundle))) return true;
  const builtAt = Math.min(...bundles.map((bundle) => statSync(bundle).mtimeMs));
  for await (const file of glob(INPUTS, { cwd: root })) {
    if (statSync(join(root, file)).mtimeMs > builtAt) return true;
  }
  return false;
}

/** Builds beside the bundle and moves it into place, so a program starting right now never reads half of it. */
export async function buildBundle(root: string): Promise<void> {
  const bcrypt = await bcryptText(root);
  for (const [entry, output] of [
    [LIBRARY, LIBRARY_OUTPUT],
    [PROGRAM, PROGRAM_OUTPUT],
    [ENTRY, OUTPUT],
  ] as const) {
    const unfinished = join(root, `${output}.${process.pid}`);
    await build(options(root, { entry, outfile: unfinished, bcrypt }));
    chmodSync(unfinished, entry === ENTRY ? 0o755 : 0o644);
    renameSync(unfinished, join(root, output));
  }
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { 'if-needed': { type: 'boolean' }, root: { type: 'string' } } });
  const root = resolve(values.root ?? join(import.meta.dirname, '..'));
  if (!values['if-needed'] || (await isStale(root))) {
    const started = performance.now();
    await buildBundle(root);
    const sizes = [PROGRAM_OUTPUT, LIBRARY_OUTPUT].map(
      (output) => `${output}: ${Math.round(statSync(join(root, output)).size / 1024)} KiB`,
    );
    process.stderr.write(`${sizes.join(', ')} in ${Math.round(performance.now() - started)} ms\n`);
  }
}
