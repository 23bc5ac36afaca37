import assert from 'node:assert/strict';
import test from 'node:test';
import { FAULT_CODES, fault } from '../../../src/core/model/fault.ts';
import { allOk, andThen, failed, ok, type Result } from '../../../src/core/model/result.ts';

test('every fault code is there once, in order', () => {
  assert.deepEqual([...FAULT_CODES], [...new Set(FAULT_CODES)].toSorted());
});

test('fault codes are words with dashes', () => {
  for (const code of FAULT_CODES) assert.match(code, /^[a-z]+(-[a-z]+)*$/);
});

test('the codes scripts already know are all there', () => {
  const known = ['unreachable', 'host-key-unknown', 'host-key-changed', 'auth-failed', 'sudo-missing'];
  const more = [
    'tool-missing',
    'not-btrfs',
    'not-mounted',
    'no-such-subvolume',
    'no-such-snapshot',
    'name-taken',
  ];
  const rest = [
    'no-space',
    'no-base',
    'replica-modified',
    'read-only-filesystem',
    'stalled',
    'cancelled',
    'locked',
  ];
  const last = ['config-invalid', 'vault-locked', 'unsupported-name', 'send-failed', 'receive-failed'];
  for (const code of [...known, ...more, ...rest, ...last, 'verify-failed', 'rollback-failed']) {
    assert.ok((FAULT_CODES as readonly string[]).includes(code), code);
  }
});

for (const [code, retry] of [
  ['unreachable', true],
  ['stalled', true],
  ['locked', true],
  ['interrupted', true],
  ['auth-failed', false],
  ['host-key-changed', false],
  ['no-space', false],
  ['name-taken', false],
] as const) {
  test(`${code} is worth another try by itself? ${retry ? 'yes' : 'no'}`, () => {
    assert.equal(fault(code, 'm', 'h').retry, retry);
  });
}

test('a fault is about no server unless one is named, and the caller may overrule retry', () => {
  assert.deepEqual(fault('no-base', 'm', 'h'), {
    code: 'no-base',
    message: 'm',
    hint: 'h',
    server: null,
    retry: false,
  });
  assert.deepEqual(fault('unreachable', 'm', 'h', { server: 'b', retry: false }), {
    code: 'unreachable',
    message: 'm',
    hint: 'h',
    server: 'b',
    retry: false,
  });
});

test('a fault passes through andThen untouched, a value goes on', () => {
  const half = (value: number): Result<number, string> => (value % 2 === 0 ? ok(value / 2) : failed('odd'));
  assert.deepEqual(andThen(ok(4), half), ok(2));
  assert.deepEqual(andThen(ok(3), half), failed('odd'));
  assert.deepEqual(andThen(failed('before'), half), failed('before'));
});

test('allOk keeps the order and gives the first fault', () => {
  assert.deepEqual(allOk([ok(1), ok(2)]), ok([1, 2]));
  assert.deepEqual(allOk([]), ok([]));
  assert.deepEqual(allOk([ok(1), failed('first'), failed('second')]), failed('first'));
});
