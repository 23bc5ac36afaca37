/** `btrfleet policy`: what is done to a subvolume by itself: when it is snapshotted, what of that is kept, and how far replicas are proven. */
import { Argument, type Command } from 'commander';
import { POLICY_KINDS, type PolicyKind } from '../../core/model/policy.ts';
import { withRetention } from '../choices/retention-options.ts';
import { withWhen, withZone } from '../choices/when-options.ts';
import { act, runAction } from '../frame/action.ts';
import { example, YES_TO_LOSS } from '../frame/help.ts';

export function addPolicy(program: Command): void {
  const policy = program
    .command('policy')
    .description('what is done to a subvolume by itself: snapshots, clean-ups, comparisons of replicas');
  const set = policy
    .command('set')
    .description('set the one policy of its kind that a subvolume has; replaces the one before');
  addSetSnapshot(set);
  addSetRetention(set);
  addSetVerify(set);
  policy
    .command('list')
    .description('list the policies, with how they went and when they are next')
    .addHelpText(...example('policy list'))
    .action(act(async () => (await import('./actions.ts')).policyList));
  addRunNow(policy);
  addSwitches(policy);
}

const subvolume = (command: Command): Command =>
  command.argument('<subvolume>', 'absolute path on the primary');

function addSetSnapshot(set: Command): void {
  withZone(withWhen(subvolume(set.command('snapshot'))))
    .description('make a snapshot again and again')
    .option('--before <command>', "run on the server before it, as its login, such as 'systemctl stop app'")
    .option('--before-timeout <time>', 'end that command after so long, at most 1h (default: 60)')
    .option('--before-required', 'no snapshot if that command fails')
    .option('--after <command>', 'run on the server after it, whatever came of it')
    .option('--after-timeout <time>', 'end that command after so long, at most 1h (default: 60)')
    .option('--disabled', 'set it and do not follow it yet')
    .addHelpText(...example('policy set snapshot /data --every 15m'))
    .action(act(async () => (await import('./set.ts')).policySetSnapshot));
}

function addSetRetention(set: Command): void {
  withRetention(withWhen(subvolume(set.command('retention'))))
    .description('clean up its snapshots on the primary again and again')
    .option('--disabled', 'set it and do not follow it yet')
    .option('--dry-run', 'show what it would keep and delete now, set nothing')
    .option(...YES_TO_LOSS)
    .addHelpText(
      ...example('policy set retention /data --every 1d', '--last 3 --daily 7 --weekly 4 --monthly 12'),
    )
    .action(act(async () => (await import('./set.ts')).policySetRetention));
}

function addSetVerify(set: Command): void {
  withZone(withWhen(subvolume(set.command('verify'))))
    .description('compare its replicas with their source again and again')
    .option('--level <level>', 'identity, metadata or content (default: metadata)')
    .option('--share <part>', 'with content: 1/N of the files, another part each time, and what is new')
    .option('--budget <time>', 'most time for all of it: seconds, or with s, m, h, d (default: 1h)')
    .option('--disabled', 'set it and do not follow it yet')
    .addHelpText(...example('policy set verify /data --every 1d --level content --share 1/30'))
    .action(act(async () => (await import('./set-verify.ts')).policySetVerify));
}

function addRunNow(policy: Command): void {
  const run = policy.command('run').description('do now what a policy does when it is due, enabled or not');
  subvolume(run.command('snapshot'))
    .description('make a snapshot now, with the commands of the policy')
    .addHelpText(...example('policy run snapshot /data'))
    .action(act(async () => (await import('./actions.ts')).policyRunSnapshot));
  subvolume(run.command('retention'))
    .description('clean up now by the rules of the policy; shows what goes, and asks')
    .option('--yes', 'do not ask')
    .option('--dry-run', 'show what would be kept and deleted, delete nothing')
    .addHelpText(...example('policy run retention /data --dry-run'))
    .action(act(async () => (await import('./actions.ts')).policyRunRetention));
  subvolume(run.command('verify'))
    .description('compare the replicas now as the policy says')
    .addHelpText(...example('policy run verify /data'))
    .action(act(async () => (await import('./set-verify.ts')).policyRunVerify));
}

function addSwitches(policy: Command): void {
  for (const [verb, text] of [
    ['enable', 'follow a policy again'],
    ['disable', 'keep a policy and do not follow it'],
  ] as const) {
    const switching = subvolume(policy.command(verb).addArgument(kind())).description(text);
    (verb === 'enable' ? switching.option(...YES_TO_LOSS) : switching)
      .addHelpText(...example(`policy ${verb} retention /data`))
      .action(async (of: PolicyKind, path: string, { yes }: { yes?: boolean }, command: Command) => {
        const { policyEnable } = await import('./actions.ts');
        await runAction(command, (context) => policyEnable(context, of, path, verb === 'enable', yes));
      });
  }
  subvolume(policy.command('remove').addArgument(kind()))
    .description('forget a policy; snapshots stay as they are')
    .addHelpText(...example('policy remove retention /data'))
    .action(act(async () => (await import('./actions.ts')).policyRemove));
}

const kind = (): Argument => new Argument('<kind>', 'which of its policies').choices(POLICY_KINDS);
