/** Reads what the scripts say that look at one path in many trees (ask/versions-script). */
import type { FileStat } from '../../model/files.ts';
import { parseFileStat } from './file-stat.ts';

export type Sighting =
  | { readonly kind: 'there'; readonly stat: FileStat; readonly rootDevice: number | null }
  /** WHY of `FILE_WAY`; `inRoot`: the way to the tree itself. `depth`: names of the path that were passed. */
  | { readonly kind: 'not'; readonly why: string; readonly depth: number; readonly inRoot: boolean };

export interface Sightings {
  /** By number of the tree; what is not in it was not told. */
  readonly seen: ReadonlyMap<number, Sighting>;
  /** How many could not be looked at for another reason than that nothing is there. Null: it was cut off. */
  readonly odd: number | null;
  readonly lacksStat: boolean;
}

const SLASH = 0x2f;
const LINE_END = 0x0a;

/** `paths`: the absolute path that was looked at in each tree, as bytes; all end the same, below the root of the tree. */
export function parseSightings(output: Uint8Array, paths: readonly Uint8Array[]): Sightings {
  const seen = new Map<number, Sighting>();
  const numbers = new Map(paths.map((path, number) => [keyOf(path), number]));
  const lineEnds = paths[0]?.reduce((sum, byte) => sum + (byte === LINE_END ? 1 : 0), 0) ?? 0;
  let odd: number | null = null;
  let lacksStat = false;
  let now: { readonly number: number; readonly device: number } | null = null;
  for (let at = 0; at < output.length; ) {
    const begin = at;
    const isOwn = output[at] === SLASH || now !== null;
    // A path of several lines is told as it is.
    for (let ends = isOwn ? 0 : lineEnds; ends >= 0; ends -= 1) at = endOf(output, at) + 1;
    const line = output.subarray(begin, at - 1);
    if (now !== null) {
      const stat = parseFileStat(textOf(line));
      if (stat) seen.set(now.number, { kind: 'there', stat, rootDevice: now.device });
      now = null;
    } else if (isOwn) {
      const [word, first = '', why = '', depth = ''] = textOf(line).slice(1).split(' ', 4);
      const number = wholeNumber(first);
      if (word === 'tool') lacksStat = true;
      else if (number === null) continue;
      else if (word === 'end') odd = number;
      else if (word === 'now') now = { number, device: wholeNumber(why) ?? -1 };
      else if (word === 'lost' || word === 'stopped')
        seen.set(number, { kind: 'not', why, depth: wholeNumber(depth) ?? 0, inRoot: word === 'lost' });
    } else {
      const slash = line.indexOf(SLASH);
      const number = slash < 0 ? undefined : numbers.get(keyOf(line.subarray(slash)));
      const stat = parseFileStat(textOf(line.subarray(0, slash)));
      if (number !== undefined && stat !== null) seen.set(number, { kind: 'there', stat, rootDevice: null });
    }
  }
  return { seen, odd, lacksStat };
}

/** One text for each path, whatever its bytes are. */
const keyOf = (path: Uint8Array): string => Buffer.from(path).toString('latin1');

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');

const endOf = (output: Uint8Array, from: number): number => {
  const end = output.indexOf(LINE_END, from);
  return end < 0 ? output.length : end;
};

const wholeNumber = (text: string): number | null => (/^\d{1,15}$/.test(text) ? Number(text) : null);

/** By number of the tree: the digest in hex, or why there is none. */
export function parseHashes(
  output: string,
): ReadonlyMap<number, { readonly sha256: string | null; readonly why: string }> {
  const found = new Map<number, { readonly sha256: string | null; readonly why: string }>();
  for (const line of output.split('\n')) {
    const [, number, sum = '', why = ''] = /^\/hash (\d{1,9}) ([0-9a-f]{64}|-) (\w{1,20})$/.exec(line) ?? [];
    if (number !== undefined) found.set(Number(number), { sha256: sum === '-' ? null : sum, why });
  }
  return found;
}
