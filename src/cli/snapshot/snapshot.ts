/** `btrfleet snapshot`: make, list, delete, clean up, hold and release snapshots, and look into them. */
import type { Command } from 'commander';
import { withRetention } from '../choices/retention-options.ts';
import { addSnapshotDiff } from '../diff/diff.ts';
import { addSnapshotExtract } from '../extract/extract.ts';
import { addSnapshotFiles } from '../files/files.ts';
import { act } from '../frame/action.ts';
import { example, YES_TO_LOSS } from '../frame/help.ts';
import { addSnapshotRestore } from '../restore/restore.ts';

export function addSnapshot(program: Command): void {
  const snapshot = program
    .command('snapshot')
    .description('make, list, delete, clean up and hold snapshots, and look into them');
  snapshot
    .command('create')
    .description('make a read-only snapshot of each subvolume on the primary')
    .argument('<subvolume...>', 'absolute paths on the primary')
    .option('--group', 'all of them or none, directly one after the other')
    .addHelpText(...example('snapshot create /data /srv/db --group'))
    .action(act(async () => (await import('./actions.ts')).snapshotCreate));
  snapshot
    .command('list')
    .description('list the snapshots of a subvolume, oldest first')
    .argument('<subvolume>', 'absolute path on the primary')
    .option('--server <name>', 'its replicas on that server (default: the primary)')
    .addHelpText(...example('snapshot list /data --server b'))
    .action(act(async () => (await import('./actions.ts')).snapshotList));
  snapshot
    .command('delete')
    .description('delete snapshots of a subvolume for good')
    .argument('<subvolume>', 'absolute path on the primary')
    .argument('<name...>', 'names of snapshots, as "snapshot list" shows them')
    .option('--server <name>', 'delete the replicas on that server (default: the primary)')
    .option('--allow-last-base', 'also what is the last that it has in common with a target')
    .option('--yes', 'do not ask')
    .option('--dry-run', 'say what would be deleted, delete nothing')
    .addHelpText(...example('snapshot delete /data 2026-11-20T08:05:01.123Z --yes'))
    .action(act(async () => (await import('./delete.ts')).snapshotDelete));
  withRetention(snapshot.command('cleanup'))
    .description('keep what the rules elect, delete the rest; shows both, with every reason')
    .argument('<subvolume>', 'absolute path on the primary')
    .option('--server <name>', 'its replicas on that server (default: the primary)')
    .option('--yes', 'do not ask')
    .option('--dry-run', 'show what would be kept and deleted, delete nothing')
    .addHelpText(...example('snapshot cleanup /data --last 3 --daily 7 --weekly 4 --dry-run'))
    .action(act(async () => (await import('./cleanup.ts')).snapshotCleanup));
  addSnapshotRestore(snapshot);
  addSnapshotDiff(snapshot);
  addSnapshotExtract(snapshot);
  addSnapshotFiles(snapshot);
  addHolds(snapshot);
}

function addHolds(snapshot: Command): void {
  snapshot
    .command('hold')
    .description('keep a snapshot and its replicas until they are released')
    .argument('<subvolume>', 'absolute path on the primary')
    .argument('<name>', 'name of the snapshot')
    .option('--note <text>', 'why, for those who come later')
    .addHelpText(...example('snapshot hold /data 2026-11-20T08:05:01.123Z', '--note "before the upgrade"'))
    .action(act(async () => (await import('./actions.ts')).snapshotHold));
  snapshot
    .command('release')
    .description('let a held snapshot go')
    .argument('<subvolume>', 'absolute path on the primary')
    .argument('<name>', 'name of the snapshot')
    .option(...YES_TO_LOSS)
    .addHelpText(...example('snapshot release /data 2026-11-20T08:05:01.123Z'))
    .action(act(async () => (await import('./actions.ts')).snapshotRelease));
}
