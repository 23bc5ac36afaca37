/** Looks at the directory of a seed and at its parts, and reads what the scripts of a seed say (ask/seed-shell). */
import type { Command } from '../../model/command.ts';
import { LONGEST_MANIFEST, MOST_PARTS, type SeedCoding } from '../../model/runs/seed.ts';
import { MANIFEST, SEED_ENDS, SUMS, seedScript } from '../ask/seed-shell.ts';

/** What age is asked with. */
export interface SeedKeys {
  /** Whom it is encrypted for; null: nothing is encrypted here. */
  readonly recipient: string | null;
  /** Path of the file with the key; null: nothing is decrypted here. */
  readonly identity: string | null;
}

/**
 * Looks at the directory, and with `make` makes it where only its last step is missing. `parseSeedLook` reads the answer.
 * Whether age takes the recipient is tried.
 */
export const seedLookCommand = (directory: string, tools: SeedCoding & SeedKeys, make: boolean): Command =>
  seedScript(
    `DIRECTORY=$1 MAKE=$2 ZSTD=$3 AGE=$4 RECIPIENT=$5 IDENTITY=$6 GONE=
mounted() { said=$(df -P . 2>/dev/null | tail -n 1); printf %s "\${said##*% }"; }
can() { command -v "$1" >/dev/null 2>&1 || { echo "lacks $1"; return 1; }; }
for tool in sha256sum dd od tee tail df; do can $tool; done
[ -z "$ZSTD" ] || can zstd
[ -z "$AGE" ] || ! can age || [ -z "$RECIPIENT" ] ||
  age -r "$RECIPIENT" </dev/null >/dev/null 2>&1 || echo bad recipient
[ -z "$IDENTITY" ] || { [ -f "$IDENTITY" ] && [ -r "$IDENTITY" ]; } || echo bad identity
if [ -e "$DIRECTORY" ] || [ -L "$DIRECTORY" ]; then
  go "$DIRECTORY"
else
  go "\${DIRECTORY%/*}/"
  GONE=1
  if [ -n "$MAKE" ]; then
    # A disk that is not there must not become a directory on the one below it.
    [ "$(mounted)" != / ] && (umask 077; mkdir -- "$DIRECTORY") || exit ${SEED_ENDS.noDirectory}
    go "$DIRECTORY"
    GONE=
  else
    echo missing
  fi
fi
printf 'mount %s\\n' "$(mounted)"
[ -w . ] || echo closed
[ -n "$GONE" ] || lone || echo shared
echo "free $(stat -f -c '%a %S' . 2>/dev/null)"
[ -z "$GONE" ] || exit 0
foreign=
for name in * .[!.]* ..?*; do
  [ -e "$name" ] || [ -L "$name" ] || continue
  [ "$name" != lost+found ] || continue
  if ! ours "$name"; then
    foreign=1
  elif plain "$name"; then
    size "$name"
    echo "file $name $SIZE"
  else
    echo "odd $name"
  fi
done
[ -z "$foreign" ] || echo foreign
if plain ${SUMS}; then
  n=0
  while [ $n -lt ${MOST_PARTS} ] && read -r hash name; do
    n=$((n + 1))
    # Whatever the disk says becomes one word of what btrfleet says, or nothing.
    case $hash in '' | *[!0-9a-f]*) continue ;; esac
    case $name in seed.[0-9][0-9][0-9][0-9]) printf '%s\\n' "sum $hash $name" ;; esac
  done <${SUMS}
fi
echo manifest
if plain ${MANIFEST}; then head -c ${LONGEST_MANIFEST + 1} ${MANIFEST}; fi`,
    directory,
    make ? 'make' : '',
    tools.compress ?? '',
    tools.encrypt ?? '',
    tools.recipient ?? '',
    tools.identity ?? '',
  );

/** Reads every part: `part <number> <bytes> <sha256>`, or `part <number> none` for what is no plain file; and `at <MiB>`. */
export const seedCheckCommand = (directory: string, parts: number): Command =>
  seedScript(
    `DIRECTORY=$1 PARTS=$2 TELLS=1
go "$DIRECTORY"
n=0
while [ $n -lt "$PARTS" ]; do
  n=$((n + 1))
  named $n
  if plain "$NAME" && [ -r "$NAME" ]; then
    size "$NAME"
    hash=$(digest "$NAME") || { echo "part $n none"; continue; }
    echo "part $n $SIZE $hash" || exit
  else
    echo "part $n none"
  fi
done`,
    directory,
    String(parts),
  );

