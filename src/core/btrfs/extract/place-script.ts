/**
 * Decides how what was staged is put in its places: what is there is kept as a snapshot, and then there are only renames.
 * A file is the old one or the new one, never half of it. From the first rename on no signal ends it, and a manager that is
 * gone does not either.
 */
import { asRoot, asUser, type Command } from '../../model/command.ts';
import { ENTER_FUNCTIONS } from '../ask/way-script.ts';
import { EXTRACT_HEAD, type ExtractWhere } from './head.ts';
import { TAR_KEEPS } from './pack-script.ts';

export interface PlaceOrder extends ExtractWhere {
  /** What is there is kept as a snapshot of that name in that directory (`belowMount`); null: nothing there is changed. */
  readonly before: { readonly directory: string; readonly name: string } | null;
}

/** The nonce is given on stdin. */
export const placeCommand = ({ root, live, stage, before, isOwn = false }: PlaceOrder): Command =>
  (isOwn ? asUser : asRoot)(
    ...(['sh', '-c', PLACE_SCRIPT, 'btrfleet-place', root, live ?? '', stage] as const),
    ...[before?.directory ?? '', before?.name ?? ''],
  );

/**
 * 3 is open on the orders, 4 on where what comes to a directory was staged, 5 on that directory: all is done by plain names
 * between these, so neither what was unpacked nor what somebody puts in the way leads elsewhere.
 *
 * `act` has names as its words, and of each in the same order the number of its line in NUMBERS, and in SEEN what it was
 * when it was planned. `arrive` goes to a directory, not over what is mounted on the way, though it be the same subvolume.
 */
