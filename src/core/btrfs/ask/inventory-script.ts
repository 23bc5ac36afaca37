/** Decides what one look at a server runs: a single POSIX `sh -c` whose output `parseInventory` understands. */
import { asUser, type Command } from '../../model/command.ts';
import { PART, READ_NONCE } from './part-script.ts';
import { DECODE_FUNCTION } from './way-script.ts';

/** Seconds an automount has to answer in; all are asked at once. */
export const AUTOMOUNT_SECONDS = 5;

export interface InventoryScript {
  /** Words in front of what needs root: none as root, else `sudo -n`. */
  readonly sudo: readonly string[];
  /** Automounts that hold no btrfs, as was seen before: they are left alone. */
  readonly leftAlone?: readonly string[];
}

/** Exit codes of a `marks` section that are ours, not find's. */
export const MARKS_UNREADABLE = 113;
export const NOT_A_DIRECTORY = 120;

/**
 * Sections, each `<nonce> <title …>` up to `<nonce> end <exit code>`: `walk <mount id>` for every idle automount;
 * `mountinfo`, `findmnt`, `devices` once; `marks <mount id>` for every btrfs mount; for every btrfs filesystem
 * `source <device>`, then `ascending`, `readonly`, `snapshots`, `descending`, each `<device> <mount id>`.
 * The nonce is given on stdin (`nonceInput`).
 *
 * The full list is taken first and last, in opposite orders. An entry in both existed all the time, so the lists
 * between agree with it; and a line forged by a newline in a name keeps its place behind its host in both, which
 * a real one never does. All but the first have only the columns that are needed: they are half of the answer.
 */
export const inventoryCommand = ({ sudo, leftAlone = [] }: InventoryScript): Command =>
  asUser('sh', '-c', SCRIPT, 'btrfleet-inventory', String(leftAlone.length), ...leftAlone, ...sudo);

