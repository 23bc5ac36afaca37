/**
 * Decides how a receive is begun so that whatever it leaves behind can be known as ours: nothing of that name may be
 * there, nobody else may be receiving it, and the marks come before the data.
 */
import { type Argv, asUser, type Command } from '../../model/command.ts';
import { NO_DIRECTORY } from './lock-script.ts';
import { ENTER_FUNCTIONS, SAY_NOT_ENTERED } from './way-script.ts';

/** Something of that name is there already. */
export const NAME_TAKEN = 74;
/** Somebody else has marked it as being received. */
export const MARKED_ELSEWHERE = 76;

/** With one of these codes nothing was begun, so there is nothing of ours to remove. */
export const notBegun = (code: number | null): boolean =>
  code === NO_DIRECTORY || code === NAME_TAKEN || code === MARKED_ELSEWHERE;

/**
 * The mark is made by `mkdir` without `-p`: of two that try at once, one fails. It comes before the owner's, so that
 * whoever takes owners away can see that somebody has begun.
 *
 * An empty directory is nobody's: who begins in it takes the marks of others away, or they would vouch for what comes
 * now; and everywhere those that ours takes the place of. Only under the lock, only while nobody else receives there, who
 * may have got no lock, and as far as the login may look in; a mark that stays makes the contents decide.
 */
const SCRIPT = `${ENTER_FUNCTIONS}
SUDO=$1 REPLICA=$2 MARK=$3 OWNERS=$4 OWN=$5 OUTLIVED=$6 LOCKED=$7
shift 7
set -f
NAME=\${REPLICA##*/} MARKED=\${MARK##*/}
enter "\${REPLICA%/*}" || ${SAY_NOT_ENTERED}
{ [ ! -e "$AT/$NAME" ] && plain "$NAME"; } || exit ${NAME_TAKEN}
[ -z "$SUDO" ] || ! $SUDO btrfs subvolume show -- "$AT/$NAME" </dev/null >/dev/null 2>&1 || exit ${NAME_TAKEN}
if [ -n "$OWN" ]; then enter "$OWNERS" make || ${SAY_NOT_ENTERED}; fi
enter "\${MARK%/*}" make && plain "$MARKED" || ${SAY_NOT_ENTERED}
if ! said=$($SUDO mkdir -- "$AT/$MARKED" </dev/null 2>&1); then
  printf '%s\n' "$said" >&2
  case $said in *'File exists'*) exit ${MARKED_ELSEWHERE} ;; esac
  exit ${NO_DIRECTORY}
fi
begin_nothing() {
  why=$SAID
  ! enter "\${MARK%/*}" || $SUDO rmdir -- "$AT/$MARKED" </dev/null
  SAID=$why
}
mark_own() {
  [ -n "$OWN" ] || return 0
  enter "$OWNERS" && plain "$OWN" && SAID=$($SUDO mkdir -p -- "$AT/$OWN" </dev/null 2>&1)
}
mark_own || { begin_nothing; ${SAY_NOT_ENTERED}; }
alone() {
  set +f
  for receiving in "\${MARK%/*}"/????-??-??T??:??:??.???Z; do
    [ "\${receiving##*/}" = "$MARKED" ] || return 1
  done
}
if [ -n "$LOCKED" ] && alone; then
  there=$(ls -A -- "\${REPLICA%/*}" 2>/dev/null) || there=unknown
  gone=
  for other in "$AT"/@????????-????-????-????-????????????%3A*; do
    name=\${other##*/}
    [ "$name" != "$OWN" ] && [ -d "$other" ] || continue
    case " $OUTLIVED " in *" $name "*) ;; *) [ -z "$there" ] || continue ;; esac
    $SUDO rmdir -- "$other" </dev/null && gone="$gone $name"
  done
  if ! alone; then
    set -f
    for name in $gone; do $SUDO mkdir -p -- "$AT/$name" </dev/null; done
  fi
fi
enter "\${REPLICA%/*}" || { begin_nothing; ${SAY_NOT_ENTERED}; }
exec $SUDO "$@" "$AT"
`;

/**
 * `receive` takes the stream and makes `replica` in the directory that is its last word, and is added here; `mark` is the
 * directory that marks it. All paths as `belowMount` gives them.
 */
export const markedReceiveCommand = (receive: {
  readonly sudo: readonly string[];
  /** Absolute path of what the receive makes. */
  readonly replica: string;
  readonly mark: string;
  /** Where the marks of its directory lie, the name of ours (null: it gets none), and those that it takes the place of (btrfs/marks). */
  readonly owners: string;
  readonly own: string | null;
  readonly outlived: readonly string[];
  /** The caller holds the kernel's lock on the directory: nobody else who can get it begins anything there. */
  readonly locked: boolean;
  readonly receive: Argv;
}): Command =>
  asUser(
    'sh',
    '-c',
    SCRIPT,
    'sh',
    receive.sudo.join(' '),
    receive.replica,
    receive.mark,
    receive.owners,
    receive.own ?? '',
    receive.outlived.join(' '),
    receive.locked && receive.own !== null ? 'locked' : '',
    ...receive.receive,
  );
