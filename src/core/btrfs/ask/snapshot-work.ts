/**
 * Decides what is done on a server to make snapshots, from the look at what is there to the last word: which are due,
 * the hooks, a name that is free, the snapshots, and a group that is whole or gone. Everything is said at the end, so
 * that a connection that is cut meanwhile stops nothing half-way.
 */
import { SNAPSHOT_WORDS } from './commands.ts';
import { HOOK_FUNCTION } from './hook-script.ts';
import { REACH_FUNCTIONS } from './reach-script.ts';

/** Written on stdin: no snapshot is begun any more; a command that runs is let end, and the one after it is run. */
export const STOP_WORD = 'stop';

/**
 * A name up to so many milliseconds ahead of us is no name in the future: it is another manager's whose clock is a
 * little ahead, or our own word took long to get here.
 */
export const CLOCK_SKEW_MS = 30_000;
/** So many milliseconds are tried, from now on, for a name that nothing has. */
const NAMES_TRIED = 50;

// What the name of a snapshot can look like; days that no month has are left out below.
const D = '[0-9]';
const NAME_PATTERN = `${D}${D}${D}${D}-[01]${D}-[0-3]${D}T[0-2]${D}:[0-5]${D}:[0-5]${D}.${D}${D}${D}Z`;
const NO_SUCH_DAY = '*-00-*|*-1[3-9]-*|*-00T*|*-3[2-9]T*|*-02-3?T*|*-0[469]-31T*|*-11-31T*|*T2[4-9]:*';

/** Clock and names. `up`: CENTI, hundredths of a second since the server started. `stamp`: a time as a name. */
export const CLOCK_FUNCTIONS = `
up() { UP=0.00; read -r UP rest </proc/uptime; CENTI=$((\${UP%.*} * 100 + 1\${UP#*.} - 100)); }
stamp() { MS=$(($1 % 1000 + 1000)); STAMP=$(date -u -d "@$(($1 / 1000))" +%Y-%m-%dT%H:%M:%S).\${MS#1}Z; }
`;

/** `bar TEXT` sets BARRED: each line of it with a bar in front. */
export const BAR_FUNCTION = `
NL='
'
bar() {
  BARRED=
  [ -n "$1" ] || return 0
  set -- "$1$NL"
  while [ -n "$1" ]; do
    BARRED="$BARRED|\${1%%"$NL"*}$NL"
    set -- "\${1#*"$NL"}"
  done
}
`;

/** `section TITLE TEXT CODE` adds to REPORT; each line of foreign text has a bar in front. */
const SAY_FUNCTIONS = `${BAR_FUNCTION}
section() { bar "$2"; REPORT="$REPORT$NONCE $1$NL$BARRED$NONCE end $3$NL"; }
finish() {
  [ -z "$READER" ] || kill "$READER" 2>/dev/null
  section over '' 0
  printf '%s' "$REPORT"
  exit 0
}
`;

/**
 * A member is four words: its number, the subvolume, the directory of its snapshots, and the names there that a look
 * as root found just before, which are used where the login may not look itself.
 *
 * A name counts only if a read-only subvolume has it: the flags are looked for after the first line, which is a path.
 */
const DUE_FUNCTIONS = `
TAB='\t'
is_read_only() {
  case $1 in *"$NL\${TAB}Flags:"*) ;; *) return 1 ;; esac
  set -- "\${1#*"$NL\${TAB}Flags:"}"
  case \${1%%"$NL"*} in *readonly*) return 0 ;; esac
  return 1
}
is_whole() { is_read_only "$($SUDO btrfs subvolume show "$1" 2>/dev/null </dev/null)"; }
may_look() { [ -r "$1" ] && [ -x "$1" ]; }
names() {
  FOUND=$2
  may_look "$1" || return
  FOUND=
  for path in "$1"/${NAME_PATTERN}; do
    name=\${path##*/}
    case $name in ${NO_SUCH_DAY}) continue ;; esac
    [ "$name" \\< "$DUE" ] || [ "$name" \\> "$UNTIL" ] || FOUND="$FOUND $name"
  done
}
has() {
  if may_look "$1"; then [ -d "$1/$3" ] && is_whole "$1/$3"; return; fi
  case " $2 " in *" $3 "*) return 0 ;; esac
  return 1
}
all_have() {
  wanted=$1
  shift
  while [ $# -gt 0 ]; do has "$3" "$4" "$wanted" || return 1; shift 4; done
}
newest_of_all() {
  NEWEST=
  names "$3" "$4"
  for candidate in $FOUND; do all_have "$candidate" "$@" && NEWEST=$candidate; done
}
`;

