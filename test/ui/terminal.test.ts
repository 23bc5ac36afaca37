/** The terminal is given back in every case: the very bytes, the exit code, and the reason after them. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import test from 'node:test';
import { scriptArgv } from '../script-argv.ts';

const NO_WRAP = '\u001b[?7l';
const RESTORED = '\u001b[?7h\u001b[?25h\u001b[?2004l\u001b[0m';

const start = (what: string): ChildProcess =>
  spawn(process.execPath, [...scriptArgv(join(import.meta.dirname, 'fixtures/terminal-user.ts')), what], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });

/** What it wrote, said, and how it ended. `ready` is called once it waits. */
async function endOf(child: ChildProcess, ready: () => void = () => {}) {
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
    if (stdout.endsWith('ready')) ready();
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const [code] = await once(child, 'close');
  return { stdout, stderr, code };
}

for (const what of ['throw', 'reject']) {
  test(`an error nobody caught (${what}) ends with 1, the terminal as it was, and the reason`, async () => {
    const { stdout, stderr, code } = await endOf(start(what));
    assert.equal(stdout, NO_WRAP + RESTORED);
    assert.match(stderr, /^btrfleet: Error: the frame broke\n/);
    assert.equal(code, 1);
  });
}

for (const [signal, code] of [
  ['SIGTERM', 143],
  ['SIGINT', 130],
  ['SIGHUP', 129],
  ['SIGQUIT', 131],
] as const) {
  test(`${signal} ends with ${code}, the terminal as it was, and the reason`, async () => {
    const child = start('wait');
    const end = await endOf(child, () => child.kill(signal));
    assert.equal(end.stdout, `${NO_WRAP}ready${RESTORED}`);
    assert.equal(end.stderr, `btrfleet: ended by ${signal}; what runs goes on in the background.\n`);
    assert.equal(end.code, code);
  });
}

test('restoring twice writes once', async () => {
  const { stdout, code } = await endOf(start('restore twice'));
  assert.equal(stdout, NO_WRAP + RESTORED);
  assert.equal(code, 0);
});
