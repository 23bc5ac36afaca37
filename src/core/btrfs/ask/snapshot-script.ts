/**
 * Decides how snapshots are made on a server: all of them in one command, together with what has to happen before and
 * after them there, under a lock where another manager may be about to make the same.
 */
import { asUser, type Command } from '../../model/command.ts';
import type { PolicyHooks } from '../../model/policy.ts';
import { BAR_FUNCTION, CLOCK_FUNCTIONS, WORK_SCRIPT } from './snapshot-work.ts';
import { ENTER_FUNCTIONS } from './way-script.ts';

/** How long it waits for another manager that is making snapshots, for each directory. */
export const SNAPSHOT_LOCK_SECONDS = 10;
/** What `flock` ends with when it waited in vain. */
const LOCKED = 75;

export interface SnapshotOrder {
  /** Absolute path of the subvolume. */
  readonly source: string;
  /** The directory its snapshots lie in, as `belowMount` gives it; made when missing. */
  readonly directory: string;
  /** Snapshots there that would do, as a look just before saw them; used where the login cannot look itself. */
  readonly known: readonly string[];
}

export interface SnapshotsOrder {
  readonly sudo: readonly string[];
  /** A word nobody can guess, in front of what the script itself says. */
  readonly nonce: string;
  /** Milliseconds since 1970, as the manager's clock says; the names follow it. */
  readonly now: number;
  /** A snapshot named since then will do, as a name; null: one is made anyway, and nothing is locked. */
  readonly dueSince: string | null;
  /** All have the same name and are there, or none is. */
  readonly group: boolean;
  /** In the order in which they begin. */
  readonly hooks: readonly PolicyHooks[];
  readonly snapshots: readonly SnapshotOrder[];
}

/**
 * Makes the directories, locks them in one order whoever asks, and starts the work. With a hook the work gets a
 * session of its own: what ends this script (a manager on the same machine that dies, sshd) does not end the work
 * between a hook and the one after it. In the background stdin would be empty, so it comes from 3.
 *
 * Arguments: the directories, then those of the work that follow the first three. `flock` opens a directory as the
 * login, which takes the right to read it; `-o` keeps the lock out of the hands of what hooks leave behind. The one
 * of busybox knows neither `-w` nor `-E`, and is none for us.
 */
const SCRIPT = `${CLOCK_FUNCTIONS}${BAR_FUNCTION}${ENTER_FUNCTIONS}
NONCE=$1 SUDO=$2 DUE=$3 HOOKS=$4 WORK=$5 COUNT=$6
shift 6
section() { bar "$2"; printf '%s' "$NONCE $1$NL$BARRED$NONCE end 0$NL"; }
up
FROM=$CENTI words=$(($# - COUNT)) LOCK= OPEN=1 HERE=$PWD
if [ -n "$DUE" ]; then
  flock -w 1 -E ${LOCKED} -o /dev/null true 2>/dev/null
  case $? in 0 | ${LOCKED}) LOCK=1 ;; esac
fi
while [ $COUNT -gt 0 ]; do
  enter "$1" make || {
    section refused "$SAID"
    section over ''
    exit 0
  }
  shift
  if [ -n "$LOCK" ] && [ -r "$AT" ]; then
    set -- "$@" flock -w ${SNAPSHOT_LOCK_SECONDS} -E ${LOCKED} -o "$WHOLE"
  else
    OPEN=
  fi
  COUNT=$((COUNT - 1))
done
cd "$HERE" 2>/dev/null || cd /
[ -z "$DUE" ] || [ -n "$OPEN" ] || section unlocked ''
set -- "$@" sh -c "$WORK" sh "$NONCE" "$SUDO" "$FROM"
while [ $words -gt 0 ]; do
  set -- "$@" "$1"
  shift
  words=$((words - 1))
done
if [ -z "$HOOKS" ]; then
  "$@" </dev/null
else
  ! command -v setsid >/dev/null || set -- setsid "$@"
  exec 3<&0
  "$@" <&3 3<&- &
  wait $!
fi
[ $? -ne ${LOCKED} ] || { section locked ''; section over ''; }
`;

export function snapshotsCommand(order: SnapshotsOrder): Command {
  const { nonce, sudo, dueSince, group, hooks, snapshots, now } = order;
  const directories = [...new Set(snapshots.map(({ directory }) => directory))].toSorted();
  return asUser(
    'sh',
    '-c',
    SCRIPT,
    'sh',
    nonce,
    sudo.join(' '),
    dueSince ?? '',
    flag(hooks.length > 0),
    WORK_SCRIPT,
    String(directories.length),
    ...directories,
    String(now),
    dueSince ?? '',
    flag(group),
    String(hooks.length),
    ...hooks.flatMap(({ before, after }) => [
      ...[seconds(before), flag(before?.required === true), before?.command ?? ''],
      ...[seconds(after), after?.command ?? ''],
    ]),
    ...snapshots.flatMap(({ source, directory, known }, index) => [
      String(index),
      source,
      directory,
      known.join(' '),
    ]),
  );
}

const flag = (is: boolean): string => (is ? '1' : '');

const seconds = (hook: { readonly timeoutSeconds: number } | null): string =>
  hook === null ? '' : String(hook.timeoutSeconds);
