/**
 * Decides how files of a snapshot are hashed where they are, and what the answer says. Only digests travel. Names come on
 * stdin alone: sudo logs the words of a command, and a right to these needs no wildcard.
 */
import { asUser, type Command } from '../../model/command.ts';

/** Files that are hashed by one process. That of busybox notices only at its end that nobody listens any more. */
const AT_ONCE = 8;

/** What a login that is not root needs besides, with the paths of the programs: sudo looks for them elsewhere. */
export const DIGEST_RIGHTS: readonly string[] = ['/usr/bin', '/bin'].flatMap((bin) => [
  `/usr/bin/xargs -0 -n ${AT_ONCE} ${bin}/sha256sum --`,
  `/usr/bin/xargs -0 -n 4 ${bin}/tail`,
  `/usr/bin/xargs -0 -I FILE ${bin}/dd if\\=FILE iflag\\=nocache count\\=0 status\\=none`,
]);

const HEAD = `LC_ALL=C; export LC_ALL
SUDO=$1
at() { for P in /usr/bin/$1 /bin/$1; do [ ! -x "$P" ] || return 0; done; P=$(command -v "$1") || P=$1; }
`;

/** The files are given on stdin, as `digestInput` has them. Each line is written at once, so it ends when nobody listens. */
export const digestCommand = (sudo: readonly string[]): Command =>
  asUser('sh', '-c', HASH_ALL, 'btrfleet-digest', sudo.join(' '));

const HASH_ALL = `${HEAD}at sha256sum; PROGRAM=$P; at xargs
exec $SUDO "$P" -0 -n ${AT_ONCE} "$PROGRAM" --`;

/**
 * Drops what is in memory of files, so that they are read from the disk: they are on it, since a send of their snapshot was
 * begun. The same input. Any code but 0: it may not be allowed, or not be known there, as by busybox.
 */
export const dropCommand = (sudo: readonly string[]): Command =>
  asUser('sh', '-c', DROP, 'btrfleet-drop', sudo.join(' '));

const DROP = `${HEAD}at dd; PROGRAM=$P; at xargs
"$PROGRAM" if=/dev/null iflag=nocache count=0 2>/dev/null || exit 3
exec $SUDO "$P" -0 -I FILE "$PROGRAM" if=FILE iflag=nocache count=0 status=none`;

/** In bytes; of a large file so much is hashed at a time. Both are whole MiB, but for the length of the last piece. */
export interface Piece {
  readonly offset: number;
  readonly length: number;
}

/**
 * Hashes a piece of one file, which is given as `pieceInput` has it. Whoever reads it as root writes into a pipe, and ends
 * when its other end does. That is ended when nobody takes the beat any more: of a connection that was cut without a word,
 * sshd learns by it.
 */
export const pieceCommand = (sudo: readonly string[], { length }: Piece): Command =>
  asUser(
    ...(['sh', '-c', PIECE, 'btrfleet-digest', sudo.join(' '), sudo.length === 0 ? 'dd' : 'tail'] as const),
    String(length),
  );

const PIECE = `${HEAD}LENGTH=$3
at "$2"; PROGRAM=$P; at xargs
exec 3>&1 4<&0 </dev/null
{ $SUDO "$P" -0 -n 4 "$PROGRAM" 3>&- 4<&-; echo "/code $?" >&3; } <&4 |
  head -c "$LENGTH" 3>&- 4<&- | sha256sum >&3 3>&- 4<&- &
HASH=$!
exec 3>&- 4<&-
stop() { kill "$HASH" 2>/dev/null; }
trap 'stop; exit 1' HUP INT TERM
(
  trap - HUP INT TERM
  trap '' PIPE
  while kill -0 "$HASH" 2>/dev/null; do
    sleep 2 >/dev/null 2>&1
    echo . 2>/dev/null || { stop; exit; }
  done
) &
BEAT=$!
wait "$HASH"
kill "$BEAT" 2>/dev/null
exit 0
`;

const MIB = 1024 * 1024;

/** `dd` seeks everywhere, but could write as well: only root is given it. `tail` of busybox reads all that it leaves out. */
export function pieceInput(
  snapshot: string,
  path: string,
  { offset, length }: Piece,
  sudo: readonly string[],
): Uint8Array {
  const file = `${bytesOf(snapshot)}/${path}`;
  const words =
    sudo.length === 0
      ? [`if=${file}`, `bs=${MIB}`, `skip=${offset / MIB}`, `count=${Math.ceil(length / MIB)}`]
      : ['-c', `+${offset + 1}`, '--', file];
  return Buffer.from(words.map((word) => `${word}\0`).join(''), 'latin1');
}

/** `code`: of whoever read it. Null: it says something else, or was ended. */
export function parsePiece(output: string): { readonly digest: string; readonly code: number } | null {
  let [digest, code]: [string | null, number | null] = [null, null];
  for (const line of output.split('\n')) {
    const [said = '', more] = line.split(' ', 2);
    if (said === '' || said === '.') continue;
    if (said === '/code' && code === null && /^\d{1,3}$/.test(more ?? '')) code = Number(more);
    else if (digest === null && /^[0-9a-f]{64}$/.test(said) && line.length === 64 + 3) digest = said;
    else return null;
  }
  return digest === null || code === null ? null : { digest, code };
}

const bytesOf = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

/** Absolute paths below that of the snapshot, each ended by a zero byte. Paths are bytes, one character for each. */
export const digestInput = (snapshot: string, paths: readonly string[]): Uint8Array => {
  const head = `${bytesOf(snapshot)}/`;
  return Buffer.from(paths.map((path) => `${head}${path}\0`).join(''), 'latin1');
};

const DIGEST = /^\\?([0-9a-f]{64}) [ *]$/;
/** The digest, and two characters before the name; GNU coreutils puts a backslash before a name that it had to escape. */
const BEFORE_NAME = 66;

/**
 * In the order of the paths; null in the place of one that could not be read; null for all: it says something else. Paths and
 * the output are bytes, one character for each. The name is told behind each digest, as it is or escaped (coreutils,
 * "md5sum invocation"), so one that is left out shows.
 */
export function parseDigests(
  snapshot: string,
  paths: readonly string[],
  output: string,
): (string | null)[] | null {
  const head = `${bytesOf(snapshot)}/`;
  let at = 0;
  const digests = paths.map((path) => {
    const name = head + path;
    const isEscaped = output[at] === '\\';
    const nameAt = at + BEFORE_NAME + (isEscaped ? 1 : 0);
    const digest = DIGEST.exec(output.slice(at, nameAt))?.[1];
    const told = (isEscaped ? escapedNames(name) : [name]).find((one) =>
      output.startsWith(`${one}\n`, nameAt),
    );
    if (digest === undefined || told === undefined) return null;
    at = nameAt + told.length + 1;
    return digest;
  });
  return at === output.length ? digests : null;
}

/** Only later versions escape a carriage return. */
const escapedNames = (name: string): string[] =>
  [/[\\\n\r]/g, /[\\\n]/g].map((special) =>
    name.replace(special, (character) => ESCAPES[character] ?? character),
  );
const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r' };
