// Where Node may keep what it compiles: only where nobody else can put anything.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { scriptArgv } from '../../script-argv.ts';

const isRoot = process.getuid?.() === 0;

/** Starts a program that calls it, with this home; the files that lie in the cache afterwards. */
function kept(home: string, more: NodeJS.ProcessEnv = {}): string[] {
  const { NODE_COMPILE_CACHE: _, XDG_CACHE_HOME: __, ...env } = process.env;
  const script = join(import.meta.dirname, './fixtures/keep-compiled.ts');
  const said = execFileSync(process.execPath, scriptArgv(script), {
    encoding: 'utf8',
    env: { ...env, HOME: home, ...more },
  });
  assert.equal(said, 'done\n');
  const cache = join(more['XDG_CACHE_HOME'] ?? join(home, '.cache'), 'btrfleet');
  return existsSync(cache) ? readdirSync(cache, { recursive: true }).map(String) : [];
}

const place = mkdtempSync(join(tmpdir(), 'btrfleet-cache-'));
test.after(() => rmSync(place, { recursive: true, force: true }));

const homeNamed = (name: string): string => {
  const home = join(place, name);
  mkdirSync(home);
  return home;
};

test('in the cache of the user, which is made', () => {
  assert.ok(kept(homeNamed('plain')).length > 0);
  const home = homeNamed('elsewhere');
  assert.ok(kept(home, { XDG_CACHE_HOME: home }).length > 0);
});

test('nowhere, where others could put something of theirs', { skip: !isRoot && 'needs root' }, () => {
  const others = homeNamed('others');
  chownSync(others, 4242, 4242);
  assert.deepEqual(kept(others), []);
  const open = homeNamed('open');
  mkdirSync(join(open, '.cache/btrfleet'), { recursive: true });
  chmodSync(join(open, '.cache/btrfleet'), 0o777);
  assert.deepEqual(kept(open), []);
  const above = homeNamed('above');
  mkdirSync(join(above, '.cache'));
  chmodSync(join(above, '.cache'), 0o777);
  assert.deepEqual(kept(above), []);
});

test('nowhere, and without a word, where there is no home or it cannot be written', () => {
  assert.deepEqual(kept(join(place, 'missing')), []);
  assert.ok(!existsSync(join(place, 'missing')));
  assert.deepEqual(kept('relative', { XDG_CACHE_HOME: 'relative' }), []);
});
