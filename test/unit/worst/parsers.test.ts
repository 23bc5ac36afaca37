/** All that reads what servers print does work that grows as the length of that does, however it is made. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { INVENTORIES } from './inventories.ts';
import { assertLinear } from './measure.ts';
import { PARSERS, WITHIN_INVENTORY } from './parsers.ts';

const isCode = (file: string): boolean => file.endsWith('.ts');

/** What works on that which was read. */
const PLACING = new Set(
  ['choose-path', 'lies-above', 'newest-change', 'place-subvolumes', 'trusted-subvolumes'].map(
    (name) => `read/${name}.ts`,
  ),
);

const QUICK = { enough: 8, largest: 512 * 1024, tries: 1 };

for (const worst of PARSERS) test(worst.title, async () => void (await assertLinear(worst, QUICK)));

test('every parser of what btrfs and scripts print is fed', () => {
  const directory = new URL('../../../src/core/btrfs/', import.meta.url);
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' });
  const parsers = files.filter(isCode).flatMap((file) => {
    const text = readFileSync(new URL(file, directory), 'utf8');
    const names = [
      ...text.matchAll(/^export (?:async )?(?:const|function) (parse[A-Z]\w*|create\w*Reader)\b/gm),
    ];
    assert.ok(names.length > 0 || !file.startsWith('read/') || PLACING.has(file), `${file} has no parser`);
    return names.map(([, name]) => name);
  });
  const fed = new Set([...PARSERS, ...INVENTORIES].flatMap(({ feeds }) => feeds).concat(WITHIN_INVENTORY));
  const names = new Set([...fed].map((one) => (typeof one === 'function' ? one.name : '')));
  assert.deepEqual(
    parsers.filter((name) => !names.has(name ?? '')),
    [],
  );
});
