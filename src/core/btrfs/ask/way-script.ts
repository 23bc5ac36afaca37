/**
 * Decides how a script on a server gets to a place it writes, deletes or trusts, without being led elsewhere by what
 * somebody planted on the way. All scripts do it by the shell function `enter`; nobody else walks to such a place.
 */
import { asUser, type Command } from '../../model/command.ts';
import { pathBelow } from '../../model/snapshot.ts';

/** Begins the line that says why a place was not entered: `WORD KIND DETAIL PATH`. */
export const UNSAFE = 'btrfleet-unsafe';

/** The place was not entered; stderr says why. */
export const NOT_ENTERED = 73;

/**
 * A path for `enter` that says which mount it is believed to lie on: `<mount>//<below>`. Without it `enter` takes
 * the mount the kernel names. Throws where the path does not lie there: whoever asks has just put the two together.
 */
export function belowMount(mount: string, path: string): string {
  const below = pathBelow(mount, path);
  if (!below) throw new Error(`${path} does not lie below ${mount}`);
  return `${mount === '/' ? '' : mount}//${below}`;
}

/**
 * Sets P to a path as mountinfo writes it, blank, tab, newline, backslash and # as octal; it needs NL. Not by `%b` of printf,
 * for which a digit behind a blank is one more of its number.
 */
export const DECODE_FUNCTION = `decode() {
  P=$1
  case $P in *'\\'*) ;; *) return;; esac
  D=
  while :; do case $P in
    *'\\'*) D=$D\${P%%'\\'*} P=\${P#*'\\'} ;;
    *) break ;;
  esac
  case $P in
    040*) D="$D " ;;
    011*) D="$D\t" ;;
    012*) D=$D$NL ;;
    043*) D="$D#" ;;
    134*) D=$D'\\' ;;
    *) D=$D'\\'; continue ;;
  esac
  P=\${P#???}; done
  P=$D$P
}
`;

/** `mounts_below DIRECTORY` prints the mount points below it, one a line; it needs NL. In a subshell, as it splits words otherwise. */
export const MOUNTS_BELOW_FUNCTION = `mounts_below() (
  set -f
  BELOW=$1 IFS=$NL
  for line in $(cat /proc/self/mountinfo); do
    IFS=' '
    set -- $line
    decode "$5"
    # As the kernel writes it, where it would be two lines.
    case $P in "$BELOW"/*"$NL"*) printf '%s\\n' "$5" ;; "$BELOW"/*) printf '%s\\n' "$P" ;; esac
  done
)
`;

/**
 * Prints the mount point the way to WHOLE begins at, or what is wrong. Where GIVEN is set it must be a mount of btrfs, and
 * what is mounted between it and WHOLE must be the same filesystem. What another mount covers does not count. It runs in
 * a subshell, as it changes how words are split.
 */
const START_FUNCTIONS = `${DECODE_FUNCTION}on_way() {
  I=$1 U=$2 V=$3 P=$5
  decode "$P"
  case $WHOLE/ in "\${P%/}"/*) ;; *) return 0 ;; esac
  while [ "$1" != - ]; do shift; done
  COVERED=$COVERED$U:$P$NL
  ON="$ON$I $V $2 $P$NL"
}
begin_at() {
  P=\${line#* * * }
  case $COVERED in *"$NL$1:$P$NL"*) return 0 ;; esac
  if [ -z "$GIVEN" ]; then
    [ \${#P} -lt \${#BEST} ] || BEST=$P TYPE=$3
  elif [ "$P" = "$GIVEN" ]; then BEST=$P TYPE=$3 BASE=$2
  elif [ \${#P} -gt \${#GIVEN} ]; then OTHERS="$OTHERS$2 $P$NL"
  fi
}
start_of() {
  set -f
  ON= COVERED=$NL BEST= TYPE= BASE= OTHERS=
  IFS=$NL
  for line in $MOUNTS; do IFS=' '; on_way $line; done
  IFS=$NL
  for line in $ON; do IFS=' '; begin_at $line; done
  [ "$TYPE" = btrfs ] || { printf '%s' "${UNSAFE} mount - \${GIVEN:-$WHOLE}"; return; }
  IFS=$NL
  for line in $OTHERS; do
    [ "\${line%% *}" = "$BASE" ] || { printf '%s' "${UNSAFE} elsewhere - \${line#* }"; return; }
  done
  printf '%s' "$BEST"
}
`;

