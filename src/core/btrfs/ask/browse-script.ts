/** Decides what is asked to list one directory of a tree of files, of any size, sorted by the bytes of the names. */
import { asUser, type Command } from '../../model/command.ts';
import { encodedName, FILE_WAY, STAT_FIELDS } from './file-way.ts';

/** Where a directory is: the root of the tree, and below it. */
export interface FilePlace {
  /** Absolute path of the root of a subvolume. */
  readonly root: string;
  /** Below it, as bytes; empty: the root itself. */
  readonly inside: Uint8Array;
}

const ENTRY = `%n/${STAT_FIELDS}`;

/** A tree that is no subvolume any more is not the one that was meant: its root has another number. */
const GO = `${FILE_WAY}
NL='
'
say() { printf '/%s\\n' "$*"; }
to_root "$1" || { say lost "$WHY" "$WAY/$NAME"; exit; }
decode_name "$2"
INSIDE=$NAME
`;

/**
 * What is told begins with a slash, entries with a dot. Names go from tool to tool as lines, with a slash for each line end
 * in them: no name has one. A pipe tells the code of its last command alone, so each says its own.
 */
const BROWSE = `${GO}
AFTER=$3 MOST=$4
exec 3>&1
ROOT=$(stat -c '%i %d' . 2>/dev/null)
case $ROOT in '256 '*) ;; [0-9]*) say lost other "$WAY"; exit ;; *) say tool; exit ;; esac
to_parent "$INSIDE" || { say stopped "$WHY" "$DEPTH"; exit; }
same() { [ "$(stat -c %d .)" = "\${ROOT#* }" ] || { say stopped other "$1"; exit; }; }
same $((DEPTH - 1))
if [ "$LAST" != . ]; then
  if [ -L "./$LAST" ] || { [ -e "./$LAST" ] && [ ! -d "./$LAST" ]; }; then
    say one
    stat -c '${ENTRY}' -- "./$LAST"
    say end stat $?
    exit
  fi
  step "$LAST" || { say stopped "$WHY" "$DEPTH"; exit; }
fi
same "$DEPTH"
[ -r . ] || { say stopped closed "$DEPTH"; exit; }
say directory
stat -c '${ENTRY}' -- ./.
told() { "$@"; echo "$1 $?" >&4; }
behind() {
  [ -n "$AFTER" ] || { cat; return; }
  decode_name "$AFTER"
  # In front of each a letter: else what looks like numbers is compared as such.
  export NAME; awk 'BEGIN { name = "x./" ENVIRON["NAME"] } ("x" $0) > name'
}
names() {
  while IFS= read -r LINE; do
    NAME= LEFT=\${LINE#./}
    while :; do case $LEFT in
      */*) NAME=$NAME\${LEFT%%/*}$NL LEFT=\${LEFT#*/} ;;
      *) break ;;
    esac; done
    printf './%s\\0' "$NAME$LEFT"
  done
}
CODES=$( {
  told find . -mindepth 1 -maxdepth 1 -print0 | told tr '\\012\\000' '/\\012' | told sort | told behind |
    told head -n "$MOST" | told names | told xargs -0 -r stat -c '${ENTRY}' -- >&3
} 4>&1 )
say end $CODES
`;

export interface PageWish extends FilePlace {
  /** The name before the first one, as bytes; empty: from the beginning. */
  readonly after: Uint8Array;
  /** Entries that are told. */
  readonly most: number;
}

/** Sorted by the bytes of the names, where a line end counts as a slash. */
export function browseCommand({ root, inside, after, most }: PageWish): Command {
  const from = after.map((byte) => (byte === LINE_END ? SLASH : byte));
  const words = [root, encodedName(inside), encodedName(from), String(most)] as const;
  return asUser('sh', '-c', BROWSE, 'btrfleet-browse', ...words);
}

const LINE_END = 0x0a;
const SLASH = 0x2f;

/** Names of links come on stdin, encoded, one a line. Each answer ends with a NUL. */
const TARGETS = `${GO}
to_parent "$INSIDE" && { [ "$LAST" = . ] || step "$LAST"; } || { say stopped "$WHY" "$DEPTH"; exit; }
while IFS= read -r LINE; do
  decode_name "$LINE"
  [ ! -L "./$NAME" ] || readlink -n "./$NAME" 2>/dev/null
  printf '\\0'
done
`;

/** Where the links in a directory lead to, in the order of `linksInput`; answers end with a NUL, empty: not known. */
export const linksCommand = ({ root, inside }: FilePlace): Command =>
  asUser('sh', '-c', TARGETS, 'btrfleet-links', root, encodedName(inside));

export const linksInput = (names: readonly Uint8Array[]): string =>
  names.map((name) => `${encodedName(name)}\n`).join('');
