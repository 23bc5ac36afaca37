/** `btrfleet snapshot extract`: files and directories of a snapshot are brought back. */
import type { Command } from 'commander';
import { BYTES } from '../files/files.ts';
import { act } from '../frame/action.ts';
import { example } from '../frame/help.ts';

/** Below `snapshot`. */
export function addSnapshotExtract(snapshot: Command): void {
  snapshot
    .command('extract')
    .description('bring files and directories of a snapshot back; what is there now is kept before')
    .argument('<subvolume>', 'absolute path on the primary')
    .argument('<name>', 'name of the snapshot, as "snapshot list" shows it, or its path')
    .argument('<path...>', 'below the subvolume, or absolute in it; "." for all of it')
    .option('--from <server>', 'read the replica on that server (default: the primary)')
    .option('--to <directory>', 'to that directory on the primary (default: to where they were)')
    .option('--here', 'to a directory of this machine, which --to names')
    .option(
      '--overwrite <when>',
      'what becomes of files that are there: always replaced, if-changed, if-newer in the snapshot, never',
      'always',
    )
    .option('--delete', 'in directories that are named, remove what the snapshot does not have')
    .option('--include <pattern...>', 'only what matches: a name, or a path with *, ? and **')
    .option('--exclude <pattern...>', 'all but what matches')
    .option(...BYTES)
    .option('--yes', 'do not ask')
    .option('--dry-run', 'show all that would be done, do nothing')
    .addHelpText(...example('snapshot extract /data 2026-11-20T08:05:01.123Z docs --dry-run'))
    .action(act(async () => (await import('./actions.ts')).snapshotExtract));
}
