/** `btrfleet verify`. */
import type { Command } from 'commander';
import { act } from '../frame/action.ts';
import { example } from '../frame/help.ts';

export function addVerify(program: Command): void {
  program
    .command('verify')
    .description('compare replicas with their source, as far as you say; nothing is repaired')
    .argument('<subvolume>', 'absolute path on the primary')
    .option('--to <targets...>', 'targets, comma-separated (default: all that should have it, or have it)')
    .option('--snapshot <name>', 'its replicas (default: on each target the newest)')
    .option('--level <level>', 'identity, metadata or content (default: metadata)')
    .option('--share <part>', 'with content: 1/N of the files, another part each time, and what is new')
    .option('--budget <time>', 'most time for all of it: seconds, or with s, m, h, d')
    .addHelpText(...example('verify /data --to b --level content --share 1/30'))
    .action(act(async () => (await import('./actions.ts')).verify));
}
