/** `btrfleet snapshot diff`. */
import type { Command } from 'commander';
import { act } from '../frame/action.ts';
import { example } from '../frame/help.ts';

/** Below `snapshot`: it compares them. */
export function addSnapshotDiff(snapshot: Command): void {
  snapshot
    .command('diff')
    .description('what is different between two snapshots, or between one and now, without reading files')
    .argument('<subvolume>', 'absolute path on the primary')
    .argument('<old>', 'name of the older snapshot, as "snapshot list" shows it, or its path')
    .argument('[new]', 'the newer one; "live": the subvolume as it is now', 'live')
    .argument('[path]', 'only what is below it: below the subvolume, or absolute in it')
    .option('--server <name>', 'compare the replicas on that server (default: the primary)')
    .option('--totals', 'show the sums of each directory instead of each change')
    .option('--text', 'compare the lines of the one file that [path] names')
    .addHelpText(...example('snapshot diff /data 2026-11-20T08:05:01.123Z live etc'))
    .action(act(async () => (await import('./actions.ts')).snapshotDiff));
}
