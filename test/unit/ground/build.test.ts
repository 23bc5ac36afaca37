// The bundle: an executable file and the program it starts, whose parts are loaded when it is their turn.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import test, { type TestContext } from 'node:test';
import { buildBundle, isStale } from '../../../scripts/build.ts';

const ROOT = resolve(import.meta.dirname, '../../..');

function project(t: TestContext, firstLine: string): string {
  const root = mkdtempSync(join(tmpdir(), 'btrfleet-build-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  mkdirSync(join(root, 'src'));
  symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'));
  writeFileSync(join(root, 'package.json'), '{"name":"x","version":"7.8.9"}');
  const main =
    "if (process.argv[2]) { const { show } = await import('./face.ts'); await show(); }\n" +
    'else process.stdout.write(`${BTRFLEET_VERSION} ${process.env.NODE_ENV}`);\n';
  writeFileSync(join(root, 'src/main.tsx'), firstLine + main);
  writeFileSync(
    join(root, 'src/face.ts'),
    "export const show = async () => { const lazy = await import('./lazy.ts'); lazy.show(); };\n",
  );
  writeFileSync(
    join(root, 'src/lazy.ts'),
    "import { Client } from 'ssh2';\nimport { DatabaseSync } from 'node:sqlite';\n" +
      'export const show = () => process.stdout.write(`${typeof Client} ${DatabaseSync.name}`);\n',
  );
  writeFileSync(join(root, 'src/library.ts'), "export const open = () => import('./lazy.ts');\n");
  return root;
}

for (const [title, firstLine] of [
  ['an entry without a first line for the shell', ''],
  ['an entry with one', '#!/usr/bin/env node\n'],
] as const) {
  test(`bundles ${title}`, async (t) => {
    const root = project(t, firstLine);
    await buildBundle(root);
    const bundle = join(root, 'dist/btrfleet.mjs');
    const run = (...args: string[]): string => execFileSync(bundle, args, { encoding: 'utf8' });
    assert.equal(run(), '7.8.9 production');
    assert.equal(run('lazy'), 'function DatabaseSync');
    assert.doesNotMatch(readFileSync(bundle, 'utf8'), /DatabaseSync/, 'the program is the other file');
    for (const file of [bundle, join(root, 'dist/program.mjs'), join(root, 'dist/core.mjs')]) {
      const imports = readFileSync(file, 'utf8').match(/\bimport\b[^(;]*?from\s*["'][^"']+["']/g);
      assert.equal(imports?.length, 1, 'everything but createRequire waits until it is needed');
    }
  });
}

test('builds again only if a source is newer', async (t) => {
  const root = project(t, '');
  assert.equal(await isStale(root), true);
  await buildBundle(root);
  assert.equal(await isStale(root), false);
  const later = new Date(Date.now() + 5_000);
  utimesSync(join(root, 'src/lazy.ts'), later, later);
  assert.equal(await isStale(root), true);
});
