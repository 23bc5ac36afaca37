/**
 * Decides how a stream is spooled on a target so that a broken link costs only what had not arrived: btrfs cannot go
 * on with a receive, but it sends the same snapshot as the same bytes each time. What has arrived is a file; the next
 * send skips as many bytes at the source, and goes on only if their hash is the file's.
 */
import { asUser, type Command } from '../../model/command.ts';
import { inHome, joinPath, MARKS } from '../../model/snapshot.ts';
import { belowMount, ENTER_FUNCTIONS, SAY_NOT_ENTERED } from './way-script.ts';

/** Where a stream is spooled. */
export interface Spool {
  /** Where btrfleet's own things lie there, which others may look at: the spools below are only for root. */
  readonly base: string;
  /** The directory for a login that is root: on the filesystem the replica goes to. */
  readonly directory: string;
  /** The directory below the home of any other login, whose few sudo rights do not let it write elsewhere. */
  readonly key: string;
  readonly name: string;
}

/** The spool of a replica, in a directory that holds only those of its own replica directory. */
export function spoolOf(mount: string, replicaPath: string, filesystemUuid: string): Spool {
  const { home, below } = inHome(mount, replicaPath) ?? { home: mount, below: '' };
  const parts = below.split('/');
  const name = parts.pop() ?? '';
  return {
    base: belowMount(mount, joinPath(home, MARKS)),
    directory: belowMount(mount, joinPath(joinPath(home, `${MARKS}/spool`), parts.join('/'))),
    key: encodeURIComponent(`${filesystemUuid}:${parts.join('/')}`).slice(0, 200),
    name: `${name}.stream`,
  };
}

/**
 * Goes to the directory and sets F to the file there, which is none or a plain one of the login, of one name only. `$1` to
 * `$5` are the sudo words, the base, the directory, the key and the name; HOW is `make` where what is missing is made. What
 * has arrived may be secret, so nobody else may look; and nobody else can write, so what was found stays as it was.
 */
const FILE = `${ENTER_FUNCTIONS}
reach() {
  if [ -z "$1" ]; then
    enter "$2" $HOW || return
    umask 077
    enter "$3" $HOW || return
  else
    umask 077
    cd -P -- "$HOME" || return
    enter "\${PWD%/}//.btrfleet/spool/$4" "$HOW" home || return
  fi
  F=$AT/$5
  plain "$5" && chmod 700 "$AT" || return
  [ ! -e "$F" ] || { [ -f "$F" ] && [ -O "$F" ] && [ "$(links $(ls -ln -- "$F"))" = 1 ]; } || unsafe file "$WHOLE/$5"
}
links() { echo "$2"; }
SUDO= MASK=$(umask)
reach "$1" "$2" "$3" "$4" "$5" || ${SAY_NOT_ENTERED}
shift 5
`;

const words = (sudo: readonly string[], spool: Spool): readonly string[] => [
  sudo.join(' '),
  spool.base,
  spool.directory,
  spool.key,
  spool.name,
];

/** Tells what has arrived, `<bytes> <sha256>`; what an older replication left spooled in that directory goes. */
export const spoolStatusCommand = (sudo: readonly string[], spool: Spool): Command =>
  asUser(
    'sh',
    '-c',
    `HOW=make${FILE}
for old in "$AT"/*.stream; do [ "$old" = "$F" ] || [ -L "$old" ] || [ ! -f "$old" ] || rm -f -- "$old"; done
[ -f "$F" ] || : >"$F" || exit
printf '%s %s\\n' "$(wc -c <"$F")" "$(sha256sum <"$F" | cut -d ' ' -f 1)"`,
    'sh',
    ...words(sudo, spool),
  );

const BLOCK = 1024 * 1024;
/** Blocks that are skipped between two words that it is at work. */
const AT_ONCE = 64;

