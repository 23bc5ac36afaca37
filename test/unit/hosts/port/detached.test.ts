import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { spawnDetached } from '../../../../src/core/hosts/port/spawn-detached.ts';

const directory = mkdtempSync(join(tmpdir(), 'btrfleet-detached-'));
after(() => rmSync(directory, { recursive: true, force: true }));

test('a detached process has its own session, the environment it was given, and its log', async () => {
  const logFile = join(directory, 'log');
  const script = 'ps -o sid= -p $$; echo "$$ $GIVEN"; echo done >&2';
  const started = await spawnDetached('sh', ['-c', script], {
    env: { PATH: process.env['PATH'], GIVEN: 'yes' },
    logFile,
  });
  assert.ok(started.ok);
  while (!readFileSync(logFile, 'utf8').includes('done')) await turn();
  assert.equal(
    readFileSync(logFile, 'utf8').replaceAll(' ', ''),
    `${started.value}\n${started.value}yes\ndone\n`,
  );
  assert.equal(statSync(logFile).mode & 0o777, 0o600);
});

for (const [title, command, logFile] of [
  ['no such program', '/nonexistent/program', join(directory, 'log2')],
  ['nowhere to log', 'sh', '/nonexistent/log'],
] as const) {
  test(`${title}: a fault`, async () => {
    const started = await spawnDetached(command, [], { env: {}, logFile });
    assert.equal(started.ok ? 'ok' : started.fault.code, 'command-failed');
  });
}
