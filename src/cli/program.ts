/** Puts the command line together: nouns, options that work everywhere, help for somebody at 3 a.m., exit codes. */
import { Command, CommanderError } from 'commander';
import { addDoctor } from './doctor.ts';
import { addEngine } from './engine.ts';
import { addReplicate } from './replicate.ts';
import { addRun } from './run.ts';
import { addServer } from './server.ts';
import { addSnapshot } from './snapshot.ts';
import { addSubvolume } from './subvolume.ts';

const DESCRIPTION = `One point of control for the btrfs snapshots of a fleet.

Without arguments, on a terminal: the screen.`;

const EXAMPLE = `
First steps:
  btrfleet server add a --host 192.0.2.10 --user root --key ~/.ssh/id_ed25519 --primary
  btrfleet server trust a
  btrfleet subvolume list
  btrfleet snapshot create /data
  btrfleet replicate auto /data --to b

Exit codes: 0 done, 1 failed (or on some target), 2 wrong usage or unreadable
configuration, 3 refused (needs --yes, or unsafe), 130 interrupted.`;

export function createProgram(version: string): Command {
  const program = new Command('btrfleet')
    .description(DESCRIPTION)
    .version(version, '-V, --version', 'print the version')
    .option('--json', 'print one JSON document on stdout instead of text')
    .option('--home <dir>', 'state directory (default: $BTRFLEET_HOME, else $XDG_CONFIG_HOME/btrfleet)')
    .option('--readonly', 'open the screen without any key that changes something')
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', EXAMPLE)
    .configureHelp({ showGlobalOptions: true })
    .showSuggestionAfterError()
    .exitOverride();
  addServer(program);
  addSubvolume(program);
  addSnapshot(program);
  addReplicate(program);
  addRun(program);
  addDoctor(program);
  addEngine(program);
  for (const command of everyCommand(program)) {
    command.exitOverride().helpOption('-h, --help', 'print this help').helpCommand(false);
  }
  return program;
}

const everyCommand = (command: Command): Command[] => [
  ...command.commands.flatMap((child) => [child, ...everyCommand(child)]),
];

/** Parses and runs; sets `process.exitCode`. Usage errors were told by commander already. */
export async function runProgram(version: string, argv: readonly string[]): Promise<void> {
  try {
    await createProgram(version).parseAsync([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  }
}
