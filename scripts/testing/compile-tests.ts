// Compiles the test files of a tier at once, with all they import shared between them; runs nothing.
import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, type Metafile, type Plugin } from 'esbuild';

/** Programs that tests start as processes of their own. */
const SCRIPTS = 'test/**/fixtures/*.ts';

/** Compiled code lies elsewhere: where it asks for its own place, it gets that of its source. */
const ownPlace: Plugin = {
  name: 'own-place',
  setup(bundle) {
    bundle.onLoad({ filter: /\.tsx?$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8');
      if (path.includes('/node_modules/') || !text.includes('import.meta.')) return undefined;
      const contents = text
        .replaceAll('import.meta.dirname', JSON.stringify(dirname(path)))
        .replaceAll('import.meta.filename', JSON.stringify(path))
        // Of the files of one process the first would be the program.
        .replaceAll('import.meta.main', 'false')
        .replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href));
      return { contents, loader: path.endsWith('x') ? 'tsx' : 'ts' };
    });
  },
};

/** Where `compileTests` puts a source: the same path below `directory`. Both `file`s are relative to the root. */
export const compiledPath = (directory: string, file: string): string =>
  join(directory, file.replace(/\.tsx?$/, '.mjs'));

/** Puts them below `outdir`, which lies below the root's node_modules. Throws where a file is faulty. */
export async function compileTests(
  root: string,
  files: readonly string[],
  outdir: string,
): Promise<Metafile> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [...new Set([...files, ...globSync(SCRIPTS, { cwd: root })])],
    outbase: root,
    outdir,
    outExtension: { '.js': '.mjs' },
    chunkNames: 'chunks/[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    jsx: 'automatic',
    packages: 'external',
    sourcemap: 'linked',
    metafile: true,
    plugins: [ownPlace],
    logLevel: 'silent',
  });
  return metafile;
}
