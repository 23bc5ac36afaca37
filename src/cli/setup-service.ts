/** `btrfleet setup-service`: a systemd unit for the scheduler, to be read before it is installed. */
import type { Command } from 'commander';
import { example } from './help.ts';
import { createOutput } from './output.ts';

export interface SetupServiceOptions {
  readonly user?: string;
  readonly name: string;
}

export function addSetupService(program: Command): void {
  program
    .command('setup-service')
    .description('print a systemd unit that runs the scheduler; nothing is installed')
    .option('--user <user>', 'who it runs as, and whose state it is (default: you)')
    .option('--name <name>', 'name of the unit', 'btrfleet')
    .addHelpText(...example('setup-service > /etc/systemd/system/btrfleet.service'))
    .action(async (options: SetupServiceOptions, command: Command) => {
      const { setupService } = await import('./setup-service-action.ts');
      const { json = false, home } = command.optsWithGlobals<{ json?: boolean; home?: string }>();
      process.exitCode = setupService(options, home ?? null, createOutput(json, process));
    });
}
