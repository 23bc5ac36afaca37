/** `btrfleet doctor`: what keeps btrfleet from working, and what to do about it. */
import type { Command } from 'commander';
import { runAction } from '../frame/action.ts';
import { example } from '../frame/help.ts';

export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description('check this machine and every server; exit 1 if something failed')
    .option('--server <name>', 'only this server')
    .addHelpText(...example('doctor --server b'))
    .action(async (options: { server?: string }, command: Command) => {
      const { doctor } = await import('./doctor-action.ts');
      await runAction(command, (context) => doctor(context, options.server ?? null), { config: 'any' });
    });
}
