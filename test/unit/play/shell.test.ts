/** The simulated shell answers as real shells do: the same small scripts, the same output and exit code. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import fc from 'fast-check';
import { shellLine } from '../../../src/core/hosts/port/quote.ts';
import { asUser } from '../../../src/core/model/command.ts';
import { SCRIPTS } from './shell-scripts.ts';
import { SimulatedMachine, until } from './simulated-machine.ts';

const INPUT = 'first line\n second\\ line \nthird';
const WORDS = ['one', 'two words', '', '*', 'a\nb'];

const ENVIRONMENT = {
  PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
  LC_ALL: 'C',
  // Bash reads what is in a home where its input is a socket, as that of a child of node is.
  HOME: '/nonexistent',
};

async function runReal(shell: string, argv: readonly string[]) {
  const cwd = mkdtempSync(join(tmpdir(), 'btrfleet-shell-'));
  try {
    const child = spawn(shell, argv, { cwd, env: ENVIRONMENT, stdio: ['pipe', 'pipe', 'ignore'] });
    const ended = once(child, 'close');
    const printed = text(child.stdout);
    child.stdin.on('error', () => undefined).end(INPUT);
    const [code, signal] = (await ended) as [number | null, NodeJS.Signals | null];
    return { stdout: await printed, code: code ?? 128 + constants.signals[signal ?? 'SIGHUP'] };
  } finally {
    rmSync(cwd, { recursive: true });
  }
}

for (const shell of ['dash', 'bash']) {
  const path = `/bin/${shell}`;
  test(`${shell} and the simulated shell agree`, { skip: !existsSync(path), concurrency: 4 }, (t) =>
    Promise.all(
      SCRIPTS.filter(([, only]) => only === undefined || only === shell).map(([script]) =>
        t.test(script, async () => {
          const argv = ['-c', script, 'sh', ...WORDS];
          const { stdout, code, stderr } = await new SimulatedMachine().run(
            ['sh', ...argv],
            INPUT,
            ENVIRONMENT,
          );
          assert.deepEqual({ stdout, code }, await runReal(path, argv), stderr);
        }),
      ),
    ).then(() => undefined),
  );
}

test('words survive the line that is sent to a server', async () => {
  const word = fc.string({ unit: fc.constantFrom(...`'"\\\`$ \n\t*?[]{}()!#~&;|<>=%aé🐘-`) });
  await fc.assert(
    fc.asyncProperty(fc.array(word, { maxLength: 4 }), async (words) => {
      const line = shellLine(asUser('printf', '<%s>', ...words), []);
      assert.ok(line.ok);
      const { stdout, stderr, code } = await new SimulatedMachine().run(['sh', '-c', line.value]);
      const want = words.length > 0 ? words.map((one) => `<${one}>`).join('') : '<>';
      assert.deepEqual(
        { stdout, stderr, code },
        { stdout: `btrfleet-begins\n${want}`, stderr: 'btrfleet-begins\n', code: 0 },
      );
    }),
    { numRuns: 200 },
  );
});

for (const [script, says] of [
  ['. ./file', 'play: sh: . is not simulated'],
  ['set -x', 'play: set -x is not simulated'],
  ['ls -l', 'play: ls -l is not simulated'],
  ['cat <>x', 'play: sh: the syntax at "" is not simulated'],
  ['sed -n 1,3p', 'play: sed 1,3p is not simulated'],
  ['date', 'play: date  is not simulated'],
] as const) {
  test(`what is not known is said: ${script}`, async () => {
    const { stdout, stderr, code } = await new SimulatedMachine().run(['sh', '-c', script]);
    assert.deepEqual({ stdout, stderr, code }, { stdout: '', stderr: `${says}\n`, code: 2 });
  });
}

test('a program that is not there is not found', async () => {
  const { stderr, code } = await new SimulatedMachine().run(['sh', '-c', 'nothing here']);
  assert.deepEqual({ stderr, code }, { stderr: 'sh: 1: nothing: not found\n', code: 127 });
});

test('children of a shell that is killed live on', async () => {
  const machine = new SimulatedMachine();
  const script = 'sh -c "echo child; until [ -e go ]; do sleep 0.01; done; echo lives"; echo never';
  const { process, answer, printed } = machine.start(['sh', '-c', script]);
  await until(() => printed() === 'child\n');
  process.kill('TERM');
  assert.equal((await answer).code, 143);
  machine.files.put('/tmp/go', '');
  await until(() => printed() === 'child\nlives\n');
});

test('a loop that runs for ever can be killed', async () => {
  const { process, answer } = new SimulatedMachine().start(['sh', '-c', 'while :; do :; done']);
  setTimeout(() => process.kill('KILL'), 20);
  assert.equal((await answer).code, 137);
});

test('a long loop with a growing parameter comes to its end', async () => {
  const script =
    'i=0; while [ $i -lt 2000 ]; do i=$((i + 1)); case $i in *7) x="$x,${i%7}" ;; esac; done; echo "${#x}"';
  const { stdout } = await new SimulatedMachine().run(['sh', '-c', script]);
  assert.equal(stdout, '689\n');
});

test('a pattern of many stars comes to its end', async () => {
  const script = `case ${'a'.repeat(400)}b in ${'*a'.repeat(20)}*c) echo c ;; *) echo none ;; esac`;
  assert.equal((await new SimulatedMachine().run(['sh', '-c', script])).stdout, 'none\n');
});
