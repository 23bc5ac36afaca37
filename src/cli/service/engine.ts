/** `btrfleet engine`: the background process that the screen starts; nobody needs to call it by hand. */
import type { Command } from 'commander';
import { runAction } from '../frame/action.ts';

export function addEngine(program: Command): void {
  program
    .command('engine', { hidden: true })
    .description('run what is queued in the journal, end after ten idle minutes')
    .option('--idle <seconds>', 'end after so many seconds without work', '600')
    .action(async (options: { idle: string }, command: Command) => {
      const { engine } = await import('./engine-action.ts');
      await runAction(command, (context) => engine(context, options.idle));
    });
}
