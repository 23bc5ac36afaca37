/**
 * Decides how all that comes is made ready on a server: in a directory that nobody else can enter, in the subvolume itself,
 * so that a rename is all that is left to do. Nothing that was there is changed by it.
 */
import { asRoot, asUser, type Command } from '../../model/command.ts';
import { KEPT, STAGE } from '../../model/extract/orders.ts';
import { EXTRACT_HEAD, type ExtractWhere } from './head.ts';
import { TAR_KEEPS } from './pack-script.ts';

export interface StageOrder extends ExtractWhere {
  /** Where it is copied from by reflink; null: it comes as a tar stream, behind the orders. */
  readonly source: { readonly path: string; readonly uuid: string | null } | null;
  /** Length of `ordersInput`. */
  readonly ordersBytes: number;
  /** There is room for a copy, where what is mounted twice knows no reflink from one to the other (Linux before 5.18). */
  readonly mayCopy: boolean;
}

/** On stdin: the nonce (`nonceInput`), the orders, and where it comes as a stream, that. */
export const stageCommand = ({
  root,
  live,
  stage,
  source,
  ordersBytes,
  mayCopy,
  isOwn = false,
}: StageOrder): Command =>
  (isOwn ? asUser : asRoot)(
    ...(['sh', '-c', STAGE_SCRIPT, 'btrfleet-stage', root, live ?? '', stage] as const),
    ...[source?.path ?? '', source?.uuid ?? '', String(ordersBytes), mayCopy ? '1' : ''],
  );

/** What was staged is taken away again, where nothing is to be placed; the nonce is given on stdin. */
export const unstageCommand = ({ root, live, stage, isOwn = false }: ExtractWhere): Command =>
  (isOwn ? asUser : asRoot)('sh', '-c', UNSTAGE_SCRIPT, 'btrfleet-unstage', root, live ?? '', stage);