/**
 * `judge` reads a line of \`ls -ldn\`: a directory must be of root or of the login, and nobody else may write in it, but
 * for a sticky one; a group with the number of the owner is the owner's own. SHUT: nobody else may enter it either. An
 * access list shows in the rights of the group, and may mean anybody. The names are \`.\`, \`..\`, \`../..\`, so
 * that it is the place itself that is judged, wherever its path may lead by now.
 */
const JUDGE_FUNCTIONS = `complain() { printf '%s' "${UNSAFE} $1 $where"; exit; }
judge() {
  mode=$1 uid=$3 gid=$4 where=\${SHUT:-$PWD}
  for name; do :; done
  if [ -z "$SHUT" ]; then
    dots=$name/
    while [ "$dots" != ./ ] && [ -n "$dots" ]; do
      where=\${where%/*} dots=\${dots#*/}
    done
  else
    name=$SHUT
  fi
  case $mode in d?????????*) ;; *) complain 'closed -' ;; esac
  [ "$uid" = 0 ] || [ -O "$name" ] || complain "owner $uid"
  case $mode in ?????????[tT]*) ;;
  ????????w* | ?????w????+*) complain "writable $mode" ;;
  ?????w*) [ "$gid" = "$uid" ] || complain "writable $mode" ;;
  esac
  [ -n "$SHUT" ] || return 0
  # Above the mount it is enough that nobody else can put anything there.
  case $START/ in "$SHUT"/?*) return 0 ;; esac
  case $mode in d???------ | d???------.) return 0 ;; d??????--- | d??????---.) [ "$gid" != 0 ] || return 0 ;; esac
  complain 'closed -'
}
judge_all() {
  set -f
  IFS=$NL count=0 where=\${SHUT:-$PWD}
  for line in $(ls -ldn -- "$@" 2>/dev/null </dev/null); do IFS=' '; judge $line; count=$((count + 1)); done
  [ $count = $# ] || complain 'closed -'
}
proper() {
  SHUT=
  [ -n "$NAMES" ] || return 0
  SAID=$(judge_all $NAMES)
  [ -z "$SAID" ]
}
behind() {
  proper || return
  SHUT=$1
  SAID=$(judge_all "$1")
  [ -z "$SAID" ] || return
  AT=$WHOLE
  [ -n "$MAKES" ] || return 0
  SAID=$(umask go-w; $SUDO mkdir -p -- "$AT" 2>&1 </dev/null)
}
`;

/**
 * `enter PATH [make] [home]` goes to a directory step by step and looks at every step from where it stands. On success AT
 * is the directory: `.`, or its path where the login may not look and only root and the login can have put anything.
 * Else SAID says why. WHOLE is the path in any case. `make` makes what is missing. With `home` the way begins at a
 * directory of the login (`<directory>//<below>`) instead of a mount. It needs SUDO, and leaves the shell where it got to.
 *
 * Who cannot write in a directory can plant nothing there. So each is judged before anything is made in it, and what was
 * found stays so while it is used. Only the mount point itself may be anybody's.
 *
 * \`plain NAME\`: there is no symlink of that name in the directory.
 */
