/** `btrfleet notify`: who is told when something fails, is well again, or breaches its RPO. */
import type { Command } from 'commander';
import { runAction } from '../frame/action.ts';
import { example } from '../frame/help.ts';
import type { NotifyOptions } from './actions.ts';

export function addNotify(program: Command): void {
  const notify = program
    .command('notify')
    .description(
      'who is told of failures, recoveries and breached RPOs; the scheduler tells, once per change',
    );
  notify
    .command('set')
    .description('set where notifications go; only what is named is changed')
    .option('--command <command>', "for this machine's shell; gets the notification on stdin as JSON")
    .option('--webhook-stdin', 'POST each as JSON to the address on stdin; it is kept in the vault')
    .option('--mail-to <address...>', 'mail through sendmail to these')
    .option('--mail-from <address>', 'sender of the mails')
    .addHelpText(...example('notify set --mail-to admin@example.org'))
    .action(async (options: NotifyOptions, command: Command) => {
      const { notifySet } = await import('./actions.ts');
      await runAction(command, (context) => notifySet(context, options));
    });
  notify
    .command('clear')
    .description('tell nobody any more; all ways, or those named')
    .argument('[way...]', 'command, webhook, mail')
    .addHelpText(...example('notify clear webhook'))
    .action(async (ways: string[], _options: unknown, command: Command) => {
      const { notifyClear } = await import('./actions.ts');
      await runAction(command, (context) => notifyClear(context, ways));
    });
  notify
    .command('show')
    .description('show where notifications go, and what there is to tell of now')
    .addHelpText(...example('notify show'))
    .action(async (_options: unknown, command: Command) => {
      const { notifyShow } = await import('./actions.ts');
      await runAction(command, notifyShow);
    });
  notify
    .command('test')
    .description('send a test by every way that is set; exit 1 if one fails')
    .addHelpText(...example('notify test'))
    .action(async (_options: unknown, command: Command) => {
      const { notifyTest } = await import('./actions.ts');
      await runAction(command, notifyTest);
    });
}
