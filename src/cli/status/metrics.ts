/** `btrfleet metrics`: how the fleet stands, in the text format of Prometheus. */
import type { Command } from 'commander';
import { runAction } from '../frame/action.ts';
import { example } from '../frame/help.ts';

export function addMetrics(program: Command): void {
  program
    .command('metrics')
    .description('print metrics for Prometheus, as they are known now; no server is asked')
    .option(
      '--output <file>',
      "write them there instead, whole or not at all, for node_exporter's textfile collector",
    )
    .addHelpText(...example('metrics --output /var/lib/node_exporter/btrfleet.prom'))
    .action(async (options: { output?: string }, command: Command) => {
      const { metrics } = await import('./metrics-action.ts');
      await runAction(command, (context) => metrics(context, options.output ?? null));
    });
}
