/** The tests that need no real servers, as they run on a machine where there can be none. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';

const ROOT = resolve(import.meta.dirname, '../../..');

test('a file that runs anywhere passes on simulated servers, and one that does not is left out', async () => {
  const { BTRFLEET_COMPILED_TESTS: _, ...env } = process.env;
  const files = ['test/e2e/deletion/last-base.test.ts', 'test/e2e/snapshots/hooks.test.ts'];
  const argv = ['scripts/test.ts', 'e2e', '--play', ...files];
  const { stdout } = await promisify(execFile)(process.execPath, argv, { cwd: ROOT, env });
  assert.match(stdout, /on simulated servers: asked for\. Files left out, as they need real ones: 1\n/);
  assert.match(stdout, /\n[1-9]\d* passed, 0 failed, 2 skipped\n$/);
});
