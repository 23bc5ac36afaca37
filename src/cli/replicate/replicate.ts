/** `btrfleet replicate`: send snapshots to other servers, in full, incrementally, or as is best. */
import type { Command } from 'commander';
import { runAction } from '../frame/action.ts';
import { example } from '../frame/help.ts';
import type { ReplicateOptions } from './actions.ts';

export function addReplicate(program: Command): void {
  const replicate = program
    .command('replicate')
    .description('send snapshots from the primary to other servers');
  common(replicate.command('full'))
    .description('send a whole snapshot to one or many targets')
    .argument('<subvolume>', 'absolute path on the primary')
    .argument('<snapshot>', 'name of the snapshot')
    .addHelpText(...example('replicate full /data 2026-11-20T08:05:01.123Z --to b,c:/mnt/usb'))
    .action(async (subvolume: string, snapshot: string, options: ReplicateOptions, command: Command) => {
      const { replicateNow } = await import('./actions.ts');
      await runAction(command, (context) =>
        replicateNow(context, subvolume, { mode: 'full', snapshot }, options),
      );
    });
  common(replicate.command('incremental'))
    .description('send only what changed since a base that both sides have')
    .argument('<subvolume>', 'absolute path on the primary')
    .argument('<snapshot>', 'name of the snapshot, newer than the base')
    .requiredOption('--base <name>', 'the snapshot both sides have')
    .addHelpText(
      ...example(
        'replicate incremental /data 2026-11-20T09:00:00.000Z',
        '--base 2026-11-20T08:05:01.123Z --to b',
      ),
    )
    .action(async (subvolume: string, snapshot: string, options: ReplicateOptions, command: Command) => {
      const { replicateNow } = await import('./actions.ts');
      const base = options.base ?? '';
      await runAction(command, (context) =>
        replicateNow(context, subvolume, { mode: 'incremental', snapshot, base }, options),
      );
    });
  common(replicate.command('auto'))
    .description('send the newest snapshot; the best base is found for each target')
    .argument('<subvolume>', 'absolute path on the primary')
    .option('--snapshot <name>', 'this one instead of the newest')
    .option('--all', 'everything the target lacks, oldest first')
    .addHelpText(...example('replicate auto /data --to b,c'))
    .action(async (subvolume: string, options: ReplicateOptions, command: Command) => {
      const { replicateNow } = await import('./actions.ts');
      const wanted = { mode: 'auto', snapshot: options.snapshot ?? null, all: options.all === true } as const;
      await runAction(command, (context) => replicateNow(context, subvolume, wanted, options));
    });
}

const collect = (value: string, before: readonly string[] = []): string[] => [...before, value];

const common = (command: Command): Command =>
  command
    .requiredOption('--to <targets>', 'SERVER or SERVER:/MOUNT, comma-separated or repeated', collect)
    .option('--path <way>', 'auto, direct or relay: how the bytes go', 'auto')
    .option('--rate <bytes>', 'most bytes a second, such as 10M (default: no limit)')
    .option('--compress', 'send compressed extents as they are, where both sides can')
    .option('--resumable', 'for slow or broken links: after a break, the next run goes on')
    .option('--dry-run', 'show what would be sent and how much, send nothing');
