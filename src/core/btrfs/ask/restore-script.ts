/**
 * Decides how a subvolume is put in the place of another one on a server, in one command: made beside it, then two
 * renames. Whatever cuts it off, a second one with `settle` finds it at one of three points and brings it to an end.
 */
import { type Argv, asUser, type Command } from '../../model/command.ts';
import { READ_NONCE } from './part-script.ts';
import { ENTER_FUNCTIONS, MOUNTS_BELOW_FUNCTION } from './way-script.ts';

/**
 * `make`: a writable snapshot takes the place; `swap`: what is there already; `settle`: what was cut off; `check`: whether
 * anything is in the way of `make`, before the snapshot is there.
 */
export type RestoreMode = 'make' | 'swap' | 'settle' | 'check';

export interface RestoreOrder {
  readonly sudo: readonly string[];
  readonly mode: RestoreMode;
  /**
   * Null: a mount shows the directory they lie in. Else a mount of the filesystem: its top level is mounted where nobody
   * else sees it, which takes root, and the paths begin there.
   */
  readonly topOf: string | null;
  /** With `topOf`: mount points on the very subvolume, which has no other name while something is mounted on it. */
  readonly covers: readonly string[];
  /** The directory it lies in, `<mount>//<below>`. */
  readonly parent: string;
  readonly name: string;
  /** What it is called until it is in its place; with `swap` what it is called now. */
  readonly made: string;
  readonly aside: string;
  /** Uuid of what is there; null: nothing is. */
  readonly live: string | null;
  /** Where the snapshot is; null with `swap`, and where it is not to be made any more. */
  readonly source: { readonly directory: string; readonly name: string } | null;
  /** Uuid of the snapshot; with `swap` of what takes the place. */
  readonly uuid: string;
  /** It was there before, and is no snapshot of `uuid`. */
  readonly isItself: boolean;
  /** Paths below it and their uuids, in the order in which they move. */
  readonly nested: readonly { readonly path: string; readonly uuid: string }[];
}

/** The nonce is given on stdin. */
export function restoreCommand(order: RestoreOrder): Command {
  const { sudo, mode, topOf, covers, parent, name, made, aside, live, source, uuid, isItself, nested } =
    order;
  const words: Argv = [
    ...(['sh', '-c', SCRIPT, 'btrfleet-restore', sudo.join(' '), mode, topOf ?? '', parent] as const),
    ...[name, made, aside, live ?? '', source?.directory ?? '', source?.name ?? '', uuid],
    ...[isItself ? '1' : '', String(covers.length), ...covers],
    ...nested.flatMap((one) => [one.path, one.uuid]),
  ];
  // Nobody else sees what is mounted in a namespace of its own, and it goes with it.
  return topOf === null ? asUser(...words) : asUser('unshare', '-m', ...words);
}

/**
 * `is NAME UUID` and `is_new NAME` ask btrfs itself what is there. From the first rename on no signal ends it, and a
 * manager that is gone does not either: what it says then is lost, and what it does is not.
 */
