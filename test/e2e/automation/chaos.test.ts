/** A short chaos run with a fixed seed: whatever breaks, nothing is lost, left or told wrong. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { patience } from '../../patience.ts';

const MAIN = join(import.meta.dirname, '../../../scripts/chaos/main.ts');
/** Of the kinds of all places, and those that once stopped everything are among the first. */
const SEED = '10698';

// Setting up, quiet and checks come on top of the two minutes, and take as many times longer on a slow machine.
test('two minutes of chaos find nothing', { timeout: patience(400) }, async () => {
  // The name is one of the tests' labs, so that it is cleared away with them, however they end.
  const words = ['--minutes', '2', '--seed', SEED, '--name', `e2e-chaos-${process.pid}`];
  const child = spawn(process.execPath, ['--no-warnings', '--import', 'tsx', MAIN, ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  after(() => child.kill());
  let said = '';
  let log = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text;
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  assert.equal(code, 0, `${log}\n${said}`);
  assert.match(said, /^no findings$/m);
});
