/** Decides how the stream of a send becomes the parts of a seed, and what is written beside them (ask/seed-shell). */
import type { Command } from '../../model/command.ts';
import { MOST_PARTS, type SeedCoding } from '../../model/runs/seed.ts';
import { AT_ONCE, MANIFEST, MIB, PIPE, SEED_ENDS, SUMS, seedScript } from './seed-shell.ts';

/** Bytes written at once: what is packed well grows slowly, and each step of it is a sign of life. */
const BLOCK = 64 * 1024;
/** Bytes that are left free at most, else one in a hundred: the disk may be the one that the machine itself runs from. */
const MOST_KEPT_FREE = 1024 * MIB;

export interface SeedKeeping {
  readonly directory: string;
  readonly splitBytes: number;
  /** Removes all parts. */
  readonly anew: boolean;
  /** The manifest as the look saw it, empty for none, and the one that takes its place. */
  readonly was: string;
  readonly manifest: string;
}

/**
 * Writes the manifest, if the directory still holds what was seen in it. Keeps the parts in front that are noted, whole and
 * as they were noted, and removes all others. Tells `at <MiB>` after each piece that it has read, and in the end `kept <parts>`.
 */
export const seedKeepCommand = ({ directory, splitBytes, anew, was, manifest }: SeedKeeping): Command =>
  seedScript(
    `DIRECTORY=$1 SPLIT=$2 ANEW=$3 TELLS=1
umask 077
go "$DIRECTORY"
mine
alone
still "$4"
empty ${MANIFEST}.new && printf %s "$5" >>${MANIFEST}.new && safe ${MANIFEST}.new &&
  mv -f -- ${MANIFEST}.new ${MANIFEST} && settled || exit ${SEED_ENDS.notWritten}
n=0
empty ${SUMS}.new || exit ${SEED_ENDS.notWritten}
if [ -z "$ANEW" ] && plain ${SUMS}; then
  while read -r hash name; do
    named $((n + 1))
    [ "$name" = "$NAME" ] && plain "$name" || break
    size "$name"
    [ "$SIZE" = "$SPLIT" ] && [ "$(digest "$name")" = "$hash" ] || break
    n=$((n + 1))
    echo "$hash  $name" >&7 || exit ${SEED_ENDS.notWritten}
  done <${SUMS} 7>>${SUMS}.new
fi
for name in seed.[0-9][0-9][0-9][0-9] seed.part; do
  [ -e "$name" ] || [ -L "$name" ] || continue
  [ "$name" != seed.part ] && [ "\${name#seed.}" -le "$n" ] || rm -f -- "$name" || exit ${SEED_ENDS.notWritten}
done
safe ${SUMS}.new || exit ${SEED_ENDS.notWritten}
mv -f -- ${SUMS}.new ${SUMS} && settled && echo "kept $n"`,
    directory,
    String(splitBytes),
    anew ? 'anew' : '',
    was,
    manifest,
  );

/**
 * Writes a small file whole or not at all, while the manifest is still `was`. What it holds comes on stdin: so many bytes,
 * or the line broke.
 */
export const seedFileCommand = (directory: string, name: string, bytes: number, was: string): Command =>
  seedScript(
    `umask 077
go "$1"
mine
alone
still "$4"
empty "$2.new" && cat >>"$2.new" || exit ${SEED_ENDS.notWritten}
size "$2.new"
[ "$SIZE" = "$3" ] && safe "$2.new" && mv -f -- "$2.new" "$2" && settled || exit ${SEED_ENDS.notWritten}`,
    directory,
    name,
    String(bytes),
    was,
  );

export interface SeedWriting extends SeedCoding {
  readonly directory: string;
  readonly splitBytes: number;
  readonly recipient: string | null;
  /** Where the send runs on the same machine: it, and the words in front of what needs root. Null: the stream comes on stdin. */
  readonly send: { readonly command: Command; readonly sudo: readonly string[] } | null;
}

/**
 * Writes the stream as parts. Each is on the disk, and read back for its digest, before it is noted in SHA256SUMS. Those
 * that are noted already are not made again: what the stream has in their place must have their digest. With a send of its
 * own it tells `at <MiB>` after each piece, and every five seconds that it is at work.
 */
