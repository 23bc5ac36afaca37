/** The options that a replication task is given by. What they mean is read in task-choice. */
import type { Command } from 'commander';
import type { RetentionOptions } from '../choices/retention-options.ts';
import { type WhenOptions, withWhen } from '../choices/when-options.ts';
import { YES_TO_LOSS } from '../frame/help.ts';

export interface TaskOptions extends WhenOptions {
  readonly subvolume?: readonly string[];
  readonly to?: readonly string[];
  readonly targetRoot?: string;
  readonly mode?: string;
  /** False: `--no-rpo`. */
  readonly rpo?: string | false;
  readonly path?: string;
  /** False: `--no-rate`. */
  readonly rate?: string | false;
  readonly compress?: boolean;
  readonly resumable?: boolean;
  readonly keepPer?: string;
  readonly keepCount?: string;
  readonly keepLast?: string;
  readonly keepHourly?: string;
  readonly keepDaily?: string;
  readonly keepWeekly?: string;
  readonly keepMonthly?: string;
  readonly keepYearly?: string;
  readonly keepMinAge?: string;
  readonly keepAll?: boolean;
  /** False: `--no-into`. */
  readonly into?: string | false;
  readonly retries?: string;
  readonly suspendAfter?: string;
  readonly disabled?: boolean;
  readonly yes?: boolean;
}

const collect = (value: string, before: readonly string[] = []): string[] => [...before, value];

/** `isNew`: what is not named has a default; else it stays. */
export function withTask(command: Command, isNew: boolean): Command {
  const or = (value: string): string => (isNew ? ` (default: ${value})` : '');
  const where = command
    .option('--subvolume <path>', 'what to send; repeated: a group, snapshotted together', collect)
    .option('--to <targets>', 'SERVER or SERVER:/MOUNT, comma-separated or repeated', collect)
    .option('--target-root <mount>', 'the mount on every target that names none');
  const how = withWhen(where)
    .option('--timezone <zone>', `whose clock --cron and --keep-daily go by${or("this machine's")}`)
    .option('--mode <mode>', `async; or sync: a snapshot by hand waits for all targets${or('async')}`)
    .option('--rpo <time>', 'alarm when more than so much work would be lost, such as 30m')
    .option('--path <way>', `auto, direct or relay: how the bytes go${or('auto')}`)
    .option('--rate <bytes>', `most bytes a second, such as 10M${or('no limit')}`)
    .option('--compress', 'send compressed extents as they are, where both sides can')
    .option('--resumable', 'for slow or broken links: after a break, the next round goes on');
  return withKeep(how)
    .option('--into <dir>', `directory below .snapshots of the targets${or('by its path')}`)
    .option('--retries <n>', `try a failed round so often before the next one is due${or('3')}`)
    .option('--suspend-after <n>', `leave a target alone after n failures in a row, 0: never${or('10')}`)
    .option(...YES_TO_LOSS);
}

const withKeep = (command: Command): Command =>
  command
    .option('--keep-last <n>', 'on the targets: keep the newest n')
    .option('--keep-hourly <n>', '… the first of each of the newest n hours that have one')
    .option('--keep-daily <n>', '… the same by days')
    .option('--keep-weekly <n>', '… the same by ISO weeks')
    .option('--keep-monthly <n>', '… the same by months')
    .option('--keep-yearly <n>', '… the same by years')
    .option('--keep-per <period>', '… or the newest of each day, week or month; with --keep-count')
    .option('--keep-count <n>', '… how many of each period')
    .option('--keep-min-age <age>', '… and whatever is younger, such as 2d');

/** What can be taken back from a task. */
export const withoutTask = (command: Command): Command =>
  command
    .option('--keep-all', 'keep everything on the targets from now on')
    .option('--no-rpo', 'no alarm from now on')
    .option('--no-rate', 'as fast as it goes from now on')
    .option('--no-compress', 'uncompressed from now on')
    .option('--no-resumable', 'not resumable from now on')
    .option('--no-into', 'the usual directory from now on');

/** The same as rules of retention are given elsewhere; only what is named. */
export function keepOptions(options: TaskOptions): RetentionOptions {
  const named = {
    per: options.keepPer,
    keep: options.keepCount,
    last: options.keepLast,
    hourly: options.keepHourly,
    daily: options.keepDaily,
    weekly: options.keepWeekly,
    monthly: options.keepMonthly,
    yearly: options.keepYearly,
    minAge: options.keepMinAge,
  };
  return Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined));
}
