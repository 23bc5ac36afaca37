/** `btrfleet verify`. */
import type { Command } from 'commander';
import { act } from '../frame/action.ts';
import { example } from '../frame/help.ts';

export function addVerify(program: Command): void {
  const verify = program
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
  // It has no option that the command above it has: that one would take it.
  verify
    .command('forget')
    .description('take the mark of a replica that was found different away; nothing is changed on any server')
    .argument('<subvolume>', 'absolute path on the primary')
    .argument('[snapshot]', 'name; its replica alone (default: all that are marked there)')
    .requiredOption('--server <name>', 'the server that has it')
    .option('--dry-run', 'show what is marked and why, forget nothing')
    .option('--yes', 'do not ask')
    .addHelpText(...example('verify forget /data 2026-11-20T08:05:01.123Z --server b'))
    .action(act(async () => (await import('./forget.ts')).verifyForget));
}
