/** Decides what sudo means by what it writes on stderr, in LC_ALL=C: a refusal, or a remark beside the command. */
import { linesOf } from './short-lines.ts';

/**
 * Refusals of sudo 1.8 and 1.9 (sudo.c, plugins/sudoers/{check,sudoers,logging,auth}) and of sudo-rs, which
 * Ubuntu 25.10 has. After one of these the command was not run.
 */
const REFUSALS: readonly RegExp[] = [
  /^sudo: (?:a password is|a terminal is|no tty present|sorry, you must have a tty|no password was provided)/,
  /^sudo: (?:interactive )?authentication (?:is required|failed)/i,
  /^sudo: \d+ incorrect password attempt/,
  /^sudo: (?:account validation failure|account or password is expired|PAM |unable to initialize (?:PAM|policy))/,
  /^sudo: (?:no valid sudoers sources|parse error in|unable to open \/etc\/sudoers)/,
  /^sudo: (?:effective uid is not 0|\S+ must be owned by uid 0|The "no new privileges" flag)/i,
  /^sudo: you (?:are not permitted|do not exist)/,
  /^sudo: (?:I'm sorry|user \S+ (?:is )?not )/i,
  /^Sorry, user \S+ (?:is not allowed|may not run)/,
  /^\S+ is not (?:in the sudoers file|allowed to run sudo)/,
];

/** What was wrong with sudo's own files: said beside a refusal, and the cause of it. */
const SYNTAX = /^(?:sudo: )?(?:>>> )?\/etc\/sudoers\S*:.*\berror\b/;

/** What sudo said that it refused with; null: it did not refuse, so a failure is the command's own. */
export function sudoRefusal(stderr: string): string | null {
  const lines = linesOf(stderr).map((line) => line.trim());
  const refusal = lines.find((line) => REFUSALS.some((one) => one.test(line)));
  if (refusal === undefined) return null;
  const cause = lines.find((line) => SYNTAX.test(line));
  return cause === undefined ? refusal : `${cause} / ${refusal}`;
}

/** `Defaults requiretty` is lifted by a line of its own. */
export const wantsTerminal = (said: string): boolean => /must have a tty/.test(said);
