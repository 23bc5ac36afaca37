/** `btrfleet setup-service`: a systemd unit or a line of cron for the scheduler, to be read before it is installed. */
import type { Command } from 'commander';
import { createOutput } from '../../process/output.ts';
import { example } from '../frame/help.ts';
import type { SetupServiceOptions } from './setup-action.ts';

export function addSetupService(program: Command): void {
  program
    .command('setup-service')
    .description('print what runs the scheduler, a systemd unit; nothing is installed')
    .option('--user <user>', 'who it runs as, and whose state it is (default: you)')
    .option('--name <name>', 'name of the unit', 'btrfleet')
    .option('--cron', 'print a line for crontab(5) instead')
    .addHelpText(...example('setup-service > /etc/systemd/system/btrfleet.service'))
    .action(async (options: SetupServiceOptions, command: Command) => {
      const { setupService } = await import('./setup-action.ts');
      const { json = false, home } = command.optsWithGlobals<{ json?: boolean; home?: string }>();
      process.exitCode = setupService(options, home ?? null, createOutput(json, process));
    });
}
