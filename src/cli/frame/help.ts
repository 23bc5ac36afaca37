/** Decides how help reads for somebody at 3 a.m.: 80 columns, one example, and no option that the command does not take. */
import type { Command, Help, Option } from 'commander';

/** An administrator's terminal is at least that wide, and so is a page of a runbook. */
const WIDTH = 80;

/** Options of the program that say nothing to a single command. */
const PROGRAM_ONLY: readonly string[] = [
  '--readonly',
  '--schedule',
  '--once',
  '--log-format',
  '--metrics-file',
  '--metrics-port',
  '--version',
];

/** For the outermost command; the others take it over. */
export const HELP_SETTINGS = {
  showGlobalOptions: true,
  helpWidth: WIDTH,
  // "[options]" on every line would only leave no room for what the verbs do.
  subcommandTerm: (command: Command): string =>
    [
      command.name(),
      ...command.registeredArguments.map((one) => {
        const name = `${one.name()}${one.variadic ? '...' : ''}`;
        return one.required ? `<${name}>` : `[${name}]`;
      }),
    ].join(' '),
  visibleGlobalOptions: (command: Command): Option[] => {
    const found: Option[] = [];
    for (let outer = command.parent; outer !== null; outer = outer.parent) found.push(...outer.options);
    return found.filter(({ hidden, long }) => !hidden && !PROGRAM_ONLY.includes(long ?? ''));
  },
} satisfies Partial<Help>;

/** What stands below the help of a command: one call of it, on as many lines as keep it within the width. */
export const example = (...lines: readonly [string, ...string[]]): readonly ['after', string] => [
  'after',
  `\nExample:\n  btrfleet ${lines.join(' \\\n    ')}`,
];

/** Of commands that ask only where snapshots lose their protection. */
export const YES_TO_LOSS = ['--yes', 'do it also if clean-up may delete more snapshots then'] as const;

/** `btrfleet snapshot list`. */
export const wordsOf = (command: Command): string =>
  command.parent === null ? command.name() : `${wordsOf(command.parent)} ${command.name()}`;
