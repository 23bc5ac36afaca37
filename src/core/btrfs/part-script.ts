/**
 * Decides how one part of a script's output is framed, so that `parseSections` finds it again: the shell function
 * `part TITLE COMMAND…`. It needs `$N` (the nonce), `$NL` (a newline), `exec 3>&1` and leaves the exit code in `$CODE`.
 */

/**
 * The exit code is the last line of E: sed says nothing there, as the loader does of every program where something
 * cannot be preloaded.
 *
 * Output begins with `|` and errors with `!` on every line, so that nothing a command prints can forge a section.
 */
export const PART = `part() {
  printf '%s %s\\n' "$N" "$1"; shift
  E=$({ { "$@" 3>&-; printf '\\n%s' "$?" >&2; } | sed 's/^/|/' >&3 2>/dev/null; } 2>&1)
  CODE=\${E##*"$NL"}; E=\${E%"$NL"*}
  [ -z "$E" ] || printf '%s\\n' "$E" | sed 's/^/!/' 2>/dev/null
  printf '%s end %s\\n' "$N" "$CODE"
}
`;