export interface SeedLook {
  /** Programs that are not there. */
  readonly lacks: readonly string[];
  /** What age does not take. */
  readonly bad: readonly ('recipient' | 'identity')[];
  /** The directory is not there; the rest is of the one above it. */
  readonly isMissing: boolean;
  /** The login may not write in it. */
  readonly isClosed: boolean;
  /** Others than the login may write in it. */
  readonly isShared: boolean;
  /** Something lies in it that no export makes. */
  readonly isForeign: boolean;
  /** Names of ours that are no plain files. */
  readonly odd: readonly string[];
  /** Bytes of each file of ours. */
  readonly files: ReadonlyMap<string, number>;
  /** SHA-256 of each part as it is noted there. */
  readonly sums: ReadonlyMap<string, string>;
  /** Null: not told. */
  readonly freeBytes: number | null;
  /** Where its filesystem is mounted; null: not told. */
  readonly mount: string | null;
  /** As it is; null: there is none. One that is longer than `LONGEST_MANIFEST` is cut after one byte more. */
  readonly manifest: string | null;
}

const ASKED_FOR: ReadonlySet<string> = new Set(['sha256sum', 'dd', 'od', 'tee', 'tail', 'df', 'zstd', 'age']);

const MARK = '\nmanifest\n';

/** What is not understood is left out: nothing is taken for there that was not said. */
export function parseSeedLook(text: string): SeedLook {
  const at = `\n${text}`.indexOf(MARK);
  const head = at < 0 ? text : text.slice(0, at);
  const manifest = at < 0 ? '' : text.slice(at + MARK.length - 1);
  const words = head.split('\n').map((line) => line.split(' ', 4));
  const of = (title: string): string[][] => words.filter(([first]) => first === title);
  const [free = []] = of('free');
  return {
    lacks: of('lacks').flatMap(([, name = '']) => (ASKED_FOR.has(name) ? [name] : [])),
    bad: of('bad').flatMap(([, what]) => (what === 'recipient' || what === 'identity' ? [what] : [])),
    isMissing: of('missing').length > 0,
    isClosed: of('closed').length > 0,
    isShared: of('shared').length > 0,
    isForeign: of('foreign').length > 0,
    odd: of('odd').map(([, name = '']) => name),
    files: new Map(of('file').flatMap(([, name = '', size]) => sized(name, numberIn(size)))),
    sums: new Map(of('sum').flatMap(([, hash = '', name = '']) => (isDigest(hash) ? [[name, hash]] : []))),
    freeBytes: free.length === 3 ? product(numberIn(free[1]), numberIn(free[2])) : null,
    mount: /^mount (\/.*)$/m.exec(head)?.[1] ?? null,
    manifest: manifest === '' ? null : manifest,
  };
}

const sized = (name: string, bytes: number | null): [string, number][] =>
  bytes === null ? [] : [[name, bytes]];

const product = (one: number | null, other: number | null): number | null =>
  one === null || other === null ? null : one * other;

const numberIn = (text: string | undefined): number | null =>
  text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : null;

const isDigest = (text: string): boolean => /^[0-9a-f]{64}$/.test(text);

export type SeedWord =
  /** MiB it has come further. */
  | { readonly kind: 'at'; readonly mebibytes: number }
  | { readonly kind: 'kept'; readonly parts: number }
  /** `null`: it is no plain file, or cannot be read. */
  | { readonly kind: 'part'; readonly number: number; readonly found: SeedPartFound | null };

export interface SeedPartFound {
  readonly bytes: number;
  readonly sha256: string;
}

/** Null: it is none of these. */
export function parseSeedWord(line: string): SeedWord | null {
  const [title, first, second, third] = line.split(' ', 5);
  const number = numberIn(first);
  if (number === null) return null;
  if (title === 'at') return { kind: 'at', mebibytes: number };
  if (title === 'kept') return { kind: 'kept', parts: number };
  if (title !== 'part') return null;
  const bytes = numberIn(second);
  const found = bytes !== null && third !== undefined && isDigest(third) ? { bytes, sha256: third } : null;
  return found || second === 'none' ? { kind: 'part', number, found } : null;
}
