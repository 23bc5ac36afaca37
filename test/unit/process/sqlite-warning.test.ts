/** Which warning of Node is kept back, and that all others go through as they were. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keepSqliteQuiet } from '../../../src/process/sqlite-warning.ts';

const EXPERIMENTAL = 'ExperimentalWarning';

for (const [title, words, heard] of [
  [
    'SQLite of Node 22',
    ['SQLite is an experimental feature and might change at any time', EXPERIMENTAL],
    false,
  ],
  ['another experiment', ['WASI is an experimental feature', EXPERIMENTAL], true],
  ['another warning about SQLite', ['SQLite is an experimental feature', 'DeprecationWarning', 'DEP1'], true],
  ['a warning that is an error', [new Error('SQLite is an experimental feature')], true],
] as const) {
  test(`${title}: ${heard ? 'heard' : 'kept back'}`, (t) => {
    const emit = t.mock.method(process, 'emitWarning', () => {});
    keepSqliteQuiet();
    Reflect.apply(process.emitWarning, process, words);
    assert.deepEqual(
      emit.mock.calls.map((call) => call.arguments),
      heard ? [words] : [],
    );
  });
}
