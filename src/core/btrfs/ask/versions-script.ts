/** Decides what is asked to see one path in many trees of files, in one command, without reading what is in the file. */
import { asUser, type Command } from '../../model/command.ts';
import { encodedName, FILE_WAY, STAT_FIELDS } from './file-way.ts';

/** A tree of files, as it is named to a script. */
export interface AskedTree {
  /** Absolute path of its root; without a line end in it. */
  readonly root: string;
  /** Nothing in it can change, so what was found on the way is still so a moment later. */
  readonly readOnly: boolean;
}

/** Trees, one a line. */
export const treesInput = (trees: readonly AskedTree[]): string =>
  trees.map(({ root, readOnly }) => `${readOnly ? 'r' : 'w'} ${root}\n`).join('');

/** Paths that are looked at by one process. */
const AT_ONCE = 200;

/**
 * Lines that begin with a slash are the script's own, numbered by tree; the others are `FIELDS/absolute path`. What is not
 * there is asked once more by `stat`: only that tells "not there" from "could not be read". It is told of how many it
 * did not say so (`odd`).
 */
const SCRIPT = `${FILE_WAY}
decode_name "$1"; INSIDE=$NAME NUMBER=-1 ODD=0 GONE=0
set --
exec 3>&1
stat -c %i / >/dev/null 2>&1 || { echo /tool; exit; }
look() {
  [ $# -gt 0 ] || return 0
  cd -P /
  SAID=$( { printf '%s\\0' "$@" | xargs -0 stat -c '${STAT_FIELDS}%n' -- >&3; } 2>&1 |
    grep -c ': No such file or directory$')
  # What vanished meanwhile has no answer at all, and is in doubt by that.
  [ "$GONE" -le "$SAID" ] || ODD=$((ODD + GONE - SAID))
  GONE=0
}
while IFS= read -r LINE; do
  NUMBER=$((NUMBER + 1)) ROOT=\${LINE#? }
  to_root "$ROOT" || { echo "/lost $NUMBER $WHY"; continue; }
  case $LINE in w*) DEVICE=$(stat -c %d . </dev/null) ;; esac
  if ! to_parent "$INSIDE"; then
    echo "/stopped $NUMBER $WHY $DEPTH"
    case $LINE-$WHY in r*-gone) GONE=$((GONE + 1)) ;; *) continue ;; esac
  elif [ ! -e "./$LAST" ] && [ ! -L "./$LAST" ]; then
    echo "/stopped $NUMBER gone $DEPTH"
    case $LINE in r*) GONE=$((GONE + 1)) ;; *) continue ;; esac
  else
    case $LINE in w*)
      echo "/now $NUMBER $DEVICE"
      stat -c '${STAT_FIELDS}' -- "./$LAST" </dev/null || echo
      continue ;;
    esac
  fi
  set -- "$@" "\${ROOT%/}\${INSIDE:+/$INSIDE}"
  [ $# -lt ${AT_ONCE} ] || { look "$@"; set --; }
done
look "$@"
echo "/end $ODD"
`;

/** Its input: `treesInput`. Read by `parseSightings`. */
export const versionsCommand = (inside: Uint8Array): Command =>
  asUser('sh', '-c', SCRIPT, 'btrfleet-versions', encodedName(inside));

const HASH = `${FILE_WAY}
decode_name "$1"; INSIDE=$NAME NUMBER=-1
while IFS= read -r LINE; do
  NUMBER=$((NUMBER + 1)) SUM=- WHY=moved
  if to_root "\${LINE#? }" && to_parent "$INSIDE" && [ -f "./$LAST" ] && [ ! -L "./$LAST" ]; then
    if [ -r "./$LAST" ]; then SUM=$(sha256sum <"./$LAST"); else WHY=closed; fi
  fi
  echo "/hash $NUMBER \${SUM%% *} $WHY"
done
echo "/end 0"
`;

/** The digests of a file in some trees, in the order of its input (`treesInput`). Only they travel. */
export const hashCommand = (inside: Uint8Array): Command =>
  asUser('sh', '-c', HASH, 'btrfleet-hash', encodedName(inside));
