/** A process that may open no more files says so, can be tried again, and takes nobody who lives for dead. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { failureFault } from '../../../src/process/failure.ts';
import { scriptArgv } from '../../script-argv.ts';
import { stateHome } from '../state/fixtures/state-home.ts';

test('with no file left to open', (t) => {
  const { directory } = stateHome(t);
  writeFileSync(join(directory, 'config.json'), '{"version": 1}', { mode: 0o600 });
  const script = scriptArgv(join(import.meta.dirname, './fixtures/few-files.ts'));
  const argv = [process.execPath, ...script, directory, join(directory, 'config.json')];
  const text = execFileSync('sh', ['-c', 'ulimit -n 200; exec "$@"', 'sh', ...argv], { encoding: 'utf8' });
  const { alive, ...said } = JSON.parse(text) as Record<string, unknown>;
  assert.equal(alive, true, 'this process lives');
  for (const [part, came] of Object.entries(said)) {
    const { message = '', retry } = came as { message?: string; retry?: boolean };
    assert.match(
      message,
      /may not have more files open at once \(EMFILE\)/,
      `${part}: ${JSON.stringify(came)}`,
    );
    assert.equal(retry, true, part);
  }
});

test('what could not be opened is no bug', () => {
  const error = Object.assign(new Error('EMFILE: too many open files, open x'), { code: 'EMFILE' });
  const fault = failureFault(error);
  assert.match(fault.message, /may not have more files open at once/);
  assert.match(fault.hint, /ulimit -n .*LimitNOFILE/);
});
