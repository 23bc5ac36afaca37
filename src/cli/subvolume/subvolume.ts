/** `btrfleet subvolume`: what can be snapshotted, and where. */
import type { Command } from 'commander';
import { act } from '../frame/action.ts';
import { example } from '../frame/help.ts';

export function addSubvolume(program: Command): void {
  const subvolume = program.command('subvolume').description('the subvolumes of a server');
  subvolume
    .command('list')
    .description('list the subvolumes people use, with how many snapshots each has')
    .option('--server <name>', 'the server to look at (default: the primary)')
    .addHelpText(...example('subvolume list --server b'))
    .action(act(async () => (await import('./actions.ts')).subvolumeList));
}
