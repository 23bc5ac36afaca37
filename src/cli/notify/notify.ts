/** `btrfleet notify`: who is told when something fails, is well again, or breaches its RPO. */
import type { Command } from 'commander';
import { act } from '../frame/action.ts';
import { example } from '../frame/help.ts';

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
    .action(act(async () => (await import('./actions.ts')).notifySet));
  notify
    .command('clear')
    .description('tell nobody any more; all ways, or those named')
    .argument('[way...]', 'command, webhook, mail')
    .addHelpText(...example('notify clear webhook'))
    .action(act(async () => (await import('./actions.ts')).notifyClear));
  notify
    .command('show')
    .description('show where notifications go, and what there is to tell of now')
    .addHelpText(...example('notify show'))
    .action(act(async () => (await import('./actions.ts')).notifyShow));
  notify
    .command('test')
    .description('send a test by every way that is set; exit 1 if one fails')
    .addHelpText(...example('notify test'))
    .action(act(async () => (await import('./actions.ts')).notifyTest));
}
