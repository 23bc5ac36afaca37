/** `btrfleet snapshot browse|versions|find`: files in snapshots. They only read. */
import type { Command } from 'commander';
import { act } from '../frame/action.ts';
import { example } from '../frame/help.ts';

export function addSnapshotFiles(snapshot: Command): void {
  snapshot
    .command('browse')
    .description('list a directory of a snapshot, as it was then; no link is followed')
    .argument('<subvolume>', 'absolute path on the primary; it may be gone')
    .argument('<name>', 'name of the snapshot, or its path; "live": the subvolume as it is now')
    .argument('[path]', 'below the subvolume, or absolute in it', '')
    .option('--server <name>', 'in its replica on that server (default: the primary)')
    .option('--limit <n>', 'entries of a page, 1 to 10000', '1000')
    .option('--after <name>', 'begin behind that name, which "next" of the page before told', '')
    .option(...BYTES)
    .addHelpText(...example('snapshot browse /data 2026-11-20T08:05:01.123Z documents'))
    .action(act(async () => (await import('./browse.ts')).snapshotBrowse));
  snapshot
    .command('versions')
    .description('all versions of a file or directory, over all snapshots and all servers')
    .argument('<path>', 'absolute, as people see it on the primary; it may be gone')
    .option('--hash', 'tell versions apart by what is in them (SHA-256); reads each once, on its server')
    .option(...BYTES)
    .addHelpText(...example('snapshot versions /data/documents/letter.txt'))
    .action(act(async () => (await import('./versions.ts')).snapshotVersions));
  snapshot
    .command('find')
    .description('in which snapshots a name lives, the newest first')
    .argument('<pattern>', 'of the name: "*.txt"; with a slash of the path: "documents/*.txt"')
    .argument('[subvolume]', 'absolute path on the primary (default: all of them)')
    .option('--server <name>', 'in the replicas on that server (default: the primary)')
    .option('--budget <time>', 'look no longer than that, such as 30s or 5m', '30s')
    .option(...BYTES)
    .addHelpText(...example('snapshot find "letter*" /data --budget 2m'))
    .action(act(async () => (await import('./find.ts')).snapshotFind));
}

export const BYTES = [
  '--bytes',
  'paths are their bytes in hexadecimal, as "pathBytes" tells names that are not UTF-8',
] as const;
