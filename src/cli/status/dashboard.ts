/** `btrfleet dashboard`: how the whole fleet is, at a glance and as data, with an exit code for monitoring. */
import type { Command } from 'commander';
import { runAction } from '../frame/action.ts';
import { example } from '../frame/help.ts';
import type { DashboardOptions } from './dashboard-action.ts';

export function addDashboard(program: Command): void {
  program
    .command('dashboard')
    .description('how servers, space, snapshots, replicas and runs are; exit 0 only if all is OK')
    .option('--cached', 'as everything was last seen, without looking at any server')
    .addHelpText(...example('dashboard'))
    .action(async (options: DashboardOptions, command: Command) => {
      const { dashboard } = await import('./dashboard-action.ts');
      await runAction(command, (context) => dashboard(context, options));
    });
}
