/** Help on every level: readable in 80 columns, with an example, and without what the command does not take. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Command } from 'commander';
import { wordsOf } from '../../../../src/cli/frame/help.ts';
import { createProgram } from '../../../../src/cli/program.ts';

let printed = '';
const stream = {
  write: (text: string) => {
    printed += text;
  },
};
const program = createProgram('0.0.0', { stdout: stream, stderr: stream });

function helpOf(command: Command): string {
  printed = '';
  command.outputHelp();
  return printed;
}

const below = (command: Command): Command[] => command.commands.flatMap((one) => [one, ...below(one)]);
const commands = below(program).filter((command) => command.name() !== 'engine');

for (const command of [program, ...commands]) {
  test(`the help of "${wordsOf(command)}" fits into 80 columns`, () => {
    assert.deepEqual(
      helpOf(command)
        .split('\n')
        .filter((line) => line.length > 80),
      [],
    );
  });
}

for (const command of commands) {
  test(`the help of "${wordsOf(command)}" names --json and --home, and nothing of the screen's`, () => {
    const help = helpOf(command);
    assert.match(help, /^ {2}--json /m);
    assert.match(help, /^ {2}--home <dir> /m);
    assert.doesNotMatch(help, /--readonly|--version|--metrics-/);
  });
  if (command.commands.length > 0) continue;
  test(`the help of "${wordsOf(command)}" has an example of it`, () => {
    assert.ok(helpOf(command).includes(`\nExample:\n  ${wordsOf(command)}`));
  });
}

test('the help of the program names --readonly', () => {
  assert.match(helpOf(program), /--readonly/);
});
