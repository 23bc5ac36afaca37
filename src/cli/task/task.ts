/** `btrfleet task`: replication tasks, which send subvolumes to their targets again and again. */
import type { Command } from 'commander';
import { act, runAction } from '../frame/action.ts';
import { example, YES_TO_LOSS } from '../frame/help.ts';
import { withoutTask, withTask } from './options.ts';

export function addTask(program: Command): void {
  const task = program.command('task').description('send subvolumes to other servers again and again');
  addChanges(task);
  addLooks(task);
  addSwitches(task);
}

const named = (command: Command): Command => command.argument('<name>', 'its name');

function addChanges(task: Command): void {
  withTask(task.command('add').argument('<name>', 'what you call it'), true)
    .description('add a task; its first round sends everything, the next ones what changed')
    .option('--disabled', 'add it and do not follow it yet')
    .addHelpText(
      ...example(
        'task add nightly --subvolume /data --to b,c:/mnt/usb',
        '--every 1h --rpo 2h --keep-daily 14',
      ),
    )
    .action(act(async () => (await import('./set.ts')).taskAdd));
  withoutTask(withTask(named(task.command('edit')), false))
    .description('change a task; only what is named')
    .addHelpText(...example('task edit nightly --every 30m --no-rate'))
    .action(act(async () => (await import('./set.ts')).taskEdit));
  named(task.command('remove'))
    .description('forget a task; says first which snapshots clean-up may delete then')
    .option(...YES_TO_LOSS)
    .addHelpText(...example('task remove nightly'))
    .action(act(async () => (await import('./actions.ts')).taskRemove));
}

function addLooks(task: Command): void {
  task
    .command('list')
    .description('list the tasks, with how far each target is')
    .addHelpText(...example('task list'))
    .action(act(async () => (await import('./actions.ts')).taskList));
  named(task.command('show'))
    .description('show one task in full: settings, and what each target is worth now')
    .addHelpText(...example('task show nightly'))
    .action(act(async () => (await import('./actions.ts')).taskShow));
  named(task.command('run'))
    .description('run a round now: snapshot, send, clean up; exit 1 if a target failed')
    .addHelpText(...example('task run nightly'))
    .action(act(async () => (await import('./run.ts')).taskRun));
}

const SWITCHES = [
  ['enable', 'follow a task again'],
  ['disable', 'keep a task and do not follow it: no snapshots, nothing sent'],
  ['suspend', 'send nothing until it is resumed; its snapshots go on'],
  ['resume', 'send again, also to targets that were left alone after failures'],
] as const;

function addSwitches(task: Command): void {
  for (const [verb, text] of SWITCHES) {
    const isAsked = verb === 'enable' || verb === 'disable';
    const switching = named(task.command(verb)).description(text);
    (isAsked ? switching.option(...YES_TO_LOSS) : switching)
      .addHelpText(...example(`task ${verb} nightly`))
      .action(async (name: string, options: { yes?: boolean }, command: Command) => {
        const { taskSwitch } = await import('./actions.ts');
        await runAction(command, (context) => taskSwitch(context, verb, name, options.yes));
      });
  }
}
