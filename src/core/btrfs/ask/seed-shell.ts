/**
 * Decides what the scripts of a seed have in common. They run where its files lie, on a server or on this machine: in a plain
 * shell, as the login itself, in one directory, and never through a link. Only `btrfs send` and `btrfs receive` run as root.
 */
import { asUser, type Command } from '../../model/command.ts';

/** What its scripts end with when it is not what btrfs or a tool says. */
export const SEED_ENDS = {
  /** The directory is not there, or cannot be entered. */
  noDirectory: 81,
  /** Another export is at work in it. */
  busy: 82,
  /** A part that was there is not what the stream has in its place. */
  different: 83,
  /** A part could not be written. */
  notWritten: 84,
  /** The stream has more parts than there are names. */
  tooMany: 85,
  /** What makes, packs, unpacks, encrypts or decrypts the stream failed, so it is not all. */
  notWhole: 86,
  /** Others than the login may write in the directory, so any name in it may become a link of theirs. */
  shared: 87,
  /** It does not hold what it held when it was looked at. */
  taken: 88,
  /** Little is free there, and that is left for others. */
  nearlyFull: 89,
} as const;

export const MANIFEST = 'manifest.json';
export const README = 'README.txt';
export const SUMS = 'SHA256SUMS';

export const MIB = 1024 * 1024;
/** MiB between two words that it is at work. */
export const AT_ONCE = 16;
/** Signs of life of one sync, five seconds apart: half an hour. */
const PATIENT_TIMES = 360;
/** Seconds for which one that is left of a manager that died may end yet. */
const PATIENCE = 5;

/**
 * `size FILE` sets SIZE. `plain FILE`: a file, and no link. `ours NAME`: what an export makes. `named N` sets NAME. `safe FILE`
 * fails where the disk did not take it; `settled`: the names, too. `alone`: no other export is at work there, where the
 * filesystem knows locks. `empty FILE` makes it anew, never through a link. `lone`: nobody else may write here. `still WAS`:
 * what lies here is what a look saw, with that manifest. `pieces FILE BYTES`: so much of its beginning. `digest FILE` fails
 * where it cannot be read to its end. TELLS: say `at <MiB>` of each piece, this many for each that it is; empty: say nothing.
 * `sync` says every five seconds that it is at work, but not for ever: a disk that hangs must be noticed.
 */
const FUNCTIONS = `
LC_ALL=C TZ=UTC; export LC_ALL TZ
size() { set -- $(ls -ldn -- "$1"); SIZE=$5; }
plain() { [ -f "$1" ] && [ ! -L "$1" ]; }
named() { NAME=seed.$(printf %04d "$1"); }
ours() {
  case \${1%.new} in ${MANIFEST} | ${README} | ${SUMS}) return 0 ;; esac
  case $1 in seed.part | seed.[0-9][0-9][0-9][0-9]) return 0 ;; esac
  return 1
}
SYNCS=
safe() {
  [ -n "$SYNCS" ] || { sync / 2>/dev/null && SYNCS=each; } || SYNCS=all
  PATIENT=
  if [ -n "$TELLS" ]; then patient 9>&- & PATIENT=$!; fi
  if [ $SYNCS = each ]; then sync "$1"; else sync; fi
  CODE=$?
  [ -z "$PATIENT" ] || { kill "$PATIENT"; wait "$PATIENT"; } 2>/dev/null
  return $CODE
}
patient() {
  times=0
  while [ $times -lt ${PATIENT_TIMES} ]; do
    times=$((times + 1))
    sleep 5 </dev/null >/dev/null 2>&1 8>&- 9>&-
    echo 'at 0' >&8 || return
  done
}
settled() { sync . 2>/dev/null || sync; }
go() { cd -P -- "$1" && [ -x . ] || exit ${SEED_ENDS.noDirectory}; }
lone() {
  set -- $(ls -ldn .)
  case $1 in ?????-??-*) ;; *) return 1 ;; esac
  [ "$3" = 0 ] || [ "$3" = "$(id -u)" ]
}
mine() { lone || exit ${SEED_ENDS.shared}; }
empty() { rm -f -- "$1" && (set -C; : >"$1"); }
holds() { ! plain ${MANIFEST} || cat ${MANIFEST}; echo .; }
still() {
  [ "$(holds)" = "$1." ] || exit ${SEED_ENDS.taken}
  for name in * .[!.]* ..?*; do
    [ -e "$name" ] || [ -L "$name" ] || continue
    [ "$name" != lost+found ] || continue
    ours "$name" && plain "$name" || exit ${SEED_ENDS.taken}
    [ -n "$1" ] || [ "$name" != "\${name%.new}" ] || exit ${SEED_ENDS.taken}
  done
}
alone() {
  command -v flock >/dev/null 2>&1 || return 0
  exec 9<. || exit ${SEED_ENDS.noDirectory}
  tries=0
  until flock -n 9; do
    [ $? = 1 ] || return 0
    [ $tries -lt ${PATIENCE} ] || exit ${SEED_ENDS.busy}
    tries=$((tries + 1))
    sleep 1
  done
}
unread() {
  # More than 128: what takes it has ended.
  [ "$1" -gt 128 ] || echo "$2 cannot be read" >&2
  return "$1"
}
pieces() {
  left=$(($2 / ${MIB}))
  {
    while [ "$left" -gt 0 ]; do
      some=$STEP
      [ "$left" -ge "$some" ] || some=$left
      dd bs=${MIB} count="$some" iflag=fullblock 2>/dev/null || { unread $? "$1"; return; }
      left=$((left - some))
      [ -z "$TELLS" ] || echo "at $((some * TELLS))" >&8 || return
    done
    [ $(($2 % ${MIB})) = 0 ] || head -c $(($2 % ${MIB})) || { unread $? "$1"; return; }
  } <"$1"
}
digest() {
  size "$1"
  set -- $({ { pieces "$1" "$SIZE" || echo broken >&3; } | sha256sum; } 3>&1)
  [ "$1" != broken ] && echo "$1"
}
TELLS= STEP=${AT_ONCE}
exec 8>&1
`;

