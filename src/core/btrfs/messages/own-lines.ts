/**
 * Decides which lines on stderr are a command's own. What the loader, sudo or a shell remarks beside it is not why the
 * command failed, though it may name files that are not there or rights that are missing.
 */
import { linesOf, shortLine } from './short-lines.ts';
import { sudoRefusal } from './sudo-says.ts';

/** Each as its program writes it in LC_ALL=C; `$`, since a remark may end with any reason. */
const FOREIGN: readonly RegExp[] = [
  // glibc: LD_PRELOAD and /etc/ld.so.preload, versions of libraries.
  /^ERROR: ld\.so: object /,
  /: no version information available \(required by /,
  // sudo, sudo-rs: all that is no refusal and not about the program it was to start.
  /^sudo: (?!.*(?:command not found|unable to execute|command too long))/,
  // A shell or perl that does not have the locale somebody set.
  /\bwarning: (?:setlocale|here-document): /,
  /^(?:perl|manpath|locale|apt-\w+): (?:warning|can't set the locale|cannot set LC_)/i,
  // sshd, before the shell.
  /^Could not chdir to home directory /,
  // What start-up files of a login try on a terminal.
  /^(?:mesg|stty|tput|tset|tabs): /,
];

/** The text without foreign lines. */
export const ownLines = (stderr: string): string =>
  linesOf(stderr)
    .filter((line) => !isForeign(line))
    .join('\n');

export function isForeign(line: string): boolean {
  const short = shortLine(line);
  return FOREIGN.some((one) => one.test(short)) && sudoRefusal(short) === null;
}