const SCRIPT = `
${READ_NONCE}
LEFT=$1; shift
NL='
'
ALONE=$NL
while [ "$LEFT" -gt 0 ]; do ALONE=$ALONE$1$NL; LEFT=$((LEFT - 1)); shift; done
LC_ALL=C; TZ=UTC; export LC_ALL TZ
exec 3>&1
set -f
${PART}${DECODE_FUNCTION}devices() { set +f; for d in /sys/fs/btrfs/*/devices/*; do [ ! -e "$d" ] || printf '%s\\n' "$d"; done; set -f; }
source_of() { case $1 in /*) [ ! -h "$1" ] || set -- "$(readlink -f -- "$1")";; esac; printf '%s\\n' "$1"; }
closed() { [ -d "$1" ] && [ ! -x "$1" ]; }
# Below a subvolume .snapshots may be snapper's, which lets nobody in.
hidden() { closed "$1" || closed "$1/.btrfleet" || closed "$1/.btrfleet/.snapshots" || { [ "$ROOT" = / ] && closed "$1/.snapshots"; }; }
marks() {
  for M in "$P" "$P/.btrfleet"; do
    # What lies behind a symlink is not ours, and vouches for nothing.
    { [ "$M" = "$P" ] || [ ! -L "$M" ]; } && [ ! -L "$M/.snapshots" ] || continue
    M=$M/.snapshots/.btrfleet
    [ -L "$M" ] || [ ! -d "$M" ] || set -- "$@" "$M"
  done
  if [ $# -gt 1 ]; then
    M=$1; shift
    part "marks $M" find "$@" -mindepth 1 -type d
    return
  fi
  CODE=0
  if [ ! -d "$P" ]; then CODE=${NOT_A_DIRECTORY}
  elif hidden "$P"; then CODE=${MARKS_UNREADABLE}; fi
  printf '%s marks %s\\n%s end %s\\n' "$N" "$1" "$N" "$CODE"
}
# Fields of a mountinfo line: 1 id, 2 parent, 3 device, 4 root, 5 mount point, 6 options, then "- type source options".
over() { OVER="$OVER$2:$5 "; }
each() {
  ID=$1; DEV=$3; ROOT=$4; POINT=$5
  while [ "$1" != - ]; do shift; done
  [ "$2" = btrfs ] || return
  decode "$POINT"; marks "$ID"
  [ "$CODE" != ${NOT_A_DIRECTORY} ] || return
  case $OVER in *" $ID:$POINT "*) return;; esac
  RANK=1
  case ,$4 in *",subvol=$ROOT") RANK=2;; esac
  [ "$ROOT" != / ] || RANK=3
  CHOICE="$CHOICE$DEV $RANK $ID $POINT $3$NL"
}
better() { [ "$1" != "$DEV" ] || [ "$2" -le "$BEST" ] || { BEST=$2; ID=$3; POINT=$4; SOURCE=$5; }; }
lists() {
  DEV=$1; BEST=0
  case $DONE in *" $DEV "*) return;; esac
  DONE="$DONE$DEV "
  IFS=$NL; for line in $CHOICE; do IFS=' '; better $line; done
}
# An automount shows what it is for when somebody walks in, and whoever does may hang for ever; a signal ends that.
idle() {
  ID=$1; POINT=$5
  while [ "$1" != - ]; do shift; done
  [ "$2" = autofs ] || return
  case ,$4,$POINT/ in *,indirect,* | *,/proc/* | *,/sys/*) return;; esac
  decode "$POINT"
  case $ALONE in *"$NL$P$NL"*) return;; esac
  case $OVER in *" $ID:$POINT "*) WENT="$WENT$P$NL"; return;; esac
  walk "$ID" &
  WALKS="$WALKS$! $P$NL"
}
enter() { timeout -s KILL ${AUTOMOUNT_SECONDS} ls -d -- "$P/." >/dev/null </dev/null; }
walk() {
  SAID=$(enter 2>&1)
  W=$?
  # In one write: others say the same at the same time.
  printf '%s walk %s\\n%s%s end %s\\n' "$N" "$1" "\${SAID:+$N said$NL\${SAID%%"$NL"*}$NL}" "$N" "$W"
  return "$W"
}
walked() { ! wait "\${1%% *}" || WENT="$WENT\${1#* }$NL"; }
MOUNTS=$(cat /proc/self/mountinfo)
case $MOUNTS in *' - autofs '*)
  OVER=' '; WALKS= WENT=
  IFS=$NL; for line in $MOUNTS; do IFS=' '; over $line; done
  IFS=$NL; for line in $MOUNTS; do IFS=' '; idle $line; done
  if [ -n "$WALKS" ]; then
    IFS=$NL; for line in $WALKS; do IFS=' '; walked "$line"; done
    # While one was waited for, another may have gone idle again.
    IFS=$NL; for P in $WENT; do IFS=' '; enter 2>/dev/null; done
    MOUNTS=$(cat /proc/self/mountinfo)
  fi
esac
own mountinfo printf '%s\\n' "$MOUNTS"
part findmnt findmnt -l -t btrfs -J -b -o TARGET,MAJ:MIN,UUID,SIZE,USED,AVAIL
own devices devices
OVER=' '; CHOICE=; DONE=' '
IFS=$NL; for line in $MOUNTS; do IFS=' '; over $line; done
IFS=$NL; for line in $MOUNTS; do IFS=' '; each $line; done
IFS=$NL; for line in $CHOICE; do
  IFS=' '; BEST=0; lists $line
  [ "$BEST" != 0 ] || continue
  decode "$SOURCE"; own "source $DEV" source_of "$P"
  decode "$POINT"; W="$DEV $ID"
  part "ascending $W" "$@" btrfs subvolume list -puqRcg --sort=rootid -- "$P"
  [ "$CODE" = 0 ] || continue
  part "readonly $W" "$@" btrfs subvolume list -r --sort=rootid -- "$P"
  part "snapshots $W" "$@" btrfs subvolume list -s --sort=rootid -- "$P"
  part "descending $W" "$@" btrfs subvolume list -R --sort=-rootid -- "$P"
done
exit 0
`;