const SCRIPT = `${READ_NONCE}
LC_ALL=C; TZ=UTC; export LC_ALL TZ
${ENTER_FUNCTIONS}${MOUNTS_BELOW_FUNCTION}
TAB='	'
SUDO=$1 MODE=$2 TOP=$3 PARENT=$4 NAME=$5 MADE=$6 ASIDE=$7 LIVE=$8 DIRECTORY=$9
shift 9
FROM=$1 UUID=$2 ITSELF=$3 COVERS=$4
shift 4
say() { printf '\\n%s %s\\n' "$N" "$*"; }
finish() { say "$@"; [ -z "$SAID" ] || printf '%s' "$SAID"; say end 0; exit 0; }
# Nothing is said to be done that a loss of power would undo.
on_disk() { btrfs filesystem sync "$AT" >/dev/null 2>&1 </dev/null || sync; }
field() { F=$($SUDO btrfs subvolume show -- "$2" 2>/dev/null </dev/null | sed -n "s/^$TAB$1:[ $TAB]*//p" | head -n 1); }
is() { F=; plain "$1" && field UUID "$AT/$1"; SAID=; [ -n "$F" ] && [ "$F" = "$2" ]; }
is_new() {
  if [ -n "$ITSELF" ]; then is "$1" "$UUID"; return; fi
  F=; plain "$1" && field 'Parent UUID' "$AT/$1"; SAID=
  [ -n "$F" ] && [ "$F" = "$UUID" ] || return
  field Flags "$AT/$1"
  case $F in *readonly*) return 1 ;; esac
}
is_there() { [ -e "$AT/$1" ] || [ -L "$AT/$1" ] || { field UUID "$AT/$1"; [ -n "$F" ]; }; }
rename() { SAID=$($SUDO mv -T -- "$AT/$1" "$AT/$2" 2>&1 </dev/null); }
unmake() {
  [ -z "$ITSELF" ] && is_there "$MADE" || return 0
  if is_new "$MADE"; then
    # What was just written shows in its generation only then.
    on_disk
    field Generation "$AT/$MADE"; G=$F; field 'Gen at creation' "$AT/$MADE"
    # Somebody wrote to it meanwhile: it is theirs.
    if [ -n "$G" ] && [ "$F" = "$G" ]; then
      ! $SUDO btrfs subvolume delete -- "$AT/$MADE" >/dev/null 2>&1 </dev/null || return 0
    fi
  fi
  say kept "$MADE"
}
where() {
  for one in "$NAME" "$ASIDE" "$MADE"; do
    field UUID "$AT/$one"
    [ -n "$F" ] || ! is_there "$one" || F=other
    say at "\${F:--}" "$one"
  done
}
lost() { REASON=$SAID; where; SAID=$REASON; finish rollback-failed; }
back() {
  REASON=$SAID
  if [ -z "$LIVE" ]; then
    ! is_there "$NAME" || { SAID=$REASON; lost; }
  elif ! is "$NAME" "$LIVE"; then
    is "$ASIDE" "$LIVE" && ! is_there "$NAME" && rename "$ASIDE" "$NAME" && is "$NAME" "$LIVE" || { SAID="$REASON$NL$SAID"; lost; }
  fi
  unmake
  on_disk
  SAID=$REASON
  finish rolled-back "$1"
}
# First of all, and for all restores of this server: who is still at it is not to be taken for one that was cut off.
command -v flock >/dev/null || finish refused flock
if [ -r /run ]; then exec 9</run; else exec 9</; fi
flock -n 9
case $? in 0) ;; 1) finish refused locked ;; *) finish refused flock ;; esac
if [ -n "$TOP" ]; then
  DEVICE=$(findmnt -n -v -o SOURCE --mountpoint "$TOP" 2>/dev/null | tail -n 1)
  PRIVATE=/run/btrfleet-$$
  trap 'cd /; umount "$PRIVATE" 2>/dev/null; rmdir "$PRIVATE"' EXIT
  SAID=$(mkdir -m 700 -- "$PRIVATE" 2>&1 && mount -t btrfs -o subvolid=5 -- "$DEVICE" "$PRIVATE" 2>&1) || finish refused top
  while [ "$COVERS" -gt 0 ]; do
    umount -l -- "$1"
    shift
    COVERS=$((COVERS - 1))
  done
  PARENT=$PRIVATE$PARENT DIRECTORY=\${DIRECTORY:+$PRIVATE$DIRECTORY}
fi
if [ -n "$FROM" ]; then
  enter "$DIRECTORY" && plain "$FROM" || finish refused snapshot
  is "$FROM" "$UUID" || finish refused other-snapshot
  SOURCE=\${WHOLE%/}/$FROM
fi
enter "$PARENT" || finish refused parent
BESIDE=\${WHOLE%/}
SAID=
if [ "$MODE" != settle ]; then
  if [ -n "$LIVE" ]; then is "$NAME" "$LIVE" || finish refused changed
  else ! is_there "$NAME" || finish refused taken "$NAME"
  fi
  ! is_there "$ASIDE" || finish refused taken "$ASIDE"
  case $MODE in
  swap) is_new "$MADE" || finish refused gone ;;
  *) ! is_there "$MADE" || finish refused taken "$MADE" ;;
  esac
fi
if [ "$MODE" = check ]; then
  # What is missed only after a transfer of hours is asked for before it; sudo says it without running anything.
  [ -z "$SUDO" ] || $SUDO -l -- mv -T -- "$AT/$MADE" "$AT/$NAME" >/dev/null 2>&1 </dev/null || finish refused rights
  finish rolled-back check
fi
trap '' HUP INT TERM PIPE
if [ "$MODE" = make ]; then
  SAID=$($SUDO btrfs subvolume snapshot -- "$SOURCE" "$AT/$MADE" 2>&1 </dev/null) || back make
  SAID=
  is_new "$MADE" || back make
fi
say made
if [ "$MODE" != settle ] && [ -n "$LIVE" ]; then rename "$NAME" "$ASIDE" || back aside; fi
[ -z "$LIVE" ] || ! is "$NAME" "$LIVE" || back settle
# Somebody made an empty directory where it was missing for a moment.
if [ -n "$LIVE" ] && [ -d "$AT/$NAME" ] && is "$ASIDE" "$LIVE" && is_new "$MADE"; then
  field UUID "$AT/$NAME"
  [ -n "$F" ] || ! plain "$NAME" || $SUDO rmdir -- "$AT/$NAME" 2>/dev/null </dev/null || :
  SAID=
fi
if ! is_there "$NAME"; then
  is_new "$MADE" || back place
  [ -z "$LIVE" ] || is "$ASIDE" "$LIVE" || lost
  rename "$MADE" "$NAME" || back place
fi
is_new "$NAME" || lost
GONE=
if [ -n "$LIVE" ] && ! is "$ASIDE" "$LIVE"; then
  # Since it was cut off, somebody deleted what was put aside.
  [ "$MODE" = settle ] && ! is_there "$ASIDE" || lost
  GONE=1
  say gone
fi
field UUID "$AT/$NAME"; NEW=$F
field 'Subvolume ID' "$AT/$NAME"; ID=$F
say placed "$NEW"
if [ -n "$LIVE" ] && [ -z "$GONE" ]; then
  field 'Subvolume ID' "$AT/$ASIDE"
  if D=$($SUDO btrfs subvolume get-default "$AT" 2>/dev/null </dev/null); then
    D=\${D#ID } D=\${D%% *}
    if [ -z "$F" ] || [ -z "$ID" ]; then say default unknown
    elif [ "$D" = "$F" ]; then
      if SAID=$($SUDO btrfs subvolume set-default "$ID" "$AT" 2>&1 </dev/null); then say default set
      else say default "$ID"; fi
    fi
  else
    say default unknown
  fi
fi
HERE=\${PARENT%/}/ INDEX=0 CROSSED=
# What lies on another mount would not be renamed but copied.
[ -z "$(mounts_below "$BESIDE/$NAME"; mounts_below "$BESIDE/$ASIDE")" ] || CROSSED=1
case $PARENT in *//) HERE=$PARENT ;; esac
while [ $# -gt 0 ]; do
  BASE=\${1##*/} BELOW=
  case $1 in */*) BELOW=/\${1%/*} ;; esac
  SAID= MOVED=
  if enter "$HERE$NAME$BELOW" && is "$BASE" "$2"; then MOVED=1
  elif [ -n "$CROSSED" ]; then SAID='something is mounted inside'
  elif enter "$HERE$ASIDE$BELOW" && is "$BASE" "$2"; then
    SOURCE=\${WHOLE%/}/$BASE
    enter "$HERE$NAME$BELOW" && plain "$BASE" && SAID=$($SUDO mv -T -- "$SOURCE" "$AT/$BASE" 2>&1 </dev/null) && is "$BASE" "$2" && MOVED=1
  fi
  if [ -n "$MOVED" ]; then say moved "$INDEX"; else say left "$INDEX"; printf '%s' "$SAID"; fi
  shift 2
  INDEX=$((INDEX + 1))
done
AT=$BESIDE/. SAID=
on_disk
finish restored "$NEW"
`;
