// Writes the types of the library, `btrfleet/core`, as the compiler gives them, and keeps those that it leads to.
import { execFileSync } from 'node:child_process';
import { globSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** An import, or one within a type. */
const LEADS_TO = /\b(?:from |import\()['"](\.[^'"]+)\.ts['"]/g;

/** From the sources of `root`. Throws where they have an error. */
export function buildTypes(root: string): void {
  const types = join(root, 'dist/types');
  rmSync(types, { recursive: true, force: true });
  execFileSync(join(root, 'node_modules/.bin/tsc'), ['-p', 'tsconfig.types.json'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const kept = new Set([join(types, 'library.d.ts')]);
  for (const file of kept)
    for (const [, path = ''] of readFileSync(file, 'utf8').matchAll(LEADS_TO))
      kept.add(`${join(dirname(file), path)}.d.ts`);
  for (const file of globSync('**/*.d.ts', { cwd: types }))
    if (!kept.has(join(types, file))) rmSync(join(types, file));
}

if (import.meta.main) buildTypes(resolve(process.argv[2] ?? join(import.meta.dirname, '..')));
