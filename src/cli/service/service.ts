/** `btrfleet setup-service` and the hidden `btrfleet engine`: what runs without anybody at the keyboard. */
import type { Command } from 'commander';
import { createOutput } from '../../process/output.ts';
import { act } from '../frame/action.ts';
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

export function addEngine(program: Command): void {
  program
    .command('engine', { hidden: true })
    .description('run what is queued in the journal, end after ten idle minutes')
    .option('--idle <seconds>', 'end after so many seconds without work', '600')
    .action(act(async () => (await import('./engine-action.ts')).engine));
}
