/** Decides how each script that puts files in their places begins: what it needs there, where it stands, what is its own. */
import { KEPT, STAGE } from '../../model/extract/orders.ts';
import { READ_NONCE } from '../ask/part-script.ts';
import { MOUNTS_BELOW_FUNCTION } from '../ask/way-script.ts';
import { TAR_KEEPS } from './pack-script.ts';
import { WALK_FUNCTIONS } from './walk.ts';

/** Where it is done. */
export interface ExtractWhere {
  /** Absolute path of the root of the subvolume that is written to, or of a directory that is on no btrfs. */
  readonly root: string;
  /** Uuid of that subvolume; null: it is none that btrfs lists. */
  readonly live: string | null;
  /** As `stageName` gives it. */
  readonly stage: string;
  /** On this machine, as whoever runs btrfleet. */
  readonly isOwn?: boolean;
}

/**
 * `forget`: of what was put aside only that goes which the snapshot that was made before has, too, by its inode, size and
 * time; a rename changes no more of them than the time of the change. The rest is nowhere else. A name goes whole or not at
 * all, and of that only what was listed before it was compared: what somebody puts there meanwhile stays. Whatever cannot be told for sure is not removed. `safe` leads to that snapshot, `piles` tells which directory each
 * pile of the trash is from.
 */
const FORGET_FUNCTION = `forget() (
  back() {
    cd -P "$IN/stays" || return
    find . -mindepth 2 -maxdepth 2 -print0 | xargs -0 -r sh -c 'for ONE; do DIR=\${ONE#./} && mv -n -t "../trash/\${DIR%%/*}" -- "$ONE"; done' sh
    find . -mindepth 1 -maxdepth 1 -type d -empty -delete
    cd -P "$IN" && rmdir ./stays
  }
  back
  cd -P "$IN/trash" 2>/dev/null && SAFE=$(readlink ../safe) && [ -f ../piles ] || exit
  comm -z /dev/null /dev/null && cut -z -f 1 /dev/null && sort -zu /dev/null || exit
  stand "/\${SAFE#*/}" "\${SAFE%%/*}" || exit
  LIST=$IN/list
  rm -rf -- "$LIST" && mkdir -- "$LIST" && true >"$LIST/goes" && true >"$LIST/have" && true >"$LIST/safe" || exit
  exec 8<. 3<"$IN/piles"
  told() { xargs -0 -r sh -c 'set -f; HOW=$1; shift; exec find "$@" $HOW' sh "$HOW" <"$LIST/names"; }
  while IFS= read -r LINE <&3; do
    PILE=\${LINE%% *}
    cd -P "$IN/trash/$PILE" 2>/dev/null || continue
    find . -mindepth 1 -maxdepth 1 -print0 >"$LIST/names" || exit
    # First what is to go, each before the directory it lies in: what comes later is not among it.
    HOW="-xdev -depth -printf $PILE/%p\\\\0" && told >>"$LIST/goes" || exit
    HOW="-xdev ( -type d -printf $PILE/%H/%i:d:::%P\\\\0 -o -printf $PILE/%H/%i:%y:%s:%T@:%P\\\\0 )"
    told >>"$LIST/have" || exit
    decode "\${LINE#* }"
    ! into 8 "$P" || told >>"$LIST/safe"
  done
  cd -P "$IN/trash" || exit
  sort -zu "$LIST/have" >"$LIST/a" && sort -zu "$LIST/safe" >"$LIST/b" && comm -z -23 "$LIST/a" "$LIST/b" >"$LIST/rest" || exit
  cut -z -d / -f 1-3 "$LIST/rest" | sort -zu >"$LIST/stays" || exit
  xargs -0 -r sh -c 'for ONE; do mkdir -p -- "../stays/\${ONE%%/*}" && mv -n -t "../stays/\${ONE%%/*}" -- "$ONE" && [ ! -e "$ONE" ] && [ ! -L "$ONE" ] || exit 255; done' sh <"$LIST/stays" || exit
  xargs -0 -r rm -fd -- <"$LIST/goes"
  back
  cd -P "$IN/trash" || exit
  find . -mindepth 1 -maxdepth 1 -type d -empty -delete
) 2>/dev/null </dev/null
`;

