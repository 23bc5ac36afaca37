import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import test from 'node:test';
import { FAULT_CODES, fault } from '../../../src/core/model/fault.ts';

test('every fault code is there once, in order', () => {
  assert.deepEqual([...FAULT_CODES], [...new Set(FAULT_CODES)].toSorted());
});

test('no fault code is there for nothing', () => {
  const sources = globSync('src/**/*.{ts,tsx}').filter((file) => !file.endsWith('model/fault.ts'));
  const text = sources.map((file) => readFileSync(file, 'utf8')).join('\n');
  const unused = FAULT_CODES.filter((code) => !text.includes(`'${code}'`));
  assert.deepEqual(unused, []);
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