/**
 * With an existing directory as destination btrfs would put the snapshot inside it, so nothing may have the name.
 * Where the login may not look, `mkdir` asks: it fails for whatever there is. A directory that cannot be taken away
 * again has the name, too.
 */
const NAME_FUNCTIONS = `
is_taken() {
  if [ -x "$1" ]; then [ -e "$1/$2" ] || [ -L "$1/$2" ]; return; fi
  if said=$($SUDO mkdir -- "$1/$2" 2>&1 </dev/null); then ! $SUDO rmdir -- "$1/$2" </dev/null; return; fi
  case $said in *'File exists'*) return 0 ;; esac
  return 1
}
is_free() { while [ $# -gt 0 ]; do ! is_taken "$3" "$NAME" || return; shift 4; done; }
free_name() {
  up
  at=$((NOW + (CENTI - FROM) * 10))
  last=$((at + ${NAMES_TRIED}))
  while [ $at -lt $last ]; do
    stamp $at
    NAME=$STAMP
    ! is_free "$@" || return 0
    at=$((at + 1))
  done
  return 1
}
`;

/**
 * One directly after the other, nothing between them: where they go was looked at just before (\`reach\`). If none could be made because somebody took the name just then, another
 * name is tried.
 */
const MAKE_FUNCTIONS = `${REACH_FUNCTIONS}
make() {
  while [ $# -gt 0 ]; do
    if pin "$1"; then
      out=$($SUDO ${SNAPSHOT_WORDS.join(' ')} "$2" "$AT/$NAME" 2>&1 </dev/null)
      code=$?
    else
      out=$SAID code=1
    fi
    up
    eval "OUT_$1=\\$out CODE_$1=\\$code UP_$1=\\$UP"
    [ $code -ne 0 ] || MADE=1
    shift 4
  done
}
make_all() {
  MADE= tries=0
  reach "$@"
  while [ -z "$MADE" ] && [ $tries -lt 5 ]; do
    free_name "$@" || { section taken '' 0; return; }
    TRIED=1
    make "$@"
    [ -n "$MADE" ] || is_taken "$3" "$NAME" || return
    tries=$((tries + 1))
  done
}
look() {
  while [ $# -gt 0 ]; do
    eval "out=\\$OUT_$1 code=\\$CODE_$1 up=\\$UP_$1"
    section "made $1 $NAME $up" "$out" "$code"
    if [ "$code" = 0 ]; then
      pin "$1"
      shown=$($SUDO btrfs subvolume show "$AT/$NAME" 2>/dev/null </dev/null)
      code=$?
      [ $code = 0 ] || shown=$($SUDO btrfs subvolume show "$AT/$NAME" 2>&1 </dev/null)
      section "show $1" "$shown" $code
      is_read_only "$shown" || { LOST=1; eval "CODE_$1=1"; }
    else
      LOST=1
    fi
    shift 4
  done
}
take_back() {
  while [ $# -gt 0 ]; do
    eval "code=\\$CODE_$1"
    if [ "$code" = 0 ]; then
      if pin "$1" && plain "$NAME"; then out=$($SUDO btrfs subvolume delete -- "$AT/$NAME" 2>&1 </dev/null)
      else out=$SAID; false; fi
      section "back $1" "$out" $?
    fi
    shift 4
  done
}
`;

/**
 * The hooks are numbered as they were named, each with five words. BEGUN counts those whose turn it was: only what they
 * made quiet goes on afterwards, the last one first.
 */