/** Appends stdin; `anew` throws away what there is. */
export const spoolAppendCommand = (sudo: readonly string[], spool: Spool, anew: boolean): Command =>
  asUser(
    'sh',
    '-c',
    `HOW=${FILE}${anew ? ': >"$F" || exit\n' : ''}exec cat >>"$F"`,
    'sh',
    ...words(sudo, spool),
  );

export const spoolRemoveCommand = (sudo: readonly string[], spool: Spool): Command =>
  asUser('sh', '-c', `HOW=${FILE}rm -f -- "$F"`, 'sh', ...words(sudo, spool));

/**
 * Runs a command with the spooled stream as its input, and removes the spool when that went well. It tells how far it
 * has read whenever that is another place than five seconds before: who shares its open file sees where it is.
 */
export const fromSpoolCommand = (sudo: readonly string[], spool: Spool, command: Command): Command =>
  asUser(
    'sh',
    '-c',
    `HOW=${FILE}umask "$MASK"
exec 3<"$F"
( at=; while kill -0 $$ 2>/dev/null; do
    sleep 5 </dev/null >/dev/null 2>&1 3<&-
    before=$at at=$(grep ^pos: /proc/self/fdinfo/3 2>/dev/null)
    [ "$at" = "$before" ] || echo "$at"
  done ) &
beat=$!
"$@" <&3 3<&-
code=$?
kill "$beat" 2>/dev/null
[ "$code" = 0 ] && rm -f -- "$F"
exit "$code"`,
    'sh',
    ...words(sudo, spool),
    ...command.argv,
  );

/**
 * The stream without its first `bytes`, behind a line `<nonce> <sha256 of those>`. The exit code of the send, which a
 * plain shell loses in a pipe, comes on stderr as `<nonce> <code>`; `<nonce> skips` says there that it is at work. Not a byte more than `bytes` may be read before `cat`
 * begins: `dd` keeps to that, `head -c` of busybox does not.
 */
export const resumedSendCommand = (resumed: {
  readonly sudo: readonly string[];
  readonly send: Command;
  readonly bytes: number;
  readonly nonce: string;
}): Command =>
  asUser(
    'sh',
    '-c',
    `
SUDO=$1 BYTES=$2 NONCE=$3
shift 3
exactly() {
  blocks=$(($1 / ${BLOCK}))
  while [ "$blocks" -gt 0 ]; do
    [ "$blocks" -lt ${AT_ONCE} ] && some=$blocks || some=${AT_ONCE}
    dd bs=${BLOCK} count="$some" iflag=fullblock 2>/dev/null
    blocks=$((blocks - some))
    echo "$NONCE skips" >&2
  done
  [ $(($1 % ${BLOCK})) = 0 ] || dd bs=$(($1 % ${BLOCK})) count=1 iflag=fullblock 2>/dev/null
}
{ $SUDO "$@"; echo "$NONCE $?" >&2; } | {
  hash=$(exactly "$BYTES" | sha256sum | cut -d ' ' -f 1)
  printf '%s %s\\n' "$NONCE" "$hash"
  exec cat
}`,
    'sh',
    resumed.sudo.join(' '),
    String(resumed.bytes),
    resumed.nonce,
    ...resumed.send.argv,
  );

/** What `spoolStatusCommand` printed; null: it is none of it. */
export function parseSpoolStatus(text: string): { readonly bytes: number; readonly hash: string } | null {
  const found = /^\s*(\d+) ([0-9a-f]{64})\n?$/.exec(text);
  return found ? { bytes: Number(found[1]), hash: found[2] ?? '' } : null;
}

/** The exit code of the send among what came on stderr; null: it did not get that far. */
export function parseSendCode(nonce: string, stderr: string): number | null {
  const said = stderr.split('\n').filter((line) => line.startsWith(`${nonce} `));
  const code = said.map((line) => line.slice(nonce.length + 1)).findLast((word) => /^\d+$/.test(word));
  return code === undefined ? null : Number(code);
}
