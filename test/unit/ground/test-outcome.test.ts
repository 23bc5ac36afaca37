// Counting test results, and deciding whether the tests on real btrfs run: what is unknown is a failure.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import test from 'node:test';
import type { TestFact } from '../../../scripts/test-reporter.ts';
import { decideE2e, e2eVariable, type Machine } from '../../../scripts/testing/e2e-decision.ts';
import { outcomeOf, sumLine } from '../../../scripts/testing/outcome.ts';
import { runTier } from '../../../scripts/testing/run-step.ts';

const summary = (passed: number, failed: number, skipped = 0, success = failed === 0): TestFact => ({
  kind: 'summary',
  passed,
  failed,
  skipped,
  success,
});
const passed: TestFact = { kind: 'passed', name: 'a', suite: false, seconds: 0 };
const suite: TestFact = { ...passed, suite: true };

for (const [title, facts, ending, want] of [
  ['all passed', [passed, summary(1, 0)], { code: 0 }, '1 passed, 0 failed'],
  ['some failed', [summary(3, 2)], { code: 1 }, '3 passed, 2 failed'],
  ['some skipped', [summary(3, 0, 1)], { code: 0 }, '3 passed, 0 failed, 1 skipped'],
  ['the runner died', [passed, suite, passed], { code: 1 }, '2 passed, 1 failed'],
  ['a signal ended it', [passed], { code: null }, '1 passed, 1 failed'],
  ['it never began', [], { code: 127 }, '0 passed, 1 failed'],
  ['the time was up', [passed, summary(1, 0)], { code: 0, timedOut: true }, '1 passed, 1 failed'],
  ['failed without a failed test', [summary(2, 0)], { code: 1 }, '2 passed, 1 failed'],
  ['not content without a failed test', [summary(2, 0, 0, false)], { code: 0 }, '2 passed, 1 failed'],
] as const) {
  test(`outcome: ${title}`, () =>
    assert.equal(sumLine(outcomeOf(facts, { timedOut: false, ...ending })), want));
}

const able: Machine = {
  ci: false,
  platform: 'linux',
  uid: 0,
  missing: [],
  btrfsInKernel: true,
  loopDevices: true,
};
for (const [title, machine, want] of [
  ['a machine that can', {}, 'run: run'],
  ['CI that can', { ci: true }, 'required: required'],
  [
    'a user who is not root',
    { uid: 1000 },
    'skip: skip:it needs root, to make filesystems and network namespaces',
  ],
  ['programs missing', { missing: ['sshd', 'btrfs'] }, 'skip: skip:not installed: sshd, btrfs'],
  ['another system', { platform: 'darwin' }, 'skip: skip:it needs Linux'],
  ['CI that cannot', { ci: true, btrfsInKernel: false }, 'impossible: skip:the kernel has no btrfs'],
] as const) {
  test(`e2e on ${title}`, () => {
    const decision = decideE2e({ ...able, ...machine });
    assert.equal(`${decision.kind}: ${e2eVariable(decision)}`, want);
  });
}

const ROOT = resolve(import.meta.dirname, '../../..');

/** Runs one test file through the real runner, as a tier of its own. */
async function runFile(text: string, limitSeconds = 20): Promise<{ sum: string; printed: string }> {
  const root = mkdtempSync(join(tmpdir(), 'btrfleet-tier-'));
  try {
    for (const name of ['node_modules', 'scripts', 'package.json'])
      symlinkSync(join(ROOT, name), join(root, name));
    mkdirSync(join(root, 'test/unit'), { recursive: true });
    writeFileSync(
      join(root, 'test/unit/a.test.ts'),
      `import test, { after, describe } from 'node:test';\n${text}\n`,
    );
    const lines: string[] = [];
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const glob = 'test/unit/**/*.test.{ts,tsx}';
    const sum = await runTier(
      { name: 'unit', kind: 'tier', glob, limitSeconds, testSeconds: 1, announce: false },
      { root, env, filter: undefined, file: undefined, print: (line) => lines.push(line) },
    );
    return { sum: sumLine(sum), printed: lines.join('\n') };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

for (const [title, text, want] of [
  ['a file without tests', '', '0 passed, 0 failed'],
  [
    'counts tests, not suites',
    "describe('s', () => { test('a', () => {}); test('b', () => {}); });",
    '2 passed, 0 failed',
  ],
  [
    'counts skipped and todo',
    "test('a', { skip: 'x' }, () => {}); test('b', { todo: true }, () => {}); test('c');",
    '1 passed, 0 failed, 2 skipped',
  ],
  [
    'a failing test',
    "test('a', () => {}); test('b', () => { throw new Error('boom'); });",
    '1 passed, 1 failed',
  ],
  ['a file that crashes', "throw new Error('boom');", '0 passed, 1 failed'],
  [
    'a file that exits early',
    "test('a', () => {}); test('boom', async () => { process.exit(3); });",
    '0 passed, 1 failed',
  ],
  [
    'a hook that fails afterwards',
    "test('a', () => {}); after(() => { throw new Error('boom'); });",
    '1 passed, 1 failed',
  ],
  [
    'a test that never ends',
    "test('a', () => {}); test('boom', () => new Promise(() => {}));",
    '1 passed, 1 failed',
  ],
  [
    'a test that takes too long',
    "test('boom', t => new Promise(() => { const i = setInterval(() => {}, 9); t.signal.onabort = () => clearInterval(i); }));",
    '0 passed, 1 failed',
  ],
] as const) {
  test(`a real run: ${title}`, async () => {
    const { sum, printed } = await runFile(text);
    assert.equal(sum, want, printed);
    assert.equal(
      printed.includes('boom') || printed.includes('FAILED'),
      !want.includes(' 0 failed'),
      printed,
    );
  });
}

test('a real run: stopped when the time of the tier is up', async () => {
  const { sum, printed } = await runFile(
    "setInterval(() => {}, 1000); test('a', () => {}); while (true);",
    2,
  );
  assert.match(sum, /, 1 failed$/);
  assert.match(printed, /not done within 2 s, stopped: test.unit.a\.test\.ts/);
});
