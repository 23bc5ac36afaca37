/** `btrfleet run`: what was done, when, and what came of it. */
import { type Command, Option } from 'commander';
import { RUN_KINDS } from '../../core/model/runs/run.ts';
import { act } from '../frame/action.ts';
import { example } from '../frame/help.ts';

export function addRun(program: Command): void {
  const run = program
    .command('run')
    .description('the history: every execution of anything, with its outcome');
  run
    .command('list')
    .description('list runs, newest first')
    .option(
      '--kind <kind>',
      `only ${new Intl.ListFormat('en-GB', { type: 'disjunction' }).format(RUN_KINDS)}`,
    )
    .option('--task <name>', 'only the rounds of that task, with their parts')
    .option('--server <name>', 'only those that had to do with that server')
    .option('--subvolume <path>', 'only those of that subvolume')
    .option('--failed', 'only those that failed or were interrupted')
    .addOption(new Option('--limit <n>', 'at most so many runs').default('50', '50'))
    .addHelpText(...example('run list --failed --limit 10'))
    .action(act(async () => (await import('./actions.ts')).runList));
  run
    .command('show')
    .description('show one run in full')
    .argument('<id>', 'its number, as "run list" shows it')
    .addHelpText(...example('run show 17'))
    .action(act(async () => (await import('./actions.ts')).runShow));
}
