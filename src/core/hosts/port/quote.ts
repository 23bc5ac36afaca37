/**
 * Decides how words become the one line of shell that sshd hands to a login shell. Nobody else builds such a
 * line; it must hold for sh, bash, dash, ash, zsh, ksh and fish alike, and in its own dialect for csh.
 */
import type { Argv, Command } from '../../model/command.ts';
import { quoteWord } from '../../model/command-line.ts';
import { fault } from '../../model/fault.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import { PRINT_MARK } from './begin-mark.ts';

/** Linux refuses a single argument longer than this (MAX_ARG_STRLEN with its NUL), and sshd passes the line as one. */
export const MAX_LINE_BYTES = 131_071;

/** `csh`: csh and tcsh, which end a quoted word at a newline unless a backslash stands before it. */
export type ShellDialect = 'posix' | 'csh';

/** Where Debian and Fedora keep btrfs; an account that is not root often lacks it. */
export const SYSTEM_PATHS = '/usr/local/sbin:/usr/sbin:/sbin';

/** The words as somebody would type them: for logs and messages. */
export const shownLine = (argv: readonly string[]): string => argv.map(quoteWord).join(' ');

/** What a command is called in a message: `btrfs receive`, without paths and options. */
export function commandLabel(argv: Argv): string {
  const end = argv.findIndex((word, index) => index > 0 && !/^[a-z][a-z-]*$/.test(word));
  return argv.slice(0, end < 0 ? 3 : Math.min(end, 3)).join(' ');
}

/** What sh does before it becomes the command. Written without what csh or fish would change. */
const PROLOGUE = `${PRINT_MARK}; TZ=UTC LC_ALL=C PATH=$PATH:${SYSTEM_PATHS}; export TZ LC_ALL PATH; exec "$@"`;

/**
 * The line for a server. `exec`, because dash does not exec the last command and a signal would leave it running.
 * It goes through sh, so that a login shell need only quote and start a program as others do.
 * `sudo` keeps TZ and LC_ALL and brings its own PATH (secure_path).
 * Faults: unsupported-name (a NUL, or half a surrogate pair: neither can be sent), command-failed (too long).
 */
export function shellLine(
  command: Command,
  sudo: readonly string[],
  dialect: ShellDialect = 'posix',
): Result<string> {
  const [program] = command.argv;
  // `exec` and `sudo` would take such a word as an option or an assignment: a program name is never a user's.
  if (!/^[A-Za-z0-9_/][^=]*$/.test(program))
    throw new Error(`not a program name: ${JSON.stringify(program)}`);
  const bad = command.argv.find((word) => word.includes('\0') || !word.isWellFormed());
  if (bad !== undefined) {
    return failed(
      fault(
        'unsupported-name',
        `The name ${JSON.stringify(bad)} holds a character that cannot be sent to a server.`,
        'Rename the file or subvolume.',
      ),
    );
  }
  const words = ['/bin/sh', '-c', PROLOGUE, 'sh', ...(command.root ? sudo : []), ...command.argv];
  const quoted = words.map(quoteWord).join(' ');
  const line = `exec ${dialect === 'csh' ? quoted.replaceAll('\n', '\\\n') : quoted}`;
  return Buffer.byteLength(line) <= MAX_LINE_BYTES ? ok(line) : failed(tooLong(command.argv));
}

const tooLong = (argv: Argv) =>
  fault(
    'command-failed',
    `The command ${commandLabel(argv)} is longer than a server accepts (${MAX_LINE_BYTES} bytes).`,
    'Name fewer things at once.',
  );

/**
 * Whether a name can be listed by btrfs, read back and sent without being mistaken for another: no newline, no
 * NUL, no half surrogate pair, and not U+FFFD, which is what bytes that are not UTF-8 were read as.
 */
export const isSupportedName = (text: string): boolean => text.isWellFormed() && !/[\n\0\uFFFD]/.test(text);
