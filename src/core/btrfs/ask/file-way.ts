/**
 * Decides how a script that only reads gets to a place in a tree of files that people write: step by step from the root of
 * the machine, never through a symlink. Unlike `enter` it takes directories of anybody: nothing is made or trusted there.
 */

/**
 * `step NAME` goes one step down from WAY, where the shell stands. After a failure WHY says what is in the way: `link`,
 * `gone`, `file` (no directory), `closed` (the login may not enter it), `moved` (it led elsewhere a moment later).
 *
 * The shell stands where it got to and works from there by relative names, so what is put in the way later leads nowhere.
 * All of it is built in, without a process: it is done for each of hundreds of snapshots.
 */
export const STEP_FUNCTION = `
step() {
  if [ -L "./$1" ]; then WHY=link
  elif [ ! -e "./$1" ]; then WHY=gone
  elif [ ! -d "./$1" ]; then WHY=file
  elif [ ! -x "./$1" ]; then WHY=closed
  elif cd -P "./$1" 2>/dev/null && [ "$PWD" = "$WAY/$1" ]; then WAY=$WAY/$1; return 0
  else WHY=moved
  fi
  return 1
}
`;

/**
 * `to_root PATH` goes to the root of a tree, `to_parent PATH` from there to the directory that holds the last name of a
 * path, LAST; DEPTH counts the steps.
 */
export const FILE_WAY = `${STEP_FUNCTION}
first() {
  case $LEFT in
  */*) NAME=\${LEFT%%/*} LEFT=\${LEFT#*/} ;;
  *) NAME=$LEFT LEFT= ;;
  esac
}
to_root() {
  WAY= LEFT=\${1#/} WHY=moved
  cd -P / || return
  while [ -n "$LEFT" ]; do first; step "$NAME" || return; done
}
to_parent() {
  LEFT=$1 LAST=. DEPTH=0
  while [ -n "$LEFT" ]; do
    first
    [ -n "$LEFT" ] || { LAST=$NAME; return 0; }
    step "$NAME" || return
    DEPTH=$((DEPTH + 1))
  done
}
decode_name() { NAME=$(printf '%b.' "$1"); NAME=\${NAME%.}; }
`;

/** For `decode_name`: bytes that no shell and no line of input can change. */
export function encodedName(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) {
    const character = String.fromCharCode(byte);
    text += /[A-Za-z0-9_./-]/.test(character) ? character : `\\0${byte.toString(8).padStart(3, '0')}`;
  }
  return text;
}

/**
 * Of `stat`, by coreutils and by busybox: a name and a slash, which no name holds, so the next thing is no part of it.
 * Read by `parseFileStat`.
 */
export const STAT_FIELDS = '%i %d %f %s %h %u %g|%y|%z|%U|%G';
