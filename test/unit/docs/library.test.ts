/** What the library gives is described: each name where it is, each method and example in its document. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const ROOT = join(import.meta.dirname, '../../..');
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

/** Name and file of all that `src/core/index.ts` passes on. */
const given = [
  ...read('src/core/index.ts').matchAll(/^export (?:type )?\{([^}]+)\} from '\.([^']+)';/gm),
].flatMap(([, names = '', file = '']) =>
  names.split(',').flatMap((name) => (name.trim() === '' ? [] : [[name.trim(), file]])),
);

test('every public name has a comment, so has every method of an open fleet', () => {
  assert.ok(given.length > 50);
  for (const [name, file] of given) {
    const described = new RegExp(`\\*/\\nexport (?:interface|type|const|(?:async )?function) ${name}\\b`);
    assert.match(read(`src/core${file}`), described, name);
  }
  const [, body = ''] =
    /^export interface OpenFleet \{\n([\s\S]*?)^\}/m.exec(read('src/core/library/open-fleet.ts')) ?? [];
  const methods = [...body.matchAll(/^ {2}(\w+)\(/gm)].map(([, name = '']) => name);
  assert.ok(methods.length > 10);
  for (const name of methods) {
    assert.match(body, new RegExp(`\\*/\\n {2}${name}\\(`), name);
    assert.match(read('docs/library.md'), new RegExp(`^\\|.*\`${name}\``, 'm'), name);
  }
});

test('docs/library.md leads to every example', () => {
  for (const file of readdirSync(join(ROOT, 'examples')).filter((name) => name !== 'say.ts'))
    assert.ok(read('docs/library.md').includes(`(../examples/${file})`), file);
});
