/**
 * Decides whether a login shell hands on what it is given: words byte by byte, and the input. It is asked with the
 * first command of a connection; nothing else is run before it has proven itself.
 */
import { asUser, type Command } from '../../model/command.ts';
import { type Fault, fault } from '../../model/fault.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import type { Server } from '../../model/server.ts';

/** A word with all that shells are known to change: quotes, backslashes, history, variables, globs, other scripts. */
export const PROBE = `it's "q" \\ \\\\ '\\'' !x a!b !! $HOME \${x} \`id\` $(id) * ? [a-z] ~ {a,b} #c ^a^b =zsh %s;&|<> é🐘\t.\nline two\\\n!\n\\`;
export const PROBE_INPUT = 'btrfleet gives input\n';

const WORD = 'btrfleet-word:';
const END = ':btrfleet-word';

/** POSIX sh with only what is built in: prints the probe between marks, then the first line of its input. */
export const PROBE_SCRIPT = `printf '${WORD}%s${END}\\n' "$1"; IFS= read -r input; say input "$input"`;

/** What the shell made of the probe is part of `output`. `input`: what it said it read. Faults: login-shell. */
export function judgeProbe(server: Server, output: string, input: string): Result<void> {
  const from = output.indexOf(WORD);
  const to = output.lastIndexOf(END);
  const word = from < 0 || to < from ? null : output.slice(from + WORD.length, to);
  if (word !== PROBE) return failed(shellFault(server, 'changes what is written between quotes'));
  if (`${input}\n` !== PROBE_INPUT) return failed(shellFault(server, 'reads the input that is for commands'));
  return ok(undefined);
}

/** For a shell that could not read the first command: its name, as sshd sets it. In one line, which csh reads, too. */
export const shellNameCommand: Command = asUser('sh', '-c', 'echo "$SHELL"');

/** csh and tcsh quote a newline in a way of their own. */
export const isCsh = (shell: string): boolean => /(?:^|\/)t?csh$/.test(shell);

/** The fault of a command that a shell did not begin, with the name of that shell. */
export const withShellName = (why: Fault, server: Server, shell: string): Fault => ({
  ...why,
  message: why.message.replace('The login shell', `The login shell of ${server.user}, ${shell},`),
});

const shellFault = (server: Server, does: string): Fault =>
  fault(
    'login-shell',
    `The login shell of ${server.user} on ${server.name} ${does}.`,
    `Nothing was done there. Give ${server.user} another login shell (on ${server.name}: chsh -s /bin/sh ${server.user}), and see what its start-up files do where no terminal is attached.`,
    { server: server.name },
  );
