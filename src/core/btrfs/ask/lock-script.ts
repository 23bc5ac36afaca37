/**
 * Decides how a directory on a server is locked against another manager: the kernel's own lock, held by a command
 * that lives as long as its connection, so a dead manager frees it. Nothing is written but the directory itself.
 */
import { asUser, type Command } from '../../model/command.ts';
import { ENTER_FUNCTIONS, NOT_ENTERED, SAY_NOT_ENTERED } from './way-script.ts';

/** How long it waits: the connection of a manager that is gone is given up within one beat of five seconds. */
export const LOCK_WAIT_SECONDS = 8;
/** The lock is somebody else's. */
export const LOCKED_ELSEWHERE = 75;
/** The directory could not be made, or is not safe to work in; stderr says why. */
export const NO_DIRECTORY = NOT_ENTERED;

/**
 * Makes the directory, locks it, lists it, then beats every five seconds until stdin ends. The beat makes sshd
 * notice that a manager is gone whose connection was cut without a word; without it, the lock and a receive
 * beside it would wait for hours. `flock -o` keeps the lock out of the children's hands.
 */
const SCRIPT = `${ENTER_FUNCTIONS}
SUDO=$1 DIR=$2 NONCE=$3
enter "$DIR" make || ${SAY_NOT_ENTERED}
exec flock -w ${LOCK_WAIT_SECONDS} -E ${LOCKED_ELSEWHERE} -o "$AT" sh -c '
echo "$2 locked"
ls -1A -- "$1" 2>/dev/null
echo "$2 listed $?"
( trap "kill \\$s 2>/dev/null; exit" TERM
  while :; do sleep 5 </dev/null >/dev/null 2>&1 & s=$!; wait $s; echo . || exit; done ) &
beat=$!
cat >/dev/null
kill "$beat" 2>/dev/null
wait "$beat" 2>/dev/null
exit 0' sh "$AT" "$NONCE"
`;

export const lockCommand = (lock: {
  readonly sudo: readonly string[];
  /** As `belowMount` gives it. */
  readonly directory: string;
  /** A word nobody can guess, in front of the lines that are not names of files. */
  readonly nonce: string;
}): Command => asUser('sh', '-c', SCRIPT, 'sh', lock.sudo.join(' '), lock.directory, lock.nonce);

/** Takes the lines of the lock command one by one; null until it has said all that comes before the beats. */
export function createLockReader(
  nonce: string,
): (line: string) => { readonly names: readonly string[] | null } | null {
  let names: string[] | null = null;
  return (line) => {
    if (names === null) {
      if (line === `${nonce} locked`) names = [];
      return null;
    }
    if (line.startsWith(`${nonce} listed `)) return { names: line === `${nonce} listed 0` ? names : null };
    names.push(line);
    return null;
  };
}
