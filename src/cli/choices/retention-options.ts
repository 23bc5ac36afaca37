/** The options that rules of retention are given by. What they mean is read in retention-choice. */
import { type Command, Option } from 'commander';

export interface RetentionOptions {
  readonly per?: string;
  readonly keep?: string;
  readonly last?: string;
  readonly hourly?: string;
  readonly daily?: string;
  readonly weekly?: string;
  readonly monthly?: string;
  readonly yearly?: string;
  readonly minAge?: string;
  readonly timezone?: string;
}

export const withRetention = (command: Command): Command =>
  command
    .option('--per <period>', 'keep the newest of each day, week or month; with --keep')
    .option('--keep <n>', 'how many of each period, at least 1')
    .option('--last <n>', 'keep the newest n; may stand with those below')
    .option('--hourly <n>', 'keep the first of each of the newest n hours that have one')
    .option('--daily <n>', 'the same by days')
    .option('--weekly <n>', 'the same by ISO weeks')
    .option('--monthly <n>', 'the same by months')
    .option('--yearly <n>', 'the same by years')
    .addOption(
      new Option('--min-age <age>', 'keep whatever is younger, such as 30m, 1h or 2d').default('0', '0'),
    )
    .option('--timezone <zone>', "whose days begin and end, such as Europe/Berlin (default: this machine's)");
