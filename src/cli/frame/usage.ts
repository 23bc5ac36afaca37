/** Decides how a command that cannot be understood is told to machines; people read what commander itself writes. */
import type { Command, CommanderError } from 'commander';
import { type Fault, fault } from '../../core/model/fault.ts';
import { wordsOf } from './help.ts';

/** Thrown instead of commander's own error: it does not say which command it is about. */
export class Stopped extends Error {
  readonly command: Command;
  readonly reason: CommanderError;

  constructor(command: Command, reason: CommanderError) {
    super(reason.message);
    this.command = command;
    this.reason = reason;
  }
}

export function usageFault(stopped: Stopped): Fault {
  const { command, reason } = stopped;
  const words = wordsOf(command);
  const more = nextStep(stopped);
  if (reason.code === 'commander.help') return fault('usage', `"${words}" alone says nothing to do.`, more);
  const [first = '', suggestion] = reason.message.replace(/^error: /, '').split('\n');
  const meant = suggestion === undefined ? '' : `${suggestion.replace(/^\((.*)\)$/, '$1')} `;
  return fault('usage', `${words}: ${first}`, `${meant}${more}`);
}

/** What to do about it: the verbs there are, where one was missing or none of that name, and whom to ask. */
export function nextStep({ command, reason }: Stopped): string {
  const more = `"${wordsOf(command)} --help" says how it is called.`;
  if (reason.code !== 'commander.help' && reason.code !== 'commander.unknownCommand') return more;
  const verbs = command
    .createHelp()
    .visibleCommands(command)
    .filter((verb) => verb.name() !== 'help');
  return `It is one of ${verbs.map((verb) => verb.name()).join(', ')}. ${more}`;
}

/** `--json` among the options: what could not be parsed cannot be asked for it. */
export function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  return (end < 0 ? argv : argv.slice(0, end)).includes('--json');
}
