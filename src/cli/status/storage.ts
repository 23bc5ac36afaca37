/** `btrfleet storage`: how full the filesystems are, and what subvolumes take up. */
import type { Command } from 'commander';
import { runAction } from '../frame/action.ts';
import { example } from '../frame/help.ts';
import type { StorageOptions } from './storage-action.ts';

export function addStorage(program: Command): void {
  program
    .command('storage')
    .description('how full the filesystems are; with --subvolume what it and its snapshots take up')
    .option('--server <name>', 'only this server; with --subvolume: there (default: the primary)')
    .option('--subvolume <path>', 'measure this subvolume and its snapshots')
    .option('--budget <seconds>', 'give up walking over files after so long, where quotas are off', '60')
    .option('--fresh', 'measure every snapshot now, also those measured within the last hour')
    .addHelpText(...example('storage --subvolume /data'))
    .action(async (options: StorageOptions, command: Command) => {
      const { storage } = await import('./storage-action.ts');
      await runAction(command, (context) => storage(context, options));
    });
}
