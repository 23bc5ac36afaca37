/** The options that say when something automatic is due. What they mean is read in when-choice. */
import type { Command } from 'commander';

export interface WhenOptions {
  readonly every?: string;
  readonly cron?: string;
  readonly timezone?: string;
}

/** Without `--timezone`, which rules of retention bring along where there are any. */
export const withWhen = (command: Command): Command =>
  command
    .option('--every <interval>', 'how often: 90s, 15m, 1h (on the hour), 1d (0:00 UTC)')
    .option('--cron <expression>', 'instead, by the clock: "0 3 * * *" is daily at 03:00');

export const withZone = (command: Command): Command =>
  command.option('--timezone <zone>', "whose clock --cron goes by (default: this machine's)");
