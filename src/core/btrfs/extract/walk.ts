/**
 * Decides how a script walks in a tree in which others may write, as people do in what is restored. It never follows a
 * link: each step is looked at, gone to, and compared with where the shell is then. What it does there is done by plain
 * names, so nobody can lead it elsewhere by what he puts on the way afterwards.
 */
import { STEP_FUNCTION } from '../ask/file-way.ts';
import { DECODE_FUNCTION } from '../ask/way-script.ts';

/**
 * `stand ROOT UUID` goes to the root of a tree: no link is on the way, and it is the very subvolume; UUID empty: any
 * directory. `into FD PATH` goes from the directory that FD is open on to one below it; BAD says why it could not, as
 * WHY of `step`, and DEEP how many steps it came. `decode LINE` sets P to the name that `lineOfName` wrote.
 */
export const WALK_FUNCTIONS = `
NL='
'
TAB='	'
${DECODE_FUNCTION}${STEP_FUNCTION}
uuid_here() { btrfs subvolume show -- . 2>/dev/null </dev/null | sed -n "s/^$TAB$TAB*UUID:[ $TAB]*//p" | head -n 1; }
stand() {
  cd -P -- "$1" 2>/dev/null && [ "$PWD" = "$1" ] || return
  [ -z "$2" ] || [ "$(uuid_here)" = "$2" ]
}
into() {
  BAD=moved DEEP=0 REST=\${2:+$2/}
  cd -P "/proc/self/fd/$1" 2>/dev/null || return
  WAY=\${PWD%/}
  while [ -n "$REST" ]; do
    step "\${REST%%/*}" || { BAD=$WHY; return 1; }
    REST=\${REST#*/} DEEP=$((DEEP + 1))
  done
  BAD=
}
is_gnu() { "$1" --version 2>/dev/null </dev/null | head -n 1 | grep -q GNU; }
`;

/** One line of it: what would end the line, and the escape itself, are octal (\`decode\`). */
export const lineOfName = (name: string): string => name.replaceAll('\\', '\\134').replaceAll('\n', '\\012');

/** The way back; null: it is none of ours. */
export function nameOfLine(line: string): string | null {
  const bad = line.replace(/\\(?:134|012)/g, '').includes('\\');
  return bad ? null : line.replaceAll('\\012', '\n').replaceAll('\\134', '\\');
}
