/** `btrfleet restore`: what was restored, and taking it back. */
import type { Command } from 'commander';
import { act } from '../frame/action.ts';
import { example } from '../frame/help.ts';

export function addRestore(program: Command): void {
  const restore = program.command('restore').description('list what was restored, and take it back');
  restore
    .command('list')
    .description('what was restored, the newest first; one that was cut off is brought to an end before')
    .addHelpText(...example('restore list'))
    .action(act(async () => (await import('./actions.ts')).restoreList));
  withRestoreOptions(restore.command('undo'))
    .description(
      'put back what a restore put aside, or what bringing files changed; this, too, can be taken back',
    )
    .argument('<run>', 'number of the run, as "restore list" shows it')
    .option('--force', 'of files: also what somebody changed since')
    .addHelpText(...example('restore undo 12 --dry-run'))
    .action(act(async () => (await import('./actions.ts')).restoreUndo));
  restore
    .command('forget')
    .description('ask no more for one that was cut off and whose filesystem is gone for good')
    .argument('<run>', 'number of the restore, as "health" tells it')
    .option('--yes', 'do not ask')
    .addHelpText(...example('restore forget 12'))
    .action(act(async () => (await import('./forget.ts')).restoreForget));
}

/** Below `snapshot`: it begins with one. */
export function addSnapshotRestore(snapshot: Command): void {
  withRestoreOptions(snapshot.command('restore'))
    .description('make a whole subvolume what it was in a snapshot; what is there now is kept beside it')
    .argument('<subvolume>', 'absolute path on the primary; it may be gone')
    .argument('<name>', 'name of the snapshot, as "snapshot list" shows it, or its path')
    .option('--from <server>', 'take the replica on that server: it is sent back first')
    .addHelpText(...example('snapshot restore /data 2026-11-20T08:05:01.123Z --dry-run'))
    .action(act(async () => (await import('./actions.ts')).snapshotRestore));
}

const withRestoreOptions = (command: Command): Command =>
  command
    .option(
      '--nested <what>',
      'subvolumes inside of it: "move" them along, or "leave" them in what is put aside',
    )
    .option('--yes', 'do not ask')
    .option('--dry-run', 'show all that would be done, do nothing');
