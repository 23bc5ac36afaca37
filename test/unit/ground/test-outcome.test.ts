// Counting test results, and deciding whether the tests on real btrfs run: what is unknown is a failure.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import test, { describe } from 'node:test';
import type { TestFact } from '../../../scripts/test-reporter.ts';
import { decideE2e, type E2eDecision, type Machine } from '../../../scripts/testing/e2e-decision.ts';
import { outcomeOf, sumLine } from '../../../scripts/testing/outcome.ts';
import { runTier } from '../../../scripts/testing/run-step.ts';

const summary = (passed: number, failed: number, skipped = 0, success = failed === 0): TestFact => ({
  kind: 'summary',
  passed,
  failed,
  skipped,
  success,
});
const passed: TestFact = { kind: 'passed', name: 'a', suite: false, seconds: 0, file: '' };
const suite: TestFact = { ...passed, suite: true };

for (const [title, facts, ending, want] of [
  ['all passed', [passed, summary(1, 0)], { code: 0 }, '1 passed, 0 failed'],
  ['some failed', [summary(3, 2)], { code: 1 }, '3 passed, 2 failed'],
  ['some skipped', [summary(3, 0, 1)], { code: 0 }, '3 passed, 0 failed, 1 skipped'],
  ['the runner died', [passed, suite, passed], { code: 1 }, '2 passed, 1 failed'],
  ['a signal ended it', [passed], { code: null }, '1 passed, 1 failed'],
  ['it never began', [], { code: 127 }, '0 passed, 1 failed'],
  ['a test had to be ended', [passed, summary(1, 0)], { code: 0, hung: 'b' }, '1 passed, 1 failed'],
  ['failed without a failed test', [summary(2, 0)], { code: 1 }, '2 passed, 1 failed'],
  ['not content without a failed test', [summary(2, 0, 0, false)], { code: 0 }, '2 passed, 1 failed'],
] as const) {
  test(`outcome: ${title}`, () =>
    assert.equal(sumLine(outcomeOf(facts, { hung: undefined, ...ending })), want));
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
  ['a machine that can', {}, { kind: 'run' }],
  ['CI that can', { ci: true }, { kind: 'required' }],
  [
    'a user who is not root',
    { uid: 1000 },
    { kind: 'play', reason: 'it needs root, to make filesystems and network namespaces' },
  ],
  [
    'programs missing',
    { missing: ['sshd', 'btrfs'] },
    { kind: 'play', reason: 'not installed: sshd, btrfs' },
  ],
  ['another system', { platform: 'darwin' }, { kind: 'play', reason: 'it needs Linux' }],
  [
    'CI that cannot',
    { ci: true, btrfsInKernel: false },
    { kind: 'impossible', reason: 'the kernel has no btrfs' },
  ],
] satisfies readonly (readonly [string, Partial<Machine>, E2eDecision])[]) {
  test(`e2e on ${title}`, () => {
    assert.deepEqual(decideE2e({ ...able, ...machine }), want);
  });
}

test('simulated servers can be asked for where real ones could be had, even in CI', () => {
  assert.deepEqual(decideE2e({ ...able, ci: true }, true), { kind: 'play', reason: 'asked for' });
});

const ROOT = resolve(import.meta.dirname, '../../..');

type File = readonly [name: string, text: string];

interface Ran {
  readonly sum: string;
  readonly printed: string;
}
interface How {
  readonly testSeconds?: number;
  readonly signal?: AbortSignal;
  readonly onlyChanged?: boolean;
  readonly filesPerProcess?: number;
  readonly againAlone?: boolean;
}

/** A project of test files alone, run by the real runner as a tier of their own, all in one process at first. */
class Project implements Disposable {
  readonly root = mkdtempSync(join(tmpdir(), 'btrfleet-tier-'));

  constructor(files: readonly File[]) {
    for (const name of ['scripts', 'package.json']) symlinkSync(join(ROOT, name), join(this.root, name));
    // What is compiled lands beside the packages, so only those are shared.
    mkdirSync(join(this.root, 'node_modules/.cache'), { recursive: true });
    for (const name of ['esbuild', '.bin'])
      symlinkSync(join(ROOT, 'node_modules', name), join(this.root, 'node_modules', name));
    mkdirSync(join(this.root, 'test/unit'), { recursive: true });
    for (const [name, text] of files) this.write(name, text);
  }

  write(name: string, text: string): void {
    const imports = "import test, { after, describe } from 'node:test';";
    writeFileSync(join(this.root, 'test/unit', `${name}.test.ts`), `${imports}\n${text}\n`);
  }