export const seedWriteCommand = (writing: SeedWriting): Command =>
  seedScript(
    `${PIPE}DIRECTORY=$1 SPLIT=$2 ZSTD=$3 RECIPIENT=$4 SENDS=$5 SUDO=$6 SAYS=1
shift 6
umask 077
go "$DIRECTORY"
mine
alone
BLOCKS=$((SPLIT / ${MIB}))
[ -z "$SENDS" ] || TELLS=0
make() { if [ -z "$SENDS" ]; then exec cat; else exec $SUDO "$@"; fi; }
first() { if [ -z "$ZSTD" ]; then exec cat; else exec zstd -q -c; fi; }
second() { if [ -z "$RECIPIENT" ]; then exec cat; else exec age -r "$RECIPIENT"; fi; }
told() { [ -z "$SENDS" ] || echo "at $1" >&8; }
skipped() {
  exec 5>&1
  left=$BLOCKS
  while [ "$left" -gt 0 ]; do
    some=${AT_ONCE}
    [ "$left" -ge $some ] || some=$left
    said=$(dd bs=${MIB} count=$some iflag=fullblock 2>&1 >&5) || said=
    told $some || said=
    [ "\${said%%+*}" = $some ] || { echo short >&3; return; }
    left=$((left - some))
  done
}
kept() {
  left=$BLOCKS SIZE=0
  empty seed.part || exit ${SEED_ENDS.notWritten}
  while [ "$left" -gt 0 ]; do
    some=${AT_ONCE} before=$SIZE
    [ "$left" -ge $some ] || some=$left
    said=$(dd bs=${BLOCK} count=$((some * ${MIB / BLOCK})) iflag=fullblock 2>&1 >>seed.part) || {
      printf '%s\\n' "$said" | head -n 1 >&2
      rm -f -- seed.part
      exit ${SEED_ENDS.notWritten}
    }
    size seed.part
    [ $((SIZE - before)) = $((some * ${MIB})) ] || { ENDED=1; return; }
    told $some || exit ${SEED_ENDS.notWritten}
    roomy || { rm -f -- seed.part; exit ${SEED_ENDS.nearlyFull}; }
    left=$((left - some))
  done
}
roomy() {
  set -- $(stat -f -c '%a %b %S' . 2>/dev/null)
  [ $# = 3 ] || return 0
  keep=$(($2 / 100 * $3))
  [ "$keep" -le ${MOST_KEPT_FREE} ] || keep=${MOST_KEPT_FREE}
  [ $(($1 * $3)) -ge "$keep" ]
}
take() {
  n=0 ENDED= NOTES=1
  plain ${SUMS} || exit ${SEED_ENDS.notWritten}
  exec 6<${SUMS}
  while [ -z "$ENDED" ]; do
    n=$((n + 1))
    [ $n -le ${MOST_PARTS} ] || exit ${SEED_ENDS.tooMany}
    named $n
    [ -z "$NOTES" ] || { read -r want noted <&6 && [ "$noted" = "$NAME" ]; } || NOTES=
    if [ -n "$NOTES" ]; then
      # One that ends before is not another stream: it is cut off.
      set -- $({ skipped | sha256sum; } 3>&1)
      [ "$1" != short ] || exit ${SEED_ENDS.notWhole}
      [ "$1" = "$want" ] || exit ${SEED_ENDS.different}
      continue
    fi
    kept
    [ "$SIZE" -gt 0 ] || break
    safe seed.part || exit ${SEED_ENDS.notWritten}
    HASH=$(digest seed.part) || exit ${SEED_ENDS.notWritten}
    mv -f -- seed.part "$NAME" && echo "$HASH  $NAME" >>${SUMS} || exit ${SEED_ENDS.notWritten}
  done
  rm -f -- seed.part
  safe ${SUMS} || exit ${SEED_ENDS.notWritten}
  settled
}
beat() {
  was=
  while kill -0 $$ 2>/dev/null; do
    sleep 5 </dev/null >/dev/null 2>&1 8>&- 9>&-
    is=$(ls -ln -- seed.part 2>/dev/null)
    [ "$is" = "$was" ] || echo 'at 0' >&8 || return
    was=$is
  done
}
BEAT=
if [ -n "$SENDS" ]; then beat 9>&- & BEAT=$!; fi
through "$@"
[ -z "$BEAT" ] || { kill "$BEAT"; wait "$BEAT"; } 2>/dev/null
done_with`,
    writing.directory,
    String(writing.splitBytes),
    writing.compress ?? '',
    writing.encrypt === null ? '' : (writing.recipient ?? ''),
    writing.send === null ? '' : 'sends',
    writing.send?.sudo.join(' ') ?? '',
    ...(writing.send?.command.argv ?? []),
  );
