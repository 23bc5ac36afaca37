import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { SaidHook } from '../../../../src/core/btrfs/read/snapshots.ts';
import { hookResult } from '../../../../src/core/run/snapshots/hook-outcome.ts';
import { codePoint } from '../../../code-points.ts';

const server = { name: 'a', user: 'backup', auth: { kind: 'agent' } } as const;
const hook = { command: 'pg-stop', timeoutSeconds: 30 };
const result = (said: Partial<SaidHook>, when: 'before' | 'after' = 'before', required = false) =>
  hookResult(
    { code: 0, seconds: 1, output: '', ...said },
    { when, hook, required, server, subvolume: '/data', isOneOfMany: false },
  );

for (const [title, said, code, message] of [
  ['exit code 0', { output: 'x' }, 0, null],
  ['another', { code: 3 }, 3, 'failed on a with exit code 3.'],
  [
    'not found',
    { code: 127, output: 'sh: 1: x: not found' },
    127,
    'with exit code 127. It said: "sh: 1: x: not found"',
  ],
  [
    'TERM by its time limit',
    { code: 124, seconds: 30 },
    null,
    'did not end on a within 30 s and was stopped.',
  ],
  [
    'KILL by its time limit',
    { code: 137, seconds: 35.02 },
    null,
    'did not end on a within 30 s and was stopped.',
  ],
  ["TERM by busybox' time limit", { code: 143, seconds: 30.01 }, null, 'did not end on a within 30 s'],
  ['124 of its own', { code: 124, seconds: 29.99 }, 124, 'failed on a with exit code 124.'],
  ['a signal', { code: 139 }, null, 'was ended on a by signal 11.'],
  ['ssh that failed', { code: 255 }, 255, 'failed on a with exit code 255.'],
  ['ended with all around it', { code: null }, null, 'was ended on a from outside.'],
] as const) {
  test(`how a hook ended: ${title}`, () => {
    const { code: told, fault } = result(said);
    assert.equal(told, code);
    assert.equal(fault === null, message === null);
    if (fault) assert.ok(fault.message.includes(message ?? ''), fault.message);
  });
}

test('what follows from it is said: required, not required, after', () => {
  for (const [when, required, text] of [
    ['before', true, 'no snapshot was made'],
    ['before', false, 'not required'],
    ['after', false, 'may still be stopped'],
  ] as const) {
    const { fault } = result({ code: 1 }, when, required);
    assert.deepEqual([fault?.code, fault?.server, fault?.retry], ['hook-failed', 'a', false]);
    assert.ok(fault?.message.startsWith(`The command ${when} the snapshot`), fault?.message);
    assert.ok(fault?.hint.includes(text), fault?.hint);
    assert.match(fault?.hint ?? '', /on a as backup/);
  }
});

test('the end of its output is in the message, on one line', () => {
  const output = `${'x'.repeat(500)}\n\u001b[31mFATAL: no "space"\u001b[0m\n`;
  const { fault } = result({ code: 1, output });
  assert.ok(fault?.message.includes('FATAL: no \\"space\\"'), fault?.message);
  assert.ok((fault?.message.length ?? 0) < 300 && !fault?.message.includes('\n'));
});

test('no output of a hook can steer a terminal; lines stay lines', () => {
  assert.equal(result({ output: 'a\r\nb\rc\td' }).output, 'a\nb\nc\td');
  // Half a character where the output was cut.
  assert.equal(result({ output: '\uFFFD\uFFFDx' }).output, 'x');
  fc.assert(
    fc.property(fc.string({ unit: codePoint }), (output) => {
      const { output: shown, fault } = result({ output, code: 1 });
      assert.match(shown, /^[\P{C}\n\t]*$/u);
      assert.match(fault?.message ?? '', /^\P{C}*$/u);
    }),
  );
});
