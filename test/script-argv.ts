/** Starts a script of the tests as a process of its own: as it was compiled with the tests, else through tsx. */
import { join, relative } from 'node:path';

const ROOT = join(import.meta.dirname, '..');

/** The words after `node`. `file`: its absolute path, below test/, in a directory `fixtures`. */
export function scriptArgv(file: string): string[] {
  const compiled = process.env['BTRFLEET_COMPILED_TESTS'];
  if (compiled === undefined) return ['--import', 'tsx', file];
  return ['--enable-source-maps', join(compiled, relative(ROOT, file).replace(/\.tsx?$/, '.mjs'))];
}
