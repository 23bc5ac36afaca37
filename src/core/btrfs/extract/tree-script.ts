/** Decides how a server is asked what some paths of a tree hold, in one command however many there are. */
import { asRoot, asUser, type Command } from '../../model/command.ts';
import { bytesOfNames } from '../../model/file-name.ts';
import { READ_NONCE } from '../ask/part-script.ts';
import { MOUNTS_BELOW_FUNCTION } from '../ask/way-script.ts';
import { lineOfName, WALK_FUNCTIONS } from './walk.ts';

export interface TreeAsked {
  /** Absolute path of its root. */
  readonly root: string;
  /** Of the subvolume it is; null: it is any directory. */
  readonly uuid: string | null;
  /** Below the root; '' for the root itself. Texts of bytes (model/file-name). */
  readonly paths: readonly string[];
  /** As the login, who is nobody but himself on this machine. */
  readonly isOwn?: boolean;
}

export const treeCommand = ({ root, uuid, isOwn = false }: TreeAsked): Command =>
  (isOwn ? asUser : asRoot)('sh', '-c', SCRIPT, 'btrfleet-tree', root, uuid ?? '');

/** What is given on stdin. */
export const treeInput = (nonce: string, { paths }: TreeAsked): Uint8Array =>
  bytesOfNames([`${nonce}\n`, ...paths.map((path) => `${lineOfName(path)}\n`)]);

/** Bytes. */
const LONGEST_PATH = 3900;

/**
 * Each answer is two fields, each ended by a NUL, which no name can hold. So nothing that is listed can be taken for
 * another one. \`now\`: the time there, before anything is listed. \`a\`: a directory on the way, by its number; \`e\`: what was asked for, and all below it on its device;
 * \`l\`: what has a path so long that what is in it is not
 * looked at; \`m\`: what something is mounted on, which may be of the same device. A name of it that holds a newline is told otherwise.
 */
const SCRIPT = `${READ_NONCE}
LC_ALL=C; TZ=UTC; export LC_ALL TZ
${WALK_FUNCTIONS}${MOUNTS_BELOW_FUNCTION}
STAT='%y %i %n %s %T@ %C@ %m %U %G %D'
say() { printf '%s\\0\\0' "$*"; }
for TOOL in find date; do is_gnu $TOOL || { say lacks $TOOL; say end "$N"; exit 0; }; done
stand "$1" "$2" || { say changed; say end "$N"; exit 0; }
exec 7<.
say now "$(date +%s.%N)"
UP=\${PWD%/}
mounts_below "$UP" | while IFS= read -r P; do printf 'm %s\\0\\0' "\${P#"$UP"/}"; done
# Not even root may look at what is mounted by others (FUSE). As patterns of find.
escaped() { sed 's/[][*?\\]/\\&/g'; }
START=$(printf '%s\n' "$UP" | escaped)
set -f
set --
IFS=$NL
for P in $(mounts_below "$UP" | escaped); do set -- "$@" -path "./\${P#"$START"/}" -prune -o; done
unset IFS
# No tool takes longer paths than 4,096 bytes; what comes has others before it.
LONG=$(printf '%${LONGEST_PATH}s*' '' | tr ' ' '?')
find . -maxdepth 0 -printf "a 0 0 $STAT\\0\\0"
INDEX=0
while IFS= read -r LINE; do
  decode "$LINE"
  ASKED=$P BASE=\${P##*/} BELOW=
  case $P in */*) BELOW=\${P%/*} ;; esac
  # Each directory on the way, as far as there are any.
  AWAY= LEFT=\${BELOW:+$BELOW/} DEPTH=0
  into 7 ''
  while [ -n "$LEFT" ]; do
    AWAY=\${AWAY:+$AWAY/}\${LEFT%%/*} LEFT=\${LEFT#*/}
    into 7 "$AWAY" || break
    DEPTH=$((DEPTH + 1))
    find . -maxdepth 0 -printf "a $INDEX $DEPTH $STAT\\0\\0"
  done
  if [ -n "$BAD" ]; then say way "$INDEX" "$DEPTH" "$BAD"
  elif [ -n "$BASE" ] && [ ! -e "./$BASE" ] && [ ! -L "./$BASE" ]; then say way "$INDEX" "$DEPTH" gone
  else
    say way "$INDEX" "$DEPTH" there
    find "./$BASE" -xdev -ignore_readdir_race "$@" -path "$LONG" -prune -printf "l $INDEX $STAT %P\\0%l\\0" -o -printf "e $INDEX $STAT %P\\0%l\\0" || say failed "$INDEX"
  fi
  INDEX=$((INDEX + 1))
done
say end "$N"
`;