export const ENTER_FUNCTIONS = `
NL='
'
MOUNTS=
${START_FUNCTIONS}${JUDGE_FUNCTIONS}unsafe() { SAID="${UNSAFE} $1 - $2"; return 1; }
plain() { [ ! -L "$AT/$1" ] || unsafe link "$WHOLE/$1"; }
deeper() {
  case $BACK in '') BACK=. ;; .) BACK=.. ;; *) BACK=$BACK/.. ;; esac
  NAMES="$NAMES $BACK"
}
enter() {
  case $1 in
  *//*) GIVEN=\${1%%//*}; GIVEN=\${GIVEN:-/}; REST=\${1#*//}; WHOLE=\${GIVEN%/}/$REST ;;
  *) GIVEN= WHOLE=$1 ;;
  esac
  AT=$WHOLE SAID= MAKES=\${2:-} NAMES= BACK=
  if [ -n "\${3:-}" ]; then
    cd -P -- "$GIVEN" 2>/dev/null || unsafe closed "$GIVEN" || return
    START=$PWD
    deeper
  else
    # What is mounted when somebody walks in is mounted by this.
    [ -d "\${GIVEN:-$WHOLE}/." ] || :
    [ -n "$MOUNTS" ] || MOUNTS=$(cat /proc/self/mountinfo)
    START=$(start_of)
    # What was mounted by walking in is not in what was read before.
    case $START in /*) ;; *) MOUNTS=$(cat /proc/self/mountinfo); START=$(start_of) ;; esac
    case $START in /*) ;; *) SAID=$START; return 1 ;; esac
    REST=\${WHOLE#"\${START%/}"}
    REST=\${REST#/}
    far || return
    [ -z "$FAR" ] || { behind "$FAR"; return; }
    [ "$PWD" = "$START" ] || unsafe moved "$START" || return
  fi
  WHOLE=\${START%/}\${REST:+/$REST}
  WHOLE=\${WHOLE:-/}
  WAY=\${START%/}
  REST=\${REST:+$REST/}
  while [ -n "$REST" ]; do
    STEP=./\${REST%%/*} WAY=$WAY/\${REST%%/*} REST=\${REST#*/}
    [ ! -L "$STEP" ] || unsafe link "$WAY" || return
    if [ ! -e "$STEP" ]; then
      [ -n "$MAKES" ] || { SAID="$WAY: No such file or directory"; return 1; }
      proper || return
      SAID=$(umask go-w; $SUDO mkdir -- "$STEP" 2>&1 </dev/null) || [ -d "$STEP" ] || return
      SAID=
      [ ! -L "$STEP" ] || unsafe link "$WAY" || return
    fi
    [ -d "$STEP" ] || unsafe file "$WAY" || return
    [ -x "$STEP" ] || { behind "$WAY"; return; }
    cd -P "$STEP" 2>/dev/null && [ "$PWD" = "$WAY" ] || unsafe moved "$WAY" || return
    deeper
  done
  AT=.
  proper
}
far() {
  FAR=
  ! cd -P -- "$START" 2>/dev/null || return 0
  WAY= STEP=\${START#/}/
  while [ -n "$STEP" ]; do
    WAY=$WAY/\${STEP%%/*} STEP=\${STEP#*/}
    [ -x "$WAY" ] || break
  done
  FAR=$WAY
}
`;

/** The last words of a script that could not enter a place. */
export const SAY_NOT_ENTERED = `{ printf '%s\\n' "$SAID" >&2; exit ${NOT_ENTERED}; }`;

const SCRIPT = `${ENTER_FUNCTIONS}
SUDO=$1 LEFT=$2 DIRECTORY=\${3%/*}
shift 2
enter "\${DIRECTORY:-/}" || ${SAY_NOT_ENTERED}
while [ "$LEFT" -gt 0 ]; do
  NAME=\${1##*/} LEFT=$((LEFT - 1))
  plain "$NAME" || ${SAY_NOT_ENTERED}
  shift
  set -- "$@" "$AT/$NAME"
done
exec $SUDO "$@"
`;

/** Runs words with paths of one directory as the last ones, in that directory; needs root, as the words do. */
export const inPlaceCommand = (
  sudo: readonly string[],
  paths: readonly string[],
  words: readonly [string, ...string[]],
): Command => asUser('sh', '-c', SCRIPT, 'sh', sudo.join(' '), String(paths.length), ...paths, ...words);
