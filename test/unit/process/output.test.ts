import assert from 'node:assert/strict';
import test from 'node:test';
import { fault } from '../../../src/core/model/fault.ts';
import { createOutput, formatFault } from '../../../src/process/output.ts';

function printed(print: (out: ReturnType<typeof createOutput>) => void): string {
  let text = '';
  const stream = {
    write: (piece: string) => {
      text += piece;
    },
  };
  print(createOutput(false, { stdout: stream, stderr: stream }));
  return text;
}

const EVIL = 'a\u001b[2Jb\u0007\r\u009b\u202ec';
const TOLD = 'a\\u{1b}[2Jb\\u{7}\\u{d}\\u{9b}\\u{202e}c';

for (const [title, print] of [
  ['a result', (out) => out.result({}, EVIL)],
  ['a note', (out) => out.note(EVIL)],
] as readonly [string, (out: ReturnType<typeof createOutput>) => void][]) {
  test(`control characters do not reach the terminal: ${title}`, () => {
    assert.equal(printed(print), `${TOLD}\n`);
  });
}

test('control characters do not reach the terminal: a fault', () => {
  assert.equal(
    printed((out) => out.fault(fault('held', `${EVIL} is held`, 'Release it.'))),
    `btrfleet: ${TOLD} is held\n  Release it. (held)\n`,
  );
});

test('a line break in what somebody wrote does not begin a line of ours', () => {
  const told = formatFault(fault('held', 'held: x\nbtrfleet: all is well', 'One.\nTwo.'));
  assert.equal(told, 'btrfleet: held: x\n  btrfleet: all is well\n  One.\n  Two. (held)');
});

for (const [message, server, want] of [
  ['The replication was cancelled.', 'c', 'c: The replication was cancelled.'],
  ['No answer from c.', 'c', 'No answer from c.'],
  ['c (192.0.2.12:22) refused it.', 'c', 'c (192.0.2.12:22) refused it.'],
  ['c-2 is away.', 'c', 'c: c-2 is away.'],
  ['/data is gone.', null, '/data is gone.'],
] as const) {
  test(`the server is named once: ${want}`, () => {
    assert.equal(formatFault(fault('stalled', message, '', { server })), `btrfleet: ${want} (stalled)`);
  });
}