/**
 * 6 is open on what is locked, 7 on the root, 8 on the snapshot, 9 on the stage: what they are open on stays what it is,
 * whatever is renamed. The stage is of the login and closed, so what is in it stays what was put there.
 *
 * `clear NAME`: the stage that 9 is open on goes. What of it is nowhere else stays, under a name that says so.
 */
export const EXTRACT_HEAD = `${READ_NONCE}
LC_ALL=C; TZ=UTC; export LC_ALL TZ
set -f
${WALK_FUNCTIONS}${MOUNTS_BELOW_FUNCTION}
ROOT=$1 LIVE=$2 STAGE=$3
shift 3
SAID=
say() { printf '\\n%s %s\\n' "$N" "$*"; }
finish() { say "$@"; [ -z "$SAID" ] || printf '%s' "$SAID"; say end 0; exit 0; }
WHO=$(id -u) PUT='${TAR_KEEPS} --numeric-owner --same-owner'
[ "$WHO" = 0 ] || PUT='--acls --xattrs --xattrs-include=user.* --no-same-owner'
# What it writes is told; that a time is still to come, or long ago, is as it was.
PUT="-p --delay-directory-restore --warning=no-timestamp $PUT"
for TOOL in cp mv rm tar find touch head; do is_gnu $TOOL || finish lacks $TOOL; done
command -v flock >/dev/null || finish lacks flock
stand "$ROOT" "$LIVE" || finish changed
exec 7<.
# A file that nobody else can open: what anybody can read, anybody can lock.
LOCK=/run/btrfleet-extract-\${LIVE:-$(find . -maxdepth 0 -printf %D-%i)}
if [ "$WHO" = 0 ] && (umask 077; true >>"$LOCK") 2>/dev/null; then exec 6<"$LOCK"; else exec 6<.; fi
flock -n 6
case $? in 0) ;; 1) finish locked ;; *) finish lacks flock ;; esac
IN=/proc/self/fd/9
modified() { find . -maxdepth 0 -printf %T@; }
# Opened with a dot behind, which only a directory has: a pipe that is put in its place would be waited for.
# Of a directory that is ours and closed: nobody else made what is in it.
is_ours() {
  [ ! -L "$1" ] && [ -d "$1" ] && [ -O "$1/." ] || return
  # A directory that gives its group to what is made in it gives it that mark, too.
  case $(ls -ldn -- "$1" 2>/dev/null </dev/null) in drwx--[-S]---*) ;; *) return 1 ;; esac
}
${FORGET_FUNCTION}
empty() {
  cd -P "$IN" || return
  # What is mounted there, also of this very subvolume, would be emptied with it.
  [ -z "$(mounts_below "$PWD")" ] || return
  forget
  # What is another subvolume stays: nobody has it but this.
  rm -rf --one-file-system -- ./new ./meta ./times ./bad ./list 2>/dev/null </dev/null
  rmdir ./trash 2>/dev/null
  [ -e ./trash ] || rm -f ./orders ./piles ./safe
}
clear() {
  empty
  cd -P /proc/self/fd/7
  ! rmdir -- "./$1" 2>/dev/null </dev/null || return 0
  mv -T -- "./$1" "./${KEPT}\${1#"${STAGE}"}" 2>/dev/null </dev/null
  # Nothing looks into it any more but people.
  cd -P "$IN" && { [ ! -e ./trash ] || mv -T -- ./trash ./kept; } 2>/dev/null </dev/null && rm -f ./orders ./piles ./safe
  cd -P /proc/self/fd/7
  return 1
}
`;
