/**
 * Decides how one part of a script's output is framed, so that `parseSections` finds it again: the shell function
 * `part TITLE COMMAND…`. It needs `$N` (the nonce), `exec 3>&1` and leaves the exit code in `$CODE`.
 */

/**
 * The first line of a script: reads the nonce. It comes on stdin, where no other account can see it while the script
 * runs (the words of a command are in everybody's process list), so nothing a command prints can forge a section.
 */
export const READ_NONCE = 'IFS= read -r N || exit 1';

/** What is given to such a script on stdin. */
export const nonceInput = (nonce: string): string => `${nonce}\n`;

/**
 * One process for each part: what the command prints goes out as it is, what it says on stderr comes after it. `own` is
 * for functions of the script, which need none.
 */
export const PART = `own() {
  printf '%s %s\\n' "$N" "$1"; shift
  "$@"
  printf '\\n%s end %s\\n' "$N" "$?"
}
part() {
  printf '%s %s\\n' "$N" "$1"; shift
  E=$("$@" 2>&1 >&3 3>&-)
  CODE=$?
  [ -z "$E" ] || printf '\\n%s said\\n%s' "$N" "$E"
  printf '\\n%s end %s\\n' "$N" "$CODE"
}
`;

/** What a script of parts begins with that is given the words in front of what needs root as its first one. */
export const PARTS_HEAD = `${READ_NONCE}
SUDO=$1; shift
LC_ALL=C; TZ=UTC; export LC_ALL TZ
exec 3>&1
${PART}`;
