/** Decides how one file of two snapshots is compared on their server, and what the answer says. */
import type { ComparedFile } from '../../model/change.ts';
import { asUser, type Command } from '../../model/command.ts';
import { PARTS_HEAD } from '../ask/part-script.ts';
import { parseSections, sectionFinder } from '../read/sections.ts';

/** Most bytes of a difference that are asked for, and of a file whose lines are compared. */
export const TEXT_BYTES = 1024 * 1024;
const LINES_BYTES = 64 * 1024 * 1024;

export interface FilePair {
  /** Words in front of what needs root: none as root, else `sudo -n`. */
  readonly sudo: readonly string[];
  /** Absolute paths, the older one first. */
  readonly paths: readonly [string, string];
  /** What they are called in the difference. */
  readonly labels: readonly [string, string];
}

/** What a login that is not root needs besides, to compare files that it may not read. */
export const FILE_PAIR_RIGHTS = ['readlink -f -- *', 'stat -c *', 'sha256sum -- *', 'diff -u *'] as const;

/**
 * Sections `way`, `type`, `size` and `hash` of each file by its number, and `diff` of both. No path leads over a symlink: what
 * `readlink` makes of it is the path itself. What the login may read is read without root. The nonce is given on stdin.
 */
export const filePairCommand = ({ sudo, paths, labels }: FilePair): Command =>
  asUser('sh', '-c', SCRIPT, 'btrfleet-files', sudo.join(' '), ...paths, ...labels);

const ELSEWHERE = 1;
const NOTHING = 2;

const SCRIPT = `
${PARTS_HEAD}
NL='
'
way() {
  FOUND=$($SUDO readlink -f -- "$1" && echo x) || return ${NOTHING}
  [ "$FOUND" = "$1\${NL}x" ] || return ${ELSEWHERE}
}
words() { [ -r "$1" ] || printf %s "$SUDO"; }
look() {
  part "way $1" way "$2"
  [ $CODE = 0 ] || return
  part "type $1" $3 stat -c %F -- "$2"
  [ $CODE = 0 ] || return
  part "size $1" $3 stat -c %s -- "$2"
  # A pipe would be waited for, and a device would be opened.
  case $($3 stat -c %F -- "$2") in 'regular file' | 'regular empty file') ;; *) return ;; esac
  part "hash $1" $3 sha256sum -- "$2"
  [ "$($3 stat -c %s -- "$2")" -le ${LINES_BYTES} ] && SMALL=$((SMALL + 1))
}
lines() { $BOTH diff -u -L "$3" -L "$4" -- "$1" "$2" | head -c ${TEXT_BYTES + 1}; }
SMALL=0
A=$(words "$1") B=$(words "$2")
look 0 "$1" "$A"
look 1 "$2" "$B"
BOTH=\${A:-$B}
[ $SMALL != 2 ] || part diff lines "$@"
exit 0
`;

/** `elsewhere`: its path leads over a symlink, and it was not looked at. `unread`: `errors` says why. */
export type SaidFile = ComparedFile | 'none' | 'elsewhere' | 'unread';

export interface SaidPair {
  /** The older one first. */
  readonly files: readonly [SaidFile, SaidFile];
  /** As \`diff -u\` says it, at most one byte more than \`TEXT_BYTES\`; null: the files are no text, or not asked. */
  readonly text: string | null;
  /** What was said of what failed. */
  readonly errors: string;
}

/** Null: it was cut off. */
export function parseFilePair(nonce: string, output: string): SaidPair | null {
  const sections = parseSections(nonce, output);
  const sectionOf = sectionFinder(sections);
  const [first, second] = ['0', '1'].map((number) => {
    const way = sectionOf('way', number)?.code;
    if (way === undefined || way === null) return null;
    if (way !== 0) return way === ELSEWHERE ? 'elsewhere' : 'none';
    const [type, size, hash] = ['type', 'size', 'hash'].map((name) => sectionOf(name, number));
    if (type?.code !== 0 || size?.code !== 0)
      return /No such file|Not a directory/.test(type?.errors.join('\n') ?? '') ? 'none' : 'unread';
    const sha256 = hash?.code === 0 ? (/^\\?([0-9a-f]{64}) /.exec(hash.lines[0] ?? '')?.[1] ?? null) : null;
    return { type: type.lines[0] ?? '', sizeBytes: Number(size.lines[0]), sha256 };
  });
  if (!first || !second) return null;
  const diff = sections.find(({ title }) => title[0] === 'diff');
  const lines = diff?.lines ?? [];
  const isText = diff !== undefined && (lines.length === 0 || lines[0]?.startsWith('--- '));
  return {
    files: [first, second],
    text: isText ? lines.join('\n') : null,
    errors: sections.flatMap(({ errors }) => errors).join('\n'),
  };
}