const PLACE_SCRIPT = `${ENTER_FUNCTIONS}${EXTRACT_HEAD}
SAFE=$1 NAME=$2
SUDO= MADE=
cd -P /proc/self/fd/7 && is_ours "./$STAGE" || finish gone
exec 9<"./$STAGE/."
is_ours "$IN/." || finish gone
flock -n 9 || finish locked
[ -f "$IN/orders" ] && [ -f "$IN/times" ] && [ -d "$IN/trash" ] || finish gone
exec 4<"$IN/times"
read -r BEFORE <&4
read -r AFTER <&4
exec 4<&-
# Somebody else changed it meanwhile, and that is to be seen.
[ "$(modified)" = "$AFTER" ] || BEFORE=
give_up() {
  REASON=$SAID
  [ -z "$MADE" ] || btrfs subvolume delete -- "$AT/$NAME" >/dev/null 2>&1 </dev/null
  ! clear "$STAGE" || [ -z "$BEFORE" ] || touch -c -m -d "@$BEFORE" .
  SAID=$REASON
  finish "$@"
}
shown() { printf '%s\\n' "$SHOWN" | sed -n "s/^$TAB$TAB*$1:[ $TAB]*//p" | head -n 1; }
trap '' HUP INT TERM PIPE
# What is kept is to have the time it had, too.
if [ -n "$BEFORE" ] && touch -c -m -d "@$BEFORE" .; then
  AFTER=$(modified)
  printf '%s\\n' "$BEFORE" "$AFTER" >"$IN/times"
fi
if [ -n "$SAFE" ]; then
  enter "$SAFE" make && plain "$NAME" || give_up before
  [ ! -e "$AT/$NAME" ] || give_up taken
  SAID=$(btrfs subvolume snapshot -r -- /proc/self/fd/7 "$AT/$NAME" 2>&1 </dev/null) || give_up before
  MADE=1
  SHOWN=$(btrfs subvolume show -- "$AT/$NAME" 2>&1 </dev/null) || { SAID=$SHOWN; give_up before; }
  SAID=
  case $(shown Flags) in *readonly*) ;; *) give_up before ;; esac
  [ -z "$LIVE" ] || [ "$(shown 'Parent UUID')" = "$LIVE" ] || give_up before
  # For whoever has to tell later what of it is nowhere else.
  SAID=$(ln -s -- "$(shown UUID)$WHOLE/$NAME" "$IN/safe" 2>&1 </dev/null) || give_up before
  say before "$(shown UUID)"
else
  sync
fi
SAID= DONE=0 UNDONE=0 MISSES=0 PILE=0 STOP= ROOTED= NUMBER=0 OP= HERE= STAGED= FROM= TARGET= AREA= NUMBERS= SEEN= ATTRIBUTES= MOVE=mv SWAP=
command -v getfattr >/dev/null && command -v setfattr >/dev/null && ATTRIBUTES=1
! mv --help </dev/null | grep -q -e --no-copy || MOVE='mv --no-copy'
! mv --help </dev/null | grep -q -e --exchange || SWAP='mv --exchange'
is_there() { [ -e "$1" ] || [ -L "$1" ]; }
mount_of() {
  MOUNT=
  while read -r KEY VALUE; do [ "$KEY" != mnt_id: ] || MOUNT=$VALUE; done <"/proc/self/fdinfo/$1"
}
cd -P /proc/self/fd/7
MOUNTS=$(cat /proc/self/mountinfo) INSIDE=$(mounts_below "\${PWD%/}") LEFTS=/
mount_of 7
AT_ROOT=$MOUNT
arrive() {
  into 7 "$TARGET" || return
  [ -r . ] || { BAD=closed; return 1; }
  exec 5<.
  mount_of 5
  [ "$MOUNT" = "$AT_ROOT" ] || { BAD=mounted; return 1; }
}
missed() {
  MISSES=$((MISSES + 1))
  case $SAID in *'No space left on device'* | *'Disk quota exceeded'* | *'Read-only file system'* | *'Input/output error'*) STOP=1 ;; esac
  [ $MISSES -le 100 ] || return
  say missed "$@"
  printf '%s' "$SAID" | head -c 2000
}
# Of one of several names the time of its last change says nothing: what is done to another one changes that.
look() {
  find "$@" -maxdepth 0 '(' -links +1 ! -type d -printf ' %i:%y:%s:%T@:-' -o -printf ' %i:%y:%s:%T@:%C@' ')' 2>/dev/null </dev/null
}
# What was said of it when it was planned: of a directory how much is in it, and when any of that was last changed.
is_as_seen() {
  case $2 in
  -) return 0 ;;
  *:d:*) ;;
  *)
    NOW=$(look "$1")
    case $2 in *:-) [ "\${NOW%:*}:-" = " $2" ] ;; *) [ "$NOW" = " $2" ] ;; esac
    return ;;
  esac
  [ -d "$1" ] && [ ! -L "$1" ] || return
  NOW=$(find "$1" -maxdepth 0 -printf '%i:d:')$(find "$1" -xdev -printf '%C@\\n' 2>/dev/null </dev/null | sort -n | sed -n '\${=;p}' | tr '\\n' :)
  NOW=\${NOW%:}
  case $2 in *:-) [ "\${NOW%:*}:-" = "$2" ] ;; *) [ "$NOW" = "$2" ] ;; esac
}
# Most often nothing is mounted in all of it, and nothing was since.
mounted_in() { [ -z "$INSIDE" ] && [ "$(cat /proc/self/mountinfo)" = "$MOUNTS" ] || mounts_below "$1"; }
# Why one of them is left as it is; nothing: it is not.
refusal() {
  [ -n "$ALIKE" ] || is_as_seen "$1" "$2" || { printf changed; return; }
  [ -z "$MOUNTED" ] || [ ! -d "$1" ] || [ -z "$(mounted_in "\${PWD%/}/\${1#./}")" ] || printf mounted
}
# Where they are moved to, or kept until all is done: what is written to them meanwhile is not lost.
pile() {
  PILE=$((PILE + 1))
  SAID=$({ printf '%s %s\\n' "$PILE" "$AREA" >>"$IN/piles" && mkdir -- "$IN/trash/$PILE"; } 2>&1 </dev/null)
}
staged() { cd -P /proc/self/fd/4 2>/dev/null; }
is_left() {
  if [ "$OP" = X ]; then cd -P /proc/self/fd/5; else staged; fi
  is_there "$1"
}
number_of() { find "$1" -maxdepth 0 -printf %i 2>/dev/null </dev/null; }
# What is there at that very moment changes places with what comes, so nothing that is put there goes unseen.
swap() {
  pile && staged && SAID=$(ln -P -t "$IN/trash/$PILE" -- "$@" 2>&1 </dev/null) && cd -P "$IN/trash/$PILE" &&
    SAID=$($SWAP -t /proc/self/fd/5 -- "$@" 2>&1 </dev/null) && staged && rm -f -- "$@" && return
  for OTHER; do
    staged && NEW=$(number_of "$OTHER") && cd -P "$IN/trash/$PILE" && OLD=$(number_of "$OTHER") || continue
    # It stands where it was put, and what is there stays.
    [ "$OLD" = "$NEW" ] || staged || continue
    rm -f -- "$OTHER"
  done
}
# From where it was staged a relative link may lead to the very file it is to replace, and then mv refuses.
over_link() {
  case $SAID in *'are the same file'*) ;; *) return ;; esac
  cd -P /proc/self/fd/5 && pile && SAID=$($MOVE -f -t "$IN/trash/$PILE" -- "$1" 2>&1 </dev/null) && staged &&
    SAID=$($MOVE -n -t /proc/self/fd/5 -- "$1" 2>&1 </dev/null)
}
carry() {
  case $OP$SWAP in
  X*) cd -P /proc/self/fd/5 && pile && SAID=$($MOVE -f -t "$IN/trash/$PILE" -- "$@" 2>&1 </dev/null) ;;
  C*) staged && SAID=$($MOVE -n -t /proc/self/fd/5 -- "$@" 2>&1 </dev/null) ;;
  R)
    cd -P /proc/self/fd/5 && pile && SAID=$(ln -P -t "$IN/trash/$PILE" -- "$@" 2>&1 </dev/null) && staged &&
      SAID=$($MOVE -f -t /proc/self/fd/5 -- "$@" 2>&1 </dev/null)
    ;;
  R*) swap "$@" ;;
  esac
}
act() {
  [ $# -gt 0 ] || return 0
  if [ -n "$STOP" ]; then UNDONE=$((UNDONE + $#)); return; fi
  if [ -z "$HERE" ]; then SAID="btrfleet-way $BAD"; missed $NUMBERS; return; fi
  if [ "$OP" != X ] && [ -z "$STAGED" ]; then SAID='btrfleet-way staged'; missed $NUMBERS; return; fi
  cd -P /proc/self/fd/5
  # Most often all of them are as they were, and one look tells.
  ALIKE= MOUNTED= COUNT=$# ALL=$NUMBERS NUMBERS=
  [ "$OP" = C ] || [ "$(look "$@")" != "$SEEN" ] || ALIKE=1
  [ "$OP" = C ] || [ -z "$(mounted_in "\${PWD%/}")" ] || MOUNTED=-
  while [ $COUNT -gt 0 ]; do
    ALL=\${ALL# } SEEN=\${SEEN# }
    ONE=\${ALL%% *} WAS=\${SEEN%% *}
    ALL=\${ALL#"$ONE"} SEEN=\${SEEN#"$WAS"}
    WHY=
    case $OP$ALIKE$MOUNTED in C* | [RX]1) ;; *) WHY=$(refusal "$1" "$WAS") ;; esac
    [ "$OP" = X ] || is_there "/proc/self/fd/4/$1" || WHY=staged
    # What was to give way to it did not.
    case $OP$LEFTS in C*"/\${1#./}/"*) WHY=left ;; esac
    [ "$OP" != X ] || [ -z "$WHY" ] || LEFTS=$LEFTS\${1#./}/
    if [ -z "$WHY" ]; then set -- "$@" "$1"; NUMBERS="$NUMBERS $ONE"; else SAID="btrfleet-way $WHY"; missed "$ONE"; fi
    shift
    COUNT=$((COUNT - 1))
  done
  [ $# -gt 0 ] || return 0
  [ -n "$TARGET" ] || ROOTED=1
  COUNT=$#
  carry "$@"
  for ONE; do
    NUMBERS=\${NUMBERS# }
    ITS=\${NUMBERS%% *}
    NUMBERS=\${NUMBERS#"$ITS"}
    if ! is_left "$ONE"; then DONE=$((DONE + 1)); continue; fi
    if [ -n "$STOP" ]; then UNDONE=$((UNDONE + 1)); continue; fi
    # One of them may have held up the others.
    [ $COUNT = 1 ] || carry "$ONE"
    [ "$OP" != R ] || ! is_left "$ONE" || [ ! -L "$ONE" ] || over_link "$ONE"
    if is_left "$ONE"; then [ "$OP" != X ] || LEFTS=$LEFTS\${ONE#./}/; missed "$ITS"; else DONE=$((DONE + 1)); fi
  done
}
attributes() {
  if [ -n "$STOP" ]; then UNDONE=$((UNDONE + 1)); return; fi
  if [ -z "$HERE" ]; then SAID="btrfleet-way $BAD"; missed "$NUMBER"; return; fi
  (into 9 "meta\${FROM:+/$FROM}") || { SAID='btrfleet-way staged'; missed "$NUMBER"; return; }
  cd -P /proc/self/fd/5
  if [ -n "$ATTRIBUTES" ]; then
    IFS=$NL
    for ONE in $(getfattr -m '^(user|trusted|btrfs)[.]' -- . 2>/dev/null </dev/null | sed '/^#/d; /^$/d'); do
      setfattr -x "$ONE" . 2>/dev/null </dev/null
    done
    unset IFS
  fi
  # What was given to it since is none of what it had; what it had comes with the others.
  chattr -c -- . 2>/dev/null </dev/null
  SAID=$({ (into 9 "meta\${FROM:+/$FROM}" && tar -c --format=posix ${TAR_KEEPS} --numeric-owner --no-recursion -f - . || true >"$IN/bad") | tar -x $PUT -f -; } 2>&1 </dev/null) && [ ! -e "$IN/bad" ] || { rm -f "$IN/bad"; missed "$NUMBER"; return; }
  [ -n "$TARGET" ] || ROOTED=last
  DONE=$((DONE + 1))
}
over() {
  act "$@"
  OP= NUMBERS= SEEN=
}
exec 3<"$IN/orders"
set --
while IFS= read -r LINE <&3; do
  NUMBER=$((NUMBER + 1))
  case $LINE in
  'X '* | 'C '* | 'R '*)
    WORD=\${LINE%% *} LINE=\${LINE#* }
    if [ "$WORD" != "$OP" ] || [ $# -ge 100 ]; then
      over "$@"
      set --
      OP=$WORD
    fi
    NUMBERS="$NUMBERS $NUMBER"
    if [ $WORD != C ]; then SEEN="$SEEN \${LINE%% *}" LINE=\${LINE#* }; fi
    decode "$LINE"
    set -- "$@" "./$P"
    ;;
  'D '*)
    over "$@"
    set --
    AREA=\${LINE#??}
    decode "$AREA"
    TARGET=$P LEFTS=/
    ;;
  'S '*)
    decode "\${LINE#??}"
    FROM=$P STAGED= HERE=
    if into 9 "new\${FROM:+/$FROM}" && [ -r . ]; then exec 4<.; STAGED=1; fi
    if arrive; then HERE=1; fi
    ;;
  'T '*)
    over "$@"
    set --
    attributes
    ;;
  esac
done
over "$@"
exec 3<&- 4<&- 5<&-
cd -P /proc/self/fd/7
case $ROOTED in
last) BEFORE=$(modified) ;;
1) BEFORE= ;;
*) [ "$(modified)" = "$AFTER" ] || BEFORE= ;;
esac
clear "$STAGE" || say kept
[ -z "$BEFORE" ] || touch -c -m -d "@$BEFORE" .
btrfs filesystem sync . >/dev/null 2>&1 </dev/null || sync
SAID=
# Whoever put another one in its place meanwhile has what was done here.
(stand "$ROOT" "$LIVE") || { say moved; exit 1; }
finish placed "$DONE" "$UNDONE" "$MISSES"
`;