  async run({
    // Above what a slow machine takes for a process to end: where a limit is to be met, the test says which.
    testSeconds = 20,
    signal,
    onlyChanged = false,
    filesPerProcess = 9,
    againAlone = false,
  }: How = {}): Promise<Ran> {
    const lines: string[] = [];
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const glob = 'test/unit/**/*.test.{ts,tsx}';
    const outcome = await runTier(
      {
        name: 'unit',
        kind: 'tier',
        glob,
        testSeconds,
        filesPerProcess,
        atOnce: 2,
        announce: false,
        againAlone,
        inMemory: false,
        env: {},
        long: [],
      },
      {
        root: this.root,
        env,
        signal: signal ?? new AbortController().signal,
        filter: undefined,
        paths: [],
        print: (line) => lines.push(line),
        compiled: join(this.root, 'node_modules/.cache'),
        scratch: tmpdir(),
        onlyChanged,
      },
    );
    return { sum: sumLine(outcome), printed: lines.join('\n') };
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

async function runFiles(files: readonly File[], how: How = {}): Promise<Ran> {
  using project = new Project(files);
  return await project.run(how);
}

const runFile = (text: string, testSeconds = 20): Promise<Ran> => runFiles([['a', text]], { testSeconds });

// Most of them wait for a process, or for a limit.
describe('a real run', { concurrency: 4 }, () => {
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
    test(title, async () => {
      const { sum, printed } = await runFile(text, /never ends|too long/.test(title) ? 1 : 20);
      assert.equal(sum, want, printed);
      assert.equal(
        printed.includes('boom') || printed.includes('FAILED'),
        !want.includes(' 0 failed'),
        printed,
      );
    });
  }

  test('a test that never gives way is ended, by name', async () => {
    const { sum, printed } = await runFile(
      "test('a', () => {}); test('stuck', () => { while (true); });",
      0.3,
    );
    assert.match(sum, /, 1 failed$/);
    assert.match(printed, /FAILED test.unit.a\.test\.ts: ended, as this took too long: /);
  });

  test('what is left open after the last test is told', async () => {
    const { sum, printed } = await runFile("test('a', () => {}); setInterval(() => {}, 1000);", 0.3);
    assert.equal(sum, '1 passed, 1 failed');
    assert.match(printed, /took too long: what comes after a/);
  });

  test('a file that ends the process takes no result of another with it', async () => {
    const { sum, printed } = await runFiles([
      ['a', "test('a', () => {});"],
      ['b', "test('b', async () => { process.exit(3); });"],
      ['c', "test('c', () => {}); test('d', () => { throw new Error('boom'); });"],
    ]);
    assert.equal(sum, '2 passed, 2 failed', printed);
    assert.match(printed, /b\.test\.ts: the process died/);
  });

  test('what a test prints is shown, and taken for nothing else', async () => {
    const fact = JSON.stringify({ kind: 'summary', passed: 9, failed: 0, skipped: 0, success: true });
    const text = `test('a', () => { process.stdout.write('half a '); console.log(${JSON.stringify(fact)}); });`;
    const { sum, printed } = await runFile(text);
    assert.equal(sum, '1 passed, 0 failed');
    assert.match(printed, /half a \{"kind":"summary"/);
  });

  test('a file that does not compile is told with its line', async () => {
    const { sum, printed } = await runFile('const = 1;');
    assert.equal(sum, '0 passed, 1 failed');
    assert.match(printed, /a\.test\.ts:2:\d+.*Expected identifier/);
  });

  test('one that is stopped begins nothing more', async () => {
    const stop = new AbortController();
    stop.abort();
    const { sum } = await runFiles([['a', "test('a', () => {});"]], { signal: stop.signal });
    assert.equal(sum, '0 passed, 0 failed');
  });

  test('what passed and has not changed need not run again, all else does', async () => {
    using project = new Project([
      ['same', "import { one } from '../one.ts'; test('a', () => { console.log(`same ran ${one}`); });"],
      ['fails', "test('b', () => { throw new Error('boom'); });"],
    ]);
    writeFileSync(join(project.root, 'test/one.ts'), 'export const one = 1;');
    assert.equal((await project.run({ onlyChanged: true })).sum, '1 passed, 1 failed');
    // In one process with what fails it is not known to have passed.
    project.write('fails', "test('b', () => {});");
    assert.match((await project.run({ onlyChanged: true })).printed, /same ran 1/);
    const second = await project.run({ onlyChanged: true });
    assert.deepEqual([second.sum, second.printed.includes('same ran')], ['2 passed, 0 failed', false]);
    writeFileSync(join(project.root, 'test/one.ts'), 'export const one = 2;');
    const third = await project.run({ onlyChanged: true });
    assert.equal(third.sum, '2 passed, 0 failed');
    assert.match(third.printed, /same ran 2/);
    assert.match((await project.run()).printed, /same ran 2/, 'a whole run asks nobody');
  });

  test('processes side by side, and every result counts', async () => {
    const files = ['a', 'b', 'c', 'd', 'e'].map((name) => [name, `test('${name}', () => {});`] as const);
    assert.equal((await runFiles(files, { filesPerProcess: 1 })).sum, '5 passed, 0 failed');
  });

  test('what fails beside others counts as it ends alone', async () => {
    const once = join(mkdtempSync(join(tmpdir(), 'btrfleet-once-')), 'ran');
    const text = `import { existsSync, writeFileSync } from 'node:fs';
    test('a', () => { const is = existsSync('${once}'); writeFileSync('${once}', ''); if (!is) throw new Error('boom'); });`;
    const files = [
      ['once', text],
      ['always', "test('b', () => { throw new Error('boom'); });"],
    ] as const;
    const { sum, printed } = await runFiles(files, { filesPerProcess: 1, againAlone: true });
    rmSync(dirname(once), { recursive: true });
    assert.equal(sum, '1 passed, 1 failed', printed);
    assert.match(printed, /again, with nothing beside it: .*once/);
  });
});
