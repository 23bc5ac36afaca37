/** Decides how files of a snapshot are hashed where they are, and what the answer says. Only digests travel. */
import { asUser, type Command } from '../../model/command.ts';

/** What a login that is not root needs besides. */
export const DIGEST_RIGHTS = ['sha256sum -- *'] as const;

/** The files are given on stdin, as `digestInput` has them. */
export const digestCommand = (sudo: readonly string[]): Command =>
  asUser('sh', '-c', SCRIPT, 'btrfleet-digest', sudo.join(' '));

const SCRIPT = 'LC_ALL=C; export LC_ALL; exec xargs -0 -n 256 $1 sha256sum --';

/** Absolute paths below that of the snapshot, each ended by a zero byte. Paths are bytes, one character for each. */
export const digestInput = (snapshot: string, paths: readonly string[]): Uint8Array => {
  const head = Buffer.from(`${snapshot}/`, 'utf8').toString('latin1');
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
  const head = `${Buffer.from(snapshot, 'utf8').toString('latin1')}/`;
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
