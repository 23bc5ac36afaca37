import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fault } from '../../../src/core/model/fault.ts';
import { JournalFailure } from '../../../src/core/state/journal/database.ts';
import { failureFault } from '../../../src/process/failure.ts';
import { exitCodeOf } from '../../../src/process/output.ts';

test('a journal that fails is told as the fault it carries', () => {
  const full = fault('no-space', 'There is no space left.', 'Free some.');
  assert.equal(failureFault(new JournalFailure(full)), full);
  assert.equal(exitCodeOf(full), 1);
});

for (const [title, thrown, message] of [
  [
    'an error',
    new TypeError('x is not a function\nand more'),
    /^btrfleet itself failed: TypeError: x is not a function \(at .+\)$/,
  ],
  ['anything else', 'a word', /^btrfleet itself failed: a word$/],
] as const) {
  test(`a bug that throws ${title} is one line that says it is one, and exit 1`, () => {
    const told = failureFault(thrown);
    assert.match(told.message, message);
    assert.match(told.hint, /report it/);
    assert.equal(exitCodeOf(told), 1);
  });
}
