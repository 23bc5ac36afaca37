/** `btrfleet health`: whether every snapshot that should be somewhere is there, whole and new enough. */
import type { Command } from 'commander';
import { runAction } from '../frame/action.ts';
import { example } from '../frame/help.ts';
import type { HealthOptions } from './health-action.ts';

export function addHealth(program: Command): void {
  program
    .command('health')
    .description('whether snapshots and their replicas are all there; exit 0 only if all is ok')
    .argument('[subvolume]', 'its path on the primary (default: all that are looked after)')
    .argument('[snapshot]', 'its name (default: the newest)')
    .option('--known', 'as everything was last seen, without looking at any server')
    .addHelpText(...example('health /data'))
    .action(
      async (
        subvolume: string | undefined,
        snapshot: string | undefined,
        options: HealthOptions,
        command: Command,
      ) => {
        const { health } = await import('./health-action.ts');
        await runAction(command, (context) =>
          health(context, { subvolume: subvolume ?? null, snapshot: snapshot ?? null }, options),
        );
      },
    );
}