const STAGE_SCRIPT = `${EXTRACT_HEAD}
SOURCE=$1 UUID=$2 SIZE=$3 COPIES=$4 COPIED=
if [ -n "$SOURCE" ]; then
  stand "$SOURCE" "$UUID" || finish source
  exec 8<.
  cp --help </dev/null | grep -q -e --reflink || finish lacks reflink
fi
cd -P /proc/self/fd/7 || finish changed
BEFORE=$(modified)
# Left by one that was cut off, and nobody is at it.
set +f
for OLD in ./${STAGE}*; do
  is_ours "$OLD" || continue
  exec 9<"$OLD/."
  is_ours "$IN/." && flock -n 9 || continue
  [ -e "$IN/orders" ] || [ ! -e "$IN/new" ] || continue
  if clear "\${OLD#./}"; then say removed "\${OLD#./}"; else say spared "${KEPT}\${OLD#"./${STAGE}"}"; fi
done
set -f
SAID=$(mkdir -m 700 -- "./$STAGE" 2>&1 </dev/null) || finish stage
AFTER=$(modified)
is_ours "./$STAGE" || finish stage
exec 9<"./$STAGE/."
is_ours "$IN/." && flock -n 9 || finish stage
give_up() {
  REASON=$SAID
  cd -P /proc/self/fd/7
  [ "$(modified)" = "$AFTER" ] || BEFORE=
  ! clear "$STAGE" || [ -z "$BEFORE" ] || touch -c -m -d "@$BEFORE" .
  SAID=$REASON
  finish "$@"
}
trap 'give_up cut' HUP INT TERM
trap '' PIPE
umask 077
WARNED=
head -c "$SIZE" >"$IN/orders"
[ "$(wc -c <"$IN/orders")" -eq "$SIZE" ] || give_up cut
printf '%s\\n' "$BEFORE" "$AFTER" >"$IN/times" || give_up stage
SAID=$(mkdir "$IN/new" "$IN/meta" "$IN/trash" 2>&1 </dev/null) || give_up stage
# What the root hands on is not of the snapshot, and a file that is to share what is copied on write would refuse it.
for FLAG in -C -c -m; do chattr $FLAG -- "$IN/new" "$IN/meta" 2>/dev/null </dev/null; done
names() {
  while IFS= read -r LINE; do
    case $LINE in
    "$1 "*) decode "\${LINE#??}"; printf './%s\\0' "$P" ;;
    'D '*) break ;;
    esac
  done <"$IN/orders"
}
# Tar ends well, too, where an attribute has no place here.
warn() { [ -z "$SAID" ] || WARNED=$WARNED$SAID$NL; }
directories() {
  SAID=$({ names "$1" | (cd -P "$2" && tar -c --format=posix ${TAR_KEEPS} --numeric-owner --no-recursion --null -T - -f - || true >"$IN/bad") | (cd -P "$3" && tar -x $PUT -f -); } 2>&1) && [ ! -e "$IN/bad" ] || return
  warn
}
KEEP='-a --preserve=mode,ownership,timestamps,links,xattr --reflink='
copy() {
  SAID=$(cp \${KEEP}\${COPIED:-always} --parents -t "$IN/new" -- "$@" 2>&1 </dev/null) && return
  case $COPIED:$SAID in :*'failed to clone'*'Invalid cross-device link'*)
    [ -n "$COPIES" ] || give_up room
    COPIED='auto --remove-destination'
    copy "$@"
    return
    ;;
  esac
  # What is not copied on write shares nothing with what is: such a file is made first.
  case $SAID in *'failed to clone'*) ;; *) return 1 ;; esac
  ! printf '%s\\n' "$SAID" | grep -v 'failed to clone' | grep -q . || return
  LAST=
  for ONE; do
    FLAGS=$(lsattr -d -- "$ONE" 2>/dev/null </dev/null)
    case \${FLAGS%% *} in *C*) ;; *) continue ;; esac
    if [ -n "$LAST" ] && [ "$LAST" -ef "$ONE" ]; then
      SAID=$(ln -f -- "$IN/new/$LAST" "$IN/new/$ONE" 2>&1 </dev/null) || return
    else
      rm -f -- "$IN/new/$ONE"
      true >"$IN/new/$ONE" || return
      SAID=$(chattr +C -- "$IN/new/$ONE" 2>&1 </dev/null && cp \${KEEP}\${COPIED:-always} -T -- "$ONE" "$IN/new/$ONE" 2>&1 </dev/null) || return
    fi
    LAST=$ONE
  done
  [ -n "$LAST" ]
}
# Further names of a file that is there; cp would make it another one.
links() {
  FIRST=$1
  shift
  for ONE; do
    [ -d "$IN/new/\${ONE%/*}" ] || SAID=$(mkdir -p -- "$IN/new/\${ONE%/*}" 2>&1 </dev/null) || return
    SAID=$(ln -- "$IN/new/$FIRST" "$IN/new/$ONE" 2>&1 </dev/null) || return
  done
}
if [ -n "$SOURCE" ]; then
  cd -P /proc/self/fd/8 || give_up source
  set --
  exec 3<"$IN/orders"
  while IFS= read -r LINE <&3; do
    case $LINE in
    'F '*) decode "\${LINE#??}"; set -- "$@" "./$P" ;;
    .)
      if [ -e "$IN/new/$1" ]; then links "$@"; else copy "$@"; fi || give_up copy
      set --
      ;;
    'N '* | 'M '* | 'D '*) break ;;
    esac
  done
  exec 3<&-
  directories N /proc/self/fd/8 "$IN/new" || give_up copy
  directories M /proc/self/fd/8 "$IN/meta" || give_up copy
else
  # To the end of what is sent: else the sender is cut off before it has said that it is whole.
  SAID=$({ cd -P "$IN/new" && tar -x $PUT -f - && cat >/dev/null; } 2>&1) || give_up unpack
  warn
  # Who is not root owns all that comes: none of it runs as him for others.
  [ "$WHO" = 0 ] || find "$IN/new/." ! -type l -perm /6000 -exec chmod ug-s -- {} + 2>/dev/null || give_up unpack
  directories M "$IN/new" "$IN/meta" || give_up unpack
fi
SAID=
[ -z "$WARNED" ] || { say warned && printf '%s' "$WARNED" | head -c 20000; }
[ -z "$COPIED" ] || say copied
say staged || give_up cut
finish over
`;

const UNSTAGE_SCRIPT = `${EXTRACT_HEAD}
cd -P /proc/self/fd/7 && is_ours "./$STAGE" || finish gone
exec 9<"./$STAGE/."
flock -n 9 || finish locked
BEFORE= AFTER=
if [ -f "$IN/times" ]; then exec 4<"$IN/times"; read -r BEFORE <&4; read -r AFTER <&4; exec 4<&-; fi
[ "$(modified)" = "$AFTER" ] || BEFORE=
clear "$STAGE" || finish kept
[ -z "$BEFORE" ] || touch -c -m -d "@$BEFORE" .
finish unstaged
`;
