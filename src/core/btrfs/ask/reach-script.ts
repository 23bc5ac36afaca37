/** Decides how the work on snapshots gets to the directories it makes them in: all are looked at, then each is gone to. */
import { ENTER_FUNCTIONS } from './way-script.ts';

/**
 * Members are four words, as the work has them. `reach` looks at the way to each subvolume, which must have no symlink in
 * it, and enters each directory. `pin NUMBER` goes to one of those again, which starts no program, and sets AT; if it is
 * refused SAID says why. HERE is where the shell was before.
 */
export const REACH_FUNCTIONS = `${ENTER_FUNCTIONS}
straight() {
  WAY= REST=\${1#/}/
  while [ -n "$REST" ]; do
    WAY=$WAY/\${REST%%/*} REST=\${REST#*/}
    [ ! -L "$WAY" ] || unsafe link "$WAY" || return
  done
}
reach() {
  HERE=$PWD
  while [ $# -gt 0 ]; do
    AT= SAID= WHOLE=$3
    straight "$2" && enter "$3" || AT=
    eval "AT_$1=\\$AT SAID_$1=\\$SAID WHOLE_$1=\\$WHOLE"
    shift 4
  done
}
pin() {
  eval "AT=\\$AT_$1 SAID=\\$SAID_$1 WHOLE=\\$WHOLE_$1"
  [ -n "$AT" ] || return
  [ "$AT" != . ] || { cd -P -- "$WHOLE" 2>/dev/null && [ "$PWD" = "$WHOLE" ]; } || unsafe moved "$WHOLE"
}
`;