export const seedScript = (text: string, ...words: readonly string[]): Command =>
  asUser('sh', '-c', `${FUNCTIONS}${text}`, 'sh', ...words);

/** What it ended with, by its last word: whoever fed it may have been told to stop it before it came to its code. Null: it did not say. */
export function seedEndIn(stderr: string): number | null {
  const said = /^the seed ends with (\d{1,3})\n?$/.exec(stderr.slice(stderr.lastIndexOf(ENDS_WITH)));
  return said ? Number(said[1]) : null;
}

/** What it said beside that. */
export const withoutSeedEnd = (stderr: string): string =>
  seedEndIn(stderr) === null ? stderr : stderr.slice(0, stderr.lastIndexOf(ENDS_WITH));

/**
 * `through` runs its four stages as one pipe. A plain shell has no code but the last one's: TOOK is that, FAILED names the
 * others that failed, and BROKE those of them that failed by themselves: the others were told that nobody reads on (SIGPIPE).
 * `done_with` ends the script. What takes the stream knows best whether it is all, but not why there is no more.
 */
const ENDS_WITH = 'the seed ends with ';
export const PIPE = `
SAYS=
through() {
  exec 4>&1
  CODES=$(
    { { (make "$@") 3>&-; echo "make $?" >&3; } |
      { (first) 3>&-; echo "first $?" >&3; } |
      { (second) 3>&-; echo "second $?" >&3; } |
      { (take "$@") 3>&-; echo "took $?" >&3; }; } 3>&1 >&4 4>&-
  )
  TOOK=1 FAILED= BROKE= stage=
  for word in $CODES; do
    case $word in
    make | first | second | took) stage=$word ;;
    0) [ "$stage" != took ] || TOOK=0 ;;
    141) FAILED="$FAILED $stage"; [ "$stage" != took ] || TOOK=141 ;;
    *) FAILED="$FAILED $stage"; if [ "$stage" = took ]; then TOOK=$word; else BROKE="$BROKE $stage"; fi ;;
    esac
  done
}
done_with() {
  case $TOOK in
  0) [ -z "$FAILED" ] || TOOK=${SEED_ENDS.notWhole} ;;
  1 | ${SEED_ENDS.different}) [ -z "$BROKE" ] || TOOK=${SEED_ENDS.notWhole} ;;
  esac
  [ "$TOOK" = 0 ] || [ -z "$SAYS" ] || echo "${ENDS_WITH}$TOOK" >&2
  exit "$TOOK"
}
`;