const HOOKS_FUNCTIONS = `
read_hooks() {
  count=0
  while [ $count -lt $HOOKS ]; do
    eval "BEFORE_SECONDS_$count=\\$1 BEFORE_REQUIRED_$count=\\$2 BEFORE_$count=\\$3 AFTER_SECONDS_$count=\\$4 AFTER_$count=\\$5"
    shift 5
    count=$((count + 1))
  done
}
before_all() {
  while [ $BEGUN -lt $HOOKS ] && [ -z "$STOPPED$REFUSED" ]; do
    number=$BEGUN
    BEGUN=$((BEGUN + 1))
    eval "limit=\\$BEFORE_SECONDS_$number required=\\$BEFORE_REQUIRED_$number command=\\$BEFORE_$number"
    [ -n "$limit" ] || continue
    hook "before $number" "$limit" "$command"
    [ "$CODE" = 0 ] || REFUSED=$required
  done
}
after_all() {
  while [ $BEGUN -gt 0 ]; do
    BEGUN=$((BEGUN - 1))
    eval "limit=\\$AFTER_SECONDS_$BEGUN before=\\$BEFORE_SECONDS_$BEGUN command=\\$AFTER_$BEGUN"
    if [ -n "$limit" ] && [ -n "$before$TRIED" ]; then hook "after $BEGUN" "$limit" "$command"; fi
  done
}
`;

const MAIN = `
NONCE=$1 SUDO=$2 FROM=$3 NOW=$4 DUE=$5 GROUP=$6 HOOKS=$7
shift 7
read_hooks "$@"
shift $((HOOKS * 5))
REPORT= READER= STOPPED= TRIED= LOST= REFUSED= BEGUN=0 CODE=0
trap 'STOPPED=1' TERM
trap : HUP INT PIPE

stamp "$NOW"
case $STAMP in ${NAME_PATTERN}) ;; *) section 'lacks date' '' 0; finish ;; esac

if [ -n "$DUE" ]; then
  up
  stamp $((NOW + (CENTI - FROM) * 10 + ${CLOCK_SKEW_MS}))
  UNTIL=$STAMP
  count=$(($# / 4))
  [ -z "$GROUP" ] || newest_of_all "$@"
  while [ $count -gt 0 ]; do
    [ -n "$GROUP" ] || newest_of_all "$1" "$2" "$3" "$4"
    if [ -n "$NEWEST" ]; then section "already $1 $NEWEST" '' 0
    else set -- "$@" "$1" "$2" "$3" "$4"; fi
    shift 4
    count=$((count - 1))
  done
  [ $# -gt 0 ] || finish
fi

if [ $HOOKS -gt 0 ]; then
  for tool in setsid timeout; do
    command -v $tool >/dev/null || { section "lacks $tool" '' 0; finish; }
  done
  timeout -k 1 9 sh -c : 2>/dev/null || { section 'lacks timeout' '' 0; finish; }
  exec 3<&0 </dev/null
  { while read -r word; do [ "$word" != ${STOP_WORD} ] || { kill -TERM $$; break; }; done; } <&3 >/dev/null 2>&1 &
  READER=$!
  exec 3<&-
fi

before_all
if [ -n "$STOPPED" ]; then section stopped '' 0
elif [ -z "$REFUSED" ]; then
  make_all "$@"
  cd "$HERE" 2>/dev/null || cd /
fi
after_all
if [ -n "$TRIED" ]; then
  look "$@"
  [ -z "$GROUP" ] || [ -z "$LOST" ] || take_back "$@"
fi
finish
`;

/** Arguments: as MAIN reads them, then four words for each member. */
export const WORK_SCRIPT = [
  CLOCK_FUNCTIONS,
  SAY_FUNCTIONS,
  DUE_FUNCTIONS,
  NAME_FUNCTIONS,
  MAKE_FUNCTIONS,
  HOOK_FUNCTION,
  HOOKS_FUNCTIONS,
  MAIN,
].join('');
