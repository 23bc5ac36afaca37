/** `btrfleet seed`: a snapshot as files, to be carried by hand where the line is too slow. */
import type { Command } from 'commander';
import { act } from '../frame/action.ts';
import { example } from '../frame/help.ts';

export function addSeed(program: Command): void {
  const seed = program
    .command('seed')
    .description('carry a snapshot to another server on a disk, where the line is too slow');
  seed
    .command('export')
    .description('write a snapshot as files; run again after a break, it goes on')
    .argument('<subvolume>', 'absolute path on the primary')
    .argument('<snapshot>', 'name of the snapshot, as "snapshot list" shows it')
    .requiredOption('--output <dir>', 'an empty directory, or one that is not there yet')
    .option('--on-server', 'the directory is one of the primary itself (default: of this machine)')
    .option('--base <name>', 'write only what changed since that snapshot, which the target has by then')
    .option('--split <bytes>', 'bytes of each part, whole MiB, up to 8G', '2G')
    .option('--compress <how>', 'zstd: pack it, where the directory is')
    .option('--encrypt <key>', 'age:RECIPIENT: encrypt it with age, where the directory is')
    .option('--dry-run', 'show what would be written and how much, write nothing')
    .addHelpText(
      ...example('seed export /data 2026-11-20T08:05:01.123Z', '--output /mnt/usb/seed --compress zstd'),
    )
    .action(act(async () => (await import('./actions.ts')).seedExport));
  seed
    .command('import')
    .description('make a replica of such files; all of them are checked before')
    .argument('<dir>', 'the directory that "seed export" filled')
    .requiredOption('--server <target>', 'where it goes: SERVER or SERVER:/MOUNT')
    .option('--on-server', 'the directory is one of that server itself (default: of this machine)')
    .option('--subvolume <path>', 'whose replica it is (default: what the seed says)')
    .option('--identity <file>', 'file with the key of age, where the directory is')
    .option('--dry-run', 'show where it would go, receive nothing')
    .addHelpText(...example('seed import /mnt/usb/seed --server b --on-server'))
    .action(act(async () => (await import('./actions.ts')).seedImport));
}
