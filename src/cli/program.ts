/** Puts the command line together: nouns, options that work everywhere, help for somebody at 3 a.m., exit codes. */
import { Command } from 'commander';
import { createOutput, type ExitCode, type Streams } from '../process/output.ts';
import { HELP_SETTINGS } from './frame/help.ts';
import { nextStep, Stopped, usageFault, wantsJson } from './frame/usage.ts';
import { addNotify } from './notify/notify.ts';
import { addPlay } from './play/play.ts';
import { addPolicy } from './policy/policy.ts';
import { addReplicate } from './replicate/replicate.ts';
import { addRestore } from './restore/restore.ts';
import { addRun } from './run/run.ts';
import { addSeed } from './seed/seed.ts';
import { addServer } from './server/server.ts';
import { addEngine, addSetupService } from './service/service.ts';
import { addSnapshot } from './snapshot/snapshot.ts';
import { addDashboard, addDoctor, addHealth, addMetrics, addStorage } from './status/status.ts';
import { addSubvolume } from './subvolume/subvolume.ts';
import { addTask } from './task/task.ts';
import { addVerify } from './verify/verify.ts';

const DESCRIPTION = `One point of control for the btrfs snapshots of a fleet.

Without arguments, on a terminal: the screen. With --schedule: automation.`;

const EXAMPLE = `
First steps:
  btrfleet server add a --host 192.0.2.10 --user root \\
    --key ~/.ssh/id_ed25519 --primary
  btrfleet server trust a
  btrfleet subvolume list
  btrfleet snapshot create /data
  btrfleet replicate auto /data --to b

Exit codes: 0 done, 1 failed (or on some target), 2 wrong usage or unreadable
configuration, 3 refused (needs --yes, or unsafe), 130 interrupted.`;

export function createProgram(version: string, streams: Streams = process): Command {
  const program = new Command('btrfleet')
    .description(DESCRIPTION)
    .version(version, '-V, --version', 'print the version')
    .option('--json', 'print one JSON document on stdout instead of text')
    .option('--home <dir>', 'state directory (default: $BTRFLEET_HOME, else $XDG_CONFIG_HOME/btrfleet)')
    .option('--readonly', 'open the screen without any key that changes something')
    .option('--play', 'open the screen on simulated servers; takes the options of the command play')
    .option('--schedule', 'run what is due by policies and tasks, until it is ended')
    .option('--once', 'with --schedule: do what is due now, then end')
    .option('--log-format <format>', 'with --schedule: text or json (default: text)')
    .option('--metrics-file <file>', 'with --schedule: write metrics for Prometheus there once a minute')
    .option('--metrics-port <port>', 'with --schedule: serve them on this port of 127.0.0.1')
    .addHelpText('after', EXAMPLE)
    .configureHelp(HELP_SETTINGS)
    .configureOutput({
      writeOut: (text) => void streams.stdout.write(text),
      writeErr: (text) => void streams.stderr.write(text),
    })
    .showSuggestionAfterError()
    .hook('preAction', refuseFaces);
  addServer(program);
  addSubvolume(program);
  addSnapshot(program);
  addRestore(program);
  addVerify(program);
  addSeed(program);
  addReplicate(program);
  addPolicy(program);
  addTask(program);
  addRun(program);
  addDashboard(program);
  addHealth(program);
  addStorage(program);
  addMetrics(program);
  addNotify(program);
  addDoctor(program);
  addPlay(program);
  addSetupService(program);
  addEngine(program);
  for (const command of [program, ...everyCommand(program)]) {
    command.helpOption('-h, --help', 'print this help').exitOverride((reason) => {
      throw new Stopped(command, reason);
    });
    // Beside the verbs too: it is what tired people type.
    if (command.commands.length > 0) command.helpCommand('help [command]', 'print the help of a command');
  }
  return program;
}

const everyCommand = (command: Command): Command[] => [
  ...command.commands.flatMap((child) => [child, ...everyCommand(child)]),
];

const FACES = [
  // Somebody who writes it before a command believes that nothing will be changed.
  ['readonly', "option '--readonly' belongs to the screen and holds nothing back here"],
  ['play', "option '--play' opens the screen on simulated servers and takes no command"],
  ['schedule', "option '--schedule' runs the scheduler and takes no command"],
  ['once', "option '--once' belongs to --schedule, which takes no command"],
  ['logFormat', "option '--log-format' belongs to --schedule, which takes no command"],
  ['metricsFile', "option '--metrics-file' belongs to --schedule; 'metrics --output' writes them once"],
  ['metricsPort', "option '--metrics-port' belongs to --schedule, which takes no command"],
] as const;

/** What makes the screen or the scheduler of btrfleet says nothing to a command. */
function refuseFaces(program: Command): void {
  const given = program.opts<Record<string, unknown>>();
  for (const [name, complaint] of FACES) {
    if (given[name] !== undefined) program.error(`error: ${complaint}`);
  }
}

/** Parses and runs; sets `process.exitCode`. */
export async function runProgram(version: string, argv: readonly string[]): Promise<void> {
  // Who reads the output may leave before its end, as `head` does; the work goes on.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  const code = await parseAndRun(version, argv, process);
  if (code !== null) process.exitCode = code;
}

/** The exit code of a call that could not be understood, or that was for help. Null: an action ran and sets its own. */
export async function parseAndRun(
  version: string,
  argv: readonly string[],
  streams: Streams,
): Promise<ExitCode | null> {
  const json = wantsJson(argv);
  let text = '';
  const gathered = { stdout: { write: (more: string) => (text += more) }, stderr: { write: () => true } };
  try {
    await createProgram(version, json ? gathered : streams).parseAsync([...argv], { from: 'user' });
    return null;
  } catch (error) {
    if (!(error instanceof Stopped)) throw error;
    const wrong = error.reason.exitCode !== 0;
    if (!json) {
      // After all of its help there is nothing to add.
      if (wrong && error.reason.code !== 'commander.help') streams.stderr.write(`  ${nextStep(error)}\n`);
      return wrong ? 2 : 0;
    }
    const out = createOutput(true, streams);
    if (wrong) return out.fault(usageFault(error));
    out.result(error.reason.code === 'commander.version' ? { version } : { help: text.trimEnd() }, '');
    return 0;
  }
}
